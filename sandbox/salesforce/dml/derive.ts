/** What Salesforce fills in by itself when a standard record is saved, before the write. */
import type { FieldDef } from '../field-def.ts';
import type { ObjectDef } from '../schema.ts';
import type { OrgState } from '../state.ts';
import type { Row, Value } from '../values.ts';

/** A record being saved; `values` may be set by slot. */
export interface Draft {
  object: ObjectDef;
  before: Row | undefined;
  values: (Value | undefined)[];
  /** The fields the request gave. */
  given: Set<FieldDef>;
  stamp: string;
}

/** Fills the derived fields of the standard objects; others are left alone. */
export function derive(state: OrgState, draft: Draft): void {
  switch (draft.object.name) {
    case 'Opportunity':
      deriveOpportunity(state, draft);
      break;
    case 'Task':
      deriveTask(state, draft);
      break;
    case 'Contact':
    case 'Lead':
    case 'User':
      deriveFullName(draft);
      break;
    case 'PermissionSet':
      if (!draft.before) set(draft, 'IsCustom', true);
      break;
    default:
  }
}

function get(draft: Draft, name: string): Value {
  const slot = draft.object.field(name)?.slot;
  return slot === undefined ? null : (draft.values[slot] ?? null);
}

function was(draft: Draft, name: string): Value {
  const slot = draft.object.field(name)?.slot;
  return slot === undefined ? null : (draft.before?.[slot] ?? null);
}

function set(draft: Draft, name: string, value: Value): void {
  const slot = draft.object.field(name)?.slot;
  if (slot !== undefined) draft.values[slot] = value;
}

function gave(draft: Draft, name: string): boolean {
  const field = draft.object.field(name);
  return field !== undefined && draft.given.has(field);
}

/** An opportunity's stage decides whether it is closed and won, its probability and forecast. */
function deriveOpportunity(state: OrgState, draft: Draft): void {
  if (!draft.before || get(draft, 'StageName') !== was(draft, 'StageName')) {
    applyStage(state, draft);
    // Documented as the date of the last CHANGE: a new record has none.
    if (draft.before) set(draft, 'LastStageChangeDate', draft.stamp);
  }
  const amount = get(draft, 'Amount');
  const probability = get(draft, 'Probability');
  set(
    draft,
    'ExpectedRevenue',
    typeof amount === 'number' ? Math.round(amount * Number(probability ?? 0)) / 100 : null,
  );
  const closes = get(draft, 'CloseDate');
  if (typeof closes === 'string') setFiscal(draft, closes);
  const closedBefore = was(draft, 'CloseDate');
  if (typeof closes === 'string' && typeof closedBefore === 'string') {
    if (closes.slice(0, 7) > closedBefore.slice(0, 7)) {
      set(draft, 'PushCount', Number(get(draft, 'PushCount') ?? 0) + 1);
    }
  } else if (!draft.before) set(draft, 'PushCount', 0);
}

function applyStage(state: OrgState, draft: Draft): void {
  const stage = findStage(state, get(draft, 'StageName'));
  const definition = state.object('OpportunityStage');
  const of = (name: string) => stage?.[definition.field(name)!.slot] ?? null;
  set(draft, 'IsClosed', of('IsClosed') === true);
  set(draft, 'IsWon', of('IsWon') === true);
  if (!gave(draft, 'Probability')) {
    set(draft, 'Probability', of('DefaultProbability') ?? get(draft, 'Probability') ?? 0);
  }
  set(draft, 'ForecastCategory', of('ForecastCategory') ?? 'Pipeline');
  if (!gave(draft, 'ForecastCategoryName')) {
    set(draft, 'ForecastCategoryName', of('ForecastCategoryName') ?? 'Pipeline');
  }
}

/** The stage's row by its API name. */
export function findStage(state: OrgState, name: Value): Row | undefined {
  if (typeof name !== 'string') return undefined;
  const stage = state.object('OpportunityStage');
  return state.table(stage).matching(stage.field('ApiName')!.slot, name)[0];
}

function setFiscal(draft: Draft, closeDate: string): void {
  const year = Number(closeDate.slice(0, 4));
  const quarter = Math.ceil(Number(closeDate.slice(5, 7)) / 3);
  set(draft, 'FiscalYear', year);
  set(draft, 'FiscalQuarter', quarter);
  set(draft, 'Fiscal', `${year} ${quarter}`);
}

/** Closed is what TaskStatus says of the status. */
export function isClosedTaskStatus(state: OrgState, status: Value): boolean {
  if (typeof status !== 'string') return false;
  const object = state.object('TaskStatus');
  const [row] = state.table(object).matching(object.field('ApiName')!.slot, status);
  return row?.[object.field('IsClosed')!.slot] === true;
}

function deriveTask(state: OrgState, draft: Draft): void {
  const closed = isClosedTaskStatus(state, get(draft, 'Status'));
  if (closed && was(draft, 'IsClosed') !== true) set(draft, 'CompletedDateTime', draft.stamp);
  if (!closed) set(draft, 'CompletedDateTime', null);
  set(draft, 'IsClosed', closed);
  set(draft, 'IsHighPriority', get(draft, 'Priority') === 'High');
  const what = get(draft, 'WhatId');
  if (typeof what !== 'string') return;
  const target = state.objectOfId(what);
  if (target?.name === 'Account') set(draft, 'AccountId', what);
  const account = target?.name === 'Opportunity' ? target.field('AccountId') : undefined;
  if (account) set(draft, 'AccountId', state.table(target!).get(what)?.[account.slot] ?? null);
}

function deriveFullName(draft: Draft): void {
  const parts = [get(draft, 'FirstName'), get(draft, 'LastName')].filter((part) => part !== null);
  set(draft, 'Name', parts.join(' ') || null);
}
