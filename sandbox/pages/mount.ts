/** Puts the record pages on the sandbox's server, at the addresses CRM users know. */
import { readFileSync } from 'node:fs';
import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import { toId18 } from '../salesforce/ids.ts';
import { editPage } from './edit-page.ts';
import { type PageRecord, recordName } from './format.ts';
import { HEADERS } from './headers.ts';
import { homePage } from './home-page.ts';
import { listPage } from './list-page.ts';
import { notFoundPage } from './not-found-page.ts';
import {
  isSameOrigin,
  localPath,
  type PageContext,
  type PagesOptions,
  pageContext,
  rememberChoice,
} from './page-context.ts';
import { type Notice, recordPage } from './record-page.ts';
import { relatedListInFull } from './related-lists.ts';
import { type Posted, saveForm } from './save-form.ts';
import { STYLESHEET_PATH, shell } from './shell.ts';

const ID_PATH = '/:id{[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?}';

const stylesheet = readFileSync(new URL('./record-pages.css', import.meta.url), 'utf8');

/**
 * Adds `/`, `/lightning/...` and `/<record id>` to the app. Forms are posted without a script and
 * are
 * refused when they come from another site.
 */
export function mountPages(app: Hono, options: PagesOptions): void {
  app.get(STYLESHEET_PATH, (c) => c.body(stylesheet, 200, { 'content-type': 'text/css' }));
  app.get('/favicon.ico', (c) => c.body(null, 204));
  app.get('/', (c) => c.redirect('/lightning/page/home'));
  app.get('/lightning', (c) => c.redirect('/lightning/page/home'));
  app.get('/lightning/page/home', (c) => send(c, homePage(pageContext(c, options))));
  app.get('/lightning/o/:object/home', (c) =>
    c.redirect(`/lightning/o/${c.req.param('object')}/list`),
  );
  app.get('/lightning/o/:object/list', (c) => showList(c, options));
  app.get('/lightning/r/:object/:id/view', (c) => showRecord(c, options));
  app.get('/lightning/r/:object/:id/edit', (c) => showForm(c, options));
  app.post('/lightning/r/:object/:id/edit', (c) => postForm(c, options));
  app.get('/lightning/r/:object/:id/related/:list/view', (c) => showRelated(c, options));
  app.get('/lightning/r/:id/view', (c) => redirectToRecord(c, options));
  app.post('/lightning/acting-as', (c) => choose(c));
  app.get('/lightning/*', (c) => lost(c, pageContext(c, options), 'such page'));
  app.get(ID_PATH, (c) => redirectToRecord(c, options));
}

function send(c: Context, body: ReturnType<typeof homePage>, status: 200 | 403 | 404 | 422 = 200) {
  return c.html(body, status, HEADERS);
}

function lost(c: Context, page: PageContext, what: string) {
  return send(c, notFoundPage(page, what), 404);
}

function showList(c: Context, options: PagesOptions) {
  const page = pageContext(c, options);
  const object = page.org.findObject(c.req.param('object') ?? '');
  if (!object) return lost(c, page, `object called "${c.req.param('object')}"`);
  return send(
    c,
    listPage(page, object.name, {
      filterName: c.req.query('filterName'),
      search: c.req.query('q') ?? '',
      sort: c.req.query('sort'),
      page: Number.parseInt(c.req.query('page') ?? '1', 10) || 1,
    }),
  );
}

/** The record of the address, in whichever org holds it. */
function found(c: Context, options: PagesOptions) {
  const given = c.req.param('id') ?? '';
  const page = pageContext(c, options, given);
  const id = toId18(given);
  const object = id === null ? undefined : page.org.objectOfId(id);
  const record: PageRecord | null = object && id ? page.org.get(object.name, id) : null;
  return { page, given, object: object?.name ?? '', record };
}

function showRecord(c: Context, options: PagesOptions) {
  const { page, given, object, record } = found(c, options);
  if (!record) return lost(c, page, `record with the id "${given}"`);
  if (object !== c.req.param('object')) {
    return c.redirect(`/lightning/r/${object}/${record['Id']}/view`);
  }
  const saved = c.req.query('saved');
  const messages = saved ? [`Saved: ${saved}.`] : [];
  const notice: Notice | null = saved ? { kind: 'saved', messages } : null;
  return send(c, recordPage(page, { object, record, notice }));
}

function redirectToRecord(c: Context, options: PagesOptions) {
  const { page, given, object, record } = found(c, options);
  if (!record) return lost(c, page, `record with the id "${given}"`);
  return c.redirect(`/lightning/r/${object}/${record['Id']}/view`);
}

function showForm(c: Context, options: PagesOptions) {
  const { page, given, object, record } = found(c, options);
  if (!record || record['IsDeleted'] === true) return lost(c, page, `record "${given}" to edit`);
  return send(c, editPage(page, { object, record, state: { typed: {}, errors: {} } }));
}

async function postForm(c: Context, options: PagesOptions) {
  const { page, given, object, record } = found(c, options);
  if (!isSameOrigin(c)) return refuse(c, page);
  if (!record || record['IsDeleted'] === true) return lost(c, page, `record "${given}" to edit`);
  const saved = saveForm(page, { object, record, posted: await readForm(c) });
  if ('state' in saved) return send(c, editPage(page, { object, record, state: saved.state }), 422);
  const what = saved.changed.length === 0 ? 'nothing was changed' : saved.changed.join(', ');
  const view = `/lightning/r/${object}/${record['Id']}/view`;
  return c.redirect(`${view}?${new URLSearchParams({ saved: what })}`, 303);
}

function showRelated(c: Context, options: PagesOptions) {
  const { page, given, object, record } = found(c, options);
  if (!record) return lost(c, page, `record with the id "${given}"`);
  const id = String(record['Id']);
  const number = Number.parseInt(c.req.query('page') ?? '1', 10) || 1;
  const name = c.req.param('list') ?? '';
  const list = relatedListInFull(page.org, { object, id, name, page: number });
  if (!list) return lost(c, page, `related list "${name}"`);
  const title = `${list.label} of ${recordName(page.org, id)}`;
  const body = html`<p class="kind"><a href="/lightning/r/${object}/${id}/view">${recordName(
    page.org,
    id,
  )}</a></p><h1>${list.label}</h1>${list.body}`;
  return send(c, shell(page, { title, tab: object, body }));
}

async function choose(c: Context) {
  if (!isSameOrigin(c)) return c.text('This form was sent from another site.', 403);
  const posted = await readForm(c);
  const choice = { ...(posted['user'] ? { user: posted['user'] } : {}), org: posted['org'] };
  rememberChoice(c, { user: choice.user, ...(choice.org ? { org: choice.org } : {}) });
  return c.redirect(localPath(posted['back']), 303);
}

/** Text fields only; a file or a repeated name is not part of any form here. */
async function readForm(c: Context): Promise<Posted> {
  const body = await c.req.parseBody();
  const posted: Posted = {};
  for (const [name, value] of Object.entries(body)) {
    if (typeof value === 'string') posted[name] = value;
  }
  return posted;
}

function refuse(c: Context, page: PageContext) {
  const body = html`<section class="card lost"><h1>Not saved</h1>
<p>This form was sent from another site, so it was not accepted. Open the record here and edit
it.</p>
</section>`;
  return send(c, shell(page, { title: 'Not saved', tab: '', body }), 403);
}
