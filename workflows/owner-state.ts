/** What the owner of a connection knows and has to do: plain data and the choices over it. */
import type { ConnectionState } from '../activities/contract.ts';
import { gather, keptMax, noChanges, told } from './changes.ts';
import type {
  Failure,
  JobKind,
  JobRequest,
  JobResult,
  JobTicket,
  LastRun,
  OwnerInput,
  OwnerStatus,
  QueuedJob,
} from './messages.ts';
import { isWorthASync, type Reported, settleChanges, takeChanges } from './owner-changes.ts';

/** Commands remembered, so that one that is sent twice gives one job. */
const recentMax = 100;
/** A nightly reconcile that ended at once (the store was down) is not begun again before this. */
const reconcileRestMs = 3_600_000;
/** Never sooner than this after a run, whatever the store or the mapping says. */
const restMinMs = 10_000;

/** The owner's state; instants in ms of Temporal's clock. */
export interface Owner extends Reported {
  connection: string;
  searchAttributes: boolean;
  /** As last read from the store; null before the first reading. */
  known: ConnectionState | null;
  /** The store must be read again before the next choice. */
  stale: boolean;
  /** Why the store or the mapping could not be read; null: all well. */
  problem: Failure | null;
  pauseReason: string | null;
  queue: QueuedJob[];
  running: QueuedJob | null;
  nextJob: number;
  nextSyncAt: number | null;
  /** When the last nightly reconcile of this run began. */
  reconciledAt: number | null;
  lastRun: LastRun | null;
  /** Runs in a row that ended because the CRM did not answer. */
  outages: number;
  /** While paused for such an outage: when it looks again by itself; null for every other pause. */
  probeAt: number | null;
  recent: { commandId: string; ticket: JobTicket }[];
  /** A run that an earlier owner left behind: no job begins before it has ended. */
  leftover: string | null;
  /** Jobs begun in this run of the workflow. */
  jobs: number;
}

/** The state a run of the owner begins with. */
export function newOwner(input: OwnerInput): Owner {
  const changes = noChanges();
  gather(changes, input.changes ?? {}, keptMax);
  return {
    connection: input.connection,
    searchAttributes: input.searchAttributes !== false,
    known: null,
    stale: true,
    problem: null,
    pauseReason: input.pauseReason ?? null,
    queue: [...(input.queue ?? [])],
    running: null,
    nextJob: input.nextJob ?? 1,
    woken: input.woken ?? false,
    changes,
    news: input.news ?? false,
    answered: input.answered ?? 0,
    nextSyncAt: input.nextSyncAt ? Date.parse(input.nextSyncAt) : null,
    reconciledAt: null,
    lastRun: input.lastRun ?? null,
    outages: input.outages ?? 0,
    probeAt: input.probeAt ? Date.parse(input.probeAt) : null,
    recent: [...(input.recent ?? [])],
    leftover: null,
    jobs: 0,
  };
}

/** The input of the owner's next run: nothing accepted is left behind. */
export function carriedOver(owner: Owner): OwnerInput {
  return {
    connection: owner.connection,
    searchAttributes: owner.searchAttributes,
    queue: owner.queue,
    nextJob: owner.nextJob,
    woken: owner.woken,
    changes: told(owner.changes),
    news: owner.news,
    answered: owner.answered,
    nextSyncAt: owner.nextSyncAt === null ? null : new Date(owner.nextSyncAt).toISOString(),
    pauseReason: owner.pauseReason,
    lastRun: owner.lastRun,
    outages: owner.outages,
    probeAt: owner.probeAt === null ? null : new Date(owner.probeAt).toISOString(),
    recent: owner.recent,
  };
}

