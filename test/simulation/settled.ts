/** What the checks look at: a world that has come to rest, and who did what in it. */
import type { Org } from '../../sandbox/salesforce/org.ts';
import type { WriteLogEntry } from '../../sandbox/salesforce/write-log.ts';
import type { Store } from '../../store/types.ts';
import type { Numbers } from './oracle.ts';
import type { Actors } from './standing-edits.ts';

/** A settled world. */
export interface Settled {
  org: Org;
  store: Store;
  /** The CRM's clock. */
  now: number;
  actors: Actors;
  /** The policy in force; and all that ever were, for what is locked stays as it was decided. */
  policy: Numbers;
  policies: readonly Numbers[];
  /** Records a merge has moved references of: their lookups are not the engine's doing alone. */
  merged: readonly string[];
  /** A partner was renamed: a locked deal goes on naming it as it was. */
  renamed: boolean;
}

/** The write log, by record. */
export function logByRecord(org: Org): Map<string, WriteLogEntry[]> {
  const found = new Map<string, WriteLogEntry[]>();
  for (const entry of org.writeLog()) {
    const own = found.get(entry.id);
    if (own) {
      own.push(entry);
    } else {
      found.set(entry.id, [entry]);
    }
  }
  return found;
}
