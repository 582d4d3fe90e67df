/** Runs a job as a list of legs: opened, each leg until it is done, closed whatever happens. */
import {
  ApplicationFailure,
  CancellationScope,
  ContinueAsNew,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { crmCalls, crmTitles, engine } from './activity-calls.ts';
import { failureOf } from './failure.ts';
import { jobDetails } from './job-details.ts';
import type { Job, Leg } from './leg.ts';
import type { Failure, JobInput, JobResult } from './messages.ts';
import { outcomeAttributes } from './search-attributes.ts';

/** Stretches of one job: at ten minutes each two weeks; more means that it makes no progress. */
const callsMax = 2_000;

/**
 * Runs the legs in order. Never throws for what a CRM, a mapping or a worker did: that is a red
 * result with its failure. Throws only when the job itself was cancelled, after closing the run.
 */
export async function runJob(input: JobInput, legs: readonly Leg[]): Promise<JobResult> {
  const job = startJob(input);
  let failure: Failure | null = null;
  let cancelled: unknown = null;
  let opened = input.progress !== undefined;
  try {
    if (!opened) {
      await openRun(job);
      opened = true;
    }
    await runLegs(job, legs);
  } catch (error) {
    if (error instanceof ContinueAsNew) {
      throw error;
    }
    failure = failureOf(error);
    cancelled = isCancellation(error) ? error : null;
  }
  const ended = failure;
  const result = await CancellationScope.nonCancellable(() => closeJob(job, ended, opened));
  setCurrentDetails(jobDetails(job, legs, result));
  if (cancelled !== null) {
    throw cancelled;
  }
  return result;
}

function startJob(input: JobInput): Job {
  const { workflowId } = workflowInfo();
  return {
    input,
    run: { connection: input.connection, runId: input.progress?.runId ?? workflowId },
    crmTitle: crmTitles[input.crm],
    crm: crmCalls[input.crm],
    progress: input.progress ?? {
      runId: workflowId,
      leg: 0,
      calls: 0,
      planId: input.request.planId ?? null,
      nextTryAt: null,
      counts: {},
    },
  };
}

async function openRun(job: Job): Promise<void> {
  const { connection, request } = job.input;
  const summary = `Open the run of this ${request.kind}`;
  job.run = await engine.openRun.executeWithOptions({ activityId: 'open', summary }, [
    { connection, kind: request.kind, commandId: request.commandId, planId: job.progress.planId },
  ]);
  job.progress.runId = job.run.runId;
}

async function runLegs(job: Job, legs: readonly Leg[]): Promise<void> {
  const { progress } = job;
  for (; progress.leg < legs.length; progress.leg += 1) {
    const leg = legs[progress.leg] as Leg;
    setCurrentDetails(jobDetails(job, legs, null));
    while (!(await runStretch(job, leg))) {
      for (const other of leg.between ?? []) {
        await runStretch(job, other);
      }
      setCurrentDetails(jobDetails(job, legs, null));
      if (workflowInfo().continueAsNewSuggested) {
        await continueAsNew<(input: JobInput) => Promise<JobResult>>({ ...job.input, progress });
      }
    }
  }
}

async function runStretch(job: Job, leg: Leg): Promise<boolean> {
  const { progress } = job;
  progress.calls += 1;
  if (progress.calls > callsMax) {
    throw ApplicationFailure.nonRetryable(
      `The run did not end after ${callsMax} steps and was stopped in "${leg.title(job)}". ` +
        "What it did is kept; see the worker's log for what holds it up.",
      'Run.Failed',
    );
  }
  const call = {
    activityId: `${leg.name}-${progress.calls}`,
    summary: (leg.summary ?? leg.title)(job),
  };
  const { done, counts } = await leg.run(job, call);
  for (const [name, n] of Object.entries(counts)) {
    progress.counts[name] = (progress.counts[name] ?? 0) + n;
  }
  return done;
}

async function closeJob(job: Job, failure: Failure | null, opened: boolean): Promise<JobResult> {
  const { progress, run, input } = job;
  const result: JobResult = {
    runId: run.runId,
    outcome: 'red',
    failure,
    planId: progress.planId,
    counts: progress.counts,
    nextTryAt: progress.nextTryAt,
  };
  if (opened) {
    try {
      const summary = failure ? 'Close the run: it failed' : 'Close the run';
      const options = { activityId: 'close', summary };
      const closed = await engine.closeRun.executeWithOptions(options, [{ ...run, failure }]);
      result.outcome = failure ? 'red' : closed.outcome;
      result.counts = { ...progress.counts, ...closed.counts };
    } catch (error) {
      result.failure = failure ?? failureOf(error);
    }
  }
  if (input.searchAttributes) {
    upsertSearchAttributes(outcomeAttributes(result.outcome, result.outcome !== 'green'));
  }
  return result;
}
