/** What a job is made of: legs, and the job as each leg sees it. */
import type { LegResult, RunRef } from '../activities/contract.ts';
import type { crmCalls } from './activity-calls.ts';
import type { JobInput, JobProgress } from './messages.ts';

/** A job under way, as its legs see it. */
export interface Job {
  input: JobInput;
  run: RunRef;
  /** 'Salesforce' or 'HubSpot'. */
  crmTitle: string;
  crm: (typeof crmCalls)['salesforce'];
  progress: JobProgress;
}

/** Id and summary of one activity call, as the Temporal UI shows them: 'pull-1'. */
export interface CallOptions {
  activityId: string;
  summary: string;
}

/** One leg of the journey: called again until it says done. */
export interface Leg {
  name: string;
  /** What the leg does, for people: 'Pull what changed from Salesforce'. */
  title(job: Job): string;
  /** The same with what is known at the call: 'Write 41 changed records to Salesforce'. */
  summary?(job: Job): string;
  run(job: Job, call: CallOptions): Promise<LegResult>;
  /** Run once after each stretch that left something to do. */
  between?: readonly Leg[];
}