/** Takes what the store says; a pause holds whether this run or the store knows of it. */
export function learn(owner: Owner, known: ConnectionState, continued: boolean): void {
  if (owner.known === null && !continued) {
    owner.leftover = known.running ?? null;
  }
  owner.known = known;
  owner.nextJob = Math.max(owner.nextJob, known.nextJob);
  if (known.paused && owner.pauseReason === null) {
    owner.pauseReason = known.pauseReason ?? 'Paused.';
  }
  owner.problem = null;
  owner.stale = false;
}

/** Queues a job under the next number; a command that was seen before keeps its ticket. */
export function enqueue(owner: Owner, request: JobRequest): JobTicket {
  const { commandId } = request;
  const seen = ticketOf(owner, commandId);
  if (seen !== undefined) {
    return seen;
  }
  const kind = request.kind === 'sync' && request.full === true ? 'backfill' : request.kind;
  const ticket = takeTicket(owner, kind);
  owner.queue.push({ request: { ...request, kind }, ticket });
  if (commandId !== null) {
    owner.recent = [...owner.recent, { commandId, ticket }].slice(-recentMax);
  }
  return ticket;
}

/** The ticket a command was given before, if it was. */
export function ticketOf(owner: Owner, commandId: string | null): JobTicket | undefined {
  return owner.recent.find((known) => known.commandId === commandId)?.ticket;
}

function takeTicket(owner: Owner, kind: JobKind): JobTicket {
  const job = owner.nextJob;
  owner.nextJob += 1;
  return { job, workflowId: `${kind}/${owner.connection}/${job}` };
}

/** True for what a person may ask of a paused connection: it writes no record. */
export function runsWhilePaused(kind: JobKind): boolean {
  return kind === 'plan' || kind === 'provision';
}

/** The next job, taken off the queue; else the owner's own: the nightly reconcile, a sync; none. */
export function takeNext(owner: Owner, now: number): QueuedJob | undefined {
  if (owner.known === null || owner.problem !== null) {
    return undefined;
  }
  const index = owner.queue.findIndex((job) => mayRun(owner, job));
  if (index >= 0) {
    return owner.queue.splice(index, 1)[0];
  }
  const due = ownJobDue(owner, now);
  if (due === null) {
    return undefined;
  }
  const kind = due === 'reported' ? 'sync' : due;
  const only = due === 'reported' ? { changedOnly: true } : {};
  return { request: { kind, commandId: null, ...only }, ticket: takeTicket(owner, kind) };
}

/** True when takeNext would give a job, without taking it. */
export function hasWork(owner: Owner, now: number): boolean {
  return (
    owner.known !== null &&
    owner.problem === null &&
    (owner.queue.some((job) => mayRun(owner, job)) || ownJobDue(owner, now) !== null)
  );
}

/** True when syncs start by themselves: not paused, and a first plan was applied. */
export function syncsByItself(owner: Owner): boolean {
  return owner.pauseReason === null && (owner.known?.activeVersion ?? null) !== null;
}

function mayRun(owner: Owner, job: QueuedJob): boolean {
  return owner.pauseReason === null || runsWhilePaused(job.request.kind);
}

/**
 * A reconcile pulls, decides and writes too: where both are due it comes first. 'reported': a sync
 * that reads nothing but what the CRM has reported.
 */
function ownJobDue(owner: Owner, now: number): 'reconcile' | 'sync' | 'reported' | null {
  if (!syncsByItself(owner)) {
    return null;
  }
  if (now >= nextReconcile(owner)) {
    return 'reconcile';
  }
  if (owner.woken || now >= (owner.nextSyncAt ?? 0)) {
    return 'sync';
  }
  return isWorthASync(owner) ? 'reported' : null;
}

/**
 * The store says when, by the mapping and its own log of runs; Infinity: never. At once where more
 * associations were reported than are kept, for a poll does not find those.
 */
function nextReconcile({ known, reconciledAt, changes }: Owner): number {
  const planned = known?.nextReconcileAt ?? null;
  const nightly = planned === null ? Number.POSITIVE_INFINITY : Date.parse(planned);
  const rested = reconciledAt === null ? 0 : reconciledAt + reconcileRestMs;
  return Math.max(changes.moreLinks ? 0 : nightly, rested);
}

