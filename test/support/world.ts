/** An engine without Temporal: sandbox over a port, store, real connector, the real activities. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, jest } from '@jest/globals';
import type { ApplicationFailure, Logger } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import pino from 'pino';
import type { ActivityDeps } from '../../activities/context.ts';
import type { Activities } from '../../activities/contract.ts';
import { type CreatedActivities, createActivities } from '../../activities/create.ts';
import type { Dataset } from '../../sandbox/dataset.ts';
import type { Org } from '../../sandbox/salesforce/org.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import type { PlanRow, RunRow, Store, WriteRow } from '../../store/types.ts';
import { openConnector } from '../../worker/connectors.ts';
import { withStore } from './store.ts';
import { startTappedSandbox, type TappedSandbox } from './wire-tap.ts';

/** The connection of every world: that of mappings/sandbox-salesforce.yaml. */
export const connection = 'sandbox-salesforce';
const salesforceConnection = connection;

export type JobKind = 'sync' | 'backfill' | 'reconcile' | 'plan' | 'apply' | 'retry';

/** One job as its workflow would run it, and the CRM calls it took. */
export interface Job {
  runId: string;
  run: RunRow;
  failure: ApplicationFailure | null;
  /** Answered CRM calls: 'GET /query', 'PATCH /composite/sobjects' ... */
  calls: string[];
}

export interface JobOptions {
  planId?: string;
  skipChanged?: boolean;
  /** The stored command this job answers. */
  commandId?: string;
  acceptUnseen?: boolean;
}

export interface World {
  sandbox: Sandbox;
  url: string;
  /** Takes hold of calls on their way to the CRM. */
  tap: TappedSandbox['tap'];
  org: Org;
  store: Store;
  deps: ActivityDeps;
  activities: CreatedActivities;
  /** Lines of the engine's log, as JSON text. */
  log: string[];
  /** Looks behind the store's interface. */
  query(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Runs a job's activities in the order of its workflow; a failure is in the answer. */
  job(kind: JobKind, options?: JobOptions): Promise<Job>;
  /** One activity as Temporal would run it. */
  activity<N extends keyof Activities>(
    name: N,
    input: Parameters<Activities[N]>[0],
    call?: { runId?: string; activityId?: string },
  ): Promise<Awaited<ReturnType<Activities[N]>>>;
  /** provision, plan, apply: the CRM has its fields, a version is active, all is written. */
  begin(): Promise<void>;
  /** Replaces text in a mapping file ('policies/sandbox.yaml'). Throws where it is not there. */
  edit(file: string, from: string, to: string): void;
  /** Fields of a record in the CRM. */
  look(object: string, id: string): Record<string, unknown>;
  tasks(): { subject: string; open: boolean; owner: string; about: string | null }[];
  /** All rows of a plan. */
  planRows(id: string): Promise<PlanRow[]>;
  /** Ledger rows of a run. */
  writes(runId: string): Promise<WriteRow[]>;
  /** Moves the CRM's clock, and with it the engine's idea of now. */
  advance(ms: number): void;
}

export const minute = 60_000;
export const day = 86_400_000;

// The first store of a file compiles PGlite: a second, and many on a machine that is busy.
const startMaxMs = 120_000;
jest.setTimeout(startMaxMs);
beforeAll(() => withStore(async () => {}), startMaxMs);

/** The SDK tells of every failed activity; the tests look at the failure itself. */
const quiet: Logger = {
  log: () => {},
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};

const mappings = fileURLToPath(new URL('../../mappings', import.meta.url));

/** Runs `work` in a world around a dataset and takes it away again. */
export async function withWorld<T>(
  dataset: Dataset,
  work: (world: World) => Promise<T>,
  change: Partial<ActivityDeps> = {},
): Promise<T> {
  const running = await startTappedSandbox({ dataset });
  const mappingsDir = mkdtempSync(join(tmpdir(), 'ps-mappings-'));
  cpSync(mappings, mappingsDir, { recursive: true });
  try {
    return await withStore(async ({ store, query }) => {
      const log: string[] = [];
      const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(line) });
      const env = {
        SANDBOX_URL: running.url,
        SANDBOX_CLIENT_ID: 'sandbox',
        SANDBOX_CLIENT_SECRET: 'sandbox-secret',
        ...change.env,
      };
      const deps: ActivityDeps = {
        store,
        log: logger,
        mappingsDir,
        openConnector: (mapping) => openConnector(mapping, store, logger, env),
        ...change,
        env,
      };
      const activities = createActivities(deps);
      try {
        const { sandbox, url, tap } = running;
        return await work(worldOf({ sandbox, url, tap, store, deps, activities, log, query }));
      } finally {
        await activities.connections.close();
      }
    });
  } finally {
    await running.close();
    rmSync(mappingsDir, { recursive: true, force: true });
  }
}

type Part = 'sandbox' | 'url' | 'tap' | 'store' | 'deps' | 'activities' | 'log' | 'query';
type Parts = Pick<World, Part>;

