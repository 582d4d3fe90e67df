/** One sync: what changed in the CRM is pulled and decided, what should change is written. */
import { runJob } from './job.ts';
import { decideAlerts, decideRecords, pullChanges, writeChanges } from './legs.ts';
import type { JobInput, JobResult } from './messages.ts';

/** Job `sync/<connection>/<n>`. Rows that wait for a later try end it amber, not late. */
export async function syncConnection(input: JobInput): Promise<JobResult> {
  return runJob(input, [pullChanges, decideRecords, decideAlerts, writeChanges]);
}
