/** Related lists: the records that look up to this one, and its tasks and stage history. */
import { html } from 'hono/html';
import type { FieldDef } from '../salesforce/field-def.ts';
import type { Org } from '../salesforce/org.ts';
import type { Row } from '../salesforce/values.ts';
import type { Html } from './html.ts';
import { pager, pluralOf } from './list-page.ts';
import { PAGE_ROWS, pageOf } from './rows.ts';
import { recordTable } from './table.ts';
import { columnsOf } from './views.ts';

/** Rows and columns a related list shows on the record page itself. */
const SHORT_ROWS = 8;
const SHORT_COLUMNS = 5;

/** One list: the look-up field it hangs on, and which of the rows. */
interface RelatedList {
  object: string;
  field: FieldDef;
  label: string;
  sort: string;
  filter?: (row: Row) => boolean;
}

/** Objects of the set-up and links that mean nothing to a person. */
const HIDDEN = new Set([
  'Partner',
  'PermissionSetAssignment',
  'FieldPermissions',
  'ObjectPermissions',
  'PermissionSet',
  'Profile',
  'UserRole',
  'RecordType',
  'OpportunityStage',
]);
const AUDIT = new Set(['CreatedById', 'LastModifiedById', 'MasterRecordId']);
/** Where the order of the org's objects would bury what matters. */
const FIRST = ['Deal_Registration__c', 'Partner_Touch__c', 'Task', 'OpportunityHistory'];

/** Lists a person looks for, and should find empty rather than not at all. */
const EXPECTED = new Set(['Deal Registrations', 'Open tasks', 'Closed tasks']);

/** All related lists of a record; empty ones only where a person would look for them. */
export function relatedLists(org: Org, object: string, id: string): Html[] {
  return listsOf(org, object).flatMap((list) => {
    const rows = rowsOf(org, list, id);
    const expected = EXPECTED.has(list.label);
    return rows.length > 0 || expected ? [listCard(org, { object, id, list, rows })] : [];
  });
}

/** One related list in full, page by page; null where the record has no such list. */
export function relatedListInFull(
  org: Org,
  of: { object: string; id: string; name: string; page: number },
): { label: string; body: Html } | null {
  const list = listsOf(org, of.object).find((one) => nameOf(one) === of.name);
  if (!list) return null;
  const rows = rowsOf(org, list, of.id);
  const wanted = { rows, sort: list.sort, page: of.page, size: PAGE_ROWS };
  const { records, page, pages } = pageOf(org, list.object, wanted);
  const columns = columnsWithout(org, list);
  const link = (to: number) => `${fullLink(of, list)}?page=${to}`;
  const table = recordTable(org, list.object, { columns, records, caption: list.label });
  const body = html`${table}${pages > 1 ? pager(page, pages, link) : ''}`;
  return { label: `${list.label} (${rows.length})`, body };
}

function listsOf(org: Org, object: string): RelatedList[] {
  const lists: RelatedList[] = [];
  for (const child of org.objects.values()) {
    if (HIDDEN.has(child.name)) continue;
    const pointing = child.fields.filter((field) => pointsTo(field, object));
    for (const field of pointing) {
      lists.push(...named(org, child.name, field, pointing.length > 1));
    }
  }
  const rank = (list: RelatedList) => (FIRST.indexOf(list.object) + FIRST.length + 1) % 99;
  const order = (list: RelatedList) => (FIRST.includes(list.object) ? rank(list) : 99);
  return lists.sort((a, b) => order(a) - order(b));
}

/** Tasks hang on anything but users, who own them. */
function pointsTo(field: FieldDef, object: string): boolean {
  if (field.type !== 'reference' || AUDIT.has(field.name)) return false;
  const anything = field.name === 'WhatId' && field.referenceTo.includes('*') && object !== 'User';
  return anything || field.referenceTo.includes(object);
}

/** Lists of one look-up field; it is named where `several` fields of the object point here. */
function named(org: Org, object: string, field: FieldDef, several: boolean): RelatedList[] {
  if (object === 'Task') {
    if (field.name === 'AccountId') return [];
    const closed = org.describe('Task').field('IsClosed')!.slot;
    const task = { object, field };
    return [
      { ...task, label: 'Open tasks', sort: 'ActivityDate', filter: (row) => row[closed] !== true },
      {
        ...task,
        label: 'Closed tasks',
        sort: '-LastModifiedDate',
        filter: (row) => row[closed] === true,
      },
    ];
  }
  const plural = pluralOf(org.describe(object).label);
  const own = several ? ` (${field.label.replace(/ ID$/, '')})` : '';
  const label = object === 'OpportunityHistory' ? 'Stage history' : `${plural}${own}`;
  return [{ object, field, label, sort: '-CreatedDate' }];
}

function rowsOf(org: Org, list: RelatedList, id: string): Row[] {
  const rows = org.table(list.object).matching(list.field.slot, id);
  return rows.filter((row) => row[1] !== true && (list.filter?.(row) ?? true));
}

function listCard(
  org: Org,
  given: { object: string; id: string; list: RelatedList; rows: Row[] },
): Html {
  const { list, rows } = given;
  const wanted = { rows, sort: list.sort, page: 1, size: SHORT_ROWS };
  const { records } = pageOf(org, list.object, wanted);
  const name = nameOf(list);
  const more = rows.length > records.length;
  const link = fullLink(given, list);
  return html`<section class="card related" aria-labelledby="list-${name}">
<h2 id="list-${name}">${list.label} <span class="count">${rows.length}</span></h2>
${
  records.length === 0
    ? html`<p class="nothing">None.</p>`
    : recordTable(org, list.object, {
        columns: columnsWithout(org, list).slice(0, SHORT_COLUMNS),
        records,
        caption: list.label,
      })
}
${more ? html`<p class="more"><a href="${link}">View all ${rows.length}</a></p>` : ''}
</section>`;
}

/** The column that would say the same on every row is left out. */
function columnsWithout(org: Org, list: RelatedList): string[] {
  return columnsOf(org, list.object).filter((column) => column !== list.field.name);
}

function fullLink(of: { object: string; id: string }, list: RelatedList): string {
  return `/lightning/r/${of.object}/${of.id}/related/${nameOf(list)}/view`;
}

function nameOf(list: RelatedList): string {
  const tasks = { 'Open tasks': '-open', 'Closed tasks': '-closed' }[list.label] ?? '';
  return `${list.object}.${list.field.name}${tasks}`;
}
