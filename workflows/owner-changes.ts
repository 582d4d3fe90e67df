/** What a CRM reports to the owner of a connection: kept until a sync has read it. */
import type { ChangedIds } from '../activities/contract.ts';
import type { FailureType } from '../rules/failure-types.ts';
import { type Gathered, gather, keptMax, type ReportedChanges } from './changes.ts';
import type { JobResult } from './messages.ts';

/** The part of an owner's state that reports change. */
export interface Reported {
  /** Read by no sync yet. `moreLinks`: a reconcile is due. */
  changes: Gathered;
  /** Some of it came after the last sync began. */
  news: boolean;
  woken: boolean;
}

/** Failures of a read by id that would come again with the same ids. */
const idsAtFault: readonly FailureType[] = [
  'Crm.NotFound',
  'Crm.Conflict',
  'Crm.Rejected',
  'Crm.Ambiguous',
  'Crm.MalformedResponse',
  'Run.Failed',
];

/** Takes a wake-up: with ids they are kept, without any a poll is due. */
export function hear(owner: Reported, told: Partial<ReportedChanges> | undefined): void {
  const { records = [], links = [], moreLinks = false } = told ?? {};
  const named = records.length + links.length;
  gather(owner.changes, told ?? { more: true }, keptMax);
  owner.news ||= named > 0;
  owner.woken ||= owner.changes.more || (named === 0 && !moreLinks);
  owner.changes.more = false;
}

/** Hands over what is to be read; undefined where there is nothing. */
export function takeChanges(owner: Reported): ChangedIds | undefined {
  const { records, links } = owner.changes;
  owner.news = false;
  if (records.size + links.size === 0) {
    return undefined;
  }
  owner.changes = { ...owner.changes, records: new Set(), links: new Set() };
  return { records: [...records], links: [...links] };
}

/**
 * After a red run that did not read them: they go with the next sync, which they do not bring
 * forward. Where the ids themselves may be at fault a poll and a reconcile look without them.
 */
export function putBack(owner: Reported, changed: ChangedIds, result: JobResult): void {
  if (result.outcome !== 'red' || result.counts['reported'] !== undefined) {
    return;
  }
  if (idsAtFault.includes(result.failure?.type as FailureType)) {
    owner.changes.moreLinks ||= changed.links.length > 0;
    return;
  }
  gather(owner.changes, changed, keptMax);
  owner.woken ||= owner.changes.more;
  owner.changes.more = false;
}
