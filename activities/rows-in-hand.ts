/** An attempt whose forerunner died waits for the rows that it had in hand, and writes them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../store/types.ts';
import type { LegClock } from './context.ts';
import type { Life } from './lease.ts';

/**
 * Longer than a dead worker's rows take to be due (worker/life.ts). A store whose workers are all
 * gone but this one may take longer: the run ends amber then, and the next one writes them.
 */
const waitMaxMs = 120_000;
const lookEveryMs = 1_000;

/** Whose rows, in which store, and until when there is time. */
interface Waiting {
  store: Store;
  connection: string;
  /** undefined: the store is this worker's alone, and nobody else's rows are in it. */
  life: Life | undefined;
  clock: LegClock;
}

/**
 * Waits until none of the connection's rows is in hand, and says whether there were any: the outbox
 * is to be drained again then. To be asked when this attempt has none. The owner runs one job at a
 * time, so what is in hand is an earlier attempt's: its worker died, is cut off, or could not store
 * what became of them.
 */
export async function waitForRowsInHand(
  { store, connection, life, clock }: Waiting,
  counts: Record<string, number>,
): Promise<boolean> {
  if (life === undefined) {
    return false;
  }
  const until = Date.now() + waitMaxMs;
  for (let waited = false; ; waited = true) {
    if ((await store.rowsInHand(connection, new Date().toISOString())) === 0) {
      return waited;
    }
    if (Date.now() > until || clock.isOver()) {
      return false;
    }
    // Throws when the activity was cancelled.
    clock.beat(counts);
    await sleep(lookEveryMs, undefined, { signal: clock.signal }).catch(() => undefined);
  }
}
