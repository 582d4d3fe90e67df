/** The typed columns of each mirrored object: which canonical field each holds, and as what. */
import type { CanonicalRecord, CanonicalValue, ObjectName } from '../rules/types.ts';
import { recordHash } from './hash.ts';

type ColumnType = 'text' | 'boolean' | 'numeric' | 'date' | 'timestamptz';

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
    columns: [text('name'), text('type'), text('status'), text('segment'), text('region')],
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

/** The columns a row is made of beside `connection`, `first_seen_at` and `deleted_at`. */
export function recordsetColumns(shape: MirrorShape): string {
  const common =
    'id text, hash text, created_at timestamptz, modified_at timestamptz, modified_by text, ' +
    'deleted boolean, merged_into text, fields jsonb';
  return [common, ...shape.columns.map(({ column, type }) => `${column} ${type}`)].join(', ');
}

/** A canonical record as a row of `recordsetColumns`. */
export function mirrorRow(shape: MirrorShape, record: CanonicalRecord): Record<string, unknown> {
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

/** Typed columns out of the fields. */
export function typedValues(
  shape: MirrorShape,
  fields: Record<string, CanonicalValue>,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const { column, type, field } of shape.columns) {
    values[column] = typed(type, fields[field] ?? null);
  }
  if (shape.table === 'opportunity') {
    // Entry into the closed stage: as mapped, else the entry into the present (closed) stage.
    values['closed_at'] =
      values['is_closed'] === true ? (values['closed_at'] ?? values['stage_entered_at']) : null;
  }
  return values;
}

const shapes: Record<'numeric' | 'date' | 'timestamptz', RegExp> = {
  numeric: /^[+-]?\d{1,100}(\.\d{1,100})?$/,
  date: /^\d{4}-\d\d-\d\d$/,
  timestamptz: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
};

// One value that is not what its column holds must not fail the page it came with: the column
// stays empty, `fields` keeps the value as it is.
function typed(type: ColumnType, value: CanonicalValue): CanonicalValue {
  if (value === null) {
    return null;
  }
  switch (type) {
    case 'text':
      return String(value);
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'numeric':
      return shapes.numeric.test(String(value)) ? String(value) : null;
    case 'date':
    case 'timestamptz': {
      const text = String(value);
      const isDay = shapes[type].test(text) && isRealDay(text.slice(0, 10));
      return isDay && !Number.isNaN(Date.parse(text)) ? text : null;
    }
  }
}

// Date.parse takes 31 February for 3 March; PostgreSQL refuses it, and year 0 as well.
function isRealDay(day: string): boolean {
  const month = Number(day.slice(5, 7));
  const date = Number(day.slice(8, 10));
  if (day.startsWith('0000') || month < 1 || month > 12 || date < 1) {
    return false;
  }
  return date <= 28 || date <= new Date(Date.UTC(Number(day.slice(0, 4)), month, 0)).getUTCDate();
}
