/** `/query` and `/queryAll`: the first page, and the pages after it by locator. */
import { ApiError } from '../errors.ts';
import { makeId } from '../ids.ts';
import type { Org } from '../org.ts';
import { type QueryResult, runQuery } from '../soql/run.ts';
import { toolingState } from '../tooling-state.ts';
import { type Api, base, type Call, jsonText } from './call.ts';

/** Rows a page holds unless the client asks for fewer (documented default and maximum). */
const pageMax = 2000;
const pageMin = 200;
/** Cursors live about two days, as documented; only so many are kept at once. */
const cursorLifeMs = 2 * 86_400_000;
const cursorsMax = 200;

interface Cursor {
  result: QueryResult;
  pageSize: number;
  openedAt: number;
}

const cursors = new WeakMap<Org, Map<string, Cursor>>();

/** Mounts the query routes. */
export function mountQuery(api: Api): void {
  for (const path of ['query', 'queryAll'] as const) {
    api.get(`/services/data/:version/${path}`, (c) => firstPage(c, path));
    api.get(`/services/data/:version/${path}/:locator`, nextPage);
  }
}

function firstPage(c: Call, path: 'query' | 'queryAll'): Response {
  if (c.req.query('explain') !== undefined) {
    throw new ApiError(501, 'NOT_IMPLEMENTED', 'The sandbox does not explain query plans.');
  }
  const soql = c.req.query('q');
  if (soql === undefined || soql.trim() === '') {
    throw new ApiError(400, 'MALFORMED_QUERY', 'A query string has to be specified');
  }
  const org = c.get('org');
  // The schema's own objects are asked about here as in the Tooling API.
  const ofSchema = /\bfrom\s+(?:EntityDefinition|FieldDefinition)\b/i.test(soql);
  const { state, access } = ofSchema ? toolingState(org) : { state: org, access: org.access };
  const result = runQuery(state, access, {
    soql,
    actor: c.get('actor'),
    all: path === 'queryAll',
    version: c.get('version'),
  });
  const pageSize = Math.min(pageSizeOf(c), c.get('effects')?.pageRows ?? pageMax);
  const cursor = { result, pageSize: pageSizeOf(c), openedAt: org.clock.now() };
  const locator = result.rows.length > pageSize ? keep(org, cursor) : '';
  return page(c, cursor, { locator, from: 0 });
}

function nextPage(c: Call): Response {
  const [locator = '', offset = ''] = (c.req.param('locator') ?? '').split('-');
  const org = c.get('org');
  const cursor = cursors.get(org)?.get(locator);
  const expired = cursor && org.clock.now() - cursor.openedAt > cursorLifeMs;
  const from = Number(offset);
  if (!cursor || expired || !Number.isInteger(from) || from >= cursor.result.rows.length) {
    throw new ApiError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
  }
  return page(c, cursor, { locator, from });
}

/** One page: the records' JSON texts joined. */
function page(c: Call, cursor: Cursor, at: { locator: string; from: number }): Response {
  const { result, pageSize } = cursor;
  const rows = Math.min(pageSize, c.get('effects')?.pageRows ?? pageSize);
  const to = Math.min(at.from + rows, result.rows.length);
  const records: string[] = [];
  for (let i = at.from; i < to; i += 1) records.push(result.json(i));
  const done = to >= result.rows.length;
  const next = done ? '' : `"nextRecordsUrl":"${base(c)}/query/${at.locator}-${to}",`;
  return jsonText(
    c,
    `{"totalSize":${result.totalSize},"done":${done},${next}"records":[${records.join(',')}]}`,
  );
}

/** `Sforce-Query-Options: batchSize=500`, held to 200..2000 and to the sandbox's short pages. */
function pageSizeOf(c: Call): number {
  const asked = /batchSize\s*=\s*(\d+)/i.exec(c.req.header('Sforce-Query-Options') ?? '')?.[1];
  const wanted = asked === undefined ? pageMax : Number(asked);
  const size = Math.min(pageMax, Math.max(pageMin, wanted));
  return Math.min(size, c.get('org').shortPageRows ?? size);
}

let nextCursor = 1;

function keep(org: Org, cursor: Cursor): string {
  const own = cursors.get(org) ?? new Map<string, Cursor>();
  cursors.set(org, own);
  const locator = makeId('01g', nextCursor);
  nextCursor += 1;
  own.set(locator, cursor);
  if (own.size > cursorsMax) own.delete(own.keys().next().value!);
  return locator;
}

/** Forgets one cursor: its locators are invalid from now on. */
export function closeCursor(org: Org, locator: string): void {
  cursors.get(org)?.delete(locator);
}

/** The object an open cursor reads; undefined where there is none. */
export function objectOfCursor(org: Org, locator: string): string | undefined {
  return cursors.get(org)?.get(locator)?.result.object.name;
}

/** Forgets every open cursor of the org: its locators are invalid from now on. */
export function closeCursors(org: Org): void {
  cursors.delete(org);
}
