/** Changes a CRM has reported: gathered without duplicates, and never more than so many. */
import type { ChangedIds } from '../activities/contract.ts';

/** What a wake-up tells beside "something changed". */
export interface ReportedChanges extends ChangedIds {
  /** More changed than is named: a poll finds it. */
  more: boolean;
  /** More associations changed than are named: only a reconcile finds those. */
  moreLinks: boolean;
}

/** Changes that are being gathered. */
export interface Gathered {
  records: Set<string>;
  links: Set<string>;
  more: boolean;
  moreLinks: boolean;
}

/** Ids that one signal carries at most: with its 10,000 a history stays below 50 MB. */
export const toldMax = 200;
/** Ids the owner of a connection keeps at most, about 40 KB: they travel with continue-as-new. */
export const keptMax = 2_000;

/** Nothing gathered yet. */
export function noChanges(): Gathered {
  return { records: new Set(), links: new Set(), more: false, moreLinks: false };
}

/**
 * Adds changes. Beyond `max` ids records give way to associations, for a poll finds records that
 * are no longer named, and associations it does not.
 */
export function gather(into: Gathered, changes: Partial<ReportedChanges>, max: number): void {
  into.more ||= changes.more ?? false;
  into.moreLinks ||= changes.moreLinks ?? false;
  for (const link of changes.links ?? []) {
    if (into.links.has(link)) {
      continue;
    }
    if (isFull(into, max) && !giveWay(into)) {
      into.moreLinks = true;
    } else {
      into.links.add(link);
    }
  }
  for (const record of changes.records ?? []) {
    if (!into.records.has(record) && isFull(into, max)) {
      into.more = true;
    } else {
      into.records.add(record);
    }
  }
}

/** The same as plain data, to be sent or carried over. */
export function told({ records, links, more, moreLinks }: Gathered): ReportedChanges {
  return { records: [...records], links: [...links], more, moreLinks };
}

function isFull({ records, links }: Gathered, max: number): boolean {
  return records.size + links.size >= max;
}

/** Lets one record go for a poll to find. */
function giveWay(changes: Gathered): boolean {
  for (const record of changes.records) {
    changes.records.delete(record);
    changes.more = true;
    return true;
  }
  return false;
}
