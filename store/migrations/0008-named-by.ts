/** Schema 8: the texts by which a partner is named where no id names it. */
import type { Migration } from './step.ts';

// What names a partner so stands in the columns of ids ('gs_partner_key__c=northgate'), as its
// records hold it in `named_by`: both in one spelling, made by named-by.ts.
export const migration: Migration = {
  number: 8,
  name: 'named by',
  sql: `
alter table partner add column named_by text[] collate "C";
create index partner_named_by on partner using gin (named_by) where named_by is not null;
`,
};
