/** What the store keeps and the functions it offers: one interface over PGlite and PostgreSQL. */
import type {
  AlertCondition,
  AttributionType,
  CalendarDate,
  CanonicalRecord,
  CanonicalValue,
  CrmName,
  DecidedObject,
  Decimal,
  Decision,
  DecisionKind,
  FieldHistory,
  FieldValues,
  FxRate,
  Instant,
  ObjectName,
  PriorDecision,
  WritableObject,
} from '../rules/types.ts';

// ---- connections, versions, runs -------------------------------------------------------------

export interface ConnectionRow {
  name: string;
  crm: CrmName;
  accountId: string | null;
  /** Our integration user there. */
  userId: string | null;
  recordUrlBase: string | null;
  corporateCurrency: string | null;
  /** When its first version was activated (CRM clock); null before. */
  activatedAt: Instant | null;
  pausedAt: Instant | null;
  /** One sentence with the remedy. */
  pauseReason: string | null;
  clockOffsetMs: number;
}

export interface MappingVersionRow {
  id: string;
  connection: string;
  state: 'candidate' | 'active' | 'retired';
  /** Policy label + 7 hash digits, shown to people: '2026.4-a1b2c3d'. */
  label: string;
  hash: string;
  rulesVersion: string;
  /** The files it was made of, so that the active version runs whatever the files say now. */
  sources: { path: string; text: string }[];
  createdAt: Instant;
  activatedAt: Instant | null;
}

export type RunKind =
  | 'sync'
  | 'backfill'
  | 'plan'
  | 'apply'
  | 'undo'
  | 'reconcile'
  | 'provision'
  | 'retry';
export type RunOutcome = 'running' | 'green' | 'amber' | 'red';

/** Counts by name: pulled.opportunity, changed.opportunity, decided, written, tasks, failed ... */
export type RunCounts = Record<string, number>;

export interface RunRow {
  id: string;
  connection: string;
  kind: RunKind;
  /** Temporal workflow id and run id, for the link to the UI. */
  workflowId: string;
  workflowRunId: string;
  commandId: string | null;
  planId: string | null;
  outcome: RunOutcome;
  /** One sentence; for red the remedy. */
  message: string | null;
  counts: RunCounts;
  startedAt: Instant;
  finishedAt: Instant | null;
}

export interface CommandRow {
  id: string;
  kind: string;
  connection: string | null;
  actor: string;
  args: Record<string, unknown>;
  result: unknown;
  createdAt: Instant;
  finishedAt: Instant | null;
}

// ---- mirror ----------------------------------------------------------------------------------

export interface MirrorRow extends CanonicalRecord {
  object: ObjectName;
  hash: string;
  /** When this connection first saw the record. */
  firstSeenAt: Instant;
  /** Marker to hand back when the record has been decided; null: not dirty. */
  dirty: number | null;
}

/** How far an object is read. `position` is inside an unfinished window. */
export interface CursorRow {
  committedUntil: Instant | null;
  windowUntil: Instant | null;
  position: { modifiedAt: Instant; id: string } | null;
  /** Opaque resume token of a backfill under way. */
  resume: string | null;
}

export interface PageCommit {
  connection: string;
  object: ObjectName;
  /** The cursor's key: one CRM object may feed several (touch sources): 'touch:Partner_Touch__c'. */
  source: string;
  records: CanonicalRecord[];
  /** The cursor as read; if it has moved since, nothing is stored and StaleCursorError thrown. */
  expected: CursorRow;
  next: CursorRow;
  now: Instant;
  /**
   * Read by id to settle a difference: stored as they are, even where the mirror has a later
   * stamp (a CRM that was restored from a backup).
   */
  authoritative?: boolean;
}

/** A merged record's id and the record it lives on as, at the end of the chain. */
export interface IdentityAlias {
  object: ObjectName;
  oldId: string;
  survivorId: string;
  learnedAt: Instant;
}

/** Live records of the mirror created in [from, before); null: no bound. `sum`: see spans.ts. */
export interface Span {
  from: Instant | null;
  before: Instant | null;
  count: number;
  sum: string;
}

/** What is compared of a record: its stamp, and values that change without moving it. */
export interface ComparedRow {
  id: string;
  modifiedAt: Instant;
  values: FieldValues;
}

