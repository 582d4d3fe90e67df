/** The list of an object's records: newest change first, with a search, in pages. */
import { html } from 'hono/html';
import type { ObjectStore } from '../../hubspot/object-store.ts';
import { valueIn } from '../../hubspot/property.ts';
import { runSearch } from '../../hubspot/search/run.ts';
import type { Html } from '../html.ts';
import { linkTo, showText } from './format.ts';
import { listPath, type PortalPage, portalShell } from './page.ts';

const PAGE = 50;
const columns: Record<string, string[]> = {
  deal: ['dealstage', 'amount', 'closedate', 'hubspot_owner_id', 'partner_attribution_type'],
  company: ['is_partner', 'partner_type', 'country', 'hubspot_owner_id'],
  task: ['hs_task_status', 'hs_timestamp', 'hubspot_owner_id'],
  deal_registration: ['status', 'product', 'submitted_at'],
  partner_touch: ['kind', 'happened_at'],
};

/** One page of the list. */
export function hubspotListPage(
  page: PortalPage,
  store: ObjectStore,
  asked: { search: string; number: number },
): Html {
  const { portal } = page;
  const number = Math.max(1, asked.number);
  const { records, total } = runSearch(portal, store, {
    groups: [],
    sort: { propertyName: 'hs_lastmodifieddate', descending: true },
    query: asked.search.trim() || null,
    properties: [],
    limit: PAGE,
    after: (number - 1) * PAGE,
  });
  const defs = (columns[store.type.name] ?? []).flatMap((name) => store.properties.get(name) ?? []);
  const { labels } = store.type;
  const body = html`<header class="record-head"><div><p class="kind">All</p>
<h1>${labels.plural}</h1></div></header>
<form class="search" method="get" action="${listPath(portal, store)}" role="search">
<label for="q">Search</label> <input id="q" name="q" type="search" value="${asked.search}">
<button type="submit">Search</button></form>
<p class="total" aria-live="polite">${total.toLocaleString('en-GB')} records</p>
<section class="card"><div class="scroll"><table>
<caption class="hidden">${labels.plural}</caption>
<thead><tr><th scope="col">${labels.singular}</th>${defs.map(
    (def) => html`<th scope="col">${def.label}</th>`,
  )}</tr></thead>
<tbody>${records.map(
    (record) =>
      html`<tr><td data-label="${labels.singular}">${linkTo(portal, store, record)}</td>${defs.map(
        (def) =>
          html`<td data-label="${def.label}">${showText(
            portal,
            store,
            def,
            valueIn(record, def),
          )}</td>`,
      )}</tr>`,
  )}</tbody>
</table></div></section>
<nav class="pager" aria-label="Pages">${pager(page, store, { ...asked, number, total })}</nav>`;
  return portalShell(page, { title: labels.plural, tab: store.type.name, body });
}

function pager(
  { portal }: PortalPage,
  store: ObjectStore,
  at: { search: string; number: number; total: number },
): Html[] {
  const to = (number: number) => {
    const query = new URLSearchParams({
      page: String(number),
      ...(at.search ? { q: at.search } : {}),
    });
    return `${listPath(portal, store)}?${query}`;
  };
  const links: Html[] = [];
  if (at.number > 1) links.push(html`<a href="${to(at.number - 1)}">Previous</a>`);
  if (at.number * PAGE < at.total) links.push(html`<a href="${to(at.number + 1)}">Next</a>`);
  return links;
}
