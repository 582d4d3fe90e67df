/** The tables as Kysely sees them: column by column, as `migrations/` creates them. */
import type { Generated, JSONColumnType } from 'kysely';
import type {
  AlertCondition,
  CanonicalValue,
  Evidence,
  FieldValues,
  PartnerCredit,
} from '../rules/types.ts';
import type { FieldChange, MappingVersionRow, SkippedRecord, WriteFailure } from './types.ts';

type Nullable<T> = T | null;

/** Columns every mirrored object has. */
export interface MirrorTable {
  connection: string;
  id: string;
  hash: string;
  created_at: Nullable<string>;
  modified_at: string;
  modified_by: Nullable<string>;
  deleted_at: Nullable<string>;
  merged_into: Nullable<string>;
  first_seen_at: string;
  fields: JSONColumnType<FieldValues>;
}

interface OpportunityTable extends MirrorTable {
  name: Nullable<string>;
  account_id: Nullable<string>;
  owner_id: Nullable<string>;
  stage: Nullable<string>;
  is_closed: Nullable<boolean>;
  is_won: Nullable<boolean>;
  amount: Nullable<string>;
  currency: Nullable<string>;
  close_date: Nullable<string>;
  stage_entered_at: Nullable<string>;
  closed_at: Nullable<string>;
  referral_partner_id: Nullable<string>;
  origin_partner_id: Nullable<string>;
  partner_of_record_id: Nullable<string>;
}

interface PartnerTable extends MirrorTable {
  name: Nullable<string>;
  type: Nullable<string>;
  status: Nullable<string>;
  segment: Nullable<string>;
  region: Nullable<string>;
  named_by: Nullable<string[]>;
}

/** Written and read by written-out queries: dependants.ts, named-by.ts. */
interface PartnerTextTable {
  connection: string;
  name: string;
  partner_id: string;
}

interface NamedTable extends MirrorTable {
  name: Nullable<string>;
}

interface UserTable extends NamedTable {
  email: Nullable<string>;
}

interface RegistrationTable extends NamedTable {
  partner_id: Nullable<string>;
  opportunity_id: Nullable<string>;
  status: Nullable<string>;
  submitted_at: Nullable<string>;
}

interface TouchTable extends MirrorTable {
  partner_id: Nullable<string>;
  opportunity_id: Nullable<string>;
  kind: Nullable<string>;
  at: Nullable<string>;
}

interface ConnectionTable {
  name: string;
  crm: string;
  account_id: Nullable<string>;
  user_id: Nullable<string>;
  record_url_base: Nullable<string>;
  corporate_currency: Nullable<string>;
  activated_at: Nullable<string>;
  paused_at: Nullable<string>;
  pause_reason: Nullable<string>;
  clock_offset_ms: Generated<number>;
}

interface MappingVersionTable {
  id: string;
  connection: string;
  state: string;
  label: string;
  hash: string;
  rules_version: string;
  sources: JSONColumnType<MappingVersionRow['sources']>;
  created_at: string;
  activated_at: Nullable<string>;
}

interface RunTable {
  id: string;
  connection: string;
  kind: string;
  workflow_id: string;
  workflow_run_id: string;
  command_id: Nullable<string>;
  plan_id: Nullable<string>;
  outcome: Generated<string>;
  message: Nullable<string>;
  started_at: string;
  finished_at: Nullable<string>;
}

interface CommandTable {
  id: string;
  kind: string;
  connection: Nullable<string>;
  actor: string;
  args: JSONColumnType<Record<string, unknown>>;
  result: JSONColumnType<Nullable<object>>;
  created_at: string;
  finished_at: Nullable<string>;
}

interface CursorTable {
  connection: string;
  source: string;
  committed_until: Nullable<string>;
  window_until: Nullable<string>;
  position_modified_at: Nullable<string>;
  position_id: Nullable<string>;
  resume: Nullable<string>;
  shape: Nullable<string>;
}

interface DecisionTable {
  connection: string;
  slot: string;
  object: string;
  record_id: string;
  kind: string;
  version: string;
  rule: string;
  fields: JSONColumnType<FieldValues>;
  reason: string;
  evidence: JSONColumnType<Evidence[]>;
  counterfactual: Nullable<string>;
  due_at: Nullable<string>;
  credits: JSONColumnType<PartnerCredit[]>;
  alert: JSONColumnType<AlertCondition | null>;
  alert_kind: Nullable<string>;
  input_hash: string;
  decided_at: string;
  locked_at: Nullable<string>;
  /** Plan slots: the dirty marker the plan was decided at; cleared with it on adoption. */
  planned_marker: Nullable<number>;
  /** Live slot: since when, by which run and version it says what it says. */
  since_version: Nullable<string>;
  since_run_id: Nullable<string>;
  since_at: Nullable<string>;
}

