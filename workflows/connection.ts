/** The one owner of a connection: its interval, its wake-ups, and its jobs one at a time. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  executeChild,
  isCancellation,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { engine } from './activity-calls.ts';
import { failureOf } from './failure.ts';
import { childOptions, workflowOf } from './job-kinds.ts';
import { waitForLeftover } from './leftover.ts';
import type { Failure, JobInput, JobResult, OwnerInput, QueuedJob } from './messages.ts';
import { ownerDetails } from './owner-details.ts';
import { type InTurn, oneAtATime, pause, resume, setHandlers } from './owner-messages.ts';
import { mustPause, outagePause } from './owner-pause.ts';
import {
  begin,
  carriedOver,
  finish,
  hasWork,
  learn,
  newOwner,
  nextOwnJob,
  type Owner,
  runsWhilePaused,
  takeNext,
} from './owner-state.ts';
import { outcomeAttributes } from './search-attributes.ts';

/** Jobs a run of the owner begins before it continues as new: about 1,500 events. */
const jobsPerRun = 100;
/** How long an owner that cannot read its connection waits before it looks again. */
const lookAgain = '5 minutes';

/**
 * Runs for as long as the connection exists, id `connection/<c>`. Only this workflow starts jobs
 * of its connection, so no two of them move its cursors or drain its outbox at once. It ends only
 * when it is cancelled; the job under way then ends first.
 */
export async function runConnection(input: OwnerInput): Promise<void> {
  const owner = newOwner(input);
  const inTurn = oneAtATime();
  const show = () => setCurrentDetails(ownerDetails(owner));
  setHandlers(owner, inTurn, show);
  while (!mustContinue(owner)) {
    if (owner.stale) {
      await inTurn(() => load(owner));
    }
    show();
    if (owner.leftover !== null) {
      await waitForLeftover(owner.leftover);
      owner.leftover = null;
    }
    const job = takeNext(owner, Date.now());
    if (job === undefined) {
      await rest(owner);
    } else {
      begin(owner, job, Date.now());
      show();
      await runToEnd(owner, inTurn, job);
    }
  }
  await finishHandlers(owner, inTurn);
  await continueAsNew<typeof runConnection>(carriedOver(owner));
}

function mustContinue(owner: Owner): boolean {
  return owner.jobs >= jobsPerRun || workflowInfo().continueAsNewSuggested;
}

/** Reads the connection from the store. A failure is kept as the owner's problem, not thrown. */
async function load(owner: Owner): Promise<void> {
  const { connection } = owner;
  const options = { summary: `Read how ${connection} stands` };
  try {
    const known = await engine.readConnection.executeWithOptions(options, [{ connection }]);
    learn(owner, known, workflowInfo().continuedFromExecutionRunId !== undefined);
  } catch (error) {
    if (isCancellation(error)) {
      throw error;
    }
    owner.problem = failureOf(error);
    owner.stale = false;
  }
}

/** Sleeps until there is something to do: a request, a wake-up, or the time of the next sync. */
async function rest(owner: Owner): Promise<void> {
  const ready = () => owner.stale || hasWork(owner, Date.now()) || mustContinue(owner);
  const next = nextOwnJob(owner);
  if (owner.problem !== null) {
    const summary = `Look at ${owner.connection} again`;
    owner.stale = !(await condition(ready, lookAgain, { summary })) || owner.stale;
  } else if (owner.probeAt !== null && owner.pauseReason !== null) {
    await restUntilProbe(owner, owner.probeAt, ready);
  } else if (next !== null) {
    const summary = `${next.name} of ${owner.connection}`;
    await condition(ready, Math.max(1, next.at - Date.now()), { summary });
  } else {
    await condition(ready);
  }
}

/** The end of an outage needs no person: the pause is lifted and the sync that follows will tell. */
async function restUntilProbe(owner: Owner, at: number, ready: () => boolean): Promise<void> {
  const summary = `Look whether ${owner.connection} answers again`;
  const over = () => ready() || owner.pauseReason === null;
  if (!(await condition(over, Math.max(1, at - Date.now()), { summary }))) {
    await resume(owner).catch(ignoreUnlessCancelled);
  }
}

async function runToEnd(owner: Owner, inTurn: InTurn, job: QueuedJob): Promise<void> {
  const before = attention(owner);
  const from = Date.now();
  const result = await resultOf(owner, job);
  finish(owner, result, { from, to: Date.now() });
  const { failure } = result;
  if (failure !== null && mustPause(job.request.kind, failure)) {
    // The pause holds in this workflow even where the store cannot take it now.
    await inTurn(() => pause(owner, failure.message)).catch(ignoreUnlessCancelled);
  }
  const outage = runsWhilePaused(job.request.kind) ? null : outagePause(owner, result, Date.now());
  if (outage !== null) {
    await inTurn(() => pause(owner, outage)).catch(ignoreUnlessCancelled);
  }
  const after = attention(owner);
  if (owner.searchAttributes && after !== before) {
    upsertSearchAttributes(outcomeAttributes(result.outcome, needsAttention(owner)));
  }
}

/** Runs the job as a child. One that was ended from outside counts as red and is closed here. */
async function resultOf(owner: Owner, job: QueuedJob): Promise<JobResult> {
  const known = owner.known!;
  const input: JobInput = {
    connection: owner.connection,
    crm: known.crm,
    request: job.request,
    searchAttributes: owner.searchAttributes,
  };
  try {
    const options = childOptions(job, input, known.accountKey);
    return await executeChild(workflowOf(job.request.kind), { ...options, args: [input] });
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) {
      throw error;
    }
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      // An earlier owner's job under this number is still stopping.
      await waitForLeftover(job.ticket.workflowId);
      return resultOf(owner, job);
    }
    const failure = failureOf(error);
    if (!isCancellation(error)) {
      await closeFor(owner, job, failure);
    }
    const runId = job.ticket.workflowId;
    return { runId, outcome: 'red', failure, planId: null, counts: {}, nextTryAt: null };
  }
}

async function closeFor(owner: Owner, job: QueuedJob, failure: Failure): Promise<void> {
  const runId = job.ticket.workflowId;
  const options = { summary: `Close ${runId} for it`, retry: { maximumAttempts: 3 } };
  const run = { connection: owner.connection, runId, failure };
  await engine.closeRun.executeWithOptions(options, [run]).catch(ignoreUnlessCancelled);
}

function ignoreUnlessCancelled(error: unknown): void {
  if (isCancellation(error)) {
    throw error;
  }
}

function needsAttention(owner: Owner): boolean {
  return owner.pauseReason !== null || (owner.lastRun?.outcome ?? 'green') !== 'green';
}

function attention(owner: Owner): string {
  return `${owner.lastRun?.outcome ?? ''} ${needsAttention(owner)}`;
}

/** Answers every update that was accepted; a request may need the store read once more. */
async function finishHandlers(owner: Owner, inTurn: InTurn): Promise<void> {
  while (!allHandlersFinished()) {
    if (owner.stale) {
      await inTurn(() => load(owner));
    }
    await condition(() => allHandlersFinished() || owner.stale);
  }
}
