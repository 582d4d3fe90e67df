/** The frame of every page: head, navigation, who is acting. */
import { html } from 'hono/html';
import type { Html } from './html.ts';
import type { PageContext } from './page-context.ts';

export const STYLESHEET_PATH = '/lightning/assets/record-pages.css';

/** Objects in the navigation bar, with the view they open on. */
const TABS = [
  { object: 'Opportunity', label: 'Opportunities', view: 'AllOpen' },
  { object: 'Account', label: 'Accounts', view: 'Partners' },
  { object: 'Deal_Registration__c', label: 'Registrations', view: 'Waiting' },
  { object: 'Partner_Touch__c', label: 'Touches', view: 'All' },
  { object: 'Task', label: 'Tasks', view: 'Open' },
];

/** A whole page. `tab` is the object the page belongs to; 'home' for the home page. */
export function shell(
  page: PageContext,
  content: { title: string; tab: string; body: Html },
): Html {
  const tabs = TABS.filter((tab) => page.org.findObject(tab.object));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${content.title} | ${page.org.name}</title>
<link rel="stylesheet" href="${STYLESHEET_PATH}">
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<header class="bar">
<a class="brand" href="/lightning/page/home"><span class="mark" aria-hidden="true"></span>${
    page.org.name
  }</a>
<span class="flag">Sandbox</span>
${chooser(page)}
</header>
<nav class="tabs" aria-label="Objects">
<ul>
<li><a href="/lightning/page/home" ${current(content.tab === 'home')}>Home</a></li>
${tabs.map(
  (tab) => html`<li><a href="/lightning/o/${tab.object}/list?filterName=${tab.view}"
    ${current(content.tab === tab.object)}>${tab.label}</a></li>`,
)}
${page.portalPath ? html`<li><a href="${page.portalPath}">HubSpot portal</a></li>` : ''}
</ul>
</nav>
<main id="content">
${content.body}
</main>
</body>
</html>`;
}

function current(is: boolean): Html | string {
  return is ? html`aria-current="page"` : '';
}

/** Plain forms: everything works without a script. */
function chooser(page: PageContext): Html {
  const others = page.orgs.length > 1;
  return html`<form class="acting" method="post" action="/lightning/acting-as">
<input type="hidden" name="back" value="${page.here}">
${
  others
    ? html`<label>Org <select name="org">${page.orgs.map((org) =>
        option(org.id, org.name, org === page.org),
      )}</select></label>`
    : ''
}
<label>Acting as <select name="user">${page.users
    .filter((user) => user.active)
    .map((user) => option(user.id, user.name, user.id === page.actor.userId))}</select></label>
<button type="submit">Switch</button>
</form>`;
}

/** One option of a select. */
export function option(value: string, label: string, selected: boolean): Html {
  return html`<option value="${value}" ${selected ? 'selected' : ''}>${label}</option>`;
}
