/**
 * Turns one value of a request (JSON or CSV) into what is stored, or refuses it as Salesforce
 * does.
 */
import { ApiError, RecordError } from '../errors.ts';
import type { FieldDef } from '../field-def.ts';
import { toId18 } from '../ids.ts';
import { parseDate, parseDatetime, type Value } from '../values.ts';

/** Where values come from: JSON keeps its types, CSV and forms are text only. */
export type Source = 'json' | 'text';

/** Throws ApiError JSON_PARSER_ERROR for a value of the wrong type, RecordError for a bad one. */
export function coerce(field: FieldDef, raw: unknown, source: Source): Value {
  if (raw === null || raw === undefined || raw === '')
    return field.type === 'boolean' ? false : null;
  switch (field.type) {
    case 'boolean':
      return toBoolean(field, raw, source);
    case 'int':
    case 'double':
    case 'currency':
    case 'percent':
      return toNumber(field, raw, source);
    case 'date':
      return parseDate(text(raw).slice(0, 10)) ?? refuse(field, raw, source);
    case 'datetime':
      return toDatetime(field, raw, source);
    case 'id':
    case 'reference':
      return toReference(field, raw, source);
    default:
      return toText(field, raw, source);
  }
}

function text(raw: unknown): string {
  return typeof raw === 'string' ? raw.trim() : '';
}

function toBoolean(field: FieldDef, raw: unknown, source: Source): boolean {
  if (typeof raw === 'boolean') return raw;
  const word = text(raw).toLowerCase();
  if (word === 'true' || (source === 'text' && word === '1')) return true;
  if (word === 'false' || (source === 'text' && word === '0')) return false;
  return refuse(field, raw, source);
}

function toNumber(field: FieldDef, raw: unknown, source: Source): number {
  const number = typeof raw === 'number' ? raw : text(raw) === '' ? Number.NaN : Number(text(raw));
  if (!Number.isFinite(number)) return refuse(field, raw, source);
  if (field.type === 'int' && !Number.isInteger(number)) return refuse(field, raw, source);
  const rounded = roundHalfUp(number, field.scale);
  const wholeDigits = field.precision - field.scale;
  if (field.precision > 0 && Math.abs(rounded) >= 10 ** wholeDigits) {
    throw new RecordError(
      'NUMBER_OUTSIDE_VALID_RANGE',
      `${field.label}: value outside of valid range on numeric field: ${number}`,
      [field.name],
    );
  }
  return rounded;
}

/** Away from zero at the half, by decimal digits and not by the binary fraction. */
function roundHalfUp(number: number, scale: number): number {
  if (Number.isInteger(number)) return number;
  const shifted = Number(`${Math.abs(number)}e${scale}`);
  if (!Number.isFinite(shifted)) return number;
  const rounded = Number(`${Math.round(shifted)}e-${scale}`);
  return Number.isFinite(rounded) ? Math.sign(number) * rounded : number;
}

function toDatetime(field: FieldDef, raw: unknown, source: Source): string {
  const day = parseDate(text(raw));
  if (day !== null) return `${day}T00:00:00.000+0000`;
  return parseDatetime(text(raw)) ?? refuse(field, raw, source);
}

function toReference(field: FieldDef, raw: unknown, source: Source): string {
  if (typeof raw !== 'string') return refuse(field, raw, source);
  const id = toId18(raw.trim());
  if (id !== null) return id;
  throw new RecordError('MALFORMED_ID', `${field.label}: id value of incorrect type: ${raw}`, [
    field.name,
  ]);
}

function toText(field: FieldDef, raw: unknown, source: Source): string | null {
  if (typeof raw !== 'string') return refuse(field, raw, source);
  const value = field.type === 'textarea' ? raw.trimEnd() : raw.trim();
  if (value === '') return null;
  if (field.length > 0 && value.length > field.length) {
    const shown = value.length > 100 ? value.slice(0, 97) + '...' : value;
    throw new RecordError(
      'STRING_TOO_LONG',
      `${field.label}: data value too large: ${shown} (max length=${field.length})`,
      [field.name],
    );
  }
  if (field.type === 'email' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) {
    throw new RecordError(
      'INVALID_EMAIL_ADDRESS',
      `${field.label}: invalid email address: ${raw}`,
      [field.name],
    );
  }
  checkPicklist(field, value);
  return value;
}

function checkPicklist(field: FieldDef, value: string): void {
  if (!field.restricted || !field.picklist) return;
  const chosen = field.type === 'multipicklist' ? value.split(';') : [value];
  const bad = chosen.find((one) => !field.picklist!.includes(one));
  if (bad === undefined) return;
  throw new RecordError(
    'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
    `${field.label}: bad value for restricted picklist field: ${bad}`,
    [field.name],
  );
}

const jsonTypes: Record<string, string> = {
  string: 'VALUE_STRING',
  boolean: 'VALUE_TRUE',
  object: 'START_OBJECT',
};

/** In JSON a wrong type is the parser's refusal of the whole request; in CSV it is the record's. */
function refuse(field: FieldDef, raw: unknown, source: Source): never {
  const type = soapType(field);
  if (source === 'text') {
    throw new RecordError(
      'INVALID_TYPE_ON_FIELD_IN_RECORD',
      `${field.label}: value not of required type: ${String(raw)}`,
      [field.name],
    );
  }
  const token =
    raw === false
      ? 'VALUE_FALSE'
      : typeof raw === 'number'
        ? Number.isInteger(raw)
          ? 'VALUE_NUMBER_INT'
          : 'VALUE_NUMBER_FLOAT'
        : Array.isArray(raw)
          ? 'START_ARRAY'
          : jsonTypes[typeof raw];
  throw new ApiError(
    400,
    'JSON_PARSER_ERROR',
    `Cannot deserialize instance of ${type} from ${token} value ${shown(raw)} or request may be ` +
      `missing a required field at [line:1, column:1]`,
  );
}

function shown(raw: unknown): string {
  return typeof raw === 'object' ? (Array.isArray(raw) ? '[' : '{') : String(raw);
}

function soapType(field: FieldDef): string {
  if (field.type === 'int') return 'int';
  if (field.type === 'id' || field.type === 'reference') return 'reference';
  return field.type === 'picklist' ? 'string' : field.type;
}
