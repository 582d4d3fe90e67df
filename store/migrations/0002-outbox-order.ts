/** Schema 2: the outbox is claimed in order from an index, and one row a record is in flight. */
import type { Migration } from './step.ts';

// `write_due` is in claim order, so a claim reads as many entries as it takes, however many wait.
// `write_claimed` answers "is this record in flight" by one look-up, also where the planner has no
// statistics, as in the embedded store.
export const migration: Migration = {
  number: 2,
  name: 'outbox order',
  sql: `
drop index write_due;
create index write_due on write (connection, object, priority, seq)
  where state in ('pending', 'failed', 'unclear');
create unique index write_claimed on write (connection, object, record_id)
  where state = 'claimed';
`,
};
