/** Writes: outbox and ledger in one table, the mass-change guard, and the budget of calls. */
import type {
  CanonicalValue,
  DecidedObject,
  DecisionKind,
  FxRate,
  Instant,
  WritableObject,
} from '../../rules/types.ts';

/** One field a plan would change, or that is to be written. */
export interface FieldChange {
  value: CanonicalValue;
  before: CanonicalValue;
}

/** A desired change of one record, merged into its one pending outbox row. */
export interface DesiredWrite {
  object: WritableObject;
  /** CRM id; for a task its external key. */
  recordId: string;
  fields: Record<string, FieldChange>;
  kind: DecisionKind | 'task' | 'undo';
  inputHash: string;
  priority: 1 | 2 | 3 | 5;
}

export type WriteState =
  | 'pending'
  | 'held'
  | 'claimed'
  | 'written'
  | 'failed'
  | 'unclear'
  | 'superseded';

export interface WriteRow {
  seq: number;
  connection: string;
  object: WritableObject;
  recordId: string;
  fields: Record<string, FieldChange>;
  kinds: string[];
  state: WriteState;
  runId: string;
  planId: string | null;
  priority: 1 | 2 | 3 | 5;
  attempts: number;
  nextTryAt: Instant | null;
  failure: WriteFailure | null;
  /** On a claimed row: an earlier try may have reached the CRM; read back before sending. */
  wasUnclear: boolean;
  /** CRM id a create made (tasks). */
  createdId: string | null;
  leaseId: string | null;
  enqueuedAt: Instant;
  writtenAt: Instant | null;
  /** The run that wrote it. */
  writtenRunId: string | null;
}

/** Vendor's code and the fields it named; `remedy` is one sentence. Never a record's values. */
export interface WriteFailure {
  code: string;
  fields: string[];
  remedy: string;
  retryable: boolean;
}

export interface ClaimRequest {
  connection: string;
  object: WritableObject;
  runId: string;
  leaseId: string;
  limit: number;
  leaseMs: number;
  /** The life (`WorkerStore`) whose end frees the rows before the lease does. */
  worker?: string;
  /** Engine clock: leases and next-try times are compared with it. */
  now: Instant;
  planId?: string;
}

export type Settlement =
  | { seq: number; outcome: 'written'; createdId: string | null }
  | { seq: number; outcome: 'failed'; failure: WriteFailure; nextTryAt: Instant | null }
  | { seq: number; outcome: 'unclear'; nextTryAt: Instant }
  /** Back to pending: it was not sent. */
  | { seq: number; outcome: 'released' };

export interface AccountBudgetLimits {
  /** Calls we may make a CRM day, our share already applied; null: unknown. */
  dailyCalls: number | null;
  /** Of these, kept for priority 1. */
  reservedForAlerts: number;
  callsPerSecond: number;
  /** Calls that may come at once after a pause; a second's where it is not said. */
  callsAtOnce?: number;
}

/** The outbox, the ledger, the guard, rates and budgets. */
export interface WriteStore {
  claimWrites(request: ClaimRequest): Promise<WriteRow[]>;
  /**
   * Stored by the lease holder only; written rows become ledger and update the mirror. What became
   * of the rows is counted in the run ('written', 'tasks', 'fields', 'failed', 'unclear') in the
   * same transaction, once a row.
   */
  settleWrites(
    connection: string,
    leaseId: string,
    runId: string,
    results: Settlement[],
    now: Instant,
  ): Promise<void>;
  /** Rows in flight of holders that are surely dead: due now, to be read back. How many. */
  abandonClaims(now: Instant): Promise<number>;
  pendingWrites(
    connection: string,
    now: Instant,
  ): Promise<{
    due: number;
    waiting: number;
    held: number;
    failed: number;
    nextTryAt: Instant | null;
  }>;
  failures(connection: string | null, limit: number): Promise<WriteRow[]>;
  /** Makes failed rows due now. Returns how many. */
  retryFailures(connection: string, seqs: number[] | null, now: Instant): Promise<number>;
  writesOf(runId: string, limit: number, after: number | null): Promise<WriteRow[]>;
  unguardedWrites(connection: string): Promise<Partial<Record<DecidedObject, number>>>;
  holdWrites(connection: string, plan: string, objects: DecidedObject[]): Promise<number>;
  heldWrites(plan: string, limit: number, after: number): Promise<WriteRow[]>;
  heldCount(plan: string, runId: string): Promise<{ rows: number; touched: boolean }>;
  releaseHeld(
    connection: string,
    plan: string,
    skip: { object: WritableObject; recordId: string }[],
  ): Promise<number>;
  saveRates(connection: string, rates: FxRate[], at: Instant): Promise<void>;
  rates(connection: string): Promise<FxRate[]>;
  /** Leases up to `want` calls for the present one-second slice; 0: wait until `retryAt`. */
  leaseCalls(
    accountId: string,
    want: number,
    priority: number,
    limits: AccountBudgetLimits,
    now: Instant,
  ): Promise<{ granted: number; retryAt: Instant | null; exhausted: boolean }>;
  /** Calls an ordinary read may still make this UTC day; null: nothing limits them. */
  callsLeft(
    accountId: string,
    limits: Pick<AccountBudgetLimits, 'dailyCalls' | 'reservedForAlerts'>,
    now: Instant,
  ): Promise<number | null>;
  observeUsage(
    accountId: string,
    dailyUsed: number | null,
    dailyLimit: number | null,
    now: Instant,
  ): Promise<void>;
}
