/** Schema 3: what people edited, disputes about it, and what an undo holds back. */
import type { Migration } from './step.ts';

// `field_edit` has one row a field that was ever edited, `dispute` one a dispute, open or decided,
// `hold` one a field whose decided value is not to be written again.
export const migration: Migration = {
  number: 3,
  name: 'ownership',
  sql: `
create table field_edit (
  connection text collate "C" not null, object text collate "C" not null,
  record_id text collate "C" not null, field text collate "C" not null,
  stance text not null, edits integer not null, flips integer not null,
  written_seq bigint not null, wanted jsonb, found jsonb, by_user text,
  seen_at timestamptz not null, run_id text collate "C" not null,
  primary key (connection, object, record_id, field));

create table dispute (
  seq bigint generated always as identity primary key,
  connection text collate "C" not null, object text collate "C" not null,
  record_id text collate "C" not null, field text collate "C" not null,
  kind text not null, ours jsonb, theirs jsonb, by_user text,
  opened_at timestamptz not null, run_id text collate "C" not null,
  closed_at timestamptz, outcome text);
create unique index dispute_open on dispute (connection, object, record_id, field)
  where closed_at is null;
create index dispute_record on dispute (connection, object, record_id);

create table hold (
  connection text collate "C" not null, object text collate "C" not null,
  record_id text collate "C" not null, field text collate "C" not null,
  value jsonb, run_id text collate "C" not null, undo_run_id text collate "C" not null,
  held_at timestamptz not null,
  primary key (connection, object, record_id, field));
create index hold_run on hold (run_id);
`,
};
