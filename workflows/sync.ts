/** One sync: what changed in the CRM is read and decided, what should change is written. */
import { runJob } from './job.ts';
import type { Job, Leg } from './leg.ts';
import { decideAlerts, decideRecords, pullChanges, readReported, writeChanges } from './legs.ts';
import type { JobInput, JobResult } from './messages.ts';

/**
 * Job `sync/<connection>/<n>`. Rows that wait for a later try end it amber, not late. What the CRM
 * reported is read last, so that what a poll found in an index does not take its place.
 */
export async function syncConnection(input: JobInput): Promise<JobResult> {
  const { changed, changedOnly } = input.request;
  const answering = [decideRecords, decideAlerts, writeChanges];
  if (changedOnly === true) {
    return runJob(input, [readReported, ...answering.map(whereChanged)]);
  }
  const reading = changed === undefined ? [pullChanges] : [pullChanges, readReported];
  return runJob(input, [...reading, ...answering]);
}

/** Our own writes are reported like any others: they end here, and time is the poll's affair. */
function whereChanged(leg: Leg): Leg {
  return {
    ...leg,
    run: async (job, call) => (hasChanged(job) ? leg.run(job, call) : { done: true, counts: {} }),
  };
}

function hasChanged({ progress: { counts } }: Job): boolean {
  return Object.entries(counts).some(([name, n]) => n > 0 && /^(changed|deleted)\./.test(name));
}