export interface PageResult {
  /** New or changed by hash (those are now dirty), and dropped as already known. */
  changed: number;
  unchanged: number;
  deleted: number;
}

// ---- decisions and plans ---------------------------------------------------------------------

/** Live decisions, or those of a plan (then the slot is the plan's id). */
export type DecisionSlot = 'live' | (string & {});

export interface DecisionRow extends Decision {
  slot: DecisionSlot;
  version: string;
  inputHash: string;
  decidedAt: Instant;
  lockedAt: Instant | null;
}

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

/** Live opportunities of one state and one currency (null: the CRM has only one). */
export interface PipelineRow {
  state: 'won' | 'lost' | 'open';
  currency: string | null;
  opportunities: number;
  /** Sum of the amounts there are, in that currency. */
  amount: Decimal;
  /** Of these opportunities, how many have none. */
  withoutAmount: number;
  withoutAccount: number;
  withoutCloseDate: number;
}

/** An opportunity that shows what one rule does. */
export interface ExampleDecision {
  object: 'opportunity';
  id: string;
  kind: DecisionKind;
  rule: string;
  reason: string;
  counterfactual: string | null;
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

// ---- who writes a field ------------------------------------------------------------------------

/** What is remembered of the edits of one engine field. */
export interface FieldEditRow extends FieldHistory {
  object: DecidedObject;
  recordId: string;
  field: string;
  /** The value that was found in the CRM. */
  found: CanonicalValue;
  /** CRM user; null where the CRM does not say. */
  byUser: string | null;
  seenAt: Instant;
}

/** Two values of one field that people have to decide between; the person's stands meanwhile. */
export interface DisputeRow {
  seq: number;
  object: DecidedObject;
  recordId: string;
  field: string;
  kind: DecisionKind;
  ours: CanonicalValue;
  theirs: CanonicalValue;
  byUser: string | null;
  openedAt: Instant;
  closedAt: Instant | null;
  outcome: string | null;
}

/** A decided value that an undo keeps from being written again. */
export interface HoldRow {
  object: DecidedObject;
  recordId: string;
  field: string;
  value: CanonicalValue;
  /** The run that was undone, and the one that undid it. */
  runId: string;
  undoRunId: string;
  heldAt: Instant;
}

/** What the store knows of the owners of one record's fields, by field. */
export interface FieldFacts {
  lastWritten: Record<string, { value: CanonicalValue; seq: number }>;
  /** Fields with a change on its way, failed ones included. */
  open: ReadonlySet<string>;
  edits: Record<string, FieldEditRow>;
  holds: Record<string, HoldRow>;
}

/** A field of a record. */
export interface FieldKey {
  object: DecidedObject;
  recordId: string;
  field: string;
}

/** Changes of who writes a field, stored with the decisions they were found with. */
export interface Stances {
  edits: FieldEditRow[];
  disputes: Omit<DisputeRow, 'seq' | 'openedAt' | 'closedAt' | 'outcome'>[];
  /** Disputes whose person has put the decided value back. */
  withdrawn: FieldKey[];
  /** Holds that are over. */
  released: FieldKey[];
  /** Yields and breakers that are over: another value is decided now. */
  forgotten: FieldKey[];
  /** Fields on hold: what waits to be written of them is the undo's, not the decision's. */
  held: FieldKey[];
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

// ---- undo --------------------------------------------------------------------------------------

/** A record a run wrote: `before` as it was before the run, `value` as the run left it. */
export interface WrittenRecord {
  object: DecidedObject;
  recordId: string;
  fields: Record<string, FieldChange>;
}

/** Part of an undo, stored in one transaction. */
export interface TakenBack {
  connection: string;
  /** The run that is undone, and the one that undoes it. */
  runId: string;
  undoRunId: string;
  now: Instant;
  writes: DesiredWrite[];
  holds: (FieldKey & { value: CanonicalValue })[];
  /** Keys of tasks to cancel. */
  cancelled: string[];
  /** Locks of attribution come back too. */
  locks: boolean;
  /** What the run wanted to write and has not is dropped. */
  rest: boolean;
}

// ---- writes: outbox and ledger in one table --------------------------------------------------

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

// ---- explanation -----------------------------------------------------------------------------

export interface DecisionLogRow {
  seq: number;
  kind: DecisionKind;
  rule: string;
  version: string;
  fields: FieldValues;
  reason: string;
  decidedAt: Instant;
}

export interface Explanation {
  connection: string;
  object: DecidedObject;
  record: MirrorRow;
  /** Ids of records that were merged into it: their history is part of its own. */
  formerIds: string[];
  decisions: DecisionRow[];
  history: DecisionLogRow[];
  writes: WriteRow[];
  alerts: AlertRow[];
  disputes: DisputeRow[];
  edits: FieldEditRow[];
  holds: HoldRow[];
  registrations: MirrorRow[];
  touches: MirrorRow[];
  /** Names of the partners mentioned, by id. */
  partnerNames: Record<string, string>;
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

export interface AccountBudgetLimits {
  /** Calls we may make a CRM day, our share already applied; null: unknown. */
  dailyCalls: number | null;
  /** Of these, kept for priority 1. */
  reservedForAlerts: number;
  callsPerSecond: number;
}

// ---- the interface ---------------------------------------------------------------------------

export interface Store {
  // connections, versions, runs
  upsertConnection(
    row: Pick<ConnectionRow, 'name' | 'crm'> & Partial<ConnectionRow>,
  ): Promise<void>;
  connection(name: string): Promise<ConnectionRow | undefined>;
  connections(): Promise<ConnectionRow[]>;
  pauseConnection(name: string, reason: string | null, at: Instant | null): Promise<void>;
  saveVersion(row: MappingVersionRow): Promise<void>;
  activeVersion(connection: string): Promise<MappingVersionRow | undefined>;
  versions(connection: string): Promise<MappingVersionRow[]>;
  version(id: string): Promise<MappingVersionRow | undefined>;
  /** Retires the active one; sets the connection's activatedAt when it is the first. */
  activateVersion(id: string, at: Instant): Promise<void>;
  openRun(row: Omit<RunRow, 'counts' | 'outcome' | 'finishedAt' | 'message'>): Promise<void>;
  /** Adds to the run's counts (a retried activity must not add twice: `step` is its key). */
  addCounts(runId: string, step: string, counts: RunCounts): Promise<void>;
  closeRun(
    runId: string,
    outcome: RunOutcome,
    message: string | null,
    at: Instant,
  ): Promise<RunRow>;
  run(id: string): Promise<RunRow | undefined>;
  runs(connection: string | null, limit: number): Promise<RunRow[]>;
  /** The latest run of a kind, however it ended. */
  latestRun(connection: string, kind: RunKind): Promise<RunRow | undefined>;
  saveCommand(row: Omit<CommandRow, 'result' | 'finishedAt'>): Promise<void>;
  finishCommand(id: string, result: unknown, at: Instant): Promise<void>;
  command(id: string): Promise<CommandRow | undefined>;

