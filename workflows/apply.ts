/** Applies a plan: exactly what it says, or nothing when the CRM has moved on since. */
import { ApplicationFailure } from '@temporalio/workflow';
import type { PlanCheck } from '../activities/contract.ts';
import { engine } from './activity-calls.ts';
import { runJob } from './job.ts';
import type { Job, Leg } from './leg.ts';
import { decideAlerts, decideRecords, drained, pullChanges, writeChanges } from './legs.ts';
import type { JobInput, JobResult } from './messages.ts';
import { planOf } from './plan.ts';

const checkPlan: Leg = {
  name: 'check-plan',
  title: (job) => `Compare the plan with ${job.crmTitle} as it is now`,
  run: async (job, call) => {
    const input = { ...job.run, planId: planOf(job) };
    const check = await job.crm.checkPlan.executeWithOptions(call, [input]);
    refuse(job, check);
    return { done: true, counts: { checked: check.records, outdated: check.outdated } };
  },
};

const adoptPlan: Leg = {
  name: 'adopt-plan',
  title: () => 'Activate the plan: its decisions go live, its changes are queued for writing',
  run: (job, call) => {
    const skipChanged = job.input.request.skipChanged === true;
    const input = { ...job.run, planId: planOf(job), skipChanged };
    return engine.adoptPlan.executeWithOptions(call, [input]);
  },
};

const writePlan: Leg = {
  name: 'write-plan',
  title: (job) => `Write the plan to ${job.crmTitle}`,
  run: async (job, call) => {
    const input = { ...job.run, planId: planOf(job) };
    return drained(job, await job.crm.writeChanges.executeWithOptions(call, [input]));
  },
};

/** Job `apply/<connection>/<n>`. Red with Plan.Outdated, nothing written, when it is not current. */
export async function applyPlan(input: JobInput): Promise<JobResult> {
  const rest = [decideRecords, decideAlerts, writeChanges];
  // Pulled first: a touch or a registration that came after the plan is a fact that has changed.
  return runJob(input, [pullChanges, checkPlan, adoptPlan, writePlan, ...rest]);
}

/** Throws unless the plan may be applied; the sentence says what to do instead. */
function refuse(job: Job, check: PlanCheck): void {
  const { connection, request } = job.input;
  const planId = planOf(job);
  const again = `Make a new plan with "partner-sync plan ${connection}"`;
  switch (check.state) {
    case 'current':
      return;
    case 'missing':
      throw ApplicationFailure.nonRetryable(
        `There is no ${planId} on ${connection}. ${again}, or see "partner-sync status".`,
        'Plan.Missing',
      );
    case 'closed':
      throw ApplicationFailure.nonRetryable(
        `${planId} is closed: it was applied, or a newer one took its place. ${again}.`,
        'Plan.Closed',
      );
    case 'outdated':
      if (request.skipChanged === true) {
        return;
      }
      throw ApplicationFailure.nonRetryable(
        `${check.outdated} of the ${check.records} records of ${planId} have changed since ` +
          `it was made; nothing was written. ${again}, or write the rest of this one with ` +
          `"partner-sync apply ${planId} --skip-changed".`,
        'Plan.Outdated',
      );
  }
}
