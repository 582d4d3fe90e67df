/** Schema 9: a cursor knows what its object was last read as. */
import type { Migration } from './step.ts';

// Null in a store made before: taken as read by today's mapping, as it always was.
export const migration: Migration = {
  number: 9,
  name: 'cursor shape',
  sql: 'alter table cursor add column shape text;',
};
