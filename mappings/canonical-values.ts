/** Single values between the CRM's form and the canonical form (rules/types.ts), both ways, exact. */
import Big from 'big.js';
import type { CanonicalValue, CrmName } from '../rules/types.ts';
import type { CanonicalKind, CrmValue, FieldLike } from './types.ts';
import { isCalendarDate } from './units.ts';

/** What `readValue` answers where a value is not of the kind it should be. */
export const unreadable = Symbol('unreadable');

/** A CRM value in canonical form; '' and null are empty. Never throws. */
export function readValue(
  kind: CanonicalKind,
  crm: CrmName,
  value: CrmValue | undefined,
): CanonicalValue | typeof unreadable {
  if (value === null || value === undefined || value === '') {
    return null;
  }
  const text = typeof value === 'string' ? value.trim() : String(value);
  if (text === '') {
    return null;
  }
  switch (kind) {
    case 'text':
      return text;
    case 'id':
      return crm === 'salesforce' ? longId(text) : text;
    case 'ids':
      return readIds(crm, text);
    case 'boolean':
      return readBoolean(text);
    case 'decimal':
      return readDecimal(text);
    case 'integer':
      return readInteger(text);
    case 'percent':
      return readPercent(text);
    case 'date':
      return readDate(text);
    case 'datetime':
      return readInstant(text);
  }
}

/** A canonical value as the CRM's API takes it; null clears. */
export function writeValue(kind: CanonicalKind, crm: CrmName, value: CanonicalValue): CrmValue {
  if (value === null) {
    return null;
  }
  const plain = kind === 'percent' ? new Big(value as number).div(100).toFixed() : value;
  if (crm === 'hubspot') {
    return String(plain);
  }
  return kind === 'decimal' || kind === 'percent' ? exactNumber(String(plain)) : plain;
}

/** A JSON number where it holds the decimal exactly, else the decimal's own text. */
function exactNumber(decimal: string): number | string {
  const number = Number(decimal);
  return normalDecimal(String(number)) === normalDecimal(decimal) ? number : decimal;
}

/**
 * A desired value as the CRM will hand it back: texts trimmed and cut to the field's length,
 * numbers rounded to its scale (half away from zero), instants in whole seconds, no empty box.
 */
export function fittedValue(
  kind: CanonicalKind,
  field: FieldLike,
  value: CanonicalValue,
): CanonicalValue {
  if (value === null) {
    // A decision knows no third state of a checkbox, and Salesforce none either.
    return kind === 'boolean' && field.kind === 'boolean' ? false : null;
  }
  switch (kind) {
    case 'text':
      return cut(String(value).trim(), field.length);
    case 'decimal':
      return normalDecimal(
        new Big(String(value)).round(field.scale ?? 20, Big.roundHalfUp).toFixed(),
      );
    case 'percent':
      return Number(
        new Big(value as number)
          .div(100)
          .round(field.scale ?? 2)
          .times(100),
      );
    case 'datetime':
      return `${String(value).slice(0, 19)}.000Z`;
    default:
      return value;
  }
}

function cut(text: string, length: number | null): string | null {
  if (text === '') {
    return null;
  }
  if (length === null || text.length <= length) {
    return text;
  }
  const kept = text.slice(0, length - 1);
  // Half of a surrogate pair is not a character.
  const whole = /[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept;
  return `${whole.trimEnd()}…`;
}

/** 'id;id': a set has one form, whatever order it was written in. */
function readIds(crm: CrmName, text: string): string | null {
  const ids = text.split(';').map((id) => id.trim());
  const known = ids.filter((id) => id !== '').map((id) => (crm === 'salesforce' ? longId(id) : id));
  return [...new Set(known)].sort().join(';') || null;
}

function readBoolean(text: string): boolean | typeof unreadable {
  switch (text.toLowerCase()) {
    case 'true':
    case '1':
    case 'yes':
      return true;
    case 'false':
    case '0':
    case 'no':
      return false;
    default:
      return unreadable;
  }
}

const plainNumber = /^-?(0|[1-9]\d{0,17})$/;
const anyNumber = /^[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,2})?$/;

function readDecimal(text: string): string | typeof unreadable {
  return anyNumber.test(text) ? normalDecimal(text) : unreadable;
}

/** '1e3' -> '1000', '500.00' -> '500', '-0' -> '0': one text for one number. */
export function normalDecimal(text: string): string {
  if (plainNumber.test(text) && text !== '-0') {
    return text;
  }
  const fixed = new Big(text.replace(/^\+/, '').replace(/\.(?=$|e)/i, '')).toFixed();
  const bare = fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed;
  return bare === '-0' ? '0' : bare;
}

function readInteger(text: string): number | typeof unreadable {
  const decimal = readDecimal(text);
  if (decimal === unreadable || !plainNumber.test(decimal)) {
    return unreadable;
  }
  const number = Number(decimal);
  return Number.isSafeInteger(number) ? number : unreadable;
}

/** '12.5' (per cent) -> 1250 basis points. */
function readPercent(text: string): number | typeof unreadable {
  const decimal = readDecimal(text.replace(/ ?%$/, ''));
  if (decimal === unreadable) {
    return unreadable;
  }
  const points = Number(new Big(decimal).times(100).round(0, Big.roundHalfUp));
  return Number.isSafeInteger(points) ? points : unreadable;
}

const epochMs = /^-?\d{11,14}$/;
const instantForm =
  /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})$/;

/** A day stays a day: a datetime's UTC day only where the CRM keeps days as instants. */
function readDate(text: string): string | typeof unreadable {
  if (text.length === 10 && /^\d{4}-\d{2}-\d{2}$/.test(text)) {
    return isCalendarDate(text) ? text : unreadable;
  }
  const instant = readInstant(text);
  return instant === unreadable ? unreadable : instant.slice(0, 10);
}

/** Salesforce's own form, of which a sync reads millions: no Date is needed for it. */
const salesforceInstant = /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}(Z|\+0000)$/;

function readInstant(text: string): string | typeof unreadable {
  if (salesforceInstant.test(text)) {
    return isCalendarDate(text) ? `${text.slice(0, 23)}Z` : unreadable;
  }
  if (epochMs.test(text)) {
    return new Date(Number(text)).toISOString();
  }
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    return isCalendarDate(text) ? `${text}T00:00:00.000Z` : unreadable;
  }
  const match = instantForm.exec(text);
  if (match === null || !isCalendarDate(match[1]!)) {
    return unreadable;
  }
  const zone = match[3]!;
  const offset = zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  const at = Date.parse(`${match[1]}T${match[2]}${offset}`);
  return Number.isNaN(at) ? unreadable : new Date(at).toISOString();
}

const idAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/** Salesforce's 15-character id with the three that tell its capitals, as its API gives it. */
export function longId(id: string): string {
  if (!/^[A-Za-z0-9]{15}$/.test(id)) {
    return id;
  }
  let suffix = '';
  for (const start of [0, 5, 10]) {
    let bits = 0;
    for (let i = 0; i < 5; i += 1) {
      const code = id.charCodeAt(start + i);
      bits |= code >= 65 && code <= 90 ? 1 << i : 0;
    }
    suffix += idAlphabet[bits];
  }
  return id + suffix;
}
