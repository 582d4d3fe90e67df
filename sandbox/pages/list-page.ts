/** A list view: its records with search, sorting and paging, all in the address. */
import { html } from 'hono/html';
import type { Html } from './html.ts';
import type { PageContext } from './page-context.ts';
import { PAGE_ROWS, pageOf, searchRows, todayOf } from './rows.ts';
import { shell } from './shell.ts';
import { labelOf, recordTable } from './table.ts';
import { columnsOf, type ListView, reader, viewsOf } from './views.ts';

/** What the address asks for. */
export interface ListQuery {
  filterName: string | undefined;
  search: string;
  sort: string | undefined;
  page: number;
}

/** The list of an object's records; an unknown view is the object's first one. */
export function listPage(page: PageContext, object: string, query: ListQuery): Html {
  const { org } = page;
  const definition = org.describe(object);
  const views = viewsOf(definition.name);
  const view = views.find((one) => one.name === query.filterName) ?? views[0]!;
  const found = searchRows(org, definition.name, rowsOf(page, definition.name, view), query.search);
  const sort = query.sort ?? view.sort;
  const wanted = { rows: found, sort, page: query.page, size: PAGE_ROWS };
  const { records, page: number, pages } = pageOf(org, definition.name, wanted);
  const link = (change: Partial<ListQuery>) =>
    listLink(definition.name, { ...query, filterName: view.name, sort, ...change });
  const body = html`<h1>${pluralOf(definition.label)}</h1>
<nav aria-label="List views"><ul class="pills">${views.map(
    (one) => html`<li><a href="${listLink(definition.name, { filterName: one.name })}"
      ${one === view ? html`aria-current="true"` : ''}>${one.label}</a></li>`,
  )}</ul></nav>
<form class="search" method="get" role="search">
<input type="hidden" name="filterName" value="${view.name}">
<label for="q">Search this list</label>
<input id="q" name="q" type="search" value="${query.search}" placeholder="Name or id">
<button type="submit">Search</button>
<p class="total" aria-live="polite">${found.length.toLocaleString('en-GB')} ${
    found.length === 1 ? 'record' : 'records'
  }</p>
</form>
${
  records.length === 0
    ? html`<p class="nothing">${nothing(view, query.search)}</p>`
    : recordTable(org, definition.name, {
        columns: columnsOf(org, definition.name),
        records,
        caption: `${view.label} ${pluralOf(definition.label).toLowerCase()}`,
        heads: (column) => sortHead(definition.field(column)!, sort, link),
      })
}
${pages > 1 ? pager(number, pages, (to) => link({ page: to })) : ''}`;
  return shell(page, { title: `${view.label}: ${pluralOf(definition.label)}`, tab: object, body });
}

function rowsOf(page: PageContext, object: string, view: ListView) {
  const readOf = reader(page.org, object);
  const today = todayOf(page.org);
  return [...page.org.table(object).rows()].filter(
    (row) => row[1] !== true && view.shows(readOf(row), today),
  );
}

function listLink(object: string, query: Partial<ListQuery>): string {
  const parts = new URLSearchParams();
  if (query.filterName) parts.set('filterName', query.filterName);
  if (query.search) parts.set('q', query.search);
  if (query.sort) parts.set('sort', query.sort);
  if (query.page && query.page > 1) parts.set('page', String(query.page));
  return `/lightning/o/${object}/list?${parts}`;
}

/** A click sorts by the column, a second one the other way round. */
function sortHead(
  field: { name: string; label: string },
  sort: string,
  link: (change: Partial<ListQuery>) => string,
): Html {
  const up = sort === field.name;
  const down = sort === `-${field.name}`;
  const arrow = up ? '↑' : down ? '↓' : '';
  const next = up ? `-${field.name}` : field.name;
  const spoken = up ? ', sorted ascending' : down ? ', sorted descending' : '';
  return html`<a href="${link({ sort: next, page: 1 })}">${labelOf(field.label)}<span
    aria-hidden="true"> ${arrow}</span><span class="hidden">${spoken}</span></a>`;
}

/** Previous and next, with where one is. */
export function pager(page: number, pages: number, link: (page: number) => string): Html {
  const step = (to: number, label: string) =>
    to < 1 || to > pages
      ? html`<span class="off">${label}</span>`
      : html`<a href="${link(to)}">${label}</a>`;
  return html`<nav class="pager" aria-label="Pages">
${step(page - 1, 'Previous')} <span>Page ${page} of ${pages}</span> ${step(page + 1, 'Next')}
</nav>`;
}

function nothing(view: ListView, search: string): string {
  return search.trim() === ''
    ? `No records in the view "${view.label}".`
    : `No record of the view "${view.label}" has "${search}" in its name.`;
}

/** 'Opportunity' as 'Opportunities'. */
export function pluralOf(label: string): string {
  if (/[^aeiou]y$/.test(label)) return `${label.slice(0, -1)}ies`;
  return /(s|x|ch|sh)$/.test(label) ? `${label}es` : `${label}s`;
}
