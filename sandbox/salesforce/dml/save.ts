/**
 * Saves one record: values in, derived values, checks, write, and what Salesforce writes beside
 * it.
 */
import type { Access } from '../access.ts';
import { setAutoNumbers } from '../auto-numbers.ts';
import { RecordError } from '../errors.ts';
import type { FieldDef } from '../field-def.ts';
import { toId18 } from '../ids.ts';
import type { ObjectDef } from '../schema.ts';
import type { Actor, OrgState } from '../state.ts';
import {
  createdByIdSlot,
  createdDateSlot,
  lastModifiedByIdSlot,
  lastModifiedDateSlot,
  systemModstampSlot,
} from '../system-fields.ts';
import type { Row } from '../values.ts';
import { afterSave } from './after-save.ts';
import { coerce, type Source } from './coerce.ts';
import { type Draft, derive } from './derive.ts';
import { checkPermissions } from './permission-checks.ts';
import { checkReferences, checkRequired, checkRules, checkUnique } from './validation.ts';

/** What a save needs to know beside the record. */
export interface SaveContext {
  state: OrgState;
  access: Access;
  actor: Actor;
  source: Source;
}

/** A record as a request gives it: field values, `attributes` ignored. */
export type RecordInput = Record<string, unknown>;

/**
 * Inserts a record and returns its id. Throws RecordError, or ApiError for unparsable JSON values.
 */
export function insertRecord(context: SaveContext, object: ObjectDef, input: RecordInput): string {
  const { state, actor } = context;
  if (!object.writable && !actor.system) throw notWritable(object);
  if (!context.access.may(object, 'create', actor)) throw notCreateable(object);
  const id = state.nextId(object);
  const stamp = state.stamp();
  const draft: Draft = {
    object,
    before: undefined,
    values: object.blankRow(),
    given: new Set(),
    stamp,
  };
  draft.values[0] = id;
  draft.values[1] = false;
  draft.values[createdDateSlot] = stamp;
  draft.values[createdByIdSlot] = actor.userId;
  const owner = object.field('OwnerId');
  if (owner) draft.values[owner.slot] = actor.userId;
  const currency = object.field('CurrencyIsoCode');
  if (currency) draft.values[currency.slot] = currency.defaultValue;
  setAutoNumbers(state, draft);
  setFields(context, draft, input, 'createable');
  finish(context, draft, new Set(object.fields));
  return id;
}

/** Changes a record. Throws RecordError, or ApiError for unparsable JSON values. */
export function updateRecord(
  context: SaveContext,
  object: ObjectDef,
  id: unknown,
  input: RecordInput,
): string {
  const { state, actor } = context;
  const before = rowToWrite(state, object, id);
  if (!object.writable && !actor.system) throw notWritable(object);
  if (!context.access.may(object, 'edit', actor)) throw readOnly();
  if (state.lockedIds.has(before[0] as string) && !actor.system) {
    throw new RecordError('ENTITY_IS_LOCKED', 'the entity is locked for editing', []);
  }
  const draft: Draft = {
    object,
    before,
    values: [...before],
    given: new Set(),
    stamp: state.stamp(),
  };
  setFields(context, draft, input, 'updateable');
  finish(context, draft, draft.given);
  return before[0] as string;
}

/** The live row of an id. Throws MALFORMED_ID, INVALID_CROSS_REFERENCE_KEY or ENTITY_IS_DELETED. */
export function rowToWrite(state: OrgState, object: ObjectDef, id: unknown): Row {
  const id18 = typeof id === 'string' ? toId18(id.trim()) : null;
  if (id18 === null) {
    throw new RecordError('MALFORMED_ID', `${object.label} ID: id value of incorrect type: ${id}`, [
      'Id',
    ]);
  }
  if (!id18.startsWith(object.keyPrefix)) {
    throw new RecordError('MALFORMED_ID', `${object.label} ID: id value of incorrect type: ${id}`, [
      'Id',
    ]);
  }
  const row = state.table(object).get(id18);
  if (!row) {
    throw new RecordError('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', []);
  }
  if (row[1] === true) throw new RecordError('ENTITY_IS_DELETED', 'entity is deleted', []);
  return row;
}

