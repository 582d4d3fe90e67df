/** Deleting, undeleting and merging records, with what Salesforce does to their children. */
import { RecordError } from '../errors.ts';
import { toId18 } from '../ids.ts';
import type { ObjectDef } from '../schema.ts';
import type { Actor, Gone, OrgState } from '../state.ts';
import {
  isDeletedSlot,
  lastModifiedByIdSlot,
  lastModifiedDateSlot,
  systemModstampSlot,
} from '../system-fields.ts';
import type { Row, Value } from '../values.ts';
import { rowToWrite } from './save.ts';

/** Days a deleted record stays in the recycle bin, readable by queryAll and undelete. */
export const recycleBinDays = 15;

/** Children that go with their parent; other references are emptied. */
const cascading: Record<string, [child: string, field: string][]> = {
  Account: [
    ['Contact', 'AccountId'],
    ['Opportunity', 'AccountId'],
    ['Partner', 'AccountFromId'],
    ['Task', 'WhatId'],
  ],
  Opportunity: [
    ['OpportunityHistory', 'OpportunityId'],
    ['OpportunityPartner', 'OpportunityId'],
    ['Partner', 'OpportunityId'],
    ['OpportunityContactRole', 'OpportunityId'],
    ['Task', 'WhatId'],
  ],
  Partner: [['OpportunityPartner', 'ReversePartnerId']],
  Contact: [['OpportunityContactRole', 'ContactId']],
  PermissionSet: [
    ['PermissionSetAssignment', 'PermissionSetId'],
    ['FieldPermissions', 'ParentId'],
    ['ObjectPermissions', 'ParentId'],
  ],
};

/** Puts a record and its children into the recycle bin. Throws RecordError. */
export function deleteRecord(
  state: OrgState,
  object: ObjectDef,
  id: unknown,
  actor: Actor,
): string {
  const row = rowToWrite(state, object, id);
  refuseUndeletable(state, object, row);
  const gone: Gone[] = [];
  bin(state, object, row, actor, gone);
  state.cascades.set(row[0] as string, gone);
  state.touchMetadata();
  return row[0] as string;
}

/** Takes a record, and what went with it, out of the recycle bin. Throws RecordError. */
export function undeleteRecord(state: OrgState, id: unknown, actor: Actor): string {
  const id18 = typeof id === 'string' ? toId18(id) : null;
  const object = id18 === null ? undefined : state.objectOfId(id18);
  const row = id18 === null || !object ? undefined : state.table(object).get(id18);
  if (!object || !row) {
    throw new RecordError('INVALID_ID_FIELD', `Invalid id: ${String(id)}`, []);
  }
  if (row[isDeletedSlot] !== true) {
    throw new RecordError('UNDELETE_FAILED', 'Entity is not in the recycle bin', []);
  }
  const together: Gone[] = [
    { object: object.name, id: id18! },
    ...(state.cascades.get(id18!) ?? []),
  ];
  for (const one of together) {
    const definition = state.object(one.object);
    const row = state.table(definition).get(one.id);
    if (!row) continue;
    if (one.field === undefined) {
      touch(state, definition, row, actor, { IsDeleted: false }, 'undelete');
      continue;
    }
    // Documented: look-ups come back unless something else has taken their place meanwhile.
    const field = definition.field(one.field);
    if (!field || row[isDeletedSlot] === true || (row[field.slot] ?? null) !== null) continue;
    touch(state, definition, row, actor, { [field.name]: one.to! }, 'update');
  }
  state.cascades.delete(id18!);
  return id18!;
}

/** Merges up to two duplicates into a master: children move, losers go, with MasterRecordId set. */
export function mergeRecords(
  state: OrgState,
  object: ObjectDef,
  merge: { masterId: unknown; duplicateIds: unknown[] },
  actor: Actor,
): string {
  if (!['Account', 'Contact', 'Lead'].includes(object.name)) {
    throw new RecordError('INVALID_OPERATION', `merge is not supported for ${object.name}`, []);
  }
  if (merge.duplicateIds.length < 1 || merge.duplicateIds.length > 2) {
    throw new RecordError('INVALID_NUMBER_OF_RECORDS', 'merge takes one or two duplicates', []);
  }
  const master = rowToWrite(state, object, merge.masterId);
  for (const duplicate of merge.duplicateIds) {
    const loser = rowToWrite(state, object, duplicate);
    if (loser[0] === master[0]) {
      throw new RecordError('INVALID_OPERATION', 'a record cannot be merged with itself', []);
    }
    moveChildren(state, object, loser[0] as string, master[0] as string, actor);
    const set = { IsDeleted: true, MasterRecordId: master[0] as string };
    touch(state, object, loser, actor, set, 'merge');
  }
  touch(state, object, master, actor, {}, 'merge');
  return master[0] as string;
}

