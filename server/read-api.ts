/** The read API: plans, explanations, failures, runs, straight from the store; commands go in. */
import { randomUUID } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { labelOf } from '../mappings/field-set.ts';
import { money, shownValue } from '../mappings/shown.ts';
import type { ConnectionRow, MirrorRow, PipelineRow, Store } from '../store/types.ts';
import { mountBackup } from './backup.ts';
import {
  type ConnectionView,
  type ExampleView,
  type FailureView,
  type PipelineState,
  type PipelineView,
  type PlanHead,
  type PlanRow,
  type PlanRowView,
  type PlanView,
  paths,
  type SummaryView,
} from './contract.ts';
import type { Links, ServerDeps } from './deps.ts';
import { explainView } from './explain-view.ts';

const limitMax = 10_000;

/** Mounts every `/v1` path; the token has been checked before. */
export function mountReadApi(app: Hono, deps: ServerDeps, links: Links): void {
  const { store } = deps;
  app.get(paths.connections, async (c) => c.json(await connectionViews(store)));
  app.get(paths.runs, async (c) =>
    c.json(await store.runs(c.req.query('connection') ?? null, limitOf(c, 20))),
  );
  app.get(paths.run, async (c) => found(c, await store.run(c.req.query('id') ?? ''), 'run'));
  app.get(paths.versions, async (c) => {
    const versions = await store.versions(c.req.query('connection') ?? '');
    return c.json(versions.map(({ sources, ...rest }) => ({ ...rest, files: sources.length })));
  });
  mountPlans(app, store, links);
  mountRecords(app, store, links);
  mountCommands(app, store);
  mountBackup(app, deps);
}

function mountPlans(app: Hono, store: Store, links: Links): void {
  app.get(paths.plans, async (c) =>
    c.json(await store.plans(c.req.query('connection') ?? null, limitOf(c, 20))),
  );
  app.get(paths.plan, async (c) => {
    const id = c.req.query('id') ?? '';
    const plan = (await store.plan(id)) ?? (await store.openPlan(id));
    if (plan === undefined && (await store.connection(id)) !== undefined) {
      const error = `${id} has no open plan. Make one with "partner-sync plan ${id}".`;
      return c.json({ error }, 404);
    }
    return found(c, plan && (await planView(store, plan, links)), 'plan');
  });
  app.get(paths.planRows, async (c) => {
    const after = c.req.query('after');
    const page = { limit: limitOf(c, 1_000), ...(after ? { after } : {}) };
    const id = c.req.query('id') ?? '';
    const corporate = await currencyOfPlan(store, await store.plan(id));
    const { rows, next } = await store.planRows(id, page);
    return c.json({ rows: rows.map((row) => planRowView(row, corporate)), next });
  });
}

async function planView(store: Store, plan: PlanHead, links: Links): Promise<PlanView> {
  const corporate = await currencyOfPlan(store, plan);
  const moneyShown = Object.entries(plan.moneyMoved).map(([move, amount]) => [
    move,
    money(amount, corporate),
  ]);
  return {
    ...plan,
    pageUrl: links.plan(plan.id),
    moneyShown: Object.fromEntries(moneyShown) as Record<string, string>,
  };
}

async function currencyOfPlan(store: Store, plan: PlanHead | undefined): Promise<string | null> {
  const row = plan && (await store.connection(plan.connection));
  return row?.corporateCurrency ?? null;
}

function planRowView(row: PlanRow, corporate: string | null): PlanRowView {
  const show = (value: PlanRow['old']) =>
    shownValue({ object: row.object, key: row.field }, value, { corporate });
  return { ...row, label: labelOf(row.field), shown: { old: show(row.old), new: show(row.new) } };
}

function mountRecords(app: Hono, store: Store, links: Links): void {
  app.get(paths.explain, async (c) => {
    const text = c.req.query('record') ?? '';
    const candidates = (await store.findRecord(text, c.req.query('connection') ?? null)).filter(
      ({ object }) => object === 'opportunity' || object === 'partner',
    );
    if (candidates.length === 0) {
      return c.json({ error: notKnown(text) }, 404);
    }
    if (candidates.length > 1) {
      return c.json(candidates, 300);
    }
    const { connection, id } = candidates[0]!;
    const row = await store.connection(connection);
    const explanation = await store.explain(connection, id);
    return row && explanation
      ? c.json(explainView(explanation, row, links))
      : c.json({ error: notKnown(text) }, 404);
  });
  app.get(paths.failures, async (c) => {
    const rows = await store.failures(c.req.query('connection') ?? null, limitOf(c, 100));
    const byName = new Map((await store.connections()).map((row) => [row.name, row]));
    return c.json(rows.map((row) => failureView(row, byName.get(row.connection), links)));
  });
  app.get(paths.summary, async (c) => {
    const row = await store.connection(c.req.query('connection') ?? '');
    return row ? c.json(await summaryView(store, row)) : found(c, undefined, 'connection');
  });
  app.get(paths.examples, async (c) => {
    const row = await store.connection(c.req.query('connection') ?? '');
    return row
      ? c.json(await exampleViews(store, row, links, limitOf(c, 3)))
      : found(c, undefined, 'connection');
  });
}

const newCommand = z.strictObject({
  kind: z.string().min(1).max(40),
  connection: z.string().max(100).nullable(),
  actor: z.string().min(1).max(200),
  args: z.record(z.string(), z.unknown()),
});

