/** What every HubSpot page is made with, and its frame: portal, navigation, who is acting. */
import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { html } from 'hono/html';
import type { ObjectStore } from '../../hubspot/object-store.ts';
import type { Owner, Portal } from '../../hubspot/portal.ts';
import type { Portals } from '../../hubspot/portals.ts';
import type { Html } from '../html.ts';
import { option, STYLESHEET_PATH } from '../shell.ts';

export const USER_COOKIE = 'sandbox_hubspot_user';

export interface PortalPage {
  portal: Portal;
  /** Null: an administrator without a name. */
  actor: Owner | null;
  here: string;
}

/** The page of the portal in the address; the first one where it names none there is. */
export function portalPage(c: Context, portals: Portals): PortalPage {
  const portal = portals.portals.get(c.req.param('portalId') ?? '') ?? portals.defaultPortal;
  const url = new URL(c.req.url);
  const actor = portal.owners.get(getCookie(c, USER_COOKIE) ?? '') ?? null;
  return { portal, actor, here: url.pathname + url.search };
}

/** The address of an object's list. */
export function listPath(portal: Portal, store: ObjectStore): string {
  return `/contacts/${portal.id}/objects/${store.type.id}/views/all/list`;
}

/** The address of a record, as HubSpot's own links have it. */
export function recordPath(portal: Portal, store: ObjectStore, id: string): string {
  return `/contacts/${portal.id}/record/${store.type.id}/${id}`;
}

/** A whole page. `tab` is the object it belongs to. */
export function portalShell(
  page: PortalPage,
  content: { title: string; tab: string; body: Html },
): Html {
  const { portal } = page;
  const tabs = [...portal.stores.values()].filter(
    ({ type, liveCount }) => liveCount > 0 || ['deal', 'company', 'task'].includes(type.name),
  );
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${content.title} | ${portal.name}</title>
<link rel="stylesheet" href="${STYLESHEET_PATH}">
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<header class="bar">
<a class="brand" href="/contacts/${portal.id}"><span class="mark" aria-hidden="true"></span>${
    portal.name
  } (HubSpot)</a>
<span class="flag">Sandbox</span>
${chooser(page)}
</header>
<nav class="tabs" aria-label="Objects">
<ul>${tabs.map(
    (store) =>
      html`<li><a href="${listPath(portal, store)}" ${
        store.type.name === content.tab ? html`aria-current="page"` : ''
      }>${store.type.labels.plural}</a></li>`,
  )}<li><a href="/lightning/page/home">Salesforce org</a></li></ul>
</nav>
<main id="content">
${content.body}
</main>
</body>
</html>`;
}

/** A plain form: everything works without a script. */
function chooser({ portal, actor, here }: PortalPage): Html {
  const owners = [...portal.owners.values()].filter(({ archived }) => !archived);
  return html`<form class="acting" method="post" action="/contacts/${portal.id}/acting-as">
<input type="hidden" name="back" value="${here}">
<label>Acting as <select name="user">${option('', 'Administrator', actor === null)}${owners.map(
    (owner) => option(owner.id, nameOf(owner), owner.id === actor?.id),
  )}</select></label>
<button type="submit">Switch</button>
</form>`;
}

/** An owner's full name. */
export function nameOf({ firstName, lastName }: Owner): string {
  return `${firstName} ${lastName}`;
}
