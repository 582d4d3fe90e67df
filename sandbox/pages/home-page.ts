/** The home page: the list views with how many records each holds. */
import { html } from 'hono/html';
import type { Org } from '../salesforce/org.ts';
import type { Html } from './html.ts';
import type { PageContext } from './page-context.ts';
import { todayOf } from './rows.ts';
import { shell } from './shell.ts';
import { reader, viewsOf } from './views.ts';

const CARDS = [
  { object: 'Opportunity', label: 'Opportunities' },
  { object: 'Account', label: 'Accounts' },
  { object: 'Deal_Registration__c', label: 'Deal registrations' },
  { object: 'Partner_Touch__c', label: 'Partner touches' },
  { object: 'Task', label: 'Tasks' },
];

/** One card an object the org has. */
export function homePage(page: PageContext): Html {
  const cards = CARDS.filter((card) => page.org.findObject(card.object));
  const body = html`<h1>Home</h1>
<p class="lead">The sandbox's clock shows ${todayOf(page.org)} (UTC).
What you change here behaves as a change through the API: validation rules, history and
timestamps included.</p>
<div class="cards">
${cards.map((card) => objectCard(page.org, card))}
</div>`;
  return shell(page, { title: 'Home', tab: 'home', body });
}

function objectCard(org: Org, card: { object: string; label: string }): Html {
  return html`<section class="card" aria-labelledby="card-${card.object}">
<h2 id="card-${card.object}">${card.label}</h2>
<ul class="views">
${countViews(org, card.object).map(
  ({ name, label, count }) => html`<li>
<a href="/lightning/o/${card.object}/list?filterName=${name}">${label}</a>
<span class="count">${count.toLocaleString('en-GB')}</span></li>`,
)}
</ul>
</section>`;
}

/** All views of an object in one pass over its live records. */
function countViews(org: Org, object: string): { name: string; label: string; count: number }[] {
  const counted = viewsOf(object).map((view) => ({ ...view, count: 0 }));
  const today = todayOf(org);
  const readOf = reader(org, object);
  for (const row of org.table(object).rows()) {
    if (row[1] === true) continue;
    const read = readOf(row);
    for (const view of counted) if (view.shows(read, today)) view.count += 1;
  }
  return counted;
}