  // mirror
  cursor(connection: string, source: string): Promise<CursorRow>;
  /** One transaction: rows, dirty marks (also of what depends on them) and the cursor. */
  commitPage(page: PageCommit): Promise<PageResult>;
  /** Rows outside a window (webhooks, read before write): stored without moving the cursor. */
  upsertRecords(
    connection: string,
    object: ObjectName,
    records: CanonicalRecord[],
    now: Instant,
  ): Promise<PageResult>;
  mirror(connection: string, object: ObjectName, ids: string[]): Promise<MirrorRow[]>;
  /** Registrations or touches of these opportunities, or of these partners; deleted ones too. */
  mirrorBy(
    connection: string,
    object: 'registration' | 'touch',
    by: 'opportunity' | 'partner',
    ids: string[],
  ): Promise<MirrorRow[]>;
  /** Stage changes the mirror has seen, by opportunity, oldest first. */
  stageChanges(
    connection: string,
    opportunityIds: string[],
  ): Promise<Map<string, { stage: string; at: Instant }[]>>;
  mirrorCounts(connection: string): Promise<Record<ObjectName, number>>;
  /** Every merged record the connection has seen. */
  aliases(connection: string): Promise<IdentityAlias[]>;
  /** For reconcile: the mirror's live records in spans of creation, and the rows of one. */
  spans(
    connection: string,
    object: ObjectName,
    cut: { from: Instant | null; size: number; keys: string[] },
  ): Promise<Span[]>;
  spanRows(
    connection: string,
    object: ObjectName,
    span: { from: Instant | null; before: Instant | null; keys: string[] },
  ): Promise<ComparedRow[]>;
  markAllDirty(connection: string, object: DecidedObject): Promise<number>;
  /** Ids dirty, or due by time at `now`, in id order after `after`. */
  dueRecords(
    connection: string,
    object: DecidedObject,
    now: Instant,
    limit: number,
    after: string | null,
  ): Promise<{ id: string; dirty: number | null }[]>;
  /** All live ids in order, for plans. */
  liveIds(
    connection: string,
    object: DecidedObject,
    limit: number,
    after: string | null,
  ): Promise<string[]>;

