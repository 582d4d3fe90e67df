/** Schema 10: the texts that name partners have a table of their own to be looked up in. */
import type { Migration } from './step.ts';

// A page names up to a thousand of them at once: with an array column the planner compared each
// with every partner (measured: a quarter of a second more a page at 5,000 partners).
export const migration: Migration = {
  number: 10,
  name: 'partner text',
  sql: `
drop index partner_named_by;
create table partner_text (
  connection text collate "C" not null, name text collate "C" not null,
  partner_id text collate "C" not null,
  primary key (connection, name, partner_id));
create index partner_text_partner on partner_text (connection, partner_id);
insert into partner_text (connection, name, partner_id)
  select distinct connection, unnest(named_by), id from partner where named_by is not null;
`,
};
