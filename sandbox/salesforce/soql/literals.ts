/**
 * Literals of a WHERE clause as comparable values, refusing those of the wrong type for the field.
 */

import { ApiError } from '../errors.ts';
import type { FieldDef } from '../field-def.ts';
import { toId18 } from '../ids.ts';
import { parseDate, parseDatetime, type Value } from '../values.ts';
import { type DayRange, dateLiteral } from './date-literals.ts';
import { invalidField } from './parse.ts';

/** A single value, or the days a date literal covers. */
export type Operand = { value: Value } | { days: DayRange };

/** One literal as it stands in the query, with the parser's name for its kind. */
export interface Literal {
  text: string;
  kind: string | undefined;
}

/**
 * The operand of a literal for a field. Throws ApiError INVALID_FIELD or
 * INVALID_QUERY_FILTER_OPERATOR.
 */
export function operand(soql: string, field: FieldDef, literal: Literal, nowMs: number): Operand {
  const { text, kind } = literal;
  if (kind === 'NULL' || text.toLowerCase() === 'null') return { value: null };
  if (kind === 'DATE_LITERAL' || kind === 'DATE_N_LITERAL') {
    const days = dateLiteral(text, nowMs);
    if (!days || !['date', 'datetime'].includes(field.type)) throw wrongType(soql, field, kind);
    return { days };
  }
  switch (field.type) {
    case 'boolean':
      if (kind !== 'BOOLEAN') throw wrongType(soql, field, kind);
      return { value: text.toUpperCase() === 'TRUE' };
    case 'int':
    case 'double':
    case 'currency':
    case 'percent':
      return { value: numeric(soql, field, literal) };
    case 'date':
      if (kind !== 'DATE') throw wrongType(soql, field, kind);
      return { value: parseDate(text) ?? fail(wrongType(soql, field, kind)) };
    case 'datetime':
      if (kind !== 'DATETIME') throw wrongType(soql, field, kind);
      return { value: parseDatetime(text) ?? fail(wrongType(soql, field, kind)) };
    case 'id':
    case 'reference':
      if (kind !== 'STRING') throw wrongType(soql, field, kind);
      return { value: asId(field, unquote(text)) };
    default:
      if (kind !== 'STRING') throw wrongType(soql, field, kind);
      return { value: unquote(text).toLowerCase() };
  }
}

/** A quoted string without its quotes and escapes. */
export function unquote(text: string): string {
  const inner = text.startsWith("'") ? text.slice(1, -1) : text;
  const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
  return inner.replace(/\\(u[0-9a-fA-F]{4}|.)/g, (_, code: string) =>
    code.length === 5
      ? String.fromCharCode(Number.parseInt(code.slice(1), 16))
      : (escapes[code.toLowerCase()] ?? code),
  );
}

function numeric(soql: string, field: FieldDef, { text, kind = '' }: Literal): number {
  const bare = kind.includes('CURRENCY_PREFIX') ? text.replace(/^[A-Za-z]{3}/, '') : text;
  const isNumber = kind.startsWith('INTEGER') || kind.startsWith('DECIMAL');
  if (!isNumber || Number.isNaN(Number(bare))) throw wrongType(soql, field, kind);
  return Number(bare);
}

/** An empty string comes before every id, which keyset paging uses to begin. */
function asId(field: FieldDef, text: string): string | null {
  if (text === '') return '';
  const id = toId18(text);
  if (id !== null) return id;
  throw new ApiError(400, 'INVALID_QUERY_FILTER_OPERATOR', `invalid ID field: ${text}`, [
    field.name,
  ]);
}

const typeNames: Record<string, string> = {
  datetime: 'dateTime',
  id: 'ID',
  reference: 'reference',
  picklist: 'string',
};

function wrongType(soql: string, field: FieldDef, kind: string | undefined): ApiError {
  const type = typeNames[field.type] ?? field.type;
  const quotedField = ![
    'boolean',
    'int',
    'double',
    'currency',
    'percent',
    'date',
    'datetime',
  ].includes(field.type);
  const hint = quotedField
    ? kind === 'STRING'
      ? ''
      : ' and should be enclosed in quotes'
    : kind === 'STRING'
      ? ' and should not be enclosed in quotes'
      : '';
  return invalidField(
    soql,
    field.name,
    `value of filter criterion for field '${field.name}' must be of type ${type}${hint}`,
  );
}

function fail(error: ApiError): never {
  throw error;
}
