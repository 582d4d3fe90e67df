/** What became of the records that differ: read by id, and only by that taken for changed or gone. */
import type { CrmRecord } from '../connectors/connector.ts';
import type { CanonicalRecord } from '../rules/types.ts';
import { addTo } from './context.ts';
import { withSurvivors } from './merges.ts';
import type { Reader } from './read-source.ts';
import type { Comparer, Differences, Listed, ReconcileLeg } from './reconcile-compare.ts';
import type { ObjectTotals } from './reconcile-report.ts';

/** Ids a read: what one store transaction and one call's memory hold easily. */
const readSize = 2_000;
/**
 * Records that leave no deleted row behind (emptied recycle bin, hard delete) are few. Many at
 * once are rather a permission that was taken from our user: they are left as they are.
 */
const vanishedMax = 25;
const vanishedShareMax = 0.01;

interface Span {
  differences: Differences;
  listed: Map<string, Listed>;
  /** Counted up here. */
  totals: ObjectTotals;
}

/** The records to store. Throws ConnectorError: then none of the span is stored. */
export async function healed(
  leg: ReconcileLeg,
  comparer: Comparer,
  span: Span,
): Promise<CanonicalRecord[]> {
  const { differences, totals } = span;
  const records: CanonicalRecord[] = [];
  for (const kind of ['missing', 'outdated', 'recalculated'] as const) {
    const read = await reread(leg, differences[kind], span.listed);
    const due = read.filter(({ modifiedAt }) => modifiedAt <= comparer.settledUntil);
    records.push(...due);
    count(totals, kind, due.length);
  }
  return [...records, ...(await unlisted(leg, comparer, span))];
}

async function reread(
  leg: ReconcileLeg,
  ids: string[],
  listed: Map<string, Listed>,
): Promise<CanonicalRecord[]> {
  const records: CanonicalRecord[] = [];
  for (const reader of new Set(ids.map((id) => listed.get(id)!.reader))) {
    const own = ids.filter((id) => listed.get(id)!.reader === reader);
    for (const record of await read(leg, reader, own)) {
      records.push(reader.read(record));
    }
  }
  return records;
}

/** Each id the CRM did not list: deleted, merged, outside the mapping's condition, or vanished. */
async function unlisted(
  leg: ReconcileLeg,
  comparer: Comparer,
  { differences, totals }: Span,
): Promise<CanonicalRecord[]> {
  const ids = differences.unlisted;
  if (ids.length === 0) {
    return [];
  }
  const records: CanonicalRecord[] = [];
  const found = new Set<string>();
  for (const reader of firstOfEach(comparer.readers)) {
    const there = await withSurvivors(leg.open, reader, await read(leg, reader, ids));
    const live = there.filter(({ deleted }) => !deleted);
    const inside = await stillMapped(leg, comparer, reader, live);
    for (const record of there) {
      found.add(record.id);
      const outside = !record.deleted && !inside.has(record.id);
      if (record.modifiedAt <= comparer.settledUntil || outside) {
        // What the mapping's condition leaves out is not there for the engine.
        records.push({ ...reader.read(record), deleted: record.deleted || outside });
        const kind = outside ? 'left' : kindOf(record);
        if (kind !== null) {
          count(totals, kind, 1);
        }
      }
    }
  }
  return [
    ...records,
    ...(await vanished(
      leg,
      comparer,
      totals,
      ids.filter((id) => !found.has(id)),
    )),
  ];
}

/** null: it is there after all, e.g. undeleted since it was listed. */
function kindOf({ deleted, mergedInto }: CrmRecord): 'merged' | 'removed' | null {
  return deleted ? (mergedInto === null ? 'removed' : 'merged') : null;
}

/** Ids of these live records that a source of this CRM object still takes in. */
async function stillMapped(
  leg: ReconcileLeg,
  comparer: Comparer,
  { source }: Reader,
  live: CrmRecord[],
): Promise<Set<string>> {
  const ids = live.map(({ id }) => id);
  const inside = new Set<string>();
  for (const reader of comparer.readers) {
    if (ids.length > 0 && reader.source.crmObject === source.crmObject) {
      for (const { id } of await read(leg, reader, ids, reader.source.where)) {
        inside.add(id);
      }
    }
  }
  return inside;
}

/** Neither listed nor readable by id, not even as deleted. */
async function vanished(
  leg: ReconcileLeg,
  comparer: Comparer,
  totals: ObjectTotals,
  ids: string[],
): Promise<CanonicalRecord[]> {
  if (ids.length === 0) {
    return [];
  }
  const soFar = (totals.vanished ?? 0) + ids.length;
  const most = Math.max(vanishedMax, vanishedShareMax * (totals.compared ?? 0));
  if (soFar > most && !leg.acceptUnseen) {
    count(totals, 'unseen', ids.length);
    return [];
  }
  count(totals, 'vanished', ids.length);
  const rows = await leg.store.mirror(leg.open.name, comparer.object, ids);
  return rows.map(({ id, createdAt, modifiedAt, modifiedBy, mergedInto, fields }) => ({
    id,
    createdAt,
    modifiedAt,
    modifiedBy,
    mergedInto,
    fields,
    deleted: true,
  }));
}

async function read(
  leg: ReconcileLeg,
  reader: Reader,
  ids: string[],
  where: string | null = null,
): Promise<CrmRecord[]> {
  const records: CrmRecord[] = [];
  for (let at = 0; at < ids.length; at += readSize) {
    const part = await leg.open.connector.readByIds({
      object: reader.source.crmObject,
      fields: reader.fields,
      ids: ids.slice(at, at + readSize),
      ...(where === null ? {} : { where }),
      priority: 5,
      signal: leg.clock.signal,
    });
    records.push(...part);
  }
  return records;
}

/** One reader a CRM object: an id is of one object, whichever source took it in. */
function firstOfEach(readers: Reader[]): Reader[] {
  const byObject = new Map<string, Reader>();
  for (const reader of readers) {
    if (!byObject.has(reader.source.crmObject)) {
      byObject.set(reader.source.crmObject, reader);
    }
  }
  return [...byObject.values()];
}

function count(totals: ObjectTotals, name: keyof ObjectTotals, n: number): void {
  addTo(totals as Record<string, number>, name, n);
}
