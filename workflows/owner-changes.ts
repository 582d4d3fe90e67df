/** What a CRM reports to the owner of a connection: kept until a sync has read it. */
import type { ChangedIds } from '../activities/contract.ts';
import type { FailureType } from '../rules/failure-types.ts';
import { type Gathered, gather, keptMax, type ReportedChanges } from './changes.ts';
import type { JobRequest, JobResult } from './messages.ts';

/** The part of an owner's state that reports change. */
export interface Reported {
  /** Read by no sync yet. `moreLinks`: a reconcile is due. */
  changes: Gathered;
  /** Some of it came after the last sync began. */
  news: boolean;
  /** Records and tasks that syncs of reported changes alone have written since the last poll. */
  answered: number;
  woken: boolean;
}

/**
 * The guard against mass changes looks at one run. Where reports have led to so many writes, the
 * rest waits for the poll, which sees it whole: a mistake in bulk must not slip by in small runs.
 * Half of what the guard lets pass by default.
 */
const answeredMax = 250;

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

/** True when reported changes are worth a sync of their own, before the next poll. */
export function isWorthASync({ news, answered }: Reported): boolean {
  return news && answered < answeredMax;
}

/** A job has ended: what it did not read is kept, what it wrote is counted; a poll begins anew. */
export function settleChanges(owner: Reported, request: JobRequest, result: JobResult): void {
  const { kind, changed, changedOnly } = request;
  const { counts } = result;
  if (changed !== undefined) {
    putBack(owner, changed, result);
  }
  if (changedOnly === true) {
    owner.answered += (counts['written'] ?? 0) + (counts['tasks'] ?? 0);
  } else if (kind === 'sync' || kind === 'backfill' || kind === 'reconcile') {
    owner.answered = 0;
  }
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
function putBack(owner: Reported, changed: ChangedIds, result: JobResult): void {
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
