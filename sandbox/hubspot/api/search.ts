/** Search over what the index shows (developers.hubspot.com, CRM search). */
import type { ObjectStore } from '../object-store.ts';
import type { CrmRecord } from '../record.ts';
import { readSearch } from '../search/request.ts';
import { runSearch } from '../search/run.ts';
import { families, type HubSpotApi, type HubSpotCall, needsScope, storeOf } from './call.ts';
import { rowOf, shapeOf } from './rows.ts';

/** POST `.../search`. */
export function mountSearch(api: HubSpotApi): void {
  for (const base of families('objects', ['v3', 'v4']))
    api.post(`${base}/:objectType/search`, search);
}

async function search(c: HubSpotCall): Promise<Response> {
  const store = storeOf(c);
  needsScope(c, store, 'read');
  const portal = c.get('portal');
  const { pageRows, resultsMax, staleValues, strayRows = 0 } = c.get('effects') ?? {};
  const request = readSearch(await c.req.text(), resultsMax);
  if (pageRows !== undefined) request.limit = Math.min(request.limit, pageRows);
  const { records, total } = runSearch(portal, store, request);
  const shape = shapeOf(portal, store, { properties: request.properties });
  const shown = staleValues ? records.map((record) => record.previous ?? record) : records;
  const results = [...shown, ...strays(store, records, strayRows)].map((record) =>
    rowOf(portal, store, record, shape),
  );
  const next = request.after + records.length;
  const paging =
    next < total && records.length > 0 ? { paging: { next: { after: `${next}` } } } : {};
  return c.json({ total, results, ...paging });
}

/** Rows nobody asked for: the latest changed that are not among the results. */
function strays(store: ObjectStore, records: CrmRecord[], count: number): CrmRecord[] {
  const others: CrmRecord[] = [];
  for (const record of store.index('updated').range(-Infinity, Infinity, true)) {
    if (others.length >= count) break;
    if (!records.some(({ id }) => id === record.id)) others.push(record);
  }
  return others;
}
