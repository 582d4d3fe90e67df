/** Turns rows of a query into records: parents flat, instants in one form, asked fields only. */
import type { CrmRecord, CrmValue } from '../connector.ts';
import { ConnectorError } from '../errors.ts';
import type { OrgObject } from './describe.ts';
import { fieldName } from './soql.ts';

/** A row as the REST API gives it; parents are objects in it. */
export type Row = Record<string, unknown>;

/** How to ask for an object's fields and how to read what comes back. */
export interface RecordShape {
  /** SELECT list: the system fields we need and the asked ones, each once. */
  select: string[];
  /** The system fields alone: what every further part of a long list also needs. */
  system: string[];
  /** The field that moves with every change: SystemModstamp where the object has it. */
  modifiedField: string;
  toRecord(row: Row): CrmRecord;
}

/** SystemModstamp moves with automated changes too; the others serve objects without it. */
const modifiedFields = ['SystemModstamp', 'LastModifiedDate', 'CreatedDate'];
const systemFields = ['CreatedDate', 'LastModifiedById', 'IsDeleted', 'MasterRecordId'];

/** Throws 'invalid-field' for a name that is none, 'rejected' for an object without a timestamp. */
export function shapeOf(object: OrgObject, asked: string[]): RecordShape {
  const { name, fields } = object.description;
  const modifiedField = modifiedFields.find((field) => fields.has(field));
  if (!modifiedField) throw noTimestamp(name);
  const has = systemFields.filter((field) => fields.has(field));
  const system = ['Id', modifiedField, ...has.filter((field) => field !== modifiedField)];
  const columns = asked.map((field) => columnOf(object, field));
  const select = dedupe([...system, ...columns.map((column) => column.path.join('.'))]);
  const [withAuthor, withDeleted, withMaster] = [
    fields.has('LastModifiedById'),
    fields.has('IsDeleted'),
    fields.has('MasterRecordId'),
  ];
  const createdField = fields.has('CreatedDate') ? 'CreatedDate' : null;
  return {
    select,
    system,
    modifiedField,
    toRecord(row) {
      const values: Record<string, CrmValue> = {};
      for (const column of columns) values[column.key] = column.read(row);
      const created = createdField ? row[createdField] : null;
      return {
        id: row.Id as string,
        createdAt: typeof created === 'string' ? toInstant(created) : null,
        modifiedAt: toInstant(row[modifiedField] as string),
        modifiedBy: withAuthor ? ((row.LastModifiedById as string | null) ?? null) : null,
        deleted: withDeleted && row.IsDeleted === true,
        mergedInto: withMaster ? ((row.MasterRecordId as string | null) ?? null) : null,
        values,
      };
    },
  };
}

/**
 * Salesforce's instants in ours: REST gives '...000+0000', Bulk and Apex '...000Z'. The two common
 * forms are cut by hand: this runs for every row.
 */
export function toInstant(text: string): string {
  if (text.length === 28 && text.endsWith('+0000')) return `${text.slice(0, 23)}Z`;
  if (text.length === 24 && text.endsWith('Z')) return text;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? text : at.toISOString();
}

interface Column {
  /** As the mapping wrote it. */
  key: string;
  path: string[];
  read(row: Row): CrmValue;
}

function columnOf(object: OrgObject, key: string): Column {
  const asked = fieldName(key, object.description.name);
  const direct = object.nameOf.get(asked.toLowerCase());
  if (direct) {
    const isInstant = object.description.fields.get(direct)?.kind === 'datetime';
    return {
      key,
      path: [direct],
      read: isInstant ? (row) => instantOf(row[direct]) : (row) => scalar(row[direct]),
    };
  }
  const path = asked.split('.');
  return { key, path, read: (row) => parentValue(row, path) };
}

function parentValue(row: Row, path: string[]): CrmValue {
  let current: unknown = row;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return null;
    current = memberOf(current as Row, step);
  }
  // The parent's describe is not read for this: the form alone marks an instant.
  return typeof current === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+\+0000$/.test(current)
    ? toInstant(current)
    : scalar(current);
}

/** Names in SOQL do not mind case; the answer has the org's own. */
function memberOf(row: Row, name: string): unknown {
  if (name in row) return row[name];
  const lower = name.toLowerCase();
  const found = Object.keys(row).find((key) => key.toLowerCase() === lower);
  return found === undefined ? undefined : row[found];
}

function instantOf(value: unknown): CrmValue {
  return typeof value === 'string' ? toInstant(value) : null;
}

/** Compound fields (addresses, geolocations) come as objects; they are kept as their JSON text. */
function scalar(value: unknown): CrmValue {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : (value as CrmValue);
}

function dedupe(names: string[]): string[] {
  const seen = new Set<string>();
  return names.filter((name) => {
    const lower = name.toLowerCase();
    return seen.has(lower) ? false : seen.add(lower);
  });
}

function noTimestamp(object: string): ConnectorError {
  const call = { crm: 'salesforce' as const, operation: 'read changes', object };
  return new ConnectorError(
    'rejected',
    call,
    `${object} has no SystemModstamp, LastModifiedDate or CreatedDate, so its changes cannot be ` +
      'followed. Map another object.',
  );
}
