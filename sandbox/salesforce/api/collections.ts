/** sObject Collections: up to 200 records a call, one result each, in order. */

import type { RecordInput } from '../dml/save.ts';
import { upsertKey } from '../dml/upsert.ts';
import { ApiError, type SaveResult } from '../errors.ts';
import { toId18 } from '../ids.ts';
import type { Org } from '../org.ts';
import { type Api, type Call, jsonObject, jsonText, saveContext } from './call.ts';
import { rowJson } from './rows.ts';

/** Documented limits: records of a write, chunks of one type in a row, ids of a read. */
const writeMax = 200;
const chunksMax = 10;
const readMax = 2000;

const route = '/services/data/:version/composite/sobjects';

/** Mounts the collection routes. */
export function mountCollections(api: Api): void {
  api.post(route, (c) => saveMixed(c, 'insert'));
  api.patch(route, (c) => saveMixed(c, 'update'));
  api.delete(route, remove);
  api.get(`${route}/:object`, (c) => {
    const ids = (c.req.query('ids') ?? '').split(',').filter((id) => id !== '');
    return read(c, ids, (c.req.query('fields') ?? '').split(','));
  });
  api.post(`${route}/:object`, async (c) => {
    const body = await jsonObject(c);
    return read(c, asStrings(body['ids']), asStrings(body['fields']));
  });
  api.patch(`${route}/:object/:field`, upsert);
}

interface Typed {
  type: string;
  record: RecordInput;
}

async function saveMixed(c: Call, operation: 'insert' | 'update'): Promise<Response> {
  const body = await jsonObject(c);
  const records = recordsOf(body);
  const chunks = chunksOf(records);
  const allOrNone = body['allOrNone'] === true;
  const org = c.get('org');
  const results = runChunks(org, allOrNone, chunks, (type, chunk) =>
    operation === 'insert'
      ? org.insert(type, chunk, c.get('actor'), { allOrNone })
      : org.update(type, chunk, c.get('actor'), { allOrNone }),
  );
  return c.json(results);
}

async function upsert(c: Call): Promise<Response> {
  const body = await jsonObject(c);
  const records = recordsOf(body);
  const name = c.req.param('object') ?? '';
  const org = c.get('org');
  const object = org.object(name);
  const field = upsertKey(saveContext(c), object, c.req.param('field') ?? '');
  const foreign = records.find(({ type }) => type.toLowerCase() !== object.name.toLowerCase());
  if (foreign) {
    throw new ApiError(
      400,
      'INVALID_INPUT',
      `Record type ${foreign.type} does not match the type in the URL: ${object.name}`,
    );
  }
  const options = { allOrNone: body['allOrNone'] === true };
  const { unique, repeated } = setRepeatedAside(records, field.name);
  const saved = org.upsert(object.name, field.name, unique, c.get('actor'), options);
  const results = [...saved];
  for (const { at, value } of repeated) results.splice(at, 0, duplicateKey(value));
  return c.json(results);
}

/** The same key twice in one call: the first is saved, the others are refused. */
function setRepeatedAside(records: Typed[], keyField: string) {
  const unique: RecordInput[] = [];
  const repeated: { at: number; value: string }[] = [];
  const seen = new Set<string>();
  for (const [at, { record }] of records.entries()) {
    const name = Object.keys(record).find((key) => key.toLowerCase() === keyField.toLowerCase());
    const value = name === undefined ? null : record[name];
    const text = typeof value === 'string' ? value.toLowerCase() : null;
    if (text !== null && seen.has(text)) {
      repeated.push({ at, value: String(value) });
      continue;
    }
    if (text !== null) seen.add(text);
    unique.push(record);
  }
  return { unique, repeated };
}

function duplicateKey(value: string): SaveResult {
  const message = `Duplicate external id specified: ${value}`;
  return { success: false, errors: [{ statusCode: 'DUPLICATE_VALUE', message, fields: [] }] };
}

