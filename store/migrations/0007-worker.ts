/** Schema 7: which workers live, and which of them has a row in flight in hand. */
import type { Migration } from './step.ts';

// Times are the database's own and are only shown: who is dead is found by `beats` standing still.
// No index: some dozens of workers, and rows in flight are found by `write_claimed`.
export const migration: Migration = {
  number: 7,
  name: 'worker',
  sql: `
create table worker (
  id text collate "C" primary key, identity text not null, beats bigint not null default 0,
  started_at timestamptz not null, seen_at timestamptz not null, ended_at timestamptz);
alter table write add column lease_worker text collate "C";
`,
};
