/** Schema 5: what an adoption leaves out, kept with its plan. */
import type { Migration } from './step.ts';

// { run, records }: compared with the CRM once a run. A comparison in the middle of an adoption
// would take what it has adopted itself for changes.
export const migration: Migration = {
  number: 5,
  name: 'plan skipped',
  sql: 'alter table plan add column skipped jsonb;',
};
