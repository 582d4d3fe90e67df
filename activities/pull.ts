/** The pull leg: what changed in the CRM into the mirror, page by page, each with its cursor. */
import type { CrmRecord, PullRequest } from '../connectors/connector.ts';
import type { ReadSource } from '../mappings/types.ts';
import type { CanonicalRecord, Instant } from '../rules/types.ts';
import { ahead } from '../store/ahead.ts';
import type { CursorRow, PageResult, Store } from '../store/types.ts';
import { addTo, type LegClock, type OpenConnection } from './context.ts';
import type { LegResult } from './contract.ts';
import { forecastRead } from './forecast.ts';
import { inLanes } from './lanes.ts';
import { withSurvivors } from './merges.ts';
import { createReader, type Reader, shapeOf, sourcesHere } from './read-source.ts';

/** The tag of reading it all as mapped now: any later run goes on with it where it stopped. */
const readAs = (shape: string) => `read-${shape}`;

interface PullLeg {
  runId: string;
  mode: 'changes' | 'full';
  open: OpenConnection;
  store: Store;
  clock: LegClock;
  counts: Record<string, number>;
}

/**
 * Reads every mapped source until all are done or the stretch's time is over; as many at once as
 * suits the CRM. Throws ConnectorError, once no source is being read any more; pages stored before
 * it stay stored, with the cursor behind them.
 */
export async function pullConnection(leg: Omit<PullLeg, 'counts'>): Promise<LegResult> {
  const counts: Record<string, number> = {};
  const { open, store } = leg;
  const callsBefore = open.connector.usage().calls;
  const parts: SourceStart[] = [];
  for (const source of await sourcesHere(open)) {
    const cursor = await store.cursor(open.name, source.name);
    parts.push({ source, cursor, tag: fullReadTag(leg, cursor, shapeOf(source)) });
  }
  await forecast({ ...leg, counts }, parts, callsBefore);
  let failed = false;
  // A source that fails ends the others with the page they are at, not with their last.
  const clock: LegClock = {
    isOver: () => failed || leg.clock.isOver(),
    beat: (counted) => leg.clock.beat(counted),
    signal: leg.clock.signal,
  };
  const done = await inLanes(open.connector.sourcesAtOnce, async (openLane) => {
    const part = parts.shift();
    if (!part) {
      return 'empty';
    }
    try {
      const isDone = await pullSource({ ...leg, clock, counts }, part);
      openLane(); // Only now: what refuses the first call would refuse the others too.
      return isDone ? 'done' : 'time-over';
    } catch (error) {
      failed = true;
      throw error;
    }
  });
  return { done, counts };
}

/** A source, where its reading stands, and the tag of the full read it is in for (fullReadTag). */
interface SourceStart {
  source: ReadSource;
  cursor: CursorRow;
  tag: string | null;
}

/** Before a full read begins: what it will take, beside what it then took. */
async function forecast(leg: PullLeg, parts: SourceStart[], callsBefore: number): Promise<void> {
  const { store, open } = leg;
  const whole = parts.flatMap(({ source, cursor, tag }) =>
    tag !== null && tag !== 'done' && !cursor.resume?.startsWith(`${tag}|`) ? [source] : [],
  );
  if (whole.length > 0) {
    const { records, calls, callsLeft } = await forecastRead(store, open, {
      sources: whole,
      callsBefore,
    });
    addTo(leg.counts, 'forecast.records', records);
    addTo(leg.counts, 'forecast.calls', calls);
    if (callsLeft !== null) {
      addTo(leg.counts, 'forecast.callsLeft', callsLeft);
    }
  }
}

async function pullSource(leg: PullLeg, { source, cursor, tag }: SourceStart): Promise<boolean> {
  if (tag === 'done') {
    return true;
  }
  const reader = await createReader(leg.open, source);
  return tag === null ? pullWindow(leg, reader, cursor) : pullEverything(leg, reader, cursor, tag);
}

/**
 * null: read changes only; 'done': this run has read it all already; else the read's tag. A
 * mapping that reads other fields than the last full read did is in for another, once.
 */
function fullReadTag(
  leg: Pick<PullLeg, 'mode' | 'runId'>,
  cursor: CursorRow,
  shape: string,
): string | null {
  if (cursor.committedUntil === null) {
    return readAs(shape);
  }
  if (leg.mode === 'changes') {
    return (cursor.shape ?? shape) === shape ? null : readAs(shape);
  }
  return cursor.resume === `${leg.runId}|done` ? 'done' : leg.runId;
}

/** The changes since the cursor: [committed - overlap, now], then committed at now - lag. */
async function pullWindow(leg: PullLeg, reader: Reader, start: CursorRow): Promise<boolean> {
  const { mapping, connector } = leg.open;
  const until = start.windowUntil ?? (await connector.now());
  const from = minus(start.committedUntil as Instant, mapping.sync.overlapMs);
  const fetchAfter = async (after: CursorRow['position']): Promise<Fetched> => {
    const request = { ...baseRequest(leg, reader), from, until, ...(after ? { after } : {}) };
    const { records, next } = await connector.pullChanges(request);
    return next === null
      ? { records, cursor: finished(leg, reader, { start, until, resume: null }), more: null }
      : {
          records,
          cursor: { ...start, windowUntil: until, position: next, resume: null },
          more: () => fetchAfter(next),
        };
  };
  return storePages(leg, reader, { cursor: start, first: fetchAfter(start.position) });
}

