/** Reads the records a CRM has reported by their ids, at once and without its search index. */
import type { CrmRecord } from '../connectors/connector.ts';
import type { Store } from '../store/types.ts';
import { addTo, type LegClock, type OpenConnection } from './context.ts';
import type { ChangedIds, LegResult } from './contract.ts';
import { withSurvivors } from './merges.ts';
import { createReader, type Reader, sourcesHere } from './read-source.ts';

/** Records of one transaction and one sign of life: HubSpot reads them in ten calls. */
const recordsAtATime = 1_000;

interface ReportedLeg {
  open: OpenConnection;
  store: Store;
  clock: LegClock;
  changed: ChangedIds;
}

/**
 * Each record by every source that maps its object, deleted and merged ones included, stored as a
 * pull stores them. No cursor moves: what was missed here comes with the next poll all the same.
 * Throws ConnectorError.
 */
export async function readReported(leg: ReportedLeg): Promise<LegResult> {
  const counts: Record<string, number> = {};
  for (const source of await sourcesHere(leg.open)) {
    const reader = await createReader(leg.open, source);
    const ids = idsFor(reader, leg.changed);
    for (let at = 0; at < ids.length; at += recordsAtATime) {
      await readSome(leg, reader, ids.slice(at, at + recordsAtATime), counts);
    }
  }
  addTo(counts, 'reported', leg.changed.records.length + leg.changed.links.length);
  return { done: true, counts };
}

async function readSome(
  { open, store, clock }: ReportedLeg,
  reader: Reader,
  ids: string[],
  counts: Record<string, number>,
): Promise<void> {
  const { source, object } = reader;
  const read: CrmRecord[] = await open.connector.readByIds({
    object: source.crmObject,
    fields: reader.fields,
    ids,
    ...(source.where ? { where: source.where } : {}),
    priority: 2,
    signal: clock.signal,
  });
  const records = (await withSurvivors(open, reader, read)).map(reader.read);
  const now = await open.connector.now();
  const stored = await store.upsertRecords(open.name, object, records, now);
  addTo(counts, `pulled.${object}`, records.length);
  addTo(counts, `changed.${object}`, stored.changed);
  addTo(counts, `deleted.${object}`, stored.deleted);
  addTo(counts, 'unreadable', reader.takeUnreadable());
  clock.beat(counts);
}

/** Changed associations matter only where the mapping reads some. */
function idsFor({ source, fields, description }: Reader, { records, links }: ChangedIds): string[] {
  const prefix = `${description.typeId ?? source.crmObject}/`;
  // A label is found whatever its case is (connector.ts); its name is known by the colon.
  const readsLinks = fields.some(
    (name) => description.fields.get(name)?.unstamped ?? name.includes(':'),
  );
  const named = readsLinks ? [...records, ...links] : records;
  const mine = named.filter((name) => name.startsWith(prefix));
  return [...new Set(mine.map((name) => name.slice(prefix.length)))];
}
