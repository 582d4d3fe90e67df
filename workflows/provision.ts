/** Creates in the CRM what the mapping writes to: fields, permission sets, keys. */
import { ApplicationFailure } from '@temporalio/workflow';
import { runJob } from './job.ts';
import type { Leg } from './leg.ts';
import type { JobInput, JobResult } from './messages.ts';

const provisionFields: Leg = {
  name: 'provision',
  title: (job) => `Create the missing fields in ${job.crmTitle}`,
  run: async (job, call) => {
    const { commandId } = job.input.request;
    if (commandId === null) {
      throw ApplicationFailure.nonRetryable('Provision needs a stored command.', 'Request.Invalid');
    }
    const input = { ...job.run, commandId };
    const { created, failed } = await job.crm.provisionFields.executeWithOptions(call, [input]);
    return { done: true, counts: { created, failed } };
  },
};

/** Job `provision/<connection>/<n>`; the steps themselves are the command's result. */
export async function provisionConnection(input: JobInput): Promise<JobResult> {
  return runJob(input, [provisionFields]);
}