function refuseUndeletable(state: OrgState, object: ObjectDef, row: Row): void {
  if (!object.writable || object.name === 'User') {
    throw new RecordError(
      'INSUFFICIENT_ACCESS_OR_READONLY',
      'insufficient access rights on object id',
      [],
    );
  }
  if (object.name !== 'Account') return;
  const opportunity = state.object('Opportunity');
  const won = opportunity.field('IsWon')!.slot;
  const deals = state
    .table(opportunity)
    .matching(opportunity.field('AccountId')!.slot, `${row[0]}`);
  if (!deals.some((deal) => deal[isDeletedSlot] !== true && deal[won] === true)) return;
  throw new RecordError(
    'DELETE_FAILED',
    'Your attempt to delete the account could not be completed because some opportunities in ' +
      'that account were closed won.',
    [],
  );
}

function bin(state: OrgState, object: ObjectDef, row: Row, actor: Actor, gone: Gone[]): void {
  touch(state, object, row, actor, { IsDeleted: true }, 'delete');
  for (const [childName, fieldName] of cascading[object.name] ?? []) {
    const child = state.object(childName);
    const field = child.field(fieldName)!;
    for (const dependent of state.table(child).matching(field.slot, row[0] as string)) {
      if (dependent[isDeletedSlot] === true) continue;
      gone.push({ object: childName, id: dependent[0] as string });
      bin(state, child, dependent, actor, gone);
    }
  }
  emptyReferences(state, object, row[0] as string, actor, gone);
}

/**
 * Look-ups of custom objects to a deleted record are emptied (Salesforce's default for a look-up).
 */
function emptyReferences(
  state: OrgState,
  object: ObjectDef,
  id: string,
  actor: Actor,
  gone: Gone[],
): void {
  for (const { child, field } of referencesTo(state, object)) {
    if (!field.custom) continue;
    for (const row of state.table(child).matching(field.slot, id)) {
      if (row[isDeletedSlot] === true) continue;
      touch(state, child, row, actor, { [field.name]: null }, 'update');
      gone.push({ object: child.name, id: row[0] as string, field: field.name, to: id });
    }
  }
}

function moveChildren(
  state: OrgState,
  object: ObjectDef,
  from: string,
  to: string,
  actor: Actor,
): void {
  for (const { child, field } of referencesTo(state, object)) {
    if (field.name === 'MasterRecordId') continue;
    for (const row of state.table(child).matching(field.slot, from)) {
      if (row[isDeletedSlot] === true) continue;
      touch(state, child, row, actor, { [field.name]: to }, 'update');
    }
  }
}

function referencesTo(state: OrgState, object: ObjectDef) {
  return [...state.objects.values()].flatMap((child) =>
    child.fields
      .filter((field) => field.type === 'reference' && pointsTo(field.referenceTo, object.name))
      .map((field) => ({ child, field })),
  );
}

function pointsTo(targets: string[], name: string): boolean {
  return targets.includes(name) || targets.includes('*');
}

function touch(
  state: OrgState,
  object: ObjectDef,
  row: Row,
  actor: Actor,
  set: Record<string, Value>,
  operation: 'update' | 'delete' | 'undelete' | 'merge',
): void {
  const after = [...row];
  const stamp = state.stamp();
  after[systemModstampSlot] = stamp;
  after[lastModifiedDateSlot] = stamp;
  after[lastModifiedByIdSlot] = actor.userId;
  for (const [name, value] of Object.entries(set)) after[object.field(name)!.slot] = value;
  state.write(object, after, actor, operation);
}
