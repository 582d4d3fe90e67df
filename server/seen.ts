/** Requests that were accepted, remembered until they would be too old: none is accepted twice. */

/** What was accepted of late; memory is bounded. */
export interface Seen {
  /** False where it is remembered already. */
  add(key: string): boolean;
  /** It was not accepted after all. */
  remove(key: string): void;
}

/** A full flood of HubSpot's for as long as requests are young, and more. */
const keptMax = 50_000;

/** Remembers each key for `forMs`; the oldest give way first. */
export function createSeen(forMs: number, nowMs: () => number, max = keptMax): Seen {
  const until = new Map<string, number>();
  const forget = (now: number) => {
    for (const [key, end] of until) {
      if (end > now && until.size <= max) {
        return;
      }
      until.delete(key);
    }
  };
  return {
    add(key) {
      const now = nowMs();
      forget(now);
      if (until.has(key)) {
        return false;
      }
      until.set(key, now + forMs);
      return true;
    },
    remove: (key) => void until.delete(key),
  };
}
