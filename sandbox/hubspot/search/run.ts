/**
 * Runs a search over what the index shows: the narrowest index first, the filters over what it
 * gives, and the total beside the page.
 */
import { linksOf } from '../links.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Portal } from '../portal.ts';
import { type PropertyDef, valueIn } from '../property.ts';
import { type CrmRecord, indexedVersion } from '../record.ts';
import type { SortedRecords } from '../sorted-records.ts';
import { orderOf } from '../values.ts';
import { bound, searched, type Test, testOf, tokens } from './filter.ts';
import type { Filter, SearchRequest } from './request.ts';

/** A page of results, and how many there are in all. */
export interface Found {
  records: CrmRecord[];
  total: number;
}

interface Group {
  filters: Filter[];
  test: Test;
}

/** The results of a search at an instant of the sandbox's clock. Throws HubSpotError 400. */
export function runSearch(portal: Portal, store: ObjectStore, request: SearchRequest): Found {
  const now = portal.clock.now();
  const late = store.unindexed(now);
  const groups = (request.groups.length > 0 ? request.groups : [[]]).map(
    (filters): Group => ({ filters, test: groupTest(portal, store, filters, request.query) }),
  );
  const only = groups.length === 1 ? groups[0]! : null;
  if (only && late.size === 0) {
    const streamed = inOrder(store, only, request);
    if (streamed) return streamed;
  }
  const found = new Map<string, CrmRecord>();
  for (const group of groups) {
    for (const record of candidates(portal, store, group)) {
      if (!late.has(record.id) && group.test(record)) found.set(record.id, record);
    }
  }
  for (const record of late.values()) {
    const shown = indexedVersion(record, now);
    if (!shown || shown.archivedAt !== null) continue;
    if (groups.some(({ test }) => test(shown))) found.set(shown.id, shown);
  }
  const sorted = [...found.values()].sort(comparison(store, request.sort));
  const { after, limit } = request;
  return { records: sorted.slice(after, after + limit), total: found.size };
}

function groupTest(
  portal: Portal,
  store: ObjectStore,
  filters: Filter[],
  query: string | null,
): Test {
  const tests = filters.map((filter) => testOf(portal, store, filter));
  if (query !== null) tests.push(queryTest(store, query));
  return (record) => tests.every((test) => test(record));
}

/** Every word of the query begins a word of the searchable properties. */
function queryTest(store: ObjectStore, query: string): Test {
  const wanted = tokens(query);
  const defs = store.type.searchableProperties.flatMap((name) => store.properties.get(name) ?? []);
  return (record) => {
    const words = defs.flatMap((def) => tokens(valueIn(record, def) ?? ''));
    return wanted.every((one) => words.some((word) => word.startsWith(one)));
  };
}

/** The index of a property, and the range a group's filters leave of it. */
interface Range {
  index: SortedRecords;
  property: 'id' | 'updated';
  low: number;
  high: number;
  /** Filters the range stands for. */
  covers: Filter[];
}

function rangeOf(store: ObjectStore, property: 'id' | 'updated', filters: Filter[]): Range {
  const range: Range = {
    index: store.index(property),
    property,
    low: Number.NEGATIVE_INFINITY,
    high: Number.POSITIVE_INFINITY,
    covers: [],
  };
  for (const filter of filters) {
    if (indexedAs(store, filter.propertyName) !== property) continue;
    const def = searched(store, filter.propertyName);
    const at = filter.value == null ? null : bound(def, filter.value);
    const [low, high] = limitsOf(
      filter,
      at,
      filter.highValue ? bound(def, filter.highValue) : null,
    );
    if (low === null && high === null) continue;
    range.low = Math.max(range.low, low ?? Number.NEGATIVE_INFINITY);
    range.high = Math.min(range.high, high ?? Number.POSITIVE_INFINITY);
    range.covers.push(filter);
  }
  return range;
}

function indexedAs(store: ObjectStore, name: string): 'id' | 'updated' | null {
  if (name === 'hs_object_id') return 'id';
  return name === 'hs_lastmodifieddate' || name === store.type.modifiedProperty ? 'updated' : null;
}

/** Both orders are of whole numbers, so "greater" is "at least one more". */
function limitsOf(
  { operator }: Filter,
  at: number | null,
  high: number | null,
): [low: number | null, high: number | null] {
  if (at === null) return [null, null];
  switch (operator) {
    case 'EQ':
      return [at, at];
    case 'GT':
      return [Math.floor(at) + 1, null];
    case 'GTE':
      return [Math.ceil(at), null];
    case 'LT':
      return [null, Math.ceil(at) - 1];
    case 'LTE':
      return [null, Math.floor(at)];
    case 'BETWEEN':
      return [Math.ceil(at), Math.floor(high ?? at)];
    default:
      return [null, null];
  }
}

