/**
 * What workflows see of the activities: ids, counts, states and instants only (design.md,
 * promise 7). Each activity is safe to repeat: what it did is in the store, not in its result.
 */
import type { CrmName, Instant } from '../rules/types.ts';

/** A run under way: its id is its workflow's id, e.g. 'sync/acme-salesforce/12'. */
export interface RunRef {
  connection: string;
  runId: string;
}

/**
 * Records the CRM says have changed, each as '<object type>/<id>' (HubSpot: '0-3/18249'). A few
 * thousand at most: whoever gathers them bounds them (workflows/changes.ts).
 */
export interface ChangedIds {
  records: string[];
  /** Of these only what they are associated with: that moves no instant a poll looks at. */
  links: string[];
}

/** What the owner of a connection needs to know of it. */
export interface ConnectionState {
  crm: CrmName;
  /** Fairness key, e.g. 'sf:00D...'; null until the CRM was first reached. */
  accountKey: string | null;
  everyMs: number;
  /** Next nightly reconcile, or null when switched off. */
  nextReconcileAt: Instant | null;
  /** Label of the active version; null: nothing is written before the first apply. */
  activeVersion: string | null;
  openPlan: string | null;
  paused: boolean;
  pauseReason: string | null;
  /** The number the next job gets, from the store's own run log. */
  nextJob: number;
  /** Id of a run the log holds as not yet ended: a new owner waits for it before its own jobs. */
  running?: string | null;
}

/** One stretch of a leg (at most ten minutes). `done` false: call it again. */
export interface LegResult {
  done: boolean;
  /** Work done in this stretch, by name: 'pulled.opportunity', 'decided' ... */
  counts: Record<string, number>;
}

export interface PlanResult {
  planId: string;
  records: number;
  fields: number;
  tasks: number;
}

export interface PlanCheck {
  state: 'current' | 'outdated' | 'missing' | 'closed';
  records: number;
  outdated: number;
}

export interface DrainResult {
  done: boolean;
  written: number;
  tasks: number;
  failed: number;
  unclear: number;
  /** Rows that wait for a later try, and when the first of them is due. */
  waiting: number;
  nextTryAt: Instant | null;
}

export interface RunSummary {
  runId: string;
  outcome: 'green' | 'amber' | 'red';
  counts: Record<string, number>;
}

/** What is undone: a run's id, and one field's engine key or CRM name (null: everything). */
export interface UndoRef {
  undoRunId: string;
  field: string | null;
}

/** Activities on the task queue `engine`: store work. */
export interface EngineActivities {
  readConnection(input: { connection: string }): Promise<ConnectionState>;
  openRun(input: {
    connection: string;
    kind: 'sync' | 'backfill' | 'plan' | 'apply' | 'undo' | 'reconcile' | 'provision' | 'retry';
    commandId: string | null;
    planId: string | null;
  }): Promise<RunRef>;
  /** Closes the run's row; a run that is closed already, or was never opened, is left as it is. */
  closeRun(
    input: RunRef & { failure: { type: string; message: string } | null },
  ): Promise<RunSummary>;
  /** Pauses with the failure's remedy as its reason; a person resumes. */
  pauseConnection(input: { connection: string; reason: string }): Promise<void>;
  resumeConnection(input: { connection: string }): Promise<void>;
  /** Live decisions of what is dirty or due. */
  decideRecords(input: RunRef): Promise<LegResult>;
  /** Episodes of alerts and their tasks; `planId`: into that plan instead. */
  decideAlerts(input: RunRef & { planId: string | null }): Promise<LegResult>;
  /** Stores the edited files as the candidate version and opens a plan for it. */
  openPlan(input: RunRef): Promise<{ planId: string }>;
  /** Decides every live record under the plan's version; the live decisions stay untouched. */
  decidePlan(input: RunRef & { planId: string }): Promise<LegResult>;
  finishPlan(input: RunRef & { planId: string }): Promise<PlanResult>;
  /** Activates the plan's version; its decisions go live, its rows enter the outbox. */
  adoptPlan(input: RunRef & { planId: string; skipChanged: boolean }): Promise<LegResult>;
  retryFailures(input: RunRef): Promise<LegResult>;
  /** An undone apply gives its place to the mapping version before it; all is decided anew. */
  undoVersion(input: RunRef & UndoRef): Promise<LegResult>;
  /** Lets the values of an undone run be written again. */
  releaseHolds(input: RunRef & UndoRef): Promise<LegResult>;
}

/** Activities on the task queue of the CRM (`crm-salesforce`, `crm-hubspot`): they call it. */
export interface CrmActivities {
  /** Reads what changed (or everything) into the mirror. */
  pullChanges(input: RunRef & { mode: 'changes' | 'full' }): Promise<LegResult>;
  /** Reads reported records by id into the mirror; cursors stay where they are. */
  readReported(input: RunRef & { changed: ChangedIds }): Promise<LegResult>;
  /**
   * Compares what is mapped on both sides and heals the mirror; the report is the command's
   * result. `acceptUnseen`: take records that vanished without a trace as deleted.
   */
  reconcile(
    input: RunRef & { commandId: string | null; acceptUnseen: boolean },
  ): Promise<LegResult>;
  /** Compares a plan with the CRM as it is now; nothing is written. */
  checkPlan(input: RunRef & { planId: string }): Promise<PlanCheck>;
  /** Writes the outbox. `planId` restricts it to that plan's rows. */
  writeChanges(input: RunRef & { planId: string | null }): Promise<DrainResult>;
  /**
   * Queues what a run wrote to be restored, where the CRM still holds it; what changed since is
   * the command's result. Throws Request.Invalid.
   */
  undoChanges(input: RunRef & UndoRef): Promise<LegResult>;
  /** Creates what the mapping needs in the CRM; the steps are the command's result. */
  provisionFields(
    input: RunRef & { commandId: string },
  ): Promise<{ created: number; failed: number }>;
  /** `validate --online`: the problems are the command's result. */
  checkMapping(input: { connection: string; commandId: string }): Promise<{ problems: number }>;
}

export type Activities = EngineActivities & CrmActivities;

/** Types of ApplicationFailure the workflows tell apart; they live where both may import them. */
export { type FailureType, failureTypes, pausingFailures } from '../rules/failure-types.ts';
