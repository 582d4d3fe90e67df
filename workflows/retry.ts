/** `failures retry`: rows that had failed for good are queued again and written. */
import { engine } from './activity-calls.ts';
import { runJob } from './job.ts';
import type { Leg } from './leg.ts';
import { writeChanges } from './legs.ts';
import type { JobInput, JobResult } from './messages.ts';

const retryFailures: Leg = {
  name: 'retry',
  title: () => 'Queue the failed rows again',
  run: (job, call) => engine.retryFailures.executeWithOptions(call, [job.run]),
};

/** Job `retry/<connection>/<n>`. */
export async function retryFailedWrites(input: JobInput): Promise<JobResult> {
  return runJob(input, [retryFailures, writeChanges]);
}
