/**
 * How values are held in an org: as the REST API writes them, so that pages are joined, not built.
 */

/**
 * A stored value. Datetimes are `2026-11-21T09:00:00.000+0000`, dates `2026-11-21`: both sort as
 * text.
 */
export type Value = string | number | boolean | null;

/** One record: values by field slot (schema.ts). Never changed in place: a write replaces it. */
export type Row = readonly (Value | undefined)[];

/** Epoch milliseconds as a stored datetime; Salesforce keeps whole seconds. */
export function toStored(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19) + '.000+0000';
}

/** A stored datetime as epoch milliseconds. */
export function fromStored(stored: string): number {
  return Date.parse(stored.slice(0, 23) + 'Z');
}

const datetimePattern =
  /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)$/i;

/** Any ISO datetime with a zone as a stored datetime, or null if it is none. */
export function parseDatetime(text: string): string | null {
  if (!datetimePattern.test(text)) return null;
  const colons = text.replace(' ', 'T').replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
  const ms = Date.parse(/[+-]\d\d$/.test(colons.slice(16)) ? colons + ':00' : colons);
  return Number.isNaN(ms) || !isRealDay(text.slice(0, 10)) ? null : toStored(ms);
}

/** A calendar date `YYYY-MM-DD` that exists, or null. */
export function parseDate(text: string): string | null {
  return /^\d{4}-\d\d-\d\d$/.test(text) && isRealDay(text) ? text : null;
}

function isRealDay(day: string): boolean {
  const ms = Date.parse(day + 'T00:00:00Z');
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}