  // decisions, plans, alerts
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

  /** The highest record id decided in a slot: where an interrupted plan goes on. */
  lastDecided(
    connection: string,
    slot: DecisionSlot,
    object: DecidedObject,
  ): Promise<string | null>;

  // writes
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

  // who writes a field
  /** Edits and holds of records, and what the ledger says of those that are `differing`. */
  fieldFacts(
    connection: string,
    object: DecidedObject,
    ids: string[],
    differing: string[],
  ): Promise<Map<string, FieldFacts>>;
  disputes(
    connection: string,
    object: DecidedObject,
    ids: string[],
    which: 'open' | 'all',
  ): Promise<DisputeRow[]>;

  // the mass-change guard
  unguardedWrites(connection: string): Promise<Partial<Record<DecidedObject, number>>>;
  holdWrites(connection: string, plan: string, objects: DecidedObject[]): Promise<number>;
  heldWrites(plan: string, limit: number, after: number): Promise<WriteRow[]>;
  heldCount(plan: string, runId: string): Promise<{ rows: number; touched: boolean }>;
  releaseHeld(
    connection: string,
    plan: string,
    skip: { object: WritableObject; recordId: string }[],
  ): Promise<number>;
  savePlanRows(plan: string, rows: Omit<PlanRow, 'plan'>[], first: boolean): Promise<void>;

  // undo
  writtenRecords(
    run: { connection: string; runId: string; undoRunId: string },
    limit: number,
    after: string | null,
  ): Promise<WrittenRecord[]>;
  tasksMadeBy(connection: string, runId: string): Promise<string[]>;
  takeBack(back: TakenBack): Promise<{ enqueued: number }>;
  releaseHolds(connection: string, runId: string): Promise<{ released: number }>;
  /** The version before an undone one works again (null: none does); all is decided anew. */
  replaceVersion(
    connection: string,
    undone: string,
    previous: string | null,
    at: Instant,
  ): Promise<void>;

  // explanation and search
  explain(connection: string, recordId: string): Promise<Explanation | undefined>;
  /** Finds a record by id or exact name, in one connection or all. */
  findRecord(
    text: string,
    connection: string | null,
  ): Promise<{ connection: string; object: ObjectName; id: string; name: string }[]>;
  /** Opportunities whose decision is worth showing as an example: one a rule, written ones first. */
  exampleDecisions(connection: string, limit: number): Promise<ExampleDecision[]>;
  pipelineCounts(connection: string): Promise<PipelineRow[]>;

  // rates and budgets
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
  observeUsage(
    accountId: string,
    dailyUsed: number | null,
    dailyLimit: number | null,
    now: Instant,
  ): Promise<void>;

  // upkeep
  /** Fresh statistics after a large change: PGlite has no background process that takes them. */
  refreshStatistics(): Promise<void>;
  backup(path: string): Promise<{ bytes: number }>;
  health(): Promise<{
    ok: boolean;
    kind: 'pglite' | 'postgresql';
    schemaVersion: number;
    latencyMs: number;
  }>;
  close(): Promise<void>;
}

/** A page whose cursor has moved since it was read: another attempt has stored it. */
export class StaleCursorError extends Error {
  override readonly name = 'StaleCursorError';
}

/** A lease that has run out: somebody else owns the rows now. */
export class LostLeaseError extends Error {
  override readonly name = 'LostLeaseError';
}
