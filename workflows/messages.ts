/**
 * The messages of the workflows: what the command line, the server and other workflows may say
 * to them. Ids, counts, states and instants only; safe to import outside workflow code.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ChangedIds } from '../activities/contract.ts';
import type { CrmName, Instant } from '../rules/types.ts';
import type { ReportedChanges } from './changes.ts';
import { startAttributes } from './search-attributes.ts';

export {
  type Gathered,
  gather,
  noChanges,
  type ReportedChanges,
  told,
  toldMax,
} from './changes.ts';

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

/**
 * Options to start a connection's owner with, whoever starts it: `client.workflow.start(
 * workflowTypes.runConnection, ownerStartOptions({ connection, searchAttributes }))`, or as a
 * WithStartWorkflowOperation. Where the owner runs already, that one is used.
 */
export function ownerStartOptions(input: OwnerInput) {
  const { connection } = input;
  return {
    workflowId: connectionWorkflowId(connection),
    taskQueue: engineQueue,
    args: [input] as [OwnerInput],
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
    staticSummary: `Owner of ${connection}: its interval, wake-ups and jobs, one at a time`,
    // Few lines: the UI cuts the end of a long text off.
    staticDetails: [
      `What it does now is under *Current Details*. Stop it with \`partner-sync pause`,
      `${connection}\`, go on with \`partner-sync resume ${connection}\`. Each job is a child`,
      'workflow `<kind>/<connection>/<number>`.',
    ].join('\n'),
    ...(input.searchAttributes === false
      ? {}
      : { typedSearchAttributes: startAttributes(connection) }),
  };
}

/** The id of one `validate --online`; `n` is the client's own number, e.g. the command's id. */
export function checkMappingWorkflowId(connection: string, n: string | number): string {
  return `validate/${connection}/${n}`;
}

/** A job the owner runs as a child, one at a time, in the order they came. */
export const jobKinds = [
  'sync',
  'backfill',
  'reconcile',
  'plan',
  'apply',
  'provision',
  'retry',
  'undo',
] as const;
export type JobKind = (typeof jobKinds)[number];

export interface JobRequest {
  kind: JobKind;
  /**
   * The stored command (text, actor) this job answers; null for the owner's own jobs. Asking
   * again with the same command gives the same ticket, so a client may repeat itself safely.
   */
  commandId: string | null;
  /** apply: the plan. */
  planId?: string;
  /** apply: write what is still current, amber. */
  skipChanged?: boolean;
  /** undo: the run to take back. */
  undoRunId?: string;
  /** undo: only this field, by its engine key or its name in the CRM. */
  field?: string;
  /** undo: let what an undo holds back be written again. */
  release?: boolean;
  /** sync: read everything again; it becomes a backfill. */
  full?: boolean;
  /** reconcile: records that vanished without a trace are deleted ones, however many. */
  acceptUnseen?: boolean;
  /** sync: what the CRM has reported; added by the owner, read by id beside all the rest. */
  changed?: ChangedIds;
  /** sync: nothing else is read; the poll of the interval keeps its own time. */
  changedOnly?: boolean;
}

/** The job's own number and workflow id: `<kind>/<connection>/<n>`. Wait on its result. */
export interface JobTicket {
  job: number;
  workflowId: string;
}

/** A job that was accepted and has not begun. */
export interface QueuedJob {
  request: JobRequest;
  ticket: JobTicket;
}

export type RunOutcome = 'green' | 'amber' | 'red';

/** A failure people see: its type (see rules/failure-types.ts) and one sentence with the remedy. */
export interface Failure {
  type: string;
  message: string;
}

/** How the last run ended. */
export interface LastRun {
  workflowId: string;
  outcome: RunOutcome;
  endedAt: Instant;
  counts: Record<string, number>;
  failure: Failure | null;
}

/** What the owner is doing, for `status`. */
export interface OwnerStatus {
  state: 'idle' | 'running' | 'paused';
  running: JobTicket | null;
  queued: number;
  /** Why it is paused: one sentence with the remedy. */
  pauseReason: string | null;
  nextSyncAt: string | null;
  lastOutcome: RunOutcome | null;
  lastRun: LastRun | null;
  /** Why it cannot work at all at the moment (its mapping or the store); null when it can. */
  problem: Failure | null;
}

/** Input of `runConnection`; the optional part is carried through continue-as-new. */
export interface OwnerInput {
  connection: string;
  /** False where the search attributes could not be registered: then none are set. */
  searchAttributes?: boolean;
  /** Jobs accepted but not yet begun. */
  queue?: QueuedJob[];
  nextJob?: number;
  woken?: boolean;
  /** What the CRM has reported and no sync has read yet; `news`: since the last one began. */
  changes?: ReportedChanges;
  news?: boolean;
  /** What such syncs have written since the last poll. */
  answered?: number;
  /** When the next sync is due (Temporal time); absent: at once. */
  nextSyncAt?: Instant | null;
  /** Set while paused, so that a pause holds even where the store could not keep it. */
  pauseReason?: string | null;
  /** Outages in a row, and when the CRM is looked at again by itself. */
  outages?: number;
  probeAt?: string | null;
  lastRun?: LastRun | null;
  /** Tickets of the latest commands, oldest first. */
  recent?: { commandId: string; ticket: JobTicket }[];
}

/** Input of one job's workflow. */
export interface JobInput {
  connection: string;
  crm: CrmName;
  request: JobRequest;
  searchAttributes: boolean;
  /** How far the job is; set by the job itself when it continues as new. */
  progress?: JobProgress;
}

/** Where a job stands: carried through its own continue-as-new. */
export interface JobProgress {
  runId: string;
  leg: number;
  /** Activity calls so far; part of each call's id. */
  calls: number;
  planId: string | null;
  nextTryAt: Instant | null;
  counts: Record<string, number>;
}

/** What a job's workflow answers. */
export interface JobResult {
  runId: string;
  outcome: RunOutcome;
  /** Failure type and sentence of a red run; null otherwise. */
  failure: Failure | null;
  planId: string | null;
  counts: Record<string, number>;
  /** When the first row that waits for a later try is due; null: none waits. */
  nextTryAt: Instant | null;
}

/** Input of `checkMapping`; the problems themselves are the command's result in the store. */
export interface CheckMappingInput {
  connection: string;
  commandId: string;
}

export interface CheckMappingResult {
  /** Number of problems found; null when the CRM could not be asked. */
  problems: number | null;
  failure: Failure | null;
}

/**
 * Something changed in the CRM: many wake-ups during one run cause one more run. With ids (at most
 * `toldMax`) that run reads those; without any it polls. A sender holds itself to one in two
 * seconds for long (a workflow run takes 10,000 signals; further ones are refused until the job
 * under way has ended, and the sender of a webhook is told to come back).
 */
export const wakeSignal = defineSignal<[changes?: Partial<ReportedChanges>]>('wake');
/** Queues a job. Refused (validator) when paused, except plan and provision. */
export const requestJobUpdate = defineUpdate<JobTicket, [JobRequest]>('requestJob');
/**
 * Stops starting runs; what runs now ends by itself. Idempotent. `reason` is a sentence of the
 * program, never what a person typed: that is the stored command's text.
 */
export const pauseUpdate = defineUpdate<OwnerStatus, [{ reason: string }]>('pause');
/** Goes on, with a sync at once. Idempotent. */
export const resumeUpdate = defineUpdate<OwnerStatus, []>('resume');
export const ownerStatusQuery = defineQuery<OwnerStatus>('ownerStatus');
