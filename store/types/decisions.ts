/** Decisions in their slots, what they credit, and the alerts that follow from them. */
import type {
  AlertCondition,
  AttributionType,
  CalendarDate,
  DecidedObject,
  Decision,
  DecisionKind,
  Instant,
  PriorDecision,
} from '../../rules/types.ts';
import type { Stances } from './ownership.ts';
import type { PlanRow } from './plans.ts';
import type { DesiredWrite } from './writes.ts';

/** Live decisions, or those of a plan (then the slot is the plan's id). */
export type DecisionSlot = 'live' | (string & {});

export interface DecisionRow extends Decision {
  slot: DecisionSlot;
  version: string;
  inputHash: string;
  decidedAt: Instant;
  lockedAt: Instant | null;
}

/** A decision as a slot holds it. */
export interface LiveDecision extends PriorDecision {
  inputHash: string;
  /** Mapping version it was last decided by. */
  version: string;
  /** Version, run and instant that first gave this outcome and reason. */
  sinceVersion: string | null;
  sinceRunId: string | null;
  sinceAt: Instant | null;
}

/** A decision on its way into the store. */
export interface DecidedRow {
  decision: Decision;
  inputHash: string;
  lockedAt: Instant | null;
  /** What it replaces in its slot, null: nothing; left out: the store looks it up. */
  replaces?: LiveDecision | null;
}

/** Everything one decide batch stores, in one transaction. */
export interface DecidedBatch {
  connection: string;
  slot: DecisionSlot;
  version: string;
  runId: string;
  now: Instant;
  decisions: DecidedRow[];
  /** Live slot: goes to the outbox. Plan slot: ignored, `planRows` are stored instead. */
  writes: DesiredWrite[];
  planRows: Omit<PlanRow, 'plan'>[];
  /** Dirty markers to clear where they are still the same (live slot only). */
  clear: { object: DecidedObject; id: string; dirty: number }[];
  /** What was found out about who writes a field (live slot only). */
  stances?: Stances;
}

/** A decision whose alert has no open episode, or an open episode whose alert has cleared. */
export interface AlertCandidate {
  object: DecidedObject;
  recordId: string;
  recordName: string;
  kind: string;
  condition: AlertCondition | null;
  open: AlertRow | null;
  /** Episodes this (record, kind) has had so far. */
  episodes: number;
}

/** An open episode that an owner's summary told of. */
export interface SummarisedAlert {
  ownerId: string | null;
  kind: string;
  since: Instant;
  recordName: string;
}

/** Episodes and their tasks, in one transaction. Plan slot: plan rows only, no episode. */
export interface AlertBatch {
  connection: string;
  slot: DecisionSlot;
  runId: string;
  now: Instant;
  changes: AlertChange[];
  writes: DesiredWrite[];
  planRows: Omit<PlanRow, 'plan'>[];
}

/** An episode opened or closed by a decision. The task itself is a DesiredWrite. */
export interface AlertChange {
  object: DecidedObject;
  recordId: string;
  kind: string;
  change: 'open' | 'close';
  /** Opened as baseline: known, but no task. */
  baseline: boolean;
  since: Instant;
  ownerId: string | null;
  taskKey: string | null;
  subject: string;
}

export interface AlertRow extends Omit<AlertChange, 'change'> {
  connection: string;
  episode: number;
  openedAt: Instant;
  closedAt: Instant | null;
}

/** One credited opportunity of a partner, for tier standing and measures. */
export interface CreditRow {
  partnerId: string;
  opportunityId: string;
  role: string;
  pool: 'sourced' | 'influence' | 'none';
  basisPoints: number;
  attributionType: AttributionType;
  amount: string | null;
  currency: string | null;
  closeDate: CalendarDate | null;
  closedAt: Instant | null;
  isClosed: boolean;
  isWon: boolean;
}

/** Decisions, credits and alerts. */
export interface DecisionStore {
  priorDecisions(
    connection: string,
    slot: DecisionSlot,
    object: DecidedObject,
    ids: string[],
  ): Promise<Map<string, Partial<Record<DecisionKind, LiveDecision>>>>;
  saveDecided(batch: DecidedBatch): Promise<{ stored: number; enqueued: number }>;
  credits(connection: string, slot: DecisionSlot, partnerIds: string[]): Promise<CreditRow[]>;
  /** In (object, record, kind) order, all at once up to `limit`. */
  alertCandidates(connection: string, slot: DecisionSlot, limit: number): Promise<AlertCandidate[]>;
  saveAlerts(batch: AlertBatch): Promise<{ opened: number; closed: number; enqueued: number }>;
  openAlerts(connection: string, object: DecidedObject, ids: string[]): Promise<AlertRow[]>;
  /** Tasks opened for an owner since an instant: the daily cap. */
  tasksOpenedSince(connection: string, since: Instant): Promise<Map<string, number>>;
  /** Episodes opened since an instant without a task of their own: the day's summaries. */
  summarisedSince(connection: string, since: Instant): Promise<SummarisedAlert[]>;
  attributionCounts(
    connection: string,
    slot: DecisionSlot,
  ): Promise<Partial<Record<AttributionType, number>>>;
  staleCount(connection: string, slot: DecisionSlot): Promise<number>;

  /** The highest record id decided in a slot: where an interrupted plan goes on. */
  lastDecided(
    connection: string,
    slot: DecisionSlot,
    object: DecidedObject,
  ): Promise<string | null>;
}