function finish(context: SaveContext, draft: Draft, touched: Set<FieldDef>): void {
  const { state, actor } = context;
  const { object, before, values, stamp } = draft;
  values[systemModstampSlot] = stamp;
  values[lastModifiedDateSlot] = stamp;
  values[lastModifiedByIdSlot] = actor.userId;
  derive(state, draft);
  const candidate = { object, before, after: values };
  checkRequired(candidate, touched);
  checkReferences(state, candidate, touched);
  checkUnique(state, candidate, touched);
  checkPermissions(state, candidate);
  checkRules(state, candidate);
  state.write(object, values, actor, before ? 'update' : 'insert');
  afterSave(state, actor, candidate);
}

function setFields(
  context: SaveContext,
  draft: Draft,
  input: RecordInput,
  right: 'createable' | 'updateable',
): void {
  const refused: string[] = [];
  for (const [name, raw] of Object.entries(input)) {
    if (name === 'attributes' || (name.toLowerCase() === 'id' && draft.before)) continue;
    const field = context.access.field(draft.object, name, context.actor);
    if (!field) {
      setByParentKey(context, draft, name, raw);
      continue;
    }
    const writable =
      field[right] || (right === 'updateable' && isFixed(draft, field, raw, context));
    if (!writable || !context.access.canEdit(draft.object, field, context.actor)) {
      refused.push(field.name);
      continue;
    }
    draft.values[field.slot] = coerce(field, raw, context.source);
    draft.given.add(field);
  }
  if (refused.length > 0) throw notUpdateable(refused);
}

/** A system-mode write may set what the API may not, audit fields excepted. */
function isFixed(_draft: Draft, field: FieldDef, _raw: unknown, context: SaveContext): boolean {
  return context.actor.system === true && field.slot > lastModifiedByIdSlot;
}

/** `{"Account": {"Ext__c": "x"}}` and `Account.Ext__c` (CSV) set AccountId by the parent's key. */
function setByParentKey(context: SaveContext, draft: Draft, name: string, raw: unknown): void {
  const { state, access, actor } = context;
  const [relation = '', csvKey] = name.split('.');
  const field = draft.object.relationship(relation);
  const target = field && state.findObject(field.referenceTo[0] ?? '');
  if (!field || !target) throw noSuchColumn(draft.object, name);
  const entries: [string, unknown][] = csvKey
    ? [[csvKey, raw]]
    : Object.entries((raw ?? {}) as object).filter(([key]) => key !== 'attributes');
  const [key, value] = entries[0] ?? ['', null];
  const keyField = access.field(target, key, actor);
  if (!keyField || !(keyField.externalId || keyField.idLookup || keyField.slot === 0)) {
    throw keyNotFound(target, key, value);
  }
  if (value === null || value === '') {
    draft.values[field.slot] = null;
  } else {
    const found = state.table(target).matching(keyField.slot, String(value));
    const live = found.filter((row) => row[1] !== true);
    if (live.length !== 1) {
      throw keyNotFound(target, keyField.name, value);
    }
    draft.values[field.slot] = live[0]![0];
  }
  draft.given.add(field);
}

function keyNotFound(target: ObjectDef, key: string, value: unknown): RecordError {
  const message =
    `Foreign key external ID: ${String(value)} not found for field ${key} ` +
    `in entity ${target.name}`;
  return new RecordError('INVALID_FIELD', message, []);
}

function noSuchColumn(object: ObjectDef, name: string): RecordError {
  return new RecordError(
    'INVALID_FIELD',
    `No such column '${name}' on sobject of type ${object.name}`,
    [],
  );
}

function notUpdateable(names: string[]): RecordError {
  return new RecordError(
    'INVALID_FIELD_FOR_INSERT_UPDATE',
    `Unable to create/update fields: ${names.join(', ')}. Please check the security settings of ` +
      'this field and verify that it is read/write for your profile or permission set.',
    names,
  );
}

/** What a user without "Create" on the object is told. */
function notCreateable(object: ObjectDef): RecordError {
  const message = `entity type cannot be inserted: ${object.label}`;
  return new RecordError('INVALID_TYPE_FOR_OPERATION', message, []);
}

/** What a user without "Edit" on the object is told. */
function readOnly(): RecordError {
  const message = 'insufficient access rights on object id';
  return new RecordError('INSUFFICIENT_ACCESS_OR_READONLY', message, []);
}

function notWritable(object: ObjectDef): RecordError {
  return new RecordError(
    'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
    `entity type cannot be inserted or updated: ${object.label}`,
    [],
  );
}
