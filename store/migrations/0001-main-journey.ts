/** Schema 1: connections, the mirror, decisions, plans, the outbox with its ledger, runs, budgets. */
import type { Migration } from './step.ts';

// Keys are text in byte order ("C"): ids page in the order JavaScript sorts them, and a 15
// character Salesforce id is a range of the index. Foreign keys are left out on purpose: rows
// of the CRM arrive in any order.
export const migration: Migration = {
  number: 1,
  name: 'main journey',
  sql: `
create table connection (
  name text collate "C" primary key, crm text not null, account_id text, user_id text,
  record_url_base text, corporate_currency text, activated_at timestamptz,
  paused_at timestamptz, pause_reason text, clock_offset_ms bigint not null default 0);

create table mapping_version (
  id text collate "C" primary key, connection text collate "C" not null, state text not null,
  label text not null, hash text not null, rules_version text not null, sources jsonb not null,
  created_at timestamptz not null, activated_at timestamptz);
create unique index mapping_version_active on mapping_version (connection) where state = 'active';

create table run (
  id text collate "C" primary key, connection text collate "C" not null, kind text not null,
  workflow_id text not null, workflow_run_id text not null, command_id text, plan_id text,
  outcome text not null default 'running', message text,
  started_at timestamptz not null, finished_at timestamptz);
create index run_latest on run (connection, started_at);
create table run_step (
  run_id text collate "C" not null, step text collate "C" not null, counts jsonb not null,
  primary key (run_id, step));
create table command (
  id text collate "C" primary key, kind text not null, connection text collate "C",
  actor text not null, args jsonb not null, result jsonb,
  created_at timestamptz not null, finished_at timestamptz);

create table cursor (
  connection text collate "C" not null, source text collate "C" not null,
  committed_until timestamptz, window_until timestamptz,
  position_modified_at timestamptz, position_id text, resume text,
  primary key (connection, source));

create table opportunity (
  connection text collate "C" not null, id text collate "C" not null, hash text not null,
  created_at timestamptz, modified_at timestamptz not null, modified_by text,
  deleted_at timestamptz, merged_into text, first_seen_at timestamptz not null,
  fields jsonb not null,
  name text, account_id text, owner_id text, stage text, is_closed boolean, is_won boolean,
  amount numeric, currency text, close_date date, stage_entered_at timestamptz,
  closed_at timestamptz, referral_partner_id text collate "C", origin_partner_id text collate "C",
  partner_of_record_id text collate "C",
  primary key (connection, id));
create index opportunity_referral on opportunity (connection, referral_partner_id)
  where referral_partner_id is not null;
create index opportunity_origin on opportunity (connection, origin_partner_id)
  where origin_partner_id is not null;
create index opportunity_of_record on opportunity (connection, partner_of_record_id)
  where partner_of_record_id is not null;

create table partner (
  connection text collate "C" not null, id text collate "C" not null, hash text not null,
  created_at timestamptz, modified_at timestamptz not null, modified_by text,
  deleted_at timestamptz, merged_into text, first_seen_at timestamptz not null,
  fields jsonb not null,
  name text, type text, status text, segment text, region text,
  primary key (connection, id));

create table account (
  connection text collate "C" not null, id text collate "C" not null, hash text not null,
  created_at timestamptz, modified_at timestamptz not null, modified_by text,
  deleted_at timestamptz, merged_into text, first_seen_at timestamptz not null,
  fields jsonb not null, name text,
  primary key (connection, id));

create table crm_user (
  connection text collate "C" not null, id text collate "C" not null, hash text not null,
  created_at timestamptz, modified_at timestamptz not null, modified_by text,
  deleted_at timestamptz, merged_into text, first_seen_at timestamptz not null,
  fields jsonb not null, name text, email text,
  primary key (connection, id));

create table registration (
  connection text collate "C" not null, id text collate "C" not null, hash text not null,
  created_at timestamptz, modified_at timestamptz not null, modified_by text,
  deleted_at timestamptz, merged_into text, first_seen_at timestamptz not null,
  fields jsonb not null,
  name text, partner_id text collate "C", opportunity_id text collate "C", status text,
  submitted_at timestamptz,
  primary key (connection, id));
create index registration_opportunity on registration (connection, opportunity_id);
create index registration_partner on registration (connection, partner_id);

create table touch (
  connection text collate "C" not null, id text collate "C" not null, hash text not null,
  created_at timestamptz, modified_at timestamptz not null, modified_by text,
  deleted_at timestamptz, merged_into text, first_seen_at timestamptz not null,
  fields jsonb not null,
  partner_id text collate "C", opportunity_id text collate "C", kind text, at timestamptz,
  primary key (connection, id));
create index touch_opportunity on touch (connection, opportunity_id);
create index touch_partner on touch (connection, partner_id);

create table stage_change (
  connection text collate "C" not null, opportunity_id text collate "C" not null,
  at timestamptz not null, stage text not null,
  primary key (connection, opportunity_id, at, stage));

create sequence dirty_marker;
create table dirty_record (
  connection text collate "C" not null, object text collate "C" not null,
  id text collate "C" not null, marker bigint not null,
  primary key (connection, object, id));

create table decision (
  connection text collate "C" not null, slot text collate "C" not null,
  object text collate "C" not null, record_id text collate "C" not null,
  kind text collate "C" not null,
  version text not null, rule text not null, fields jsonb not null, reason text not null,
  evidence jsonb not null, counterfactual text, due_at timestamptz, credits jsonb not null,
  alert jsonb, alert_kind text collate "C", input_hash text not null,
  decided_at timestamptz not null, locked_at timestamptz, planned_marker bigint,
  primary key (connection, slot, object, record_id, kind));
create index decision_due on decision (connection, object, due_at)
  where slot = 'live' and due_at is not null;
create index decision_alert on decision (connection, slot, object, record_id, alert_kind)
  where alert_kind is not null;
create table decision_log (
  seq bigint generated always as identity primary key,
  connection text collate "C" not null, object text collate "C" not null,
  record_id text collate "C" not null, kind text not null, rule text not null,
  version text not null, fields jsonb not null, reason text not null, run_id text not null,
  decided_at timestamptz not null);
create index decision_log_record on decision_log (connection, object, record_id);
create table attribution (
  connection text collate "C" not null, slot text collate "C" not null,
  opportunity_id text collate "C" not null, partner_id text collate "C" not null,
  role text not null, pool text not null, basis_points integer not null,
  attribution_type text not null,
  primary key (connection, slot, opportunity_id, partner_id, role, pool));
create index attribution_partner on attribution (connection, slot, partner_id);

create table alert (
  connection text collate "C" not null, object text collate "C" not null,
  record_id text collate "C" not null, kind text collate "C" not null, episode integer not null,
  baseline boolean not null, since timestamptz not null, owner_id text, task_key text,
  subject text not null, opened_at timestamptz not null, closed_at timestamptz,
  primary key (connection, object, record_id, kind, episode));
create unique index alert_open on alert (connection, object, record_id, kind)
  where closed_at is null;
create index alert_opened on alert (connection, opened_at) where task_key is not null;

create table plan (
  id text collate "C" primary key, connection text collate "C" not null, state text not null,
  cause text not null, version text not null, run_id text not null,
  created_at timestamptz not null, records integer not null default 0,
  fields integer not null default 0, tasks integer not null default 0,
  money_moved jsonb not null default '{}', applied_at timestamptz, applied_run_id text,
  adopted_until text collate "C", adopted_enqueued integer not null default 0);
create unique index plan_open on plan (connection) where state = 'open';
create table plan_row (
  plan text collate "C" not null, record_id text collate "C" not null,
  object text collate "C" not null, field text collate "C" not null, record_name text not null,
  old jsonb, new jsonb, kind text not null, reason text not null, rule text not null,
  input_hash text not null, money_moved numeric not null,
  primary key (plan, record_id, object, field));

create table write (
  seq bigint generated always as identity primary key,
  connection text collate "C" not null, object text collate "C" not null,
  record_id text collate "C" not null, fields jsonb not null, kinds jsonb not null,
  state text collate "C" not null, run_id text collate "C" not null, plan_id text collate "C",
  priority smallint not null, attempts integer not null default 0, next_try_at timestamptz,
  failure jsonb, was_unclear boolean not null default false, created_id text,
  lease_id text, lease_until timestamptz, enqueued_at timestamptz not null,
  written_at timestamptz, written_run_id text collate "C");
create index write_record on write (connection, object, record_id);
create unique index write_open on write (connection, object, record_id)
  where state in ('pending', 'held', 'failed', 'unclear');
create index write_due on write (connection, object, priority, seq)
  where state in ('pending', 'held', 'failed', 'unclear', 'claimed');
create index write_run on write (run_id, seq);
create index write_written_run on write (written_run_id, seq) where written_run_id is not null;

create table fx_rate (
  connection text collate "C" not null, currency text not null, valid_from date not null,
  rate numeric not null, saved_at timestamptz not null,
  primary key (connection, currency, valid_from));

create table account_budget (
  account_id text collate "C" primary key, tokens double precision not null,
  refilled_at timestamptz not null, day date not null, used integer not null,
  account_used integer, account_limit integer);
`,
};
