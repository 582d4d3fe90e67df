/** Schema 4: which record a merged one lives on as. */
import type { Migration } from './step.ts';

// `survivor_id` is always the end of the chain: a survivor that is merged away itself takes its
// aliases along. Looked up both ways: what became of an id, and which ids a record had.
export const migration: Migration = {
  number: 4,
  name: 'identity alias',
  sql: `
create table identity_alias (
  connection text collate "C" not null, object text collate "C" not null,
  old_id text collate "C" not null, survivor_id text collate "C" not null,
  learned_at timestamptz not null,
  primary key (connection, object, old_id));
create index identity_alias_survivor on identity_alias (connection, object, survivor_id);
`,
};
