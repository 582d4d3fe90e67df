/**
 * The messages of the workflows: what the command line, the server and other workflows may say
 * to them. Ids, counts, states and instants only; safe to import outside workflow code.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';

/** Task queues: workflows and store work; each CRM's calls. */
export const engineQueue = 'engine';
export const crmQueues = { salesforce: 'crm-salesforce', hubspot: 'crm-hubspot' } as const;

/** Workflow types as the Temporal UI shows them. */
export const workflowTypes = {
  runConnection: 'runConnection',
  checkMapping: 'checkMapping',
} as const;

/** The id of a connection's one owner. */
export function connectionWorkflowId(connection: string): string {
  return `connection/${connection}`;
}

/** A job the owner runs as a child, one at a time, in the order they came. */
export type JobKind = 'sync' | 'backfill' | 'plan' | 'apply' | 'provision' | 'retry';

export interface JobRequest {
  kind: JobKind;
  /** The stored command (text, actor) this job answers; null for the owner's own jobs. */
  commandId: string | null;
  /** apply: the plan. */
  planId?: string;
  /** apply: write what is still current, amber. sync: read everything again. */
  skipChanged?: boolean;
  full?: boolean;
}

/** The job's own number and workflow id: `<kind>/<connection>/<n>`. Wait on its result. */
export interface JobTicket {
  job: number;
  workflowId: string;
}

/** What the owner is doing, for `status`. */
export interface OwnerStatus {
  state: 'idle' | 'running' | 'paused';
  running: JobTicket | null;
  queued: number;
  /** Why it is paused: one sentence with the remedy. */
  pauseReason: string | null;
  nextSyncAt: string | null;
  lastOutcome: 'green' | 'amber' | 'red' | null;
}

/** Input of `runConnection`; carried through continue-as-new. */
export interface OwnerInput {
  connection: string;
  /** Jobs accepted but not yet begun. */
  queue?: { request: JobRequest; ticket: JobTicket }[];
  nextJob?: number;
  woken?: boolean;
  lastOutcome?: OwnerStatus['lastOutcome'];
}

/** Input of one job's workflow. */
export interface JobInput {
  connection: string;
  request: JobRequest;
}

/** What a job's workflow answers. */
export interface JobResult {
  runId: string;
  outcome: 'green' | 'amber' | 'red';
  /** Failure type and sentence of a red run; null otherwise. */
  failure: { type: string; message: string } | null;
  planId: string | null;
  counts: Record<string, number>;
}

/** Something changed in the CRM: many wake-ups during one run cause one more run. */
export const wakeSignal = defineSignal('wake');
/** Queues a job. Refused (validator) when paused, except plan and provision. */
export const requestJobUpdate = defineUpdate<JobTicket, [JobRequest]>('requestJob');
/** Stops starting runs; what runs now ends by itself. Idempotent. */
export const pauseUpdate = defineUpdate<OwnerStatus, [{ reason: string }]>('pause');
/** Goes on, with a sync at once. Idempotent. */
export const resumeUpdate = defineUpdate<OwnerStatus, []>('resume');
export const ownerStatusQuery = defineQuery<OwnerStatus>('ownerStatus');