interface DecisionLogTable {
  seq: Generated<number>;
  connection: string;
  object: string;
  record_id: string;
  kind: string;
  rule: string;
  version: string;
  fields: JSONColumnType<FieldValues>;
  reason: string;
  run_id: string;
  decided_at: string;
}

interface AttributionTable {
  connection: string;
  slot: string;
  opportunity_id: string;
  partner_id: string;
  role: string;
  pool: string;
  basis_points: number;
  attribution_type: string;
}

interface AlertTable {
  connection: string;
  object: string;
  record_id: string;
  kind: string;
  episode: number;
  baseline: boolean;
  since: string;
  owner_id: Nullable<string>;
  task_key: Nullable<string>;
  subject: string;
  opened_at: string;
  closed_at: Nullable<string>;
}

interface PlanTable {
  id: string;
  connection: string;
  state: string;
  cause: string;
  version: string;
  run_id: string;
  created_at: string;
  records: Generated<number>;
  fields: Generated<number>;
  tasks: Generated<number>;
  money_moved: JSONColumnType<Record<string, string>, string | undefined>;
  applied_at: Nullable<string>;
  applied_run_id: Nullable<string>;
  /** Last record adopted: where an interrupted adoption goes on. */
  adopted_until: Nullable<string>;
  adopted_enqueued: Generated<number>;
  /** Records a run's adoption leaves out; null before the first. */
  skipped: JSONColumnType<{ run: string; records: SkippedRecord[] } | null, string | undefined>;
}

interface PlanRowTable {
  plan: string;
  record_id: string;
  object: string;
  field: string;
  record_name: string;
  old: JSONColumnType<Nullable<object>> | CanonicalValue;
  new: JSONColumnType<Nullable<object>> | CanonicalValue;
  kind: string;
  reason: string;
  rule: string;
  input_hash: string;
  money_moved: string;
}

/** One outbox or ledger row; the two are one table, told apart by `state`. */
export interface WriteTable {
  seq: Generated<number>;
  connection: string;
  object: string;
  record_id: string;
  fields: JSONColumnType<Record<string, FieldChange>>;
  kinds: JSONColumnType<string[]>;
  state: string;
  run_id: string;
  plan_id: Nullable<string>;
  priority: number;
  attempts: Generated<number>;
  next_try_at: Nullable<string>;
  failure: JSONColumnType<WriteFailure | null>;
  was_unclear: Generated<boolean>;
  created_id: Nullable<string>;
  lease_id: Nullable<string>;
  lease_until: Nullable<string>;
  lease_worker: Nullable<string>;
  enqueued_at: string;
  written_at: Nullable<string>;
  written_run_id: Nullable<string>;
}

/** One life of a worker; its queries are written out in workers.ts. */
interface WorkerTable {
  id: string;
  identity: string;
  beats: Generated<number>;
  started_at: string;
  seen_at: string;
  ended_at: Nullable<string>;
}

/** What `field_edit`, `dispute` and `hold` share; their queries are written out in ownership.ts. */
interface OwnershipTable {
  connection: string;
  object: string;
  record_id: string;
  field: string;
  run_id: string;
}

/** Every table of the store. */
export interface Schema {
  connection: ConnectionTable;
  mapping_version: MappingVersionTable;
  run: RunTable;
  run_step: { run_id: string; step: string; counts: JSONColumnType<Record<string, number>> };
  command: CommandTable;
  cursor: CursorTable;
  opportunity: OpportunityTable;
  partner: PartnerTable;
  partner_text: PartnerTextTable;
  account: NamedTable;
  crm_user: UserTable;
  registration: RegistrationTable;
  touch: TouchTable;
  stage_change: { connection: string; opportunity_id: string; at: string; stage: string };
  dirty_record: { connection: string; object: string; id: string; marker: number };
  decision: DecisionTable;
  decision_log: DecisionLogTable;
  attribution: AttributionTable;
  alert: AlertTable;
  plan: PlanTable;
  plan_row: PlanRowTable;
  write: WriteTable;
  worker: WorkerTable;
  field_edit: OwnershipTable;
  dispute: OwnershipTable;
  hold: OwnershipTable;
  identity_alias: {
    connection: string;
    object: string;
    old_id: string;
    survivor_id: string;
    learned_at: string;
  };
  fx_rate: {
    connection: string;
    currency: string;
    valid_from: string;
    rate: string;
    saved_at: string;
  };
  account_budget: {
    account_id: string;
    tokens: number;
    refilled_at: string;
    day: string;
    used: number;
    account_used: Nullable<number>;
    account_limit: Nullable<number>;
  };
}
