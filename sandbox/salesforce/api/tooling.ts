/** The Tooling API: making and dropping custom fields, and asking about the schema. */
import { addCustomField } from '../custom-field.ts';
import { ApiError, asApiError, RecordError } from '../errors.ts';
import { runQuery } from '../soql/run.ts';
import { customFieldId, toolingState } from '../tooling-state.ts';
import { type Api, type Call, jsonObject, jsonText } from './call.ts';

const route = '/services/data/:version/tooling';

/** Mounts the tooling routes. */
export function mountTooling(api: Api): void {
  api.post(`${route}/sobjects/CustomField`, createField);
  api.delete(`${route}/sobjects/CustomField/:id`, deleteField);
  api.get(`${route}/sobjects/CustomField/:id`, (c) => {
    if (c.req.param('id') === 'describe') {
      throw new ApiError(501, 'NOT_IMPLEMENTED', `The sandbox has no GET ${c.req.path}.`);
    }
    const { state } = toolingState(c.get('org'));
    const row = state.row(state.object('CustomField'), c.req.param('id'));
    if (!row) throw new ApiError(404, 'NOT_FOUND', 'The requested resource does not exist');
    const object = state.object('CustomField');
    const values = object.fields.map((field) => [field.name, row[field.slot] ?? null]);
    return c.json(Object.fromEntries(values));
  });
  api.get(`${route}/query`, (c) => {
    const { state, access } = toolingState(c.get('org'));
    const result = runQuery(state, access, {
      soql: c.req.query('q') ?? '',
      actor: c.get('actor'),
      all: false,
      version: c.get('version'),
    });
    const records = result.rows.map((_, i) =>
      result.json(i).replace('/sobjects/', '/tooling/sobjects/'),
    );
    return jsonText(
      c,
      `{"size":${records.length},"totalSize":${result.totalSize},"done":true,"queryLocator":null,` +
        `"entityTypeName":"${result.object.name}","records":[${records.join(',')}]}`,
    );
  });
}

async function createField(c: Call): Promise<Response> {
  const body = await jsonObject(c);
  const org = c.get('org');
  try {
    const name = addCustomField(org, body);
    const id = customFieldId(org, name);
    return c.json({ id, success: true, errors: [], warnings: [], infos: [] }, 201);
  } catch (error) {
    if (error instanceof RecordError) throw asApiError(error.error);
    throw error;
  }
}

function deleteField(c: Call): Response {
  const org = c.get('org');
  const found = toolingState(org).fieldOf(c.req.param('id') ?? '');
  if (!found) throw new ApiError(404, 'NOT_FOUND', 'The requested resource does not exist');
  org.object(found.object).remove(found.field);
  org.touchMetadata();
  return c.body(null, 204);
}