/** A page straight from an index, where its order is the one asked for; null where it is not. */
function inOrder(store: ObjectStore, group: Group, request: SearchRequest): Found | null {
  const by = request.sort ? indexedAs(store, request.sort.propertyName) : 'id';
  if (by === null) return null;
  const range = rangeOf(store, by, group.filters);
  const other = rangeOf(store, by === 'id' ? 'updated' : 'id', group.filters);
  const { index, low, high } = range;
  // Another index that leaves far less is worth a sort.
  if (other.index.count(other.low, other.high) * 4 < index.count(low, high)) return null;
  const { after, limit } = request;
  // Where the two ranges are all that is asked, nothing is counted by looking at every record.
  const covered = new Set([...range.covers, ...other.covers]);
  const exact = covered.size === group.filters.length && request.query === null;
  const test = exact ? (record: CrmRecord) => isIn(other, record) : group.test;
  const descending = request.sort?.descending ?? false;
  const records: CrmRecord[] = [];
  let matched = 0;
  for (const record of index.range(low, high, descending)) {
    if (!test(record)) continue;
    if (matched >= after && records.length < limit) records.push(record);
    matched += 1;
    if (exact && matched >= after + limit) break;
  }
  return { records, total: exact ? countIn(range, other) : matched };
}

function isIn({ property, low, high }: Range, record: CrmRecord): boolean {
  const key = property === 'id' ? record.number : record.updatedAt;
  return key >= low && key <= high;
}

/** How many live records are in both ranges. */
function countIn(one: Range, two: Range): number {
  const [few, many] = [one, two]
    .map((range) => ({ range, size: range.index.count(range.low, range.high) }))
    .sort((a, b) => a.size - b.size);
  if (many!.size === many!.range.index.size) return few!.size;
  let n = 0;
  for (const record of few!.range.index.range(few!.range.low, few!.range.high)) {
    if (isIn(many!.range, record)) n += 1;
  }
  return n;
}

/** The records a group can match, by the narrowest index it can use. */
function candidates(portal: Portal, store: ObjectStore, group: Group): Iterable<CrmRecord> {
  const byKey = keyed(portal, store, group.filters);
  if (byKey) return byKey;
  const [best] = (['id', 'updated'] as const)
    .map((property) => rangeOf(store, property, group.filters))
    .map((range) => ({ range, size: range.index.count(range.low, range.high) }))
    .sort((a, b) => a.size - b.size);
  return best!.range.index.range(best!.range.low, best!.range.high);
}

/** By unique value, by id or by an associated record; null where no filter names one. */
function keyed(portal: Portal, store: ObjectStore, filters: Filter[]): CrmRecord[] | null {
  for (const filter of filters) {
    const values =
      filter.operator === 'IN' ? filter.values : filter.operator === 'EQ' ? [filter.value] : null;
    if (!values) continue;
    const texts = values.flatMap((value) => value ?? []);
    const [, other] = /^associations\.(.+)$/.exec(filter.propertyName) ?? [];
    const def = other ? undefined : store.properties.get(filter.propertyName);
    let ids: string[] | null = null;
    if (other) {
      const from = portal.store(other);
      ids = texts.flatMap((id) =>
        linksOf(portal, { store: from, id }, store).map((l) => `${l.to}`),
      );
    } else if (def?.name === 'hs_object_id') ids = texts;
    else if (def?.hasUniqueValue) ids = texts.flatMap((text) => store.idOfUnique(def, text) ?? []);
    if (ids) return [...new Set(ids)].flatMap((id) => store.live(id) ?? []);
  }
  return null;
}

type Compare = (a: CrmRecord, b: CrmRecord) => number;

/** In the order of a property, records without a value last; else in order of id. */
function comparison(store: ObjectStore, sort: SearchRequest['sort']): Compare {
  if (!sort) return (a, b) => a.number - b.number;
  const def = searched(store, sort.propertyName);
  const sign = sort.descending ? -1 : 1;
  return (a, b) => {
    const [one, two] = [keyOf(a, def), keyOf(b, def)];
    if (one === null || two === null) {
      return one === two ? a.number - b.number : one === null ? 1 : -1;
    }
    const order = one < two ? -1 : one > two ? 1 : 0;
    return order === 0 ? sign * (a.number - b.number) : sign * order;
  };
}

function keyOf(record: CrmRecord, def: PropertyDef): string | number | null {
  if (def.order) return def.order(record);
  const value = valueIn(record, def);
  return value === null ? null : (orderOf(def, value) ?? value.toLowerCase());
}
