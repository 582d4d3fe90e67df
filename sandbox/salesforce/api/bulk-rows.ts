/** What both Bulk APIs do with the rows of an upload: read a cell, save a chunk, write an error. */
import type { RecordInput } from '../dml/save.ts';
import type { SaveResult } from '../errors.ts';
import type { FieldDef } from '../field-def.ts';
import type { Org } from '../org.ts';
import type { Value } from '../values.ts';

/** Rows Salesforce saves in one transaction. */
export const chunkRows = 200;

/** What a job does, to which object, as whom. */
export interface BulkWork {
  operation: string;
  object: string;
  createdById: string;
  externalIdFieldName?: string;
}

/** A row of a CSV as a record: an empty cell leaves the field, `#N/A` clears it. */
export function recordOf(header: string[], values: string[]): RecordInput {
  const record: RecordInput = {};
  header.forEach((name, i) => {
    const value = values[i] ?? '';
    if (value !== '') record[name] = value === '#N/A' ? null : value;
  });
  return record;
}

/** Saves one chunk; one result a record, in order. Values are texts unless told otherwise. */
export function saveRows(
  org: Org,
  work: BulkWork,
  records: RecordInput[],
  source: 'text' | 'json' = 'text',
): SaveResult[] {
  const { object, externalIdFieldName } = work;
  const actor = { userId: work.createdById, via: 'bulk' };
  switch (work.operation) {
    case 'insert':
      return org.insert(object, records, actor, { source }).map(created);
    case 'update':
      return org.update(object, records, actor, { source });
    case 'upsert':
      return org.upsert(object, externalIdFieldName ?? 'Id', records, actor, { source });
    default: {
      const ids = records.map((record) => String(record['Id'] ?? record['id'] ?? ''));
      return org.delete(object, ids, actor);
    }
  }
}

function created(result: SaveResult): SaveResult {
  return result.success ? { ...result, created: true } : result;
}

/** `REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --` */
export function errorText(result: SaveResult): string {
  return result.errors
    .map(({ statusCode, message, fields }) => `${statusCode}:${message}:${fields.join(',')} --`)
    .join('; ');
}

/** A cell of a query's result. Datetimes end in Z here, not in +0000 as in REST. */
export function csvValue(field: FieldDef, value: Value): string | null {
  if (value === null) return null;
  if (field.type === 'datetime') return String(value).replace('+0000', 'Z');
  if (typeof value === 'number' && field.type !== 'int' && Number.isInteger(value))
    return `${value}.0`;
  return String(value);
}
