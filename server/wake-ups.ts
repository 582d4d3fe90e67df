/** Gathers what webhooks report for a moment and tells each connection's owner in one signal. */
import {
  type Gathered,
  gather,
  noChanges,
  type ReportedChanges,
  told,
  toldMax,
} from '../workflows/messages.ts';
import { countWakeUp } from './metrics.ts';
import { createBuckets, type Rate } from './rate-limit.ts';

/** Tells owners. */
export interface WakeUps {
  /**
   * Resolves once the owner of the connection has been told, so that whoever reported may forget
   * it; rejects where it could not be: then it must be reported again.
   */
  tell(connection: string, changes: Partial<ReportedChanges>): Promise<void>;
  /** Tells at once what is still being gathered. */
  close(): Promise<void>;
}

/** How signals are sent and how often. */
export interface WakeUpOptions {
  /** Sends one signal; resolves when Temporal has it. */
  send(connection: string, changes: ReportedChanges): Promise<void>;
  /** What comes within this time goes with one signal; 150 ms. */
  gatherMs?: number;
  /** Signals of one connection; a flood gathers for longer. */
  pace?: Rate;
  nowMs?: () => number;
}

/**
 * Somebody at work in the CRM is answered at once; a flood sends one signal in two seconds. A run of
 * the owner takes 10,000 signals: hours of a flood. HubSpot waits five seconds for an answer.
 */
export const defaultPace: Rate = { burst: 100, perSecond: 0.5 };
const gatherMsDefault = 150;

interface Batch {
  changes: Gathered;
  told: Promise<void>;
  flush(): void;
}

/** Nothing is kept beyond the answer: what could not be told is reported again by the CRM. */
export function createWakeUps(options: WakeUpOptions): WakeUps {
  const { send, gatherMs = gatherMsDefault, pace = defaultPace } = options;
  const buckets = createBuckets(pace, options.nowMs ?? (() => performance.now()));
  const batches = new Map<string, Batch>();
  const sending = new Set<Promise<void>>();

  async function sendCounted(connection: string, changes: ReportedChanges): Promise<void> {
    const ids = changes.records.length + changes.links.length;
    try {
      await send(connection, changes);
      countWakeUp('sent', ids);
    } catch (error) {
      countWakeUp('failed', ids);
      throw error;
    }
  }

  function begin(connection: string): Batch {
    const changes = noChanges();
    const { promise, resolve } = Promise.withResolvers<void>();
    const wait = buckets.take(connection);
    const timer = setTimeout(resolve, Math.max(gatherMs, wait));
    const sent = promise.then(() => {
      clearTimeout(timer);
      batches.delete(connection);
      if (wait > 0) {
        buckets.take(connection);
      }
      return sendCounted(connection, told(changes));
    });
    sending.add(sent);
    const forget = () => void sending.delete(sent);
    sent.then(forget, forget);
    const batch = { changes, told: sent, flush: resolve };
    batches.set(connection, batch);
    return batch;
  }

  return {
    tell(connection, changes) {
      const batch = batches.get(connection) ?? begin(connection);
      gather(batch.changes, changes, toldMax);
      return batch.told;
    },
    async close() {
      for (const batch of batches.values()) {
        batch.flush();
      }
      await Promise.allSettled(sending);
    },
  };
}
