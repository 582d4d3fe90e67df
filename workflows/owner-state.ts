/** What the owner of a connection knows and has to do: plain data and the choices over it. */
import type { ConnectionState } from '../activities/contract.ts';
import { type FailureType, pausingFailures } from '../rules/failure-types.ts';
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

/** Commands remembered, so that one that is sent twice gives one job. */
const recentMax = 100;
/** A nightly reconcile that ended at once (the store was down) is not begun again before this. */
const reconcileRestMs = 3_600_000;
/** Never sooner than this after a run, whatever the store or the mapping says. */
const restMinMs = 10_000;

/** The owner's state; instants in ms of Temporal's clock. */
export interface Owner {
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
  woken: boolean;
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
  const kind = ownJobDue(owner, now);
  return kind === null
    ? undefined
    : { request: { kind, commandId: null }, ticket: takeTicket(owner, kind) };
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

/** A reconcile pulls, decides and writes too: where both are due it comes first. */
function ownJobDue(owner: Owner, now: number): 'reconcile' | 'sync' | null {
  if (!syncsByItself(owner)) {
    return null;
  }
  if (now >= nextReconcile(owner)) {
    return 'reconcile';
  }
  return owner.woken || now >= (owner.nextSyncAt ?? 0) ? 'sync' : null;
}

/** The store says when, by the mapping and its own log of runs; Infinity: never. */
function nextReconcile({ known, reconciledAt }: Owner): number {
  const at = known?.nextReconcileAt ?? null;
  const rested = reconciledAt === null ? 0 : reconciledAt + reconcileRestMs;
  return at === null ? Number.POSITIVE_INFINITY : Math.max(Date.parse(at), rested);
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
    owner.woken = false;
  }
  if (kind === 'reconcile' && commandId === null) {
    owner.reconciledAt = now;
  }
}

/** A job has ended: remembers it, and says when the next sync is due. */
export function finish(owner: Owner, result: JobResult, times: { from: number; to: number }): void {
  const job = owner.running as QueuedJob;
  const { outcome, counts, failure } = result;
  const endedAt = new Date(times.to).toISOString();
  owner.lastRun = { workflowId: job.ticket.workflowId, outcome, endedAt, counts, failure };
  owner.running = null;
  const { kind } = job.request;
  const changesOwner = kind !== 'sync' && kind !== 'retry';
  owner.stale = changesOwner || outcome === 'red' || owner.known?.accountKey === null;
  if (kind !== 'plan' && kind !== 'provision') {
    owner.nextSyncAt = nextSync(owner, result, times);
  }
}

/** The interval counts from a run's start; after a red one from its end, so that nothing storms. */
function nextSync(owner: Owner, result: JobResult, times: { from: number; to: number }): number {
  const everyMs = owner.known?.everyMs ?? restMinMs;
  const byInterval = (result.outcome === 'red' ? times.to : times.from) + everyMs;
  const byRow = result.nextTryAt === null ? byInterval : Date.parse(result.nextTryAt);
  return Math.max(Math.min(byInterval, byRow), times.to + restMinMs);
}

/**
 * True when the failure pauses the connection. A plan reads edited files and provisioning needs
 * rights of its own: what is wrong there does not touch the syncs, but a dead sign-in does.
 */
export function mustPause(kind: JobKind, failure: Failure | null): boolean {
  if (failure === null) {
    return false;
  }
  return runsWhilePaused(kind)
    ? failure.type === 'Crm.Unauthorized'
    : pausingFailures.includes(failure.type as FailureType);
}

/** A CRM that does not answer is looked at again after 5, 10, 20 ... minutes, at most an hour. */
const probeFirstMs = 5 * 60_000;
const probeMaxMs = 60 * 60_000;

/**
 * Counts outages in a row. After one: the pause's sentence, with the time of the next look; null
 * when the run met no outage. A person's `resume` looks at once.
 */
export function outagePause(owner: Owner, result: JobResult, now: number): string | null {
  if (result.failure?.type !== 'Crm.Unavailable') {
    owner.outages = result.outcome === 'red' ? owner.outages : 0;
    return null;
  }
  owner.probeAt = now + Math.min(probeMaxMs, probeFirstMs * 2 ** owner.outages);
  owner.outages += 1;
  const at = new Date(owner.probeAt).toISOString().slice(11, 16);
  return `${result.failure.message} It is looked at again by itself at ${at} UTC.`;
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
