/** One sync: what changed in the CRM is read and decided, what should change is written. */
import { runJob } from './job.ts';
import type { Leg } from './leg.ts';
import { decideAlerts, decideRecords, pullChanges, readReported, writeChanges } from './legs.ts';
import type { JobInput, JobResult } from './messages.ts';

/**
 * Job `sync/<connection>/<n>`. Rows that wait for a later try end it amber, not late. What the CRM
 * reported is read last, so that what a poll found in an index does not take its place.
 */
export async function syncConnection(input: JobInput): Promise<JobResult> {
  const { changed, changedOnly } = input.request;
  const reading: Leg[] = [];
  if (changedOnly !== true) {
    reading.push(pullChanges);
  }
  if (changed !== undefined) {
    reading.push(readReported);
  }
  return runJob(input, [...reading, decideRecords, decideAlerts, writeChanges]);
}
