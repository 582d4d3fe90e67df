/** `/search` (SOSL) and `/parameterizedSearch`: records by the words in them. */
import {
  malformed,
  parseSosl,
  type Returning,
  recordsMax,
  type Search,
  scopeOf,
} from '../sosl/parse.ts';
import { runSearch } from '../sosl/run.ts';
import { type Api, type Call, jsonObject, jsonText } from './call.ts';

/** Since this version the records stand in an object, before it in a bare list. */
const wrappedSince = 37;

/** Mounts both resources. */
export function mountSearch(api: Api): void {
  api.get('/services/data/:version/search', (c) => answer(c, parseSosl(c.req.query('q') ?? '')));
  const simple = '/services/data/:version/parameterizedSearch';
  api.get(simple, (c) => answer(c, fromQuery(c.req.query())));
  api.post(simple, async (c) => answer(c, fromBody(await jsonObject(c))));
}

function answer(c: Call, search: Search): Response {
  const version = c.get('version');
  const found = runSearch(c.get('org'), search, { actor: c.get('actor'), version });
  const list = `[${found.join(',')}]`;
  const wrapped = Number(version.slice(1)) >= wrappedSince;
  return jsonText(c, wrapped ? `{"searchRecords":${list}}` : list);
}

/** `?q=Acme&sobject=Account&Account.fields=Id,Name&Account.limit=10&in=NAME` */
function fromQuery(query: Record<string, string>): Search {
  const objects = (query['sobject'] ?? '').split(',').filter(Boolean);
  return fromBody({
    ...query,
    fields: query['fields']?.split(','),
    sobjects: objects.map((name) => ({
      name,
      fields: query[`${name}.fields`]?.split(','),
      where: query[`${name}.where`],
      limit: query[`${name}.limit`],
    })),
  });
}

function fromBody(body: Record<string, unknown>): Search {
  const { q, in: scope, sobjects, fields, defaultLimit, overallLimit } = body;
  if (typeof q !== 'string') throw malformed('A search string has to be specified');
  const objects = Array.isArray(sobjects) ? (sobjects as Record<string, unknown>[]) : [];
  const returning = objects.map((one): Returning => {
    const own = one['fields'] ?? fields;
    return {
      object: String(one['name'] ?? ''),
      fields: Array.isArray(own) ? own.join(', ') : 'Id',
      rest: one['where'] ? ` WHERE ${String(one['where'])}` : '',
      limit: Number(one['limit'] ?? defaultLimit ?? recordsMax),
    };
  });
  return {
    term: q,
    scope: scopeOf(typeof scope === 'string' ? scope.replace(/\s+FIELDS$/i, '') : undefined),
    returning: returning.length > 0 ? returning : null,
    limit: Number(overallLimit ?? recordsMax),
  };
}
