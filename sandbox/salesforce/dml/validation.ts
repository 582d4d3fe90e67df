/**
 * What a record must satisfy after its values are set: required fields, references, unique keys,
 * rules.
 */
import type { DatasetValue, Predicate } from '../../dataset.ts';
import { lockMessage, RecordError } from '../errors.ts';
import type { FieldDef } from '../field-def.ts';
import type { ObjectDef } from '../schema.ts';
import type { OrgState } from '../state.ts';
import type { Row } from '../values.ts';

/** A record about to be written. */
export interface Candidate {
  object: ObjectDef;
  before: Row | undefined;
  after: Row;
}

/** Throws RecordError REQUIRED_FIELD_MISSING. */
export function checkRequired({ object, after }: Candidate, touched: Set<FieldDef>): void {
  const missing = object.fields.filter(
    (field) =>
      field.required &&
      (field.createable || field.updateable) &&
      field.type !== 'boolean' &&
      (after[field.slot] ?? null) === null &&
      touched.has(field),
  );
  if (missing.length === 0) return;
  const names = missing.map((field) => field.name);
  throw new RecordError(
    'REQUIRED_FIELD_MISSING',
    `Required fields are missing: [${names.join(', ')}]`,
    names,
  );
}

/**
 * Throws RecordError INVALID_CROSS_REFERENCE_KEY, FIELD_INTEGRITY_EXCEPTION or ENTITY_IS_DELETED.
 */
export function checkReferences(
  state: OrgState,
  candidate: Candidate,
  touched: Set<FieldDef>,
): void {
  for (const field of touched) {
    const id = candidate.after[field.slot];
    if (field.type !== 'reference' || typeof id !== 'string') continue;
    const target = state.objectOfId(id);
    const anything = field.referenceTo.includes('*') || field.referenceTo.length === 0;
    if (target && !anything && !field.referenceTo.includes(target.name)) {
      throw new RecordError(
        'FIELD_INTEGRITY_EXCEPTION',
        `${field.label}: id value of incorrect type: ${id}`,
        [field.name],
      );
    }
    const row = target && state.table(target).get(id);
    if (!row) {
      throw new RecordError('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', [
        field.name,
      ]);
    }
    if (row[1] === true) throw new RecordError('ENTITY_IS_DELETED', 'entity is deleted', []);
  }
}

/** Throws RecordError DUPLICATE_VALUE where another live record has the unique value. */
export function checkUnique(state: OrgState, { object, after }: Candidate, touched: Set<FieldDef>) {
  for (const field of touched) {
    const value = after[field.slot] ?? null;
    if (!field.unique || value === null) continue;
    if (!state.late.none && state.late.holdsValue(object.name, field.slot, String(value))) {
      throw new RecordError('UNABLE_TO_LOCK_ROW', lockMessage, []);
    }
    const other = state
      .table(object)
      .matching(field.slot, String(value))
      .find(
        (row) =>
          row[0] !== after[0] &&
          row[1] !== true &&
          (!field.caseSensitive || row[field.slot] === value),
      );
    if (!other) continue;
    throw new RecordError(
      'DUPLICATE_VALUE',
      `duplicate value found: ${field.name} duplicates value on record with id: ` +
        String(other[0]).slice(0, 15),
      [],
    );
  }
}

/** Throws RecordError FIELD_CUSTOM_VALIDATION_EXCEPTION for the first active rule that holds. */
export function checkRules(state: OrgState, candidate: Candidate): void {
  for (const rule of state.validationRules) {
    if (rule.active === false || rule.object !== candidate.object.name) continue;
    if (!holds(rule.when, candidate)) continue;
    const fields = rule.field ? [rule.field] : [];
    throw new RecordError('FIELD_CUSTOM_VALIDATION_EXCEPTION', rule.message, fields);
  }
}

/** Whether a rule's predicate is true of a record. */
export function holds(when: Predicate, candidate: Candidate): boolean {
  if ('all' in when) return when.all.every((one) => holds(one, candidate));
  if ('any' in when) return when.any.some((one) => holds(one, candidate));
  if ('not' in when) return !holds(when.not, candidate);
  const slot = candidate.object.field(when.field)?.slot;
  if (slot === undefined) return false;
  const now = candidate.after[slot] ?? null;
  switch (when.is) {
    case 'blank':
      return now === null;
    case 'changed':
      return candidate.before !== undefined && (candidate.before[slot] ?? null) !== now;
    case 'in':
      return when.value.some((one) => one === now);
    default:
      return compares(now, when.is, when.value);
  }
}

function compares(
  now: DatasetValue,
  is: '=' | '!=' | '<' | '<=' | '>' | '>=',
  value: DatasetValue,
) {
  if (is === '=') return now === value;
  if (is === '!=') return now !== value;
  if (now === null || value === null || typeof now !== typeof value) return false;
  if (is === '<') return now < value;
  if (is === '<=') return now <= value;
  return is === '>' ? now > value : now >= value;
}
