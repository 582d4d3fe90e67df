/** The worker's HTTP side as one Request -> Response function: API, pages, health, metrics. */
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { labelOf } from '../mappings/field-set.ts';
import { holdsToken, opensPage, requireToken } from './auth.ts';
import { paths } from './contract.ts';
import { linksOf, type ServerDeps } from './deps.ts';
import { explainPage } from './explain-page.ts';
import { explainView } from './explain-view.ts';
import { countRequest, metricsText } from './metrics.ts';
import { planPage } from './plan-page.ts';
import { defaultLimits, limitRate, limitWebhooks } from './rate-limit.ts';
import { mountReadApi } from './read-api.ts';
import { accountsOf, mountWebhooks } from './webhooks.ts';

/** Commands and backups are short: nobody sends us a megabyte. */
const bodyMaxBytes = 64 * 1024;
/** A plan's page shows this many fields; the rest is in the table and the JSON. */
const planPageRows = 5_000;

/**
 * On every answer. Pages have one inline stylesheet and nothing else: no script, no picture, no
 * frame around them, so a record's text can do nothing even if escaping failed.
 */
const guardHeaders = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'",
};

/** The whole server, without a port. */
export function createServer(deps: ServerDeps): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(guardHeaders)) {
      context.header(name, value);
    }
    countRequest(context.req.method, context.res.status);
  });
  // Before the limit of what commands may carry: a delivery has one of its own.
  app.use(`${paths.webhooks}/*`, limitWebhooks(deps.limits ?? defaultLimits));
  if (deps.webhooks !== undefined) {
    const accounts = accountsOf(deps.store);
    mountWebhooks(app, { ...deps.webhooks, accounts, publicUrl: deps.publicUrl, log: deps.log });
  }
  app.use(bodyLimit({ maxSize: bodyMaxBytes, onError: tooLarge }));
  app.onError((error, context) => {
    deps.log.error({ err: error, path: context.req.path }, 'a request failed');
    return context.json({ error: 'The server could not answer; its log has the details.' }, 500);
  });
  app.notFound((context) =>
    context.json({ error: `Nothing is served at ${context.req.path}.` }, 404),
  );
  const limited = limitRate(deps.token, deps.limits ?? defaultLimits);
  const { health, live, metrics, explainPage: explained, planPage: planned } = paths;
  for (const path of ['/v1/*', health, live, metrics, explained, planned]) {
    app.use(path, limited);
  }
  mountHealth(app, deps);
  mountPages(app, deps);
  app.use('/v1/*', requireToken(deps.token));
  app.use(paths.metrics, requireToken(deps.token));
  app.get(paths.metrics, async (context) => context.text(await metricsText(deps.store)));
  mountReadApi(app, deps, linksOf(deps));
  return app;
}

function tooLarge(context: Context) {
  return context.json({ error: `A request may carry ${bodyMaxBytes} bytes, not more.` }, 413);
}

function mountHealth(app: Hono, { store }: ServerDeps): void {
  app.get(paths.live, (context) => context.json({ ok: true }));
  app.get(paths.health, async (context) => {
    try {
      const health = await store.health();
      const connections = (await store.connections()).length;
      return context.json({ ok: health.ok, store: health, connections }, health.ok ? 200 : 503);
    } catch {
      return context.json({ ok: false, error: 'The store does not answer.' }, 503);
    }
  });
}

function mountPages(app: Hono, deps: ServerDeps): void {
  app.get(paths.explainPage, async (context) => {
    const { connection = '', record = '', key } = context.req.query();
    if (!opensPage(deps.token, `${connection}/${record}`, key)) {
      return context.text(
        'This link is not valid. "npx partner-sync explain" prints a new one.',
        403,
      );
    }
    const row = await deps.store.connection(connection);
    const found = row && (await deps.store.explain(connection, record));
    if (!row || !found) {
      return context.text('Nothing is known of this record (yet). Has a sync run?', 404);
    }
    return context.html(explainPage(explainView(found, row, linksOf(deps))));
  });
  app.get(paths.planPage, async (context) => {
    const { id = '', key } = context.req.query();
    const bearer = holdsToken(deps.token, context.req.header('authorization'));
    if (!bearer && !opensPage(deps.token, `plan/${id}`, key)) {
      return context.text('This link is not valid. "npx partner-sync plan" prints a new one.', 403);
    }
    const plan = await deps.store.plan(id);
    const row = plan && (await deps.store.connection(plan.connection));
    if (!plan || !row) {
      return context.text(`There is no plan ${id}.`, 404);
    }
    const { rows } = await deps.store.planRows(id, { limit: planPageRows });
    const crmUrl = (planned: { object: string; recordId: string }) =>
      planned.object === 'task' ? null : deps.crmUrl(row, planned.object, planned.recordId);
    const currency = row.corporateCurrency;
    return context.html(planPage({ plan, rows, label: labelOf, crmUrl, currency }));
  });
}
