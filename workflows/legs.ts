/** The legs that several jobs share: each one activity, named for people who read the run. */
import type { DrainResult, LegResult } from '../activities/contract.ts';
import { engine } from './activity-calls.ts';
import type { Job, Leg } from './leg.ts';

/** What changed in the CRM since the last read. */
export const pullChanges: Leg = {
  name: 'pull',
  title: (job) => `Pull what changed from ${job.crmTitle}`,
  run: (job, call) =>
    job.crm.pullChanges.executeWithOptions(call, [{ ...job.run, mode: 'changes' }]),
};

/** What the CRM reported, by id: its search index may not have it yet. */
export const readReported: Leg = {
  name: 'reported',
  title: (job) => `Read what ${job.crmTitle} reported`,
  run: (job, call) => {
    const changed = job.input.request.changed ?? { records: [], links: [] };
    return job.crm.readReported.executeWithOptions(call, [{ ...job.run, changed }]);
  },
};

/** Decisions of what changed and of what time has made due. */
export const decideRecords: Leg = {
  name: 'decide',
  title: () => 'Decide what changed or fell due',
  run: (job, call) => engine.decideRecords.executeWithOptions(call, [job.run]),
};

/** Episodes of alerts, and the tasks about them. */
export const decideAlerts: Leg = {
  name: 'alerts',
  title: () => 'Open and close alerts',
  run: (job, call) => engine.decideAlerts.executeWithOptions(call, [{ ...job.run, planId: null }]),
};

/** Everything that is due in the outbox; what waits for a later try is left for then. */
export const writeChanges: Leg = {
  name: 'write',
  title: (job) => `Write what is due to ${job.crmTitle}`,
  summary: (job) => {
    const n = (job.progress.counts['enqueued'] ?? 0) - (job.progress.counts['written'] ?? 0);
    return n > 0
      ? `Write ${n === 1 ? '1 changed record' : `${n} changed records`} to ${job.crmTitle}`
      : `Write what is due to ${job.crmTitle}`;
  },
  run: async (job, call) =>
    drained(
      job,
      await job.crm.writeChanges.executeWithOptions(call, [{ ...job.run, planId: null }]),
    ),
};

/** What an answer of the write leg means for its job: counts, and when the first row waits for. */
export function drained(job: Job, result: DrainResult): LegResult {
  const { done, written, tasks, failed, unclear, waiting, nextTryAt } = result;
  const { progress } = job;
  progress.nextTryAt = waiting > 0 ? nextTryAt : null;
  // `waiting` is a state, not work done: the last answer counts.
  progress.counts['waiting'] = waiting;
  return { done, counts: { written, tasks, failed, unclear } };
}
