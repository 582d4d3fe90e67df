/** Searches that cannot lose a row: pages by id, which never moves, instead of by a moving order. */
import type { HubSpotApi } from './api.ts';
import { batchRead } from './batch-read.ts';
import type { Condition, SearchFilter } from './condition.ts';
import { malformedResponse } from './errors.ts';
import type { ReadContext, RecordShape, Row } from './records.ts';

/** Rows of a page at most (HubSpot docs, "CRM search"). */
export const searchPageMax = 200;
/** Characters a search's body may have (the same). */
const bodyMax = 3_000;

/** What is searched for beside the condition. */
export interface Search {
  shape: RecordShape;
  condition: Condition;
  /** The window or span, added to every group. */
  filters: SearchFilter[];
  /** Only rows with a greater id; '' from the first. */
  afterId: string;
  /** Whether a row, as it is shown, is one that was asked for. */
  isInside(row: Row): boolean;
  pageSize?: number;
}

/** A page of rows inside; `isLast` by HubSpot's own count, for it may send fewer rows than asked. */
export interface SearchPage {
  rows: Row[];
  lastId: string;
  isLast: boolean;
}

/**
 * One page in the order of ids. The sort is on the id, so a record changed meanwhile takes nobody's
 * place; `after` is not used, so the cap of 10,000 results is never met. A field list too long for
 * a search's body is read by id. Throws 'malformed-response' for a page that cannot be gone on from.
 */
export async function searchPage(
  api: HubSpotApi,
  search: Search,
  context: ReadContext,
): Promise<SearchPage> {
  const { shape, condition } = search;
  const body = bodyOf(search, [...new Set([...shape.properties, ...condition.properties])]);
  const tooLong = JSON.stringify(body).length > bodyMax;
  const answer = await api.call<{ total?: number; results?: Row[] }>({
    ...context,
    method: 'POST',
    path: `${api.paths.objects(shape.object.type.path)}/search`,
    body: tooLong ? bodyOf(search, stampsOf(shape)) : body,
    object: shape.object.type.name,
    search: true,
  });
  const { results, total } = answer ?? {};
  if (!Array.isArray(results) || typeof total !== 'number') throw broken(search, context);
  // More rows than were asked for are strays, and so are rows before the page.
  const inside = results
    .slice(0, search.pageSize ?? searchPageMax)
    .filter((row) => isBehind(row.id, search.afterId) && search.isInside(row));
  const isLast = total <= inside.length || (inside.length === 0 && total <= results.length);
  const lastId = placeAfter(search.afterId, inside.length > 0 ? inside : results.slice(0, 1));
  if (!isLast && lastId === search.afterId) throw broken(search, context);
  const rows = tooLong ? await readWhole(api, search, { results: inside, context }) : inside;
  return { rows, lastId, isLast };
}

/**
 * The index shows rows by values they no longer have, and strays that were not asked for (estuary
 * connectors #1861, #2210): only a row inside may move the place, or those before it would be lost.
 */
function placeAfter(afterId: string, rows: Row[]): string {
  let last = afterId;
  for (const { id } of rows) if (isBehind(id, last)) last = id;
  return last;
}

/** Ids are whole numbers below 2^53; '' is before all of them. */
function isBehind(id: string, other: string): boolean {
  return other === '' || Number(id) > Number(other);
}

/** How many live records there are, by the index; null where a search cannot take the condition. */
export async function searchCount(
  api: HubSpotApi,
  search: Pick<Search, 'shape' | 'condition'>,
  context: ReadContext,
): Promise<number | null> {
  if (search.condition.groups === null) return null;
  const { shape } = search;
  const answer = await api.call<{ total?: number }>({
    ...context,
    method: 'POST',
    path: `${api.paths.objects(shape.object.type.path)}/search`,
    body: bodyOf({ ...search, filters: [], afterId: '', pageSize: 1 }, stampsOf(shape)),
    object: shape.object.type.name,
    search: true,
  });
  if (typeof answer?.total !== 'number') throw malformedResponse(context);
  return answer.total;
}

function stampsOf({ object: { type } }: RecordShape): string[] {
  return [type.modifiedProperty, type.createdProperty];
}

function bodyOf(search: Omit<Search, 'isInside'>, properties: string[]): object {
  const { condition, filters, afterId, pageSize = searchPageMax } = search;
  const beyond: SearchFilter[] =
    afterId === '' ? [] : [{ propertyName: 'hs_object_id', operator: 'GT', value: afterId }];
  const groups = (condition.groups ?? [[]])
    .map((group) => [...group, ...filters, ...beyond])
    .filter((group) => group.length > 0);
  return {
    limit: pageSize,
    sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }],
    filterGroups: groups.map((group) => ({ filters: group })),
    properties,
  };
}

/** The rows found, with all their properties; one gone meanwhile comes as deleted next time. */
async function readWhole(
  api: HubSpotApi,
  { shape, condition }: Search,
  { results, context }: { results: Row[]; context: ReadContext },
): Promise<Row[]> {
  const { rows } = await batchRead(
    api,
    {
      type: shape.object.type,
      ids: results.map(({ id }) => id),
      properties: [...new Set([...shape.properties, ...condition.properties])],
    },
    context,
  );
  return rows;
}

function broken({ shape }: Search, { operation }: ReadContext): Error {
  return malformedResponse(
    { operation, object: shape.object.type.name },
    'answered a search with a page that is not whole',
  );
}