/** When the owner's own next job is due, and what it will be; null: at once, or not by itself. */
export function nextOwnJob(owner: Owner): { at: number; name: string } | null {
  if (!syncsByItself(owner) || owner.nextSyncAt === null) {
    return null;
  }
  const at = nextReconcile(owner);
  return at < owner.nextSyncAt
    ? { at, name: 'Nightly reconcile' }
    : { at: owner.nextSyncAt, name: 'Next sync' };
}

/** A job begins: what a sync reads answers every wake-up that came before it. */
export function begin(owner: Owner, job: QueuedJob, now: number): void {
  owner.running = job;
  owner.jobs += 1;
  const { kind, commandId } = job.request;
  if (kind === 'sync' || kind === 'backfill' || kind === 'reconcile') {
    owner.woken = owner.woken && job.request.changedOnly === true;
  }
  const changed = kind === 'sync' ? takeChanges(owner) : undefined;
  if (changed !== undefined) {
    job.request = { ...job.request, changed };
  }
  if (kind === 'reconcile') {
    owner.changes.moreLinks = false;
    owner.reconciledAt = commandId === null ? now : owner.reconciledAt;
  }
}

/** A job has ended: remembers it, and says when the next sync is due. */
export function finish(owner: Owner, result: JobResult, times: { from: number; to: number }): void {
  const job = owner.running as QueuedJob;
  const { outcome, counts, failure } = result;
  const endedAt = new Date(times.to).toISOString();
  owner.lastRun = { workflowId: job.ticket.workflowId, outcome, endedAt, counts, failure };
  owner.running = null;
  const { kind, commandId, changedOnly } = job.request;
  settleChanges(owner, job.request, result);
  if (kind === 'reconcile' && commandId === null && outcome === 'red') {
    // Tried again when it has rested.
    owner.changes.moreLinks = true;
  }
  const changesOwner = kind !== 'sync' && kind !== 'retry';
  owner.stale = changesOwner || outcome === 'red' || owner.known?.accountKey === null;
  if (kind !== 'plan' && kind !== 'provision') {
    const next = nextSync(owner, result, times);
    owner.nextSyncAt = changedOnly === true ? keptTime(owner, result, next) : next;
  }
}

/** A sync of reported records is no poll: that comes when it was due, or rows are to be tried. */
function keptTime(owner: Owner, result: JobResult, next: number): number | null {
  const { nextSyncAt } = owner;
  return result.nextTryAt === null || nextSyncAt === null ? nextSyncAt : Math.min(nextSyncAt, next);
}

/** The interval counts from a run's start; after a red one from its end, so that nothing storms. */
function nextSync(owner: Owner, result: JobResult, times: { from: number; to: number }): number {
  const everyMs = owner.known?.everyMs ?? restMinMs;
  const byInterval = (result.outcome === 'red' ? times.to : times.from) + everyMs;
  const byRow = result.nextTryAt === null ? byInterval : Date.parse(result.nextTryAt);
  return Math.max(Math.min(byInterval, byRow), times.to + restMinMs);
}

/** What `status` shows. */
export function statusOf(owner: Owner): OwnerStatus {
  const paused = owner.pauseReason !== null;
  return {
    state: paused ? 'paused' : owner.running !== null ? 'running' : 'idle',
    running: owner.running?.ticket ?? null,
    queued: owner.queue.length,
    pauseReason: owner.pauseReason,
    nextSyncAt: nextSyncShown(owner),
    lastOutcome: owner.lastRun?.outcome ?? null,
    lastRun: owner.lastRun,
    problem: owner.problem,
  };
}

function nextSyncShown(owner: Owner): string | null {
  return syncsByItself(owner) && owner.nextSyncAt !== null
    ? new Date(owner.nextSyncAt).toISOString()
    : null;
}
