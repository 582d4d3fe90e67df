/**
 * The reconcile leg: every mapped record compared on both sides, span of creation by span, and
 * what differs healed. A CRM cannot sum its rows, and a count alone hides one record missing
 * beside one too many; so ids and stamps of all records are listed (2,000 a call) and compared by
 * count and sum with the mirror's; only where those differ are rows looked at one by one.
 */
import type { CanonicalRecord, Instant, ObjectName } from '../rules/types.ts';
import type { CursorRow, Span } from '../store/types.ts';
import { addTo, type OpenConnection } from './context.ts';
import type { LegResult } from './contract.ts';
import { sourcesHere } from './read-source.ts';
import { type Comparer, createComparer, type ReconcileLeg } from './reconcile-compare.ts';
import { healed } from './reconcile-heal.ts';
import { type ObjectTotals, type ReconcileReport, reconcileCounts } from './reconcile-report.ts';

/** Records of a span: five full pages of Salesforce, and all that is held in memory at once. */
const spanSize = 10_000;
/** An unfinished comparison is gone on with for so long; then the next begins afresh. */
const resumeWithinMs = 20 * 3_600_000;
/** Its place, and the sums so far, stand where cursors do: moved with what was healed. */
const cursorName = 'reconcile';
/** A span's pages and reads may together outlast the heartbeat's limit. */
const beatEveryMs = 10_000;

/** Where a comparison stands. */
interface Progress {
  startedAt: Instant;
  /** Of the mapping: another one reads other fields, so the comparison begins afresh. */
  version: string;
  /** The object under comparison, and where its next span begins; null: all are done. */
  object: ObjectName | null;
  from: Instant | null;
  /** The run that came to the end; its retry only reports. */
  endedBy: string | null;
  totals: Partial<Record<ObjectName, ObjectTotals>>;
}

interface Place {
  cursor: CursorRow;
  progress: Progress;
}

/**
 * Compares and heals until all is compared or the stretch is over. Throws ConnectorError; what
 * was compared before stays compared, and nothing is marked deleted by a read that failed.
 */
export async function reconcileConnection(
  leg: ReconcileLeg,
): Promise<LegResult & { report: ReconcileReport | null }> {
  const place = await begin(leg);
  const objects = await mappedObjects(leg.open);
  const { object: next } = place.progress;
  for (const object of next === null ? [] : objects.slice(objects.indexOf(next))) {
    if (!(await reconcileObject(leg, place, object, objects))) {
      return { done: false, counts: {}, report: null };
    }
  }
  const { totals, startedAt } = place.progress;
  return { done: true, counts: reconcileCounts(totals), report: { startedAt, objects: totals } };
}

async function mappedObjects(open: OpenConnection): Promise<ObjectName[]> {
  return [...new Set((await sourcesHere(open)).map(({ object }) => object))];
}

async function begin({ store, open, runId }: ReconcileLeg): Promise<Place> {
  const cursor = await store.cursor(open.name, cursorName);
  const now = await open.connector.now();
  const version = open.mapping.version.hash;
  const known = cursor.resume === null ? null : (JSON.parse(cursor.resume) as Progress);
  const goesOn =
    known?.version === version &&
    (known.endedBy === null
      ? Date.parse(now) - Date.parse(known.startedAt) < resumeWithinMs
      : known.endedBy === runId);
  if (known && goesOn) {
    return { cursor, progress: known };
  }
  const object = (await mappedObjects(open))[0] ?? null;
  const fresh: Progress = {
    startedAt: now,
    version,
    object,
    from: null,
    endedBy: null,
    totals: {},
  };
  return { cursor, progress: fresh };
}

/** False when the stretch is over before the object is. */
async function reconcileObject(
  leg: ReconcileLeg,
  place: Place,
  object: ObjectName,
  objects: ObjectName[],
): Promise<boolean> {
  const { store, open } = leg;
  const comparer = await createComparer(open, store, object);
  const { from } = place.progress;
  const spans = await store.spans(open.name, object, { from, size: spanSize, keys: comparer.keys });
  for (const [index, span] of spans.entries()) {
    const last = index === spans.length - 1;
    const { records, totals } = await beating(leg, () => compared(leg, comparer, span, place));
    const next: Progress = {
      ...place.progress,
      ...(last ? after(objects, object, leg.runId) : { from: spans[index + 1]!.from }),
      totals: { ...place.progress.totals, [object]: totals },
    };
    await commit(leg, place, { object, records, next });
    if (leg.clock.isOver() && next.object !== null) {
      return false;
    }
  }
  return true;
}

function after(objects: ObjectName[], object: ObjectName, runId: string) {
  const next = objects[objects.indexOf(object) + 1] ?? null;
  return { object: next, from: null, endedBy: next === null ? runId : null };
}

/** One span: what is to be stored, and the object's totals with it. */
async function compared(
  leg: ReconcileLeg,
  comparer: Comparer,
  span: Span,
  place: Place,
): Promise<{ records: CanonicalRecord[]; totals: ObjectTotals }> {
  const totals: ObjectTotals = { ...place.progress.totals[comparer.object] };
  const listed = await comparer.list(span, leg.clock.signal);
  addTo(totals as Record<string, number>, 'compared', listed.size);
  const differences = await comparer.differences(span, listed);
  if (differences === null) {
    return { records: [], totals };
  }
  const records = await healed(leg, comparer, { differences, listed, totals });
  return { records, totals };
}

/** What was healed and the place behind it, or neither. */
async function commit(
  leg: ReconcileLeg,
  place: Place,
  step: { object: ObjectName; records: CanonicalRecord[]; next: Progress },
): Promise<void> {
  const { object, records, next } = step;
  const cursor: CursorRow = {
    committedUntil: next.endedBy === null ? place.cursor.committedUntil : next.startedAt,
    windowUntil: null,
    position: null,
    resume: JSON.stringify(next),
  };
  await leg.store.commitPage({
    connection: leg.open.name,
    object,
    source: cursorName,
    records,
    expected: place.cursor,
    next: cursor,
    now: await leg.open.connector.now(),
    authoritative: true,
  });
  place.cursor = cursor;
  place.progress = next;
  leg.clock.beat(reconcileCounts(next.totals));
}

async function beating<T>(leg: ReconcileLeg, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    try {
      leg.clock.beat({});
    } catch {
      // Cancelled: the calls under way carry the same signal and end by it.
    }
  }, beatEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
