/** sObject Rows: one record by id or by external id. */

import { deleteRecord } from '../dml/remove.ts';
import { insertRecord, type RecordInput, rowToWrite, updateRecord } from '../dml/save.ts';
import { matchesOf, upsertKey, upsertRecord } from '../dml/upsert.ts';
import { ApiError, asApiError, RecordError } from '../errors.ts';
import { toId18 } from '../ids.ts';
import type { ObjectDef } from '../schema.ts';
import { compileSelect } from '../soql/select.ts';
import { lastModifiedDateSlot } from '../system-fields.ts';
import { fromStored, type Row } from '../values.ts';
import { type Api, base, type Call, jsonObject, jsonText, saveContext } from './call.ts';

const route = '/services/data/:version/sobjects/:object';
/** Before this version an upsert that updates has no body, and none says `created`. */
const createdToldSince = 46;

/** Mounts the row routes. */
export function mountRows(api: Api): void {
  api.post(route, create);
  api.get(`${route}/:id`, (c) => {
    if (absent.test(c.req.param('id'))) {
      const what = `The sandbox has no GET ${c.req.path}.`;
      throw new ApiError(501, 'NOT_IMPLEMENTED', what);
    }
    const object = objectOf(c);
    return answerRow(c, object, liveRow(c, object, c.req.param('id')));
  });
  api.patch(`${route}/:id`, (c) => update(c));
  api.post(`${route}/:id`, (c) => (overridden(c) === 'DELETE' ? remove(c) : update(c)));
  api.delete(`${route}/:id`, remove);
  api.get(`${route}/:field/:value`, getByKey);
  api.patch(`${route}/:field/:value`, upsert);
  api.post(`${route}/:field/:value`, (c) => {
    refuseAbsent(c);
    return overridden(c) === 'DELETE' ? deleteByKey(c) : upsert(c);
  });
  api.delete(`${route}/:field/:value`, deleteByKey);
}

function objectOf(c: Call): ObjectDef {
  return c.get('org').object(c.req.param('object') ?? '');
}

async function create(c: Call): Promise<Response> {
  const object = objectOf(c);
  const input = await jsonObject(c);
  const id = refusing(c, () => insertRecord(saveContext(c), object, input));
  c.header('Location', `${base(c)}/sobjects/${object.name}/${id}`);
  return c.json({ id, success: true, errors: [] }, 201);
}

async function update(c: Call): Promise<Response> {
  const object = objectOf(c);
  const input = await jsonObject(c);
  const id = c.req.param('id') ?? '';
  if (Object.keys(input).some((name) => name.toLowerCase() === 'id')) {
    throw new ApiError(
      400,
      'INVALID_FIELD',
      'The Id field should not be specified in the sobject data.',
      ['Id'],
    );
  }
  refusing(c, () => {
    const row = rowToWrite(c.get('org'), object, id);
    checkUnmodified(c, row);
    return updateRecord(saveContext(c), object, id, input);
  });
  return c.body(null, 204);
}

function remove(c: Call): Response {
  const object = objectOf(c);
  const id = c.req.param('id') ?? '';
  refusing(c, () => deleteRecord(c.get('org'), object, id, c.get('actor')));
  return c.body(null, 204);
}

/** One `transaction`, and a record's refusal as the request's. */
function refusing<T>(c: Call, work: () => T): T {
  return c.get('org').transaction((rollBack) => {
    try {
      return work();
    } catch (error) {
      rollBack();
      if (error instanceof RecordError) throw asApiError(unknownIdIs404(error));
      throw error;
    }
  });
}

/** An id in the path that is not there is a missing resource, unlike one in the body. */
function unknownIdIs404(error: RecordError) {
  const { error: entry } = error;
  const isPathId = entry.statusCode === 'INVALID_CROSS_REFERENCE_KEY' && entry.fields.length === 0;
  return isPathId
    ? { ...entry, statusCode: 'NOT_FOUND', message: 'The requested resource does not exist' }
    : entry;
}

function liveRow(c: Call, object: ObjectDef, id: string): Row {
  const org = c.get('org');
  const id18 = toId18(id);
  const row = id18?.startsWith(object.keyPrefix) ? org.table(object).get(id18) : undefined;
  if (!row) throw new ApiError(404, 'NOT_FOUND', 'The requested resource does not exist');
  if (row[1] === true) throw new ApiError(404, 'ENTITY_IS_DELETED', 'entity is deleted');
  return row;
}

/** The record with the fields asked for, or all the caller may read. */
function answerRow(c: Call, object: ObjectDef, row: Row): Response {
  const org = c.get('org');
  const modified = fromStored(String(row[lastModifiedDateSlot]));
  const since = Date.parse(c.req.header('If-Modified-Since') ?? '');
  if (since >= modified) return c.body(null, 304);
  checkUnmodified(c, row);
  c.header('Last-Modified', new Date(modified).toUTCString());
  return jsonText(c, rowJson(c, object, row, fieldNames(c, object)));

  function fieldNames(call: Call, of: ObjectDef): string[] {
    const asked = call.req.query('fields');
    if (asked !== undefined) return asked.split(',').map((name) => name.trim());
    const actor = call.get('actor');
    return of.fields
      .filter((field) => org.access.canRead(of, field, actor))
      .map((field) => field.name);
  }
}

