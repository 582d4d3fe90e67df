/** Puts HubSpot's record pages on the sandbox's server, at the addresses HubSpot's users know. */
import type { Context, Hono } from 'hono';
import { setCookie } from 'hono/cookie';
import { html } from 'hono/html';
import { HubSpotError } from '../../hubspot/errors.ts';
import type { ObjectStore } from '../../hubspot/object-store.ts';
import type { Portals } from '../../hubspot/portals.ts';
import type { CrmRecord } from '../../hubspot/record.ts';
import { updateRecord } from '../../hubspot/write.ts';
import { HEADERS } from '../headers.ts';
import type { Html } from '../html.ts';
import { isSameOrigin, localPath } from '../page-context.ts';
import { editable, hubspotEditPage } from './edit-page.ts';
import { hubspotListPage } from './list-page.ts';
import {
  listPath,
  type PortalPage,
  portalPage,
  portalShell,
  recordPath,
  USER_COOKIE,
} from './page.ts';
import { hubspotRecordPage } from './record-page.ts';

/** Adds `/contacts/...`. Forms are refused when they come from another site. */
export function mountHubSpotPages(app: Hono, portals: Portals): void {
  const toList = (c: Context) => {
    const { portal } = portalPage(c, portals);
    return c.redirect(listPath(portal, portal.store('deals')));
  };
  app.get('/contacts', toList);
  app.get('/contacts/:portalId', toList);
  app.post('/contacts/:portalId/acting-as', chooseActor);
  app.get('/contacts/:portalId/objects/:type/views/all/list', (c) => showList(c, portals));
  app.get('/contacts/:portalId/record/:type/:id', (c) => showRecord(c, portals));
  app.get('/contacts/:portalId/record/:type/:id/edit', (c) => showForm(c, portals));
  app.post('/contacts/:portalId/record/:type/:id/edit', (c) => save(c, portals));
}

function send(c: Context, body: Html, status: 200 | 403 | 404 | 409 | 422 = 200) {
  return c.html(body, status, HEADERS);
}

function lost(c: Context, page: PortalPage, what: string) {
  const body = html`<section class="card lost"><h1>Not found</h1><p>The portal has no ${what}.</p>
</section>`;
  return send(c, portalShell(page, { title: 'Not found', tab: '', body }), 404);
}

function showList(c: Context, portals: Portals) {
  const page = portalPage(c, portals);
  const store = page.portal.findStore(c.req.param('type') ?? '');
  if (!store) return lost(c, page, `object "${c.req.param('type')}"`);
  const number = Number.parseInt(c.req.query('page') ?? '1', 10) || 1;
  return send(c, hubspotListPage(page, store, { search: c.req.query('q') ?? '', number }));
}

interface Found {
  page: PortalPage;
  store: ObjectStore;
  record: CrmRecord;
}

/** The record of the address; an old id of a merge leads to the merged record. */
function found(c: Context, portals: Portals): Found | Response | Promise<Response> {
  const page = portalPage(c, portals);
  const store = page.portal.findStore(c.req.param('type') ?? '');
  const id = c.req.param('id') ?? '';
  const record = store?.resolve(id);
  if (!store || !record) return lost(c, page, `record "${id}"`);
  if (record.id === id || c.req.method !== 'GET') return { page, store, record };
  return c.redirect(recordPath(page.portal, store, record.id));
}

async function showRecord(c: Context, portals: Portals): Promise<Response> {
  const at = await found(c, portals);
  if (at instanceof Response) return at;
  const saved = c.req.query('saved');
  const notice = saved ? { kind: 'saved' as const, messages: [`Saved: ${saved}.`] } : null;
  return send(c, hubspotRecordPage(at.page, { ...at, notice }));
}

async function showForm(c: Context, portals: Portals): Promise<Response> {
  const at = await found(c, portals);
  if (at instanceof Response) return at;
  if (at.record.archivedAt !== null) return lost(c, at.page, 'record to edit: it is archived');
  return send(c, hubspotEditPage(at.page, { ...at, typed: {}, errors: [] }));
}

async function save(c: Context, portals: Portals): Promise<Response> {
  if (!isSameOrigin(c)) return c.text('This form was sent from another site.', 403);
  const at = await found(c, portals);
  if (at instanceof Response) return at;
  const { page, store, record } = at;
  const posted = await c.req.parseBody();
  const names = String(posted['_fields'] ?? '').split(',');
  const typed: Record<string, string> = {};
  for (const { name } of editable(store).filter((def) => names.includes(def.name))) {
    if (typeof posted[name] === 'string') typed[name] = posted[name];
  }
  if (String(record.updatedAt) !== posted['_seen']) {
    const errors = ['The record was changed since this form was opened. Look at it and try again.'];
    return send(c, hubspotEditPage(page, { store, record, typed: {}, errors }), 409);
  }
  try {
    const after = updateRecord(
      { portal: page.portal, store, writer: writerOf(page) },
      record,
      typed,
    );
    const changed = editable(store).filter(
      ({ slot }) => (after.values[slot] ?? null) !== (record.values[slot] ?? null),
    );
    const saved = changed.map(({ label }) => label).join(', ') || 'nothing was changed';
    const view = recordPath(page.portal, store, record.id);
    return c.redirect(`${view}?${new URLSearchParams({ saved })}`, 303);
  } catch (error) {
    if (!(error instanceof HubSpotError)) throw error;
    const errors = error.extras.errors?.map(({ message }) => message) ?? [error.message];
    return send(c, hubspotEditPage(page, { store, record, typed, errors }), 422);
  }
}

function writerOf({ actor }: PortalPage) {
  const userId = actor?.userId ?? null;
  return {
    author: { sourceType: 'CRM_UI' as const, sourceId: null, userId, appId: null },
    apiVersion: '2026-09',
    via: 'page' as const,
  };
}

async function chooseActor(c: Context): Promise<Response> {
  if (!isSameOrigin(c)) return c.text('This form was sent from another site.', 403);
  const { user, back } = await c.req.parseBody();
  const options = { path: '/', httpOnly: true, sameSite: 'Lax' } as const;
  setCookie(c, USER_COOKIE, typeof user === 'string' ? user : '', options);
  return c.redirect(localPath(back), 303);
}
