/** Upsert: update the one record with this key, or create it with the key set. */
import { ApiError, RecordError } from '../errors.ts';
import type { FieldDef } from '../field-def.ts';
import { makeId } from '../ids.ts';
import type { ObjectDef } from '../schema.ts';
import { insertRecord, type RecordInput, type SaveContext, updateRecord } from './save.ts';

/** The key field of an upsert. Throws ApiError NOT_FOUND where it is none. */
export function upsertKey(context: SaveContext, object: ObjectDef, name: string): FieldDef {
  const field = context.access.field(object, name, context.actor);
  if (field && (field.externalId || field.idLookup || field.slot === 0)) return field;
  throw new ApiError(
    404,
    'NOT_FOUND',
    `Provided external ID field does not exist or is not accessible: ${name}`,
  );
}

/**
 * Upserts one record that holds its key. Throws RecordError, DUPLICATE_EXTERNAL_ID on two matches.
 */
export function upsertRecord(
  context: SaveContext,
  object: ObjectDef,
  call: { keyField: string; updateOnly: boolean },
  record: RecordInput,
): { id: string; created: boolean } {
  const field = upsertKey(context, object, call.keyField);
  const given = Object.keys(record).find((name) => name.toLowerCase() === field.name.toLowerCase());
  const value = given === undefined ? undefined : record[given];
  if (field.slot === 0) return upsertById(context, object, record, value);
  if (value === undefined || value === null || value === '') {
    throw new RecordError('MISSING_ARGUMENT', `${field.name} not specified`, []);
  }
  const matches = matchesOf(context, object, field, value);
  if (matches.length > 1) {
    throw new RecordError(
      'DUPLICATE_EXTERNAL_ID',
      `${field.name}: more than one record found for external id field: [${matches.join(', ')}]`,
      [field.name],
    );
  }
  if (matches.length === 1) {
    const { [given!]: _, ...rest } = record;
    return { id: updateRecord(context, object, matches[0], rest), created: false };
  }
  if (call.updateOnly) {
    throw new RecordError('NOT_FOUND', 'The requested resource does not exist', []);
  }
  return { id: insertRecord(context, object, record), created: true };
}

/** The live records with this key. */
export function matchesOf(
  context: SaveContext,
  object: ObjectDef,
  field: FieldDef,
  value: unknown,
): string[] {
  const { state } = context;
  const found = state
    .table(object)
    .matching(field.slot, String(value))
    .filter((row) => row[1] !== true)
    .map((row) => row[0] as string);
  const { hooks, id: orgId } = state;
  if (!hooks.keyFitsTwo?.({ orgId, object, field: field.name })) return found;
  // Ids of no record stand for the doubles that the org does not really have.
  return [...found, makeId(object.keyPrefix, phantom), makeId(object.keyPrefix, phantom + 1)];
}

/** Far beyond any number of records the sandbox gives ids to. */
const phantom = 62 ** 6;

function upsertById(
  context: SaveContext,
  object: ObjectDef,
  record: RecordInput,
  id: unknown,
): { id: string; created: boolean } {
  if (id === undefined || id === null || id === '') {
    const { Id: _, id: __, ...rest } = record;
    return { id: insertRecord(context, object, rest), created: true };
  }
  return { id: updateRecord(context, object, id, record), created: false };
}
