/** Plans: what would be changed, before it is. */
import type { CanonicalValue, DecisionKind, Instant, WritableObject } from '../../rules/types.ts';
import type { FieldChange } from './writes.ts';

/** One field of one record as a plan would change it. */
export interface PlanRow {
  plan: string;
  object: WritableObject;
  recordId: string;
  recordName: string;
  field: string;
  old: CanonicalValue;
  new: CanonicalValue;
  kind: DecisionKind | 'task';
  reason: string;
  rule: string;
  inputHash: string;
  /** Amount this record moves in or out of partner credit, corporate currency; '0' for none. */
  moneyMoved: string;
}

/** A planned record that is not written: it has changed since the plan was made. */
export interface SkippedRecord {
  object: WritableObject;
  recordId: string;
}

export type PlanState = 'open' | 'applied' | 'superseded' | 'discarded';

export interface PlanHead {
  id: string;
  connection: string;
  state: PlanState;
  /** Why it exists: a new version, or a run the guard held. */
  cause: 'version' | 'guard';
  version: string;
  runId: string;
  createdAt: Instant;
  records: number;
  fields: number;
  tasks: number;
  /** Corporate currency, by direction ('Direct -> Sourced'): decimal strings. */
  moneyMoved: Record<string, string>;
  appliedAt: Instant | null;
  appliedRunId: string | null;
}

/** Plans and their adoption. */
export interface PlanStore {
  createPlan(
    head: Omit<
      PlanHead,
      'records' | 'fields' | 'tasks' | 'moneyMoved' | 'appliedAt' | 'appliedRunId' | 'state'
    >,
  ): Promise<void>;
  /** Counts its rows and sums its money; a plan without rows is still a plan. */
  finishPlan(id: string): Promise<PlanHead>;
  plan(id: string): Promise<PlanHead | undefined>;
  openPlan(connection: string): Promise<PlanHead | undefined>;
  plans(connection: string | null, limit: number): Promise<PlanHead[]>;
  planRows(
    id: string,
    page: { limit: number; after?: string; object?: WritableObject },
  ): Promise<{ rows: PlanRow[]; next: string | null }>;
  /** Distinct records of a plan in order, for the check before apply. */
  planRecords(
    id: string,
    limit: number,
    after: string | null,
  ): Promise<
    {
      object: WritableObject;
      recordId: string;
      fields: Record<string, FieldChange>;
      inputHash: Record<string, string>;
    }[]
  >;
  closePlan(id: string, state: PlanState, runId: string | null, at: Instant): Promise<void>;
  /** What this run's adoption leaves out; undefined: it has not begun. */
  skippedRecords(id: string, runId: string): Promise<SkippedRecord[] | undefined>;
  /** Keeps what this run's adoption leaves out; the first list of a run stands. */
  beginAdoption(id: string, runId: string, skipped: SkippedRecord[]): Promise<SkippedRecord[]>;
  /** Decisions of the plan become live and its rows (less `skip`) enter the outbox. */
  adoptPlan(
    id: string,
    runId: string,
    now: Instant,
    skip: SkippedRecord[],
  ): Promise<{ enqueued: number }>;
  /** Rows of the guard's plan; `first`: it has none yet. */
  savePlanRows(plan: string, rows: Omit<PlanRow, 'plan'>[], first: boolean): Promise<void>;
}
