/** The typed columns of each mirrored object: which canonical field each holds, and as what. */
import type { CanonicalRecord, FieldValues, Instant, ObjectName } from '../rules/types.ts';
import { recordHash } from './hash.ts';
import { foldedReference, isReference, namesOf } from './named-by.ts';

type ColumnType = 'text' | 'text[]' | 'boolean' | 'numeric' | 'date' | 'timestamptz';

interface TypedColumn {
  column: string;
  type: ColumnType;
  /** Canonical key in `fields`. */
  field: string;
}

/** A mirrored object's table and its typed columns. */
export interface MirrorShape {
  table: 'opportunity' | 'partner' | 'account' | 'registration' | 'touch' | 'crm_user';
  columns: TypedColumn[];
}

const text = (column: string, field = column): TypedColumn => ({ column, type: 'text', field });

/** Only what queries filter, join or sum by; everything else is read from `fields`. */
export const mirrorShapes: Record<ObjectName, MirrorShape> = {
  opportunity: {
    table: 'opportunity',
    columns: [
      text('name'),
      text('account_id', 'account'),
      text('owner_id', 'owner'),
      text('stage'),
      { column: 'is_closed', type: 'boolean', field: 'is_closed' },
      { column: 'is_won', type: 'boolean', field: 'is_won' },
      { column: 'amount', type: 'numeric', field: 'amount' },
      text('currency'),
      { column: 'close_date', type: 'date', field: 'close_date' },
      { column: 'stage_entered_at', type: 'timestamptz', field: 'stage_entered_at' },
      { column: 'closed_at', type: 'timestamptz', field: 'closed_at' },
      text('referral_partner_id', 'referral_partner'),
      text('origin_partner_id', 'origin_partner'),
      text('partner_of_record_id', 'partner_of_record'),
    ],
  },
  partner: {
    table: 'partner',
    columns: [
      text('name'),
      text('type'),
      text('status'),
      text('segment'),
      text('region'),
      { column: 'named_by', type: 'text[]', field: 'named_by' },
    ],
  },
  account: { table: 'account', columns: [text('name')] },
  user: { table: 'crm_user', columns: [text('name'), text('email')] },
  registration: {
    table: 'registration',
    columns: [
      text('name'),
      text('partner_id', 'partner'),
      text('opportunity_id', 'opportunity'),
      text('status'),
      { column: 'submitted_at', type: 'timestamptz', field: 'submitted_at' },
    ],
  },
  touch: {
    table: 'touch',
    columns: [
      text('partner_id', 'partner'),
      text('opportunity_id', 'opportunity'),
      text('kind'),
      { column: 'at', type: 'timestamptz', field: 'at' },
    ],
  },
};

/** A record on its way into the mirror: a row of `inputColumns`, typed columns by their names. */
export interface MirrorInput {
  id: string;
  hash: string;
  created_at: Instant | null;
  modified_at: Instant;
  modified_by: string | null;
  deleted: boolean;
  merged_into: string | null;
  fields: FieldValues;
  [typed: string]: unknown;
}

const recordColumns =
  'id text, hash text, created_at timestamptz, modified_at timestamptz, modified_by text, ' +
  'deleted boolean, merged_into text, fields jsonb';

/** Names and types of a `MirrorInput`, for `recordset`. */
export function inputColumns({ columns }: MirrorShape): string {
  return [recordColumns, ...columns.map(({ column, type }) => `${column} ${type}`)].join(', ');
}

/** A canonical record as a row of `inputColumns`. */
export function mirrorInput(shape: MirrorShape, record: CanonicalRecord): MirrorInput {
  return {
    id: record.id,
    hash: recordHash(record),
    created_at: record.createdAt,
    modified_at: record.modifiedAt,
    modified_by: record.modifiedBy,
    deleted: record.deleted,
    merged_into: record.mergedInto,
    fields: record.fields,
    ...typedValues(shape, record.fields),
  };
}

/**
 * What the typed columns hold, by column; what is left out is null. A value that is not what its
 * column takes is left out, for it must not fail the page it came with: `fields` keeps it. Texts
 * that name partners are as they are compared.
 */
export function typedValues(shape: MirrorShape, fields: FieldValues): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const { column, type, field } of shape.columns) {
    const value = columnValue(type, field, fields);
    if (value !== null && value !== undefined) values[column] = value;
  }
  if (shape.table === 'opportunity') {
    // Entry into the closed stage: as mapped, else the entry into the present (closed) stage.
    const closedAt = values['closed_at'] ?? values['stage_entered_at'];
    values['closed_at'] = values['is_closed'] === true ? closedAt : undefined;
  }
  return values;
}

function columnValue(type: ColumnType, field: string, fields: FieldValues) {
  if (type === 'text[]') {
    return namesOf(fields);
  }
  const value = fields[field];
  if (value === undefined || value === null) {
    return null;
  }
  if (type === 'text') {
    return partnerFields.has(field) && isReference(value) ? foldedReference(value) : value;
  }
  return fits(type, value) ? value : null;
}

const partnerFields = new Set([
  'partner',
  'referral_partner',
  'origin_partner',
  'partner_of_record',
]);

const formats: Record<'numeric' | 'date' | 'timestamptz', RegExp> = {
  numeric: /^[+-]?\d{1,100}(\.\d{1,100})?$/,
  date: /^\d{4}-\d\d-\d\d$/,
  timestamptz: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
};

function fits(
  type: Exclude<ColumnType, 'text' | 'text[]'>,
  value: string | number | boolean,
): boolean {
  if (type === 'boolean') {
    return typeof value === 'boolean';
  }
  const text = String(value);
  return formats[type].test(text) && (type === 'numeric' || isRealInstant(text));
}

// Date.parse takes 31 February for 3 March; PostgreSQL refuses it, and year 0 as well.
function isRealInstant(text: string): boolean {
  const month = Number(text.slice(5, 7));
  const day = Number(text.slice(8, 10));
  if (day > 28 && day > new Date(Date.UTC(Number(text.slice(0, 4)), month, 0)).getUTCDate()) {
    return false;
  }
  return !text.startsWith('0000') && !Number.isNaN(Date.parse(text));
}
