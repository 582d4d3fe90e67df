/** Takes a run back: its values restored and kept so, or (release) allowed to be written again. */
import { ApplicationFailure } from '@temporalio/workflow';
import type { RunRef, UndoRef } from '../activities/contract.ts';
import { engine } from './activity-calls.ts';
import { runJob } from './job.ts';
import type { Job, Leg } from './leg.ts';
import { decideAlerts, decideRecords, writeChanges } from './legs.ts';
import type { JobInput, JobResult } from './messages.ts';

const undoChanges: Leg = {
  name: 'undo',
  title: (job) => `Read what run ${undoneBy(job)} wrote, and restore what is still there`,
  run: (job, call) => job.crm.undoChanges.executeWithOptions(call, [refOf(job)]),
};

const undoVersion: Leg = {
  name: 'undo-version',
  title: () => 'Put the mapping version before it back to work, where the run had replaced it',
  run: (job, call) => engine.undoVersion.executeWithOptions(call, [refOf(job)]),
};

const releaseHolds: Leg = {
  name: 'release',
  title: (job) => `Let the values of run ${undoneBy(job)} be written again`,
  run: (job, call) => engine.releaseHolds.executeWithOptions(call, [refOf(job)]),
};

/** Job `undo/<connection>/<n>`. Red with Request.Invalid when there is no such run. */
export async function undoRun(input: JobInput): Promise<JobResult> {
  const rest = [decideRecords, decideAlerts, writeChanges];
  return input.request.release === true
    ? runJob(input, [releaseHolds, ...rest])
    : runJob(input, [undoChanges, writeChanges, undoVersion, ...rest]);
}

function refOf(job: Job): RunRef & UndoRef {
  return { ...job.run, undoRunId: undoneBy(job), field: job.input.request.field ?? null };
}

/** The run this job is about. Throws Request.Invalid when the request named none. */
function undoneBy(job: Job): string {
  const { undoRunId } = job.input.request;
  if (undoRunId === undefined) {
    throw ApplicationFailure.nonRetryable('The request names no run to undo.', 'Request.Invalid');
  }
  return undoRunId;
}
