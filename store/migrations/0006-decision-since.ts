/**
 * Schema 6: a decision says since when it holds its outcome, the log holds earlier outcomes only,
 * and what of a decision is only read back whole is kept as text.
 */
import type { Migration } from './step.ts';

// A first decision is one row, not two: history is the log and the live decision together. json
// instead of jsonb: no query looks inside but a few counts, and a first run stores a million
// (measured: a third of what a decision costs was building jsonb).
export const migration: Migration = {
  number: 6,
  name: 'decision since',
  sql: `
alter table decision add column since_version text, add column since_run_id text,
  add column since_at timestamptz,
  alter column fields type json using fields::json,
  alter column evidence type json using evidence::json,
  alter column credits type json using credits::json,
  alter column alert type json using alert::json;

with latest as (
  select distinct on (connection, object, record_id, kind) *
  from decision_log order by connection, object, record_id, kind, seq desc),
standing as (
  update decision d set since_version = l.version, since_run_id = l.run_id,
    since_at = l.decided_at
  from latest l where d.slot = 'live' and d.connection = l.connection and d.object = l.object
    and d.record_id = l.record_id and d.kind = l.kind
  returning l.seq)
delete from decision_log l using standing where l.seq = standing.seq;

create view decision_history as
  select seq, connection, object, record_id, kind, rule, version, fields, reason, run_id,
    decided_at from decision_log
  union all
  select 9007199254740991, connection, object, record_id, kind, rule, since_version,
    fields::jsonb, reason, since_run_id, since_at from decision where slot = 'live';
`,
};
