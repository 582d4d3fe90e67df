/**
 * Whose value should stand in an engine field, from the CRM's own history of writes: a person's
 * edit is put back once, the second one stands; so does the second one by another automation.
 */
import type { WriteLogEntry } from '../../sandbox/salesforce/write-log.ts';

/** What may be found in a field in the end: the decided value, the edited one, or either. */
export interface Standing {
  ours: boolean;
  theirs: boolean;
  /** Theirs stands as an open dispute (a person's, of an attribution field). */
  disputed: boolean;
}

/** Who is who in the write log. */
export interface Actors {
  /** Our own user: writes of its `via` rest are the engine's, any other another automation's. */
  integrationUserId: string;
  /** First log entries of the jobs, ascending; and the first after each. */
  jobs: readonly { from: number; to: number }[];
}

/** What the engine may have counted so far; several, where the log does not say which. */
interface Count {
  edits: number;
  flips: number;
}

interface Pending {
  seq: number;
  value: unknown;
}

/** Reads the history of one field of a record; `dispute`: a second edit opens a dispute. */
export function standingOf(
  entries: readonly WriteLogEntry[],
  field: string,
  dispute: boolean,
  actors: Actors,
): Standing {
  let counts: Count[] = [{ edits: 0, flips: 0 }];
  let pending = null as Pending | null;
  let ours: { value: unknown } | null = null;
  for (const entry of entries) {
    const change = entry.changes.find((one) => one.field === field);
    if (change === undefined) {
      continue;
    }
    if (isEngine(entry, actors)) {
      if (pending !== null) {
        counts = unique(restored(counts, entries, pending, entry, dispute, actors, ours === null));
      }
      pending = null;
      ours = { value: change.to };
    } else if (pending !== null && ours !== null && change.to === ours.value) {
      // Taken back by hand: counted if the engine had looked in between.
      counts = unique([...counts, ...counted(counts, entries, pending, entry.seq, actors)]);
      pending = null;
    } else {
      pending = { seq: pending?.seq ?? entry.seq, value: change.to };
    }
  }
  if (pending === null) {
    return { ours: true, theirs: false, disputed: false };
  }
  const last = counted(counts, entries, pending, Number.POSITIVE_INFINITY, actors);
  const stands = (count: Count) => count.edits >= 2 || count.flips >= 2;
  return {
    ours: last.some((count) => !stands(count)),
    theirs: last.some(stands),
    disputed: dispute && last.some(({ edits }) => edits >= 2),
  };
}

/** The engine's own write. */
export function isEngine(entry: WriteLogEntry, { integrationUserId }: Actors): boolean {
  return entry.by === integrationUserId && entry.via === 'rest';
}

/** Counts after the engine has written over an edit. */
function restored(
  counts: Count[],
  entries: readonly WriteLogEntry[],
  pending: Pending,
  by: WriteLogEntry,
  dispute: boolean,
  actors: Actors,
  isFirst: boolean,
): Count[] {
  const after = counted(counts, entries, pending, by.seq, actors).map((count) =>
    // A yield or a breaker ends with its count when another value is decided; a dispute does not.
    (dispute ? count.flips : Math.max(count.edits, count.flips)) >= 2
      ? { edits: 0, flips: 0 }
      : count,
  );
  const sameJob = actors.jobs.some(({ from, to }) => from <= pending.seq && by.seq < to);
  // In the gap between reading and writing an edit is overwritten unseen; before the first write
  // of a field there may be nothing it differs from.
  return sameJob || isFirst ? [...counts, ...after] : after;
}

/** One more edit or flip: by whoever the record said had modified it last when it was read. */
function counted(
  counts: Count[],
  entries: readonly WriteLogEntry[],
  pending: Pending,
  before: number,
  actors: Actors,
): Count[] {
  const since = entries.filter(({ seq }) => pending.seq <= seq && seq < before);
  const byUs = since.map(({ by }) => by === actors.integrationUserId);
  return counts.flatMap(({ edits, flips }) => [
    ...(byUs.includes(false) ? [{ edits: edits + 1, flips }] : []),
    ...(byUs.includes(true) ? [{ edits, flips: flips + 1 }] : []),
  ]);
}

function unique(counts: Count[]): Count[] {
  return [...new Map(counts.map((count) => [`${count.edits}/${count.flips}`, count])).values()];
}
