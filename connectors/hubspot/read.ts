/** Reads by id and about an object: records, counts, lists, deletions, and where merges went. */
import type { CrmRecord, ListRequest, ReadRequest } from '../connector.ts';
import { batchRead } from './batch-read.ts';
import { type Condition, conditionOf, type SearchFilter } from './condition.ts';
import { malformedResponse } from './errors.ts';
import { listPage } from './list.ts';
import type { ObjectType } from './objects.ts';
import {
  instant,
  mergedAway,
  mergedIds,
  type ReadContext,
  type RecordShape,
  type Row,
  type Sources,
  shapeOf,
} from './records.ts';
import { searchCount, searchPage } from './search.ts';

/** Ids of one search for merged records: its body holds 3,000 characters. */
const idsPerSearchMax = 100;
/** Rows whose associations are read together. */
const recordsAtATime = 1_000;

/** Records by id, archived and merged ones included; ids that never were are left out. */
export async function readByIds(sources: Sources, request: ReadRequest): Promise<CrmRecord[]> {
  const ids = possibleIds(request.ids);
  if (ids.length === 0) return [];
  const object = await sources.describer.describe(request.object);
  const condition = conditionOf(object, request.where);
  const shape = await shapeOf(sources, object, request.fields);
  const { priority, signal } = request;
  const context = { operation: 'read records', priority, ...(signal ? { signal } : {}) };
  const asked = { type: object.type, properties: propertiesOf(shape, condition) };
  const live = await batchRead(sources.api, { ...asked, ids }, context);
  const gone =
    live.missing.length === 0
      ? []
      : (await batchRead(sources.api, { ...asked, ids: live.missing, archived: true }, context))
          .rows;
  const rows = [...unique(live.rows), ...gone.map((row) => ({ ...row, archived: true }))];
  const met = rows.filter(({ properties }) => condition.test(properties));
  const records = await shape.toRecords(met, context);
  const byId = new Map(records.map((record) => [record.id, record]));
  for (const row of met) {
    const survivor = byId.get(row.id);
    for (const id of survivor ? mergedIds(row) : []) byId.set(id, mergedAway(survivor!, id));
  }
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** Live records under a condition, by the search index: one call. */
export async function count(sources: Sources, name: string, where?: string): Promise<number> {
  const object = await sources.describer.describe(name);
  const condition = conditionOf(object, where);
  const shape = await shapeOf(sources, object, []);
  const context = { operation: 'count', priority: 3 as const };
  const found = await searchCount(sources.api, { shape, condition }, context);
  if (found !== null) return found;
  const request = { object: name, fields: [], createdFrom: null, createdBefore: null };
  return (await listCreated(sources, { ...request, where: where ?? '', priority: 3 })).length;
}

/**
 * The live records of a span of creation: all of an object by its list, which nothing lags behind;
 * a span by search, paged by id. Throws 'malformed-response' where a page is not whole.
 */
export async function listCreated(sources: Sources, request: ListRequest): Promise<CrmRecord[]> {
  const object = await sources.describer.describe(request.object);
  const condition = conditionOf(object, request.where);
  const shape = await shapeOf(sources, object, request.fields);
  const { createdFrom, createdBefore, priority, signal } = request;
  const context = { operation: 'list records', priority, ...(signal ? { signal } : {}) };
  const isWhole = createdFrom === null && createdBefore === null;
  const rows = isWhole
    ? await listAll(sources, { shape, condition, archived: false }, context)
    : await searchSpan(sources, { shape, condition, createdFrom, createdBefore }, context);
  const met = rows.filter(({ properties }) => condition.test(properties));
  const records: CrmRecord[] = [];
  for (let at = 0; at < met.length; at += recordsAtATime) {
    records.push(...(await shape.toRecords(met.slice(at, at + recordsAtATime), context)));
  }
  return records.filter(({ deleted }) => !deleted);
}

/** Ids archived in [from, until]: HubSpot's recycle bin keeps them for 90 days. */
export async function pullDeleted(
  sources: Sources,
  name: string,
  window: { from: string; until: string },
): Promise<string[]> {
  const object = await sources.describer.describe(name);
  const condition = conditionOf(object, undefined);
  const shape = await shapeOf(sources, object, []);
  const context = { operation: 'read deletions', priority: 3 as const };
  const rows = await listAll(sources, { shape, condition, archived: true }, context);
  const [from, until] = [instant(window.from), instant(window.until)];
  return rows.flatMap(({ id, archivedAt = '' }) => {
    const at = instant(archivedAt);
    return at >= from && at <= until ? [id] : [];
  });
}

/**
 * Old id -> survivor. A read by a merged id gives the survivor, whose `hs_merged_object_ids` lists
 * all that went into it, through chains too; ids HubSpot no longer resolves are searched for there.
 */
export async function resolveIdentity(
  sources: Sources,
  name: string,
  ids: string[],
): Promise<Map<string, string>> {
  const survivors = new Map<string, string>();
  const asked = possibleIds(ids);
  if (asked.length === 0) return survivors;
  const object = await sources.describer.describe(name);
  if (!object.description.fields.has('hs_merged_object_ids')) return survivors;
  const properties = ['hs_merged_object_ids'];
  const context = { operation: 'follow merges', priority: 3 as const };
  const read = await batchRead(sources.api, { type: object.type, ids: asked, properties }, context);
  note(survivors, asked, read.rows);
  for (let at = 0; at < read.missing.length; at += idsPerSearchMax) {
    const some = read.missing.slice(at, at + idsPerSearchMax);
    note(survivors, some, await searchMerged(sources, { type: object.type, ids: some }, context));
  }
  return survivors;
}

function note(survivors: Map<string, string>, asked: string[], rows: Row[]): void {
  const wanted = new Set(asked);
  for (const row of rows) {
    for (const id of mergedIds(row)) if (wanted.has(id)) survivors.set(id, row.id);
  }
}

async function searchMerged(
  { api }: Sources,
  { type, ids }: { type: ObjectType; ids: string[] },
  context: ReadContext,
): Promise<Row[]> {
  const propertyName = 'hs_merged_object_ids';
  const answer = await api.call<{ results?: Row[] }>({
    ...context,
    method: 'POST',
    path: `${api.paths.objects(type.path)}/search`,
    body: {
      limit: 200,
      filterGroups: [{ filters: [{ propertyName, operator: 'IN', values: ids }] }],
      properties: [propertyName],
    },
    object: type.name,
    search: true,
  });
  if (!Array.isArray(answer?.results)) throw malformedResponse({ ...context, object: type.name });
  return answer.results;
}

async function listAll(
  { api }: Sources,
  list: { shape: RecordShape; condition: Condition; archived: boolean },
  context: ReadContext,
): Promise<Row[]> {
  const rows: Row[] = [];
  const properties = propertiesOf(list.shape, list.condition);
  let after: string | null = '';
  while (after !== null) {
    const page = await listPage(api, { ...list, properties, after }, context);
    rows.push(...page.rows);
    after = page.after;
  }
  return rows;
}

async function searchSpan(
  { api }: Sources,
  span: {
    shape: RecordShape;
    condition: Condition;
    createdFrom: string | null;
    createdBefore: string | null;
  },
  context: ReadContext,
): Promise<Row[]> {
  const { shape, condition, createdFrom, createdBefore } = span;
  const propertyName = shape.object.type.createdProperty;
  const bound = (operator: string, at: string | null): SearchFilter[] =>
    at === null ? [] : [{ propertyName, operator, value: String(Date.parse(at)) }];
  const filters = [...bound('GTE', createdFrom), ...bound('LT', createdBefore)];
  const [from, before] = [createdFrom, createdBefore].map((at) =>
    at === null ? null : instant(at),
  );
  const isInside = (row: Row) => {
    const at = instant(row.properties[propertyName] ?? row.createdAt);
    return (!from || at >= from) && (!before || at < before);
  };
  const rows: Row[] = [];
  let afterId = '';
  for (;;) {
    const page = await searchPage(api, { shape, condition, filters, afterId, isInside }, context);
    rows.push(...page.rows);
    if (page.isLast) return rows;
    afterId = page.lastId;
  }
}

function propertiesOf(shape: RecordShape, condition: Condition): string[] {
  return [...new Set([...shape.properties, ...condition.properties])];
}

/** Two merged ids of one survivor give its row twice. */
function unique(rows: Row[]): Row[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}

/** Only what can be an id is asked for: anything else cannot exist in a portal. */
function possibleIds(ids: string[]): string[] {
  return [...new Set(ids)].filter((id) => /^\d{1,20}$/.test(id));
}