function mountCommands(app: Hono, store: Store): void {
  app.post(paths.commands, async (c) => {
    const body = newCommand.safeParse(await c.req.json().catch(() => null));
    if (!body.success) {
      return c.json({ error: 'A command needs kind, connection, actor and args.' }, 400);
    }
    const id = randomUUID();
    await store.saveCommand({ id, ...body.data, createdAt: new Date().toISOString() });
    return c.json({ id }, 201);
  });
  app.get(paths.command, async (c) =>
    found(c, await store.command(c.req.query('id') ?? ''), 'command'),
  );
}

async function connectionViews(store: Store): Promise<ConnectionView[]> {
  const now = new Date().toISOString();
  return Promise.all(
    (await store.connections()).map(async (row) => {
      const pending = await store.pendingWrites(row.name, now);
      return {
        name: row.name,
        crm: row.crm,
        paused: row.pausedAt !== null,
        pauseReason: row.pauseReason,
        activeVersion: (await store.activeVersion(row.name))?.label ?? null,
        activatedAt: row.activatedAt,
        openPlan: (await store.openPlan(row.name))?.id ?? null,
        lastRun: (await store.runs(row.name, 1))[0] ?? null,
        mirrored: await store.mirrorCounts(row.name),
        failures: pending.failed,
        waiting: pending.waiting + pending.due,
        clockOffsetMs: row.clockOffsetMs,
      };
    }),
  );
}

/** Counts by attribution type and stale stages; live, or the open plan's before any apply. */
async function summaryView(store: Store, row: ConnectionRow): Promise<SummaryView> {
  const slot = row.activatedAt === null ? ((await store.openPlan(row.name))?.id ?? 'live') : 'live';
  return {
    connection: row.name,
    crm: row.crm,
    mirrored: await store.mirrorCounts(row.name),
    attribution: await store.attributionCounts(row.name, slot),
    stale: await store.staleCount(row.name, slot),
    pipeline: pipelineView(await store.pipelineCounts(row.name), row),
  };
}

function pipelineView(rows: PipelineRow[], { corporateCurrency }: ConnectionRow): PipelineView {
  const total = (of: (row: PipelineRow) => number) => rows.reduce((sum, row) => sum + of(row), 0);
  const isCorporate = (row: PipelineRow) => row.currency === corporateCurrency;
  const state = (wanted: PipelineRow['state']): PipelineState => {
    const own = rows.filter((row) => row.state === wanted);
    return {
      opportunities: own.reduce((sum, row) => sum + row.opportunities, 0),
      amounts: own
        .toSorted((a, b) => Number(isCorporate(b)) - Number(isCorporate(a)))
        .map((row) => money(row.amount, row.currency ?? corporateCurrency)),
    };
  };
  return {
    won: state('won'),
    lost: state('lost'),
    open: state('open'),
    withoutAccount: total((row) => row.withoutAccount),
    withoutAmount: total((row) => row.withoutAmount),
    withoutCloseDate: total((row) => row.withoutCloseDate),
  };
}

async function exampleViews(
  store: Store,
  row: ConnectionRow,
  links: Links,
  limit: number,
): Promise<ExampleView[]> {
  const decisions = await store.exampleDecisions(row.name, limit);
  return Promise.all(
    decisions.map(async (decision) => {
      const [record] = await store.mirror(row.name, decision.object, [decision.id]);
      return {
        record: decision.id,
        name: String(record?.fields['name'] ?? decision.id),
        kind: decision.kind,
        sentence: decision.reason,
        counterfactual: decision.counterfactual,
        amount: amountOf(record, row),
        rule: decision.rule,
        url: links.crm(row, decision.object, decision.id) ?? links.page(row.name, decision.id),
        pageUrl: links.page(row.name, decision.id),
      };
    }),
  );
}

function amountOf(record: MirrorRow | undefined, row: ConnectionRow): string | null {
  const { amount = null, currency = null } = record?.fields ?? {};
  const named = typeof currency === 'string' ? currency : row.corporateCurrency;
  return amount === null ? null : money(String(amount), named);
}

function failureView(
  row: Awaited<ReturnType<Store['failures']>>[number],
  connection: ConnectionRow | undefined,
  links: Links,
): FailureView {
  const isRecord = row.object !== 'task' && connection !== undefined;
  return {
    seq: row.seq,
    connection: row.connection,
    object: row.object,
    record: row.recordId,
    crmUrl: isRecord ? links.crm(connection, row.object, row.recordId) : null,
    state: row.state,
    fields: Object.keys(row.fields),
    code: row.failure?.code ?? row.state,
    remedy: row.failure?.remedy ?? 'The outcome is unclear; it is read back before the next try.',
    attempts: row.attempts,
    nextTryAt: row.nextTryAt,
  };
}

function notKnown(text: string): string {
  return (
    `No opportunity or partner "${text}" is known. Give its CRM id or its exact name; a record ` +
    'made a moment ago is known after the next sync.'
  );
}

function limitOf(c: Context, otherwise: number): number {
  const n = Number(c.req.query('limit') ?? otherwise);
  return Number.isInteger(n) && n > 0 ? Math.min(n, limitMax) : otherwise;
}

const whereNamed: Record<string, string> = {
  plan: ' "partner-sync status" names the open ones.',
  run: ' "partner-sync status CONNECTION" names the last ones.',
};

function found(c: Context, value: unknown, what: string) {
  return value === undefined
    ? c.json({ error: `There is no such ${what}.${whereNamed[what] ?? ''}` }, 404)
    : c.json(value as object);
}
