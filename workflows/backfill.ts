/** A backfill: everything the mapping names is read again, however large, then it is as a sync. */
import { runJob } from './job.ts';
import type { Leg } from './leg.ts';
import { decideAlerts, decideRecords, writeChanges } from './legs.ts';
import type { JobInput, JobResult } from './messages.ts';

const pullEverything: Leg = {
  name: 'pull',
  title: (job) => `Read everything from ${job.crmTitle} again`,
  run: (job, call) => job.crm.pullChanges.executeWithOptions(call, [{ ...job.run, mode: 'full' }]),
  // Hours may pass: what was read is decided and written meanwhile, with whatever else is due.
  between: [decideRecords, writeChanges],
};

/** Job `backfill/<connection>/<n>`; also `sync --full`. */
export async function backfillConnection(input: JobInput): Promise<JobResult> {
  return runJob(input, [pullEverything, decideRecords, decideAlerts, writeChanges]);
}
