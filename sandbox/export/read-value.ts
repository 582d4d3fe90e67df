/** Turns the text of one cell into the value of its field, or says why it cannot. */
import type { DatasetField, DatasetValue } from '../dataset.ts';
import { toId18 } from '../salesforce/ids.ts';
import { parseDate, parseDatetime } from '../salesforce/values.ts';

const DAY_MS = 86_400_000;

/** The value, or a problem in words that start with the text itself. */
export type ReadValue = { value: DatasetValue } | { problem: string };

/**
 * A cell as its field's type; dates and datetimes move by whole days. Blank is null, never a
 * guess.
 */
export function readValue(field: DatasetField, text: string, shiftDays: number): ReadValue {
  if (text.trim() === '') return { value: null };
  const trimmed = text.trim();
  switch (field.type) {
    case 'boolean':
      return readBoolean(trimmed);
    case 'int':
    case 'double':
    case 'currency':
    case 'percent':
      return readNumber(trimmed);
    case 'date':
      return readDate(trimmed, shiftDays);
    case 'datetime':
      return readDatetime(trimmed, shiftDays);
    case 'id':
    case 'reference': {
      const id = toId18(trimmed);
      return id === null
        ? { problem: 'is not a Salesforce id of 15 or 18 characters' }
        : { value: id };
    }
    default:
      return { value: text };
  }
}

function readBoolean(text: string): ReadValue {
  const word = text.toLowerCase();
  if (word === 'true' || word === '1') return { value: true };
  if (word === 'false' || word === '0') return { value: false };
  return { problem: 'is neither true nor false' };
}

function readNumber(text: string): ReadValue {
  const plain = /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(text);
  const value = Number(text);
  return plain && Number.isFinite(value) ? { value } : { problem: 'is not a number' };
}

function readDate(text: string, shiftDays: number): ReadValue {
  // A datetime in a date's column keeps its day, as Salesforce itself reads it.
  const day = parseDate(text) ?? parseDatetime(text)?.slice(0, 10);
  if (!day) return { problem: 'is not a date such as 2026-11-27' };
  return { value: shifted(`${day}T00:00:00Z`, shiftDays).slice(0, 10) };
}

function readDatetime(text: string, shiftDays: number): ReadValue {
  const day = parseDate(text);
  const stored = day === null ? parseDatetime(text) : `${day}T00:00:00.000+0000`;
  if (stored === null) return { problem: 'is not a time such as 2026-11-27T09:30:00.000Z' };
  return { value: shifted(stored.slice(0, 23) + 'Z', shiftDays) };
}

function shifted(instant: string, days: number): string {
  return new Date(Date.parse(instant) + days * DAY_MS).toISOString();
}

/** Whole days from one calendar day to another. Throws on text that is no calendar day. */
export function daysBetween(from: string, to: string): number {
  for (const day of [from, to]) {
    if (parseDate(day) === null) throw new Error(`"${day}" is not a day such as 2017-12-31.`);
  }
  return (Date.parse(to) - Date.parse(from)) / DAY_MS;
}