/** A record's JSON with these fields. Throws ApiError INVALID_FIELD. */
export function rowJson(c: Call, object: ObjectDef, row: Row, names: string[]): string {
  const org = c.get('org');
  const context = {
    state: org,
    access: org.access,
    actor: c.get('actor'),
    soql: names.join(','),
    all: true,
    version: c.get('version'),
  };
  const fields = [...new Set(names)].map((field) => ({ type: 'Field', field }) as const);
  return compileSelect(context, object, fields, () => () => 'null').json(row);
}

/** Throws ApiError PRECONDITION_FAILED (412) where the record changed after If-Unmodified-Since. */
function checkUnmodified(c: Call, row: Row): void {
  const header = c.req.header('If-Unmodified-Since');
  if (header === undefined) return;
  const since = Date.parse(header);
  if (Number.isNaN(since)) {
    throw new ApiError(400, 'INVALID_HTTP_HEADER', `Invalid If-Unmodified-Since: ${header}`);
  }
  if (fromStored(String(row[lastModifiedDateSlot])) <= since) return;
  throw new ApiError(
    412,
    'PRECONDITION_FAILED',
    'The record was modified since the date specified',
  );
}

/** The method meant where only POST can be sent: `?_HttpMethod=PATCH`. Throws ApiError 405. */
function overridden(c: Call): 'PATCH' | 'DELETE' {
  const method = c.req.query('_HttpMethod')?.toUpperCase();
  if (method === 'PATCH' || method === 'DELETE') return method;
  throw new ApiError(
    405,
    'METHOD_NOT_ALLOWED',
    `HTTP Method 'POST' not allowed. Allowed are DELETE,GET,HEAD,PATCH`,
  );
}

function keyOf(c: Call) {
  const object = objectOf(c);
  const name = c.req.param('field') ?? '';
  const field = upsertKey(saveContext(c), object, name);
  const value = c.req.param('value') ?? '';
  return { object, field, value, matches: matchesOf(saveContext(c), object, field, value) };
}

/** Several records with one key: 300 with their addresses. */
function severalMatches(c: Call, object: ObjectDef, ids: string[]): Response {
  return c.json(
    ids.map((id) => `${base(c)}/sobjects/${object.name}/${id}`),
    300,
  );
}

/** What Salesforce has beside the records of an object, and the sandbox has not. */
const absent =
  /^(?:describe|layouts|listviews|quickActions|defaultValues|approvalLayouts|relevantItems)$/i;

/** Throws ApiError 501 for addresses that are no external id's. */
function refuseAbsent(c: Call): void {
  const [field = '', value = ''] = [c.req.param('field'), c.req.param('value')];
  const isPassword = /^password$/i.test(value) && toId18(field) !== null;
  if (!absent.test(field) && !isPassword) return;
  throw new ApiError(501, 'NOT_IMPLEMENTED', `The sandbox has no ${c.req.method} ${c.req.path}.`);
}

function getByKey(c: Call): Response {
  refuseAbsent(c);
  if (toId18(c.req.param('field') ?? '') !== null) {
    throw new ApiError(501, 'NOT_IMPLEMENTED', 'The sandbox does not follow relationship URLs.');
  }
  const { object, matches } = keyOf(c);
  if (matches.length > 1) return severalMatches(c, object, matches);
  if (!matches[0]) throw new ApiError(404, 'NOT_FOUND', 'The requested resource does not exist');
  return answerRow(c, object, liveRow(c, object, matches[0]));
}

function deleteByKey(c: Call): Response {
  refuseAbsent(c);
  const { object, matches } = keyOf(c);
  if (matches.length > 1) return severalMatches(c, object, matches);
  if (!matches[0]) throw new ApiError(404, 'NOT_FOUND', 'The requested resource does not exist');
  refusing(c, () => deleteRecord(c.get('org'), object, matches[0], c.get('actor')));
  return c.body(null, 204);
}

async function upsert(c: Call): Promise<Response> {
  const { object, field, value, matches } = keyOf(c);
  const input: RecordInput = await jsonObject(c);
  if (matches.length > 1) return severalMatches(c, object, matches);
  if (Object.keys(input).some((name) => name.toLowerCase() === field.name.toLowerCase())) {
    throw new ApiError(
      400,
      'INVALID_FIELD',
      `The ${field.name} field should not be specified in the sobject data.`,
      [field.name],
    );
  }
  const call = {
    keyField: field.name,
    updateOnly: c.req.query('updateOnly')?.toLowerCase() === 'true',
  };
  const record = { ...input, [field.name]: value };
  const { id, created } = refusing(c, () => upsertRecord(saveContext(c), object, call, record));
  const told = Number(c.get('version').slice(1)) >= createdToldSince;
  if (!told && !created) return c.body(null, 204);
  const result = { id, success: true, errors: [] };
  return c.json(told ? { ...result, created } : result, created ? 201 : 200);
}
