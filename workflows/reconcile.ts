/** A reconcile: both sides compared record by record, what differs healed, then it is as a sync. */
import { runJob } from './job.ts';
import type { Leg } from './leg.ts';
import { decideAlerts, decideRecords, pullChanges, writeChanges } from './legs.ts';
import type { JobInput, JobResult } from './messages.ts';

const compareBothSides: Leg = {
  name: 'compare',
  title: (job) => `Compare every mapped record with ${job.crmTitle} and heal what differs`,
  run: (job, call) => {
    const { commandId, acceptUnseen } = job.input.request;
    const input = { ...job.run, commandId, acceptUnseen: acceptUnseen === true };
    return job.crm.reconcile.executeWithOptions(call, [input]);
  },
  // A large org takes a while: what changes meanwhile is not kept waiting.
  between: [pullChanges, decideRecords, writeChanges],
};

/**
 * Job `reconcile/<connection>/<n>`. It pulls first: what only the next sync would have read is no
 * difference.
 */
export async function reconcileConnection(input: JobInput): Promise<JobResult> {
  return runJob(input, [pullChanges, compareBothSides, decideRecords, decideAlerts, writeChanges]);
}
