/**
 * What Salesforce writes beside a saved record: stage history, partner rows, activity dates,
 * permissions.
 */
import type { Actor, OrgState } from '../state.ts';
import {
  createdByIdSlot,
  createdDateSlot,
  lastModifiedByIdSlot,
  lastModifiedDateSlot,
  systemModstampSlot,
} from '../system-fields.ts';
import type { Value } from '../values.ts';
import type { Candidate } from './validation.ts';

const permissionObjects = new Set([
  'PermissionSet',
  'PermissionSetAssignment',
  'FieldPermissions',
  'ObjectPermissions',
  'User',
]);

/** Runs after the record is in its table, inside the same transaction. */
export function afterSave(state: OrgState, actor: Actor, candidate: Candidate): void {
  const { object } = candidate;
  if (object.name === 'Opportunity') recordStageHistory(state, actor, candidate);
  if (object.name === 'Partner' && !candidate.before)
    addOpportunityPartner(state, actor, candidate);
  if (object.name === 'Task') moveLastActivity(state, candidate);
  if (permissionObjects.has(object.name)) state.touchMetadata();
}

/**
 * OpportunityHistory gets a row when stage, amount, probability or close date is set or changed.
 */
function recordStageHistory(state: OrgState, actor: Actor, candidate: Candidate): void {
  const { object, before, after } = candidate;
  const slot = (name: string) => object.field(name)!.slot;
  const watched = ['StageName', 'Amount', 'Probability', 'CloseDate', 'ForecastCategory'];
  const same = watched.every(
    (name) => (before?.[slot(name)] ?? null) === (after[slot(name)] ?? null),
  );
  if (before && same) return;
  addRow(state, actor, 'OpportunityHistory', {
    OpportunityId: after[0] ?? null,
    StageName: after[slot('StageName')] ?? null,
    Amount: after[slot('Amount')] ?? null,
    ExpectedRevenue: after[slot('ExpectedRevenue')] ?? null,
    CloseDate: after[slot('CloseDate')] ?? null,
    Probability: after[slot('Probability')] ?? null,
    ForecastCategory: after[slot('ForecastCategory')] ?? null,
    PrevAmount: before?.[slot('Amount')] ?? null,
    PrevCloseDate: before?.[slot('CloseDate')] ?? null,
  });
}

/** A Partner on an opportunity shows as an OpportunityPartner row. */
function addOpportunityPartner(state: OrgState, actor: Actor, { object, after }: Candidate): void {
  const of = (name: string) => after[object.field(name)!.slot] ?? null;
  if (of('OpportunityId') === null) return;
  addRow(state, actor, 'OpportunityPartner', {
    OpportunityId: of('OpportunityId'),
    AccountToId: of('AccountToId'),
    Role: of('Role'),
    IsPrimary: of('IsPrimary'),
    ReversePartnerId: after[0] ?? null,
  });
}

/** LastActivityDate is the latest due date of a completed task; it does not move SystemModstamp. */
function moveLastActivity(state: OrgState, { object, after }: Candidate): void {
  const of = (name: string) => after[object.field(name)!.slot] ?? null;
  if (of('IsClosed') !== true || typeof of('ActivityDate') !== 'string') return;
  for (const id of [of('WhatId'), of('WhoId'), of('AccountId')]) {
    const target = typeof id === 'string' ? state.objectOfId(id) : undefined;
    const field = target?.field('LastActivityDate');
    const row = target && state.table(target).get(id as string);
    if (!target || !field || !row) continue;
    if (String(row[field.slot] ?? '') >= String(of('ActivityDate'))) continue;
    const moved = [...row];
    moved[field.slot] = of('ActivityDate');
    state.put(target, moved);
  }
}

/** A row Salesforce itself writes. */
function addRow(state: OrgState, actor: Actor, name: string, values: Record<string, Value>): void {
  const object = state.object(name);
  const row = object.blankRow();
  row[0] = state.nextId(object);
  row[1] = false;
  const stamp = state.stamp();
  for (const slot of [systemModstampSlot, createdDateSlot, lastModifiedDateSlot]) row[slot] = stamp;
  row[createdByIdSlot] = actor.userId;
  row[lastModifiedByIdSlot] = actor.userId;
  for (const [field, value] of Object.entries(values)) row[object.field(field)!.slot] = value;
  state.put(object, row);
}