/** A page of the CRM, the cursor once it is stored, and how to go on; null: that was all. */
interface Fetched {
  records: CrmRecord[];
  cursor: CursorRow;
  more: (() => Promise<Fetched>) | null;
}

/**
 * Stores page after page, each with the cursor behind it. While one is stored the next is fetched
 * and put into canonical form. False when time is over. Nothing is being stored once it has ended,
 * well or not.
 */
async function storePages(
  leg: PullLeg,
  reader: Reader,
  { cursor, first }: { cursor: CursorRow; first: Promise<Fetched> },
): Promise<boolean> {
  let expected = cursor;
  let pending = ahead(first);
  let storing: Promise<void> = Promise.resolve();
  try {
    for (;;) {
      const page = await pending;
      pending = page.more === null ? pending : ahead(page.more());
      const records = (await withSurvivors(leg.open, reader, page.records)).map(reader.read);
      await storing;
      storing = ahead(commit(leg, reader, records, { expected, next: page.cursor }));
      expected = page.cursor;
      if (page.more === null || leg.clock.isOver()) {
        return page.more === null;
      }
    }
  } finally {
    await storing;
  }
}

/** Sources of a mapping whose records do not lie in the mirror as it reads them. */
export async function readOtherwise(store: Store, open: OpenConnection): Promise<number> {
  let n = 0;
  for (const source of await sourcesHere(open)) {
    const tag = fullReadTag(
      { mode: 'changes', runId: '' },
      await store.cursor(open.name, source.name),
      shapeOf(source),
    );
    n += tag === null ? 0 : 1;
  }
  return n;
}

/** Exchange rates as the CRM has them, where the org has several currencies. */
export async function pullRates(open: OpenConnection, store: Store): Promise<void> {
  const account = await open.connector.account();
  if (!account.multiCurrency) {
    return;
  }
  await store.saveRates(open.name, await open.connector.rates(), await open.connector.now());
}

/** The whole object, resumable by the connector's own token. */
async function pullEverything(
  leg: PullLeg,
  reader: Reader,
  start: CursorRow,
  tag: string,
): Promise<boolean> {
  const { connector } = leg.open;
  const resumed = start.resume?.startsWith(`${tag}|`) && start.windowUntil !== null;
  const until = resumed ? (start.windowUntil as Instant) : await connector.now();
  const request: PullRequest = { ...baseRequest(leg, reader), from: null, until, priority: 5 };
  const done = tag === leg.runId ? `${tag}|done` : null;
  const fetchFrom = async (at: string | null): Promise<Fetched> => {
    const { records, resume } = await connector.backfill(request, at);
    return resume === null
      ? { records, cursor: finished(leg, reader, { start, until, resume: done }), more: null }
      : {
          records,
          cursor: { ...start, windowUntil: until, position: null, resume: `${tag}|${resume}` },
          more: () => fetchFrom(resume),
        };
  };
  const at = resumed ? start.resume!.slice(tag.length + 1) || null : null;
  return storePages(leg, reader, { cursor: start, first: fetchFrom(at) });
}

async function commit(
  leg: PullLeg,
  reader: Reader,
  records: CanonicalRecord[],
  { expected, next }: { expected: CursorRow; next: CursorRow },
): Promise<void> {
  const result: PageResult = await leg.store.commitPage({
    connection: leg.open.name,
    object: reader.object,
    source: reader.source.name,
    records,
    expected,
    next,
    now: await leg.open.connector.now(),
  });
  addTo(leg.counts, `pulled.${reader.object}`, records.length);
  addTo(leg.counts, `changed.${reader.object}`, result.changed);
  addTo(leg.counts, `deleted.${reader.object}`, result.deleted);
  addTo(leg.counts, 'unreadable', reader.takeUnreadable());
  leg.clock.beat(leg.counts);
}

function baseRequest(leg: PullLeg, reader: Reader): Omit<PullRequest, 'from' | 'until'> {
  return {
    object: reader.source.crmObject,
    fields: reader.fields,
    ...(reader.source.where ? { where: reader.source.where } : {}),
    priority: 3,
    signal: leg.clock.signal,
  };
}

function finished(
  { open }: PullLeg,
  { source }: Reader,
  { start, until, resume }: { start: CursorRow; until: Instant; resume: string | null },
): CursorRow {
  const behind = minus(until, open.mapping.sync.lagMs);
  const committedUntil =
    start.committedUntil !== null && start.committedUntil > behind ? start.committedUntil : behind;
  return { committedUntil, windowUntil: null, position: null, resume, shape: shapeOf(source) };
}

function minus(instant: Instant, ms: number): Instant {
  return new Date(Date.parse(instant) - ms).toISOString();
}
