/** Search over what the index shows (developers.hubspot.com, CRM search). */
import { readSearch } from '../search/request.ts';
import { runSearch } from '../search/run.ts';
import { families, type HubSpotApi, type HubSpotCall, needsScope, storeOf } from './call.ts';
import { rowOf, shapeOf } from './rows.ts';

/** POST `.../search`. */
export function mountSearch(api: HubSpotApi): void {
  for (const base of families('objects')) api.post(`${base}/:objectType/search`, search);
}

async function search(c: HubSpotCall): Promise<Response> {
  const store = storeOf(c);
  needsScope(c, store, 'read');
  const portal = c.get('portal');
  const request = readSearch(await c.req.text());
  const pageRows = c.get('effects')?.pageRows;
  if (pageRows !== undefined) request.limit = Math.min(request.limit, pageRows);
  const { records, total } = runSearch(portal, store, request);
  const shape = shapeOf(portal, store, { properties: request.properties });
  const results = records.map((record) => rowOf(portal, store, record, shape));
  const next = request.after + records.length;
  const paging =
    next < total && records.length > 0 ? { paging: { next: { after: `${next}` } } } : {};
  return c.json({ total, results, ...paging });
}