function remove(c: Call): Response {
  const ids = (c.req.query('ids') ?? '').split(',').filter((id) => id !== '');
  const org = c.get('org');
  limit(ids.length, writeMax);
  const typed = ids.map((id) => ({
    type: org.objectOfId(toId18(id.trim()) ?? '')?.name ?? '',
    record: { id: id.trim() },
  }));
  const allOrNone = c.req.query('allOrNone')?.toLowerCase() === 'true';
  const results = runChunks(org, allOrNone, chunksOf(typed), (type, chunk) => {
    if (type === '') return chunk.map((record) => malformedId(String(record['id'])));
    const wanted = chunk.map((record) => String(record['id']));
    return org
      .delete(type, wanted, c.get('actor'), { allOrNone })
      .map((result, i) => ({ id: wanted[i]!, ...result }));
  });
  return c.json(results);
}

function malformedId(id: string): SaveResult {
  const message = `malformed id ${id}`;
  return { id, success: false, errors: [{ statusCode: 'MALFORMED_ID', message, fields: [] }] };
}

function read(c: Call, ids: string[], fields: string[]): Response {
  limit(ids.length, readMax);
  const org = c.get('org');
  const object = org.object(c.req.param('object') ?? '');
  const names = ['Id', ...fields.map((name) => name.trim())].filter((name) => name !== '');
  const spelt = names.filter((name, i) => i === 0 || name.toLowerCase() !== 'id');
  const texts = ids.map((id) => {
    const row = org.row(object, id.trim());
    return row && row[1] !== true ? rowJson(c, object, row, spelt) : 'null';
  });
  return jsonText(c, `[${texts.join(',')}]`);
}

/** Runs each chunk; with allOrNone one failed record takes all chunks back. */
function runChunks(
  org: Org,
  allOrNone: boolean,
  chunks: { type: string; records: RecordInput[] }[],
  run: (type: string, records: RecordInput[]) => SaveResult[],
): SaveResult[] {
  return org.transaction((rollBack) => {
    const results = chunks.flatMap(({ type, records }) => run(type, records));
    if (!allOrNone || results.every((result) => result.success)) return results;
    rollBack();
    return results.map((result) => (result.success ? takenBack() : result));
  });
}

function takenBack(): SaveResult {
  const message =
    'Record rolled back because not all records were valid and the request was using ' +
    'AllOrNone header';
  const statusCode = 'ALL_OR_NONE_OPERATION_ROLLED_BACK';
  return { success: false, errors: [{ statusCode, message, fields: [] }] };
}

function recordsOf(body: Record<string, unknown>): Typed[] {
  const { records } = body;
  if (!Array.isArray(records)) {
    throw new ApiError(400, 'INVALID_INPUT', 'records is a required field and must be an array');
  }
  limit(records.length, writeMax);
  return records.map((record: RecordInput) => {
    const type = (record?.['attributes'] as { type?: unknown } | undefined)?.type;
    if (typeof type !== 'string') {
      throw new ApiError(
        400,
        'INVALID_INPUT',
        'Include an entity type in attributes: {"type": ...}',
      );
    }
    return { type, record };
  });
}

/** Runs of one type. Throws ApiError where there are more than ten. */
function chunksOf(records: Typed[]): { type: string; records: RecordInput[] }[] {
  const chunks: { type: string; records: RecordInput[] }[] = [];
  for (const { type, record } of records) {
    const last = chunks.at(-1);
    if (last?.type === type) last.records.push(record);
    else chunks.push({ type, records: [record] });
  }
  if (chunks.length > chunksMax) {
    throw new ApiError(
      400,
      'INVALID_INPUT',
      `Cannot have more than ${chunksMax} chunks per operation. Rearrange the records to reduce ` +
        `the number of chunks (${chunks.length}).`,
    );
  }
  return chunks;
}

function limit(count: number, max: number): void {
  if (count <= max) return;
  throw new ApiError(
    400,
    'EXCEEDED_ID_LIMIT',
    `record limit reached. cannot submit more than ${max} records in this operation`,
  );
}

function asStrings(value: unknown): string[] {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw new ApiError(400, 'JSON_PARSER_ERROR', 'ids and fields must be arrays of strings');
}