function worldOf(parts: Parts): World {
  const { sandbox, store, deps } = parts;
  const org = sandbox.tenants.defaultOrg;
  const activity = activityRunner(parts);
  const job = jobRunner(parts, activity);
  return {
    ...parts,
    org,
    activity,
    job,
    async begin() {
      await provision(parts, activity);
      const plan = await job('plan');
      const applied = await job('apply', { planId: plan.runId });
      if (plan.failure ?? applied.failure) {
        throw plan.failure ?? applied.failure;
      }
    },
    edit(file, from, to) {
      const path = join(deps.mappingsDir, file);
      const text = readFileSync(path, 'utf8');
      if (!text.includes(from)) {
        throw new Error(`${file} does not say "${from}".`);
      }
      writeFileSync(path, text.replace(from, to));
    },
    look: (object, id) => {
      const row = org.get(object, id);
      if (row === null) {
        throw new Error(`The org has no ${object} ${id}.`);
      }
      return row;
    },
    tasks: () =>
      org
        .query('SELECT Subject, IsClosed, OwnerId, WhatId FROM Task ORDER BY Subject')
        .map((row) => ({
          subject: String(row['Subject']),
          open: row['IsClosed'] !== true,
          owner: String(row['OwnerId']),
          about: row['WhatId'] as string | null,
        })),
    planRows: async (id) => (await store.planRows(id, { limit: 10_000 })).rows,
    writes: (runId) => store.writesOf(runId, 10_000, null),
    advance: (ms) => sandbox.clock.advance(ms),
  };
}

/** Makes the core fields. Throws where one could not be made. */
export async function provision(
  parts: Pick<World, 'store'>,
  activity: World['activity'],
  connection = salesforceConnection,
): Promise<void> {
  const commandId = 'provision-command';
  const createdAt = new Date().toISOString();
  const command = { id: commandId, kind: 'provision', connection, actor: 'test', createdAt };
  await parts.store.saveCommand({ ...command, args: { set: 'core' } });
  const runId = `provision/${connection}/0`;
  const { failed } = await activity('provisionFields', { connection, runId, commandId });
  if (failed > 0) {
    const { result } = (await parts.store.command(commandId))!;
    throw new Error(`Not everything was provisioned: ${JSON.stringify(result)}`);
  }
}

/** Runs activities as Temporal would. */
export function activityRunner({ activities }: Pick<Parts, 'activities'>): World['activity'] {
  return async (name, input, call = {}) => {
    const runId = call.runId ?? (input as { runId?: string }).runId ?? 'sync/none/0';
    const info = {
      activityId: call.activityId ?? `${name}-1`,
      workflowExecution: { workflowId: runId, runId: 'b7e0c1de-0000-4000-8000-000000000000' },
    };
    const env = new MockActivityEnvironment(info, { logger: quiet });
    const all = { ...activities.engine, ...activities.crm };
    const run = all[name] as (input: never) => Promise<never>;
    return (await env.run(run, input as never)) as never;
  };
}

/** Runs jobs of one connection and notes the calls they take. */
export function jobRunner(
  { sandbox, store }: Pick<World, 'sandbox' | 'store'>,
  activity: World['activity'],
  connection = salesforceConnection,
): World['job'] {
  let n = 0;
  return async (kind, options = {}) => {
    n += 1;
    const runId = `${kind}/${connection}/${n}`;
    const run = { connection, runId };
    const planId = options.planId ?? null;
    const before = sandbox.calls.calls().at(-1)?.seq ?? 0;
    const opening = { connection, kind, commandId: options.commandId ?? null, planId };
    await activity('openRun', opening, { runId });
    let failure: ApplicationFailure | null = null;
    try {
      await legs(kind, run, options, activity);
    } catch (error) {
      failure = error as ApplicationFailure;
    }
    const said = failure && { type: failure.type ?? '', message: failure.message };
    await activity('closeRun', { ...run, failure: said });
    const calls = sandbox.calls.calls().filter(({ seq }) => seq > before);
    return {
      runId,
      run: (await store.run(runId))!,
      failure,
      calls: calls.map(({ operation }) => operation),
    };
  };
}

/** The legs in the order of the workflows (workflows/sync.ts, plan.ts, apply.ts, retry.ts). */
export async function legs(
  kind: JobKind,
  run: { connection: string; runId: string },
  options: JobOptions,
  activity: World['activity'],
): Promise<void> {
  const decideAndWrite = async () => {
    await activity('decideRecords', run);
    await activity('decideAlerts', { ...run, planId: null });
    await activity('writeChanges', { ...run, planId: null });
  };
  const planId = options.planId ?? run.runId;
  switch (kind) {
    case 'sync':
    case 'backfill':
      await activity('pullChanges', { ...run, mode: kind === 'sync' ? 'changes' : 'full' });
      return decideAndWrite();
    case 'reconcile': {
      const { commandId = null, acceptUnseen = false } = options;
      await activity('pullChanges', { ...run, mode: 'changes' });
      await activity('reconcile', { ...run, commandId, acceptUnseen });
      return decideAndWrite();
    }
    case 'plan':
      await activity('pullChanges', { ...run, mode: 'changes' });
      await activity('openPlan', run);
      await activity('decidePlan', { ...run, planId });
      await activity('decideAlerts', { ...run, planId });
      await activity('finishPlan', { ...run, planId });
      return;
    case 'apply': {
      await activity('pullChanges', { ...run, mode: 'changes' });
      const check = await activity('checkPlan', { ...run, planId });
      if (check.state !== 'current' && !(check.state === 'outdated' && options.skipChanged)) {
        throw Object.assign(new Error(`Plan ${check.state}`), { type: `Plan.${check.state}` });
      }
      const skipChanged = options.skipChanged === true;
      await activity('adoptPlan', { ...run, planId, skipChanged });
      await activity('writeChanges', { ...run, planId }, { activityId: 'write-plan' });
      return decideAndWrite();
    }
    case 'retry':
      await activity('retryFailures', run);
      await activity('writeChanges', { ...run, planId: null });
  }
}

/** Until what was written lies behind lag and overlap: nothing is read twice any more. */
export async function passOverlap(world: Pick<World, 'advance' | 'job'>): Promise<void> {
  world.advance(10 * minute);
  // The connector believes a clock reading for a second: the first read may not see the jump.
  await world.job('sync');
  await world.job('sync');
  world.advance(10 * minute);
}
