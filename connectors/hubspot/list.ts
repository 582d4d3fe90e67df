/** Pages through an object's own list, which is not the search index: nothing in it lags. */
import type { HubSpotApi } from './api.ts';
import { batchRead } from './batch-read.ts';
import { malformedResponse } from './errors.ts';
import type { ReadContext, RecordShape, Row } from './records.ts';

/** Rows of a page at most (HubSpot docs, "CRM objects"). */
const listPageMax = 100;
/** Property names beyond this are not put into an address, which HubSpot refuses when too long. */
const addressMax = 7_000;

/** A page of a list and where it goes on; null at its end. */
export interface ListPage {
  rows: Row[];
  after: string | null;
}

/** One page of the live records, or of those in the recycle bin. */
export async function listPage(
  api: HubSpotApi,
  list: { shape: RecordShape; properties: string[]; after: string; archived: boolean },
  context: ReadContext,
): Promise<ListPage> {
  const { shape, properties, after, archived } = list;
  const { type } = shape.object;
  const names = encodeURIComponent(properties.join(','));
  const tooLong = names.length > addressMax;
  const query = [
    `limit=${listPageMax}`,
    `archived=${archived}`,
    ...(tooLong ? [] : [`properties=${names}`]),
    ...(after === '' ? [] : [`after=${encodeURIComponent(after)}`]),
  ];
  const answer = await api.call<{ results?: Row[]; paging?: { next?: { after?: string } } }>({
    ...context,
    method: 'GET',
    path: `${api.paths.objects(type.path)}?${query.join('&')}`,
    object: type.name,
  });
  if (!Array.isArray(answer?.results)) throw malformedResponse({ ...context, object: type.name });
  const next = answer.paging?.next?.after ?? null;
  if (next !== null && next === after) throw malformedResponse({ ...context, object: type.name });
  const rows = answer.results.map((row) => (archived ? { ...row, archived } : row));
  if (!tooLong || rows.length === 0) return { rows, after: next };
  const ids = rows.map(({ id }) => id);
  const whole = await batchRead(api, { type, ids, properties, archived }, context);
  return { rows: whole.rows, after: next };
}
