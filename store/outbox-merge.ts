/**
 * How a desired change meets what the outbox already holds of a record, as a pure function.
 *
 * One open row a record (pending, held, failed or unclear); beside it at most one claimed row,
 * which is in flight and is never touched here. The open row always holds exactly what the latest
 * decisions want beyond what the CRM holds once the claimed row has arrived.
 */
import type { CanonicalValue, FieldValues } from '../rules/types.ts';
import type { FieldChange, WriteState } from './types.ts';

export type OpenState = Extract<WriteState, 'pending' | 'held' | 'failed' | 'unclear'>;
export type Fields = Record<string, FieldChange>;

/** What is known of a record before the merge. */
export interface OutboxRecord {
  open: { state: OpenState; fields: Fields } | null;
  /** Fields of the claimed row: on their way to the CRM. */
  inFlight: Fields;
  /** What the CRM holds as far as known. */
  mirrored: FieldValues;
}

export interface Desire {
  fields: Fields;
  /**
   * Fields that were decided this time: an open desire for one of these that is not in `fields`
   * is not wanted any more.
   */
  decided: ReadonlySet<string>;
}

export type Merged =
  | { change: 'none' }
  /** Nothing is left to write. */
  | { change: 'drop' }
  /** A new row, or the open one with these fields; `state` as it is after the merge. */
  | { change: 'store'; state: OpenState; fields: Fields };

/** Stamps of when a result changed: they go with a real change, they are none themselves. */
const stamps: ReadonlySet<string> = new Set(['attribution_evaluated_at']);

/** Merges a desire into a record's open row. */
export function mergeDesire(record: OutboxRecord, desire: Desire): Merged {
  const { open } = record;
  const fields: Fields = {};
  for (const [key, change] of Object.entries(open?.fields ?? {})) {
    if (!desire.decided.has(key)) {
      fields[key] = change;
    } else if (open?.state === 'unclear' && !(key in desire.fields)) {
      // Wanted now is what the mirror holds: the old value, and then ours, which may have reached
      // the CRM, is taken back; or ours, seen to have arrived, and then reading back settles it.
      const known = record.mirrored[key];
      const value = known === undefined ? change.before : known;
      fields[key] = { value, before: change.before };
    }
  }
  for (const [key, wanted] of Object.entries(desire.fields)) {
    const before = open?.fields[key]?.before ?? expected(record, key, wanted.before);
    fields[key] = { value: wanted.value, before };
  }
  return settle(record, fields);
}

/**
 * An open row after its record's in-flight row has been written (then `mirrored` has the new
 * values and `inFlight` is empty): what is there already drops out, `before` follows.
 */
export function rebase(record: OutboxRecord): Merged {
  const fields: Fields = {};
  for (const [key, change] of Object.entries(record.open?.fields ?? {})) {
    fields[key] = { value: change.value, before: expected(record, key, change.before) };
  }
  return settle(record, fields);
}

/** A claimed row that was not written meets the newer open row of its record: newer values win. */
export function foldIntoNewer(older: Fields, newer: Fields): Fields {
  const fields: Fields = { ...older };
  for (const [key, change] of Object.entries(newer)) {
    const { before } = older[key] ?? change;
    fields[key] = { value: change.value, before };
  }
  return fields;
}

function settle(record: OutboxRecord, fields: Fields): Merged {
  const { open } = record;
  const left = open?.state === 'unclear' ? fields : withoutArrived(record, fields);
  if (Object.keys(left).every((key) => stamps.has(key))) {
    return open === null ? { change: 'none' } : { change: 'drop' };
  }
  if (open === null) {
    return { change: 'store', state: 'pending', fields: left };
  }
  if (sameValues(open.fields, left)) {
    return { change: 'none' };
  }
  // A refused row whose values are others now deserves a try at once.
  return { change: 'store', state: open.state === 'failed' ? 'pending' : open.state, fields: left };
}

function withoutArrived(record: OutboxRecord, fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([key, { value, before }]) => stamps.has(key) || value !== expected(record, key, before),
    ),
  );
}

/** What the CRM will hold once the claimed row has arrived. */
function expected(record: OutboxRecord, key: string, otherwise: CanonicalValue): CanonicalValue {
  const flying = record.inFlight[key];
  if (flying) {
    return flying.value;
  }
  const known = record.mirrored[key];
  return known === undefined ? otherwise : known;
}

function sameValues(a: Fields, b: Fields): boolean {
  const real = (fields: Fields) => Object.keys(fields).filter((key) => !stamps.has(key));
  const keys = real(a);
  return keys.length === real(b).length && keys.every((key) => a[key]?.value === b[key]?.value);
}
