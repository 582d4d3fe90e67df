/** A plan: what the edited mapping and policy would change, in full, before anything is written. */
import { ApplicationFailure } from '@temporalio/workflow';
import { engine } from './activity-calls.ts';
import { runJob } from './job.ts';
import type { Job, Leg } from './leg.ts';
import { pullChanges } from './legs.ts';
import type { JobInput, JobResult } from './messages.ts';

const openPlan: Leg = {
  name: 'open-plan',
  title: () => 'Store the edited mapping as a candidate and open a plan',
  run: async (job, call) => {
    const { planId } = await engine.openPlan.executeWithOptions(call, [job.run]);
    job.progress.planId = planId;
    return { done: true, counts: {} };
  },
};

const decidePlan: Leg = {
  name: 'decide',
  title: () => 'Decide every record under the candidate',
  run: (job, call) =>
    engine.decidePlan.executeWithOptions(call, [{ ...job.run, planId: planOf(job) }]),
};

const planAlerts: Leg = {
  name: 'alerts',
  title: () => 'Work out the tasks the plan would create',
  run: (job, call) =>
    engine.decideAlerts.executeWithOptions(call, [{ ...job.run, planId: planOf(job) }]),
};

const finishPlan: Leg = {
  name: 'finish-plan',
  title: () => 'Add up the plan',
  run: async (job, call) => {
    const input = { ...job.run, planId: planOf(job) };
    const { records, fields, tasks } = await engine.finishPlan.executeWithOptions(call, [input]);
    const counts = { planned: records, plannedFields: fields, plannedTasks: tasks };
    return { done: true, counts };
  },
};

/** Job `plan/<connection>/<n>`; its result names the plan. Nothing is written to the CRM. */
export async function planChanges(input: JobInput): Promise<JobResult> {
  return runJob(input, [pullChanges, openPlan, decidePlan, planAlerts, finishPlan]);
}

/** The plan this job is about. Throws Plan.Missing when the request named none. */
export function planOf(job: Job): string {
  const { planId } = job.progress;
  if (planId === null) {
    throw ApplicationFailure.nonRetryable('The request names no plan.', 'Plan.Missing');
  }
  return planId;
}
