/** The workflows on a Temporal server with faked activities: what they call, in which order. */
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  type NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import type { Activities, ConnectionState } from '../../activities/contract.ts';
import { crmQueues, engineQueue } from '../../workflows/messages.ts';

/** What the fakes did, by activity, in the order it began; `run` is the run it was for. */
export interface Call {
  name: keyof Activities;
  run: string;
}

/** A connection in memory: its state is what activities would find in the store. */
export interface FakeEngine {
  state: ConnectionState;
  calls: Call[];
  /** How each closed run ended, by run id. */
  closed: Map<string, { outcome: string; failure: { type: string; message: string } | null }>;
  activities: Activities;
}

/** A connection with one version active and an interval of five minutes. */
export const activeConnection: ConnectionState = {
  crm: 'salesforce',
  accountKey: 'sf:00D000000000001',
  everyMs: 300_000,
  nextReconcileAt: null,
  activeVersion: '2026.4+1a2b3c4',
  openPlan: null,
  paused: false,
  pauseReason: null,
  nextJob: 1,
};

/** Activities that do nothing but remember; `change` replaces single ones. */
export function fakeEngine(
  state: Partial<ConnectionState> = {},
  change: (engine: FakeEngine) => Partial<Activities> = () => ({}),
): FakeEngine {
  const engine = {
    state: { ...activeConnection, ...state },
    calls: [],
    closed: new Map(),
  } as unknown as FakeEngine;
  const activities = { ...quietActivities(engine), ...change(engine) };
  engine.activities = remembered(engine, activities);
  return engine;
}

function quietActivities(engine: FakeEngine): Activities {
  const done = async () => ({ done: true, counts: {} });
  const dry = { done: true, written: 0, tasks: 0, failed: 0, unclear: 0 };
  const waiting = new Map<string, number>();
  return {
    readConnection: async () => ({ ...engine.state }),
    openRun: async ({ connection }) => {
      const runId = activityInfo().workflowExecution!.workflowId;
      engine.state.nextJob = Math.max(engine.state.nextJob, numberOf(runId) + 1);
      return { connection, runId };
    },
    closeRun: async ({ runId, failure }) => {
      const outcome = failure ? 'red' : waiting.has(runId) ? 'amber' : 'green';
      engine.closed.set(runId, { outcome, failure });
      return { runId, outcome, counts: {} };
    },
    pauseConnection: async ({ reason }) => {
      Object.assign(engine.state, { paused: true, pauseReason: reason });
    },
    resumeConnection: async () => {
      Object.assign(engine.state, { paused: false, pauseReason: null });
    },
    decideRecords: done,
    decideAlerts: done,
    openPlan: async () => ({ planId: 'P-1' }),
    decidePlan: done,
    finishPlan: async ({ planId }) => ({ planId, records: 2, fields: 3, tasks: 1 }),
    adoptPlan: done,
    retryFailures: done,
    undoChanges: done,
    undoVersion: done,
    releaseHolds: done,
    pullChanges: done,
    readReported: async ({ changed: { records, links } }) => {
      const reported = records.length + links.length;
      return { done: true, counts: { reported, 'changed.opportunity': reported } };
    },
    reconcile: done,
    checkPlan: async () => ({ state: 'current', records: 2, outdated: 0 }),
    writeChanges: async () => ({ ...dry, waiting: 0, nextTryAt: null }),
    provisionFields: async () => ({ created: 12, failed: 0 }),
    checkMapping: async () => ({ problems: 0 }),
  };
}

function remembered(engine: FakeEngine, activities: Activities): Activities {
  const entries = Object.entries(activities).map(([name, run]) => [
    name,
    (input: { runId?: string; connection: string }) => {
      const id = activityInfo().workflowExecution!.workflowId;
      engine.calls.push({ name: name as keyof Activities, run: input.runId ?? id });
      return (run as (input: unknown) => Promise<unknown>)(input);
    },
  ]);
  return Object.fromEntries(entries) as Activities;
}

function numberOf(runId: string): number {
  return Number(runId.split('/').at(-1));
}

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

/** The workflows' bundle, made once a process (1.2 s and more), in jest once for all its files. */
export function workflowBundle(): Promise<WorkflowBundleWithSourceMap> {
  bundle ??= bundleOnce();
  return bundle;
}

async function bundleOnce(): Promise<WorkflowBundleWithSourceMap> {
  const kept = globalThis.keptBetweenFiles?.get('workflows');
  if (kept) return JSON.parse(kept);
  const made = await bundleWorkflowCode({
    workflowsPath: new URL('../../workflows/index.ts', import.meta.url).pathname,
    logger: new DefaultLogger('ERROR'),
  });
  globalThis.keptBetweenFiles?.set('workflows', JSON.stringify(made));
  return made;
}

/** Keeps the SDK quiet unless something is wrong; call it before the first server is started. */
export function quietRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
  });
}

/** The engines under test, by connection. */
export type Engines = Map<string, FakeEngine>;

/**
 * Workers for both queues while `body` runs. One pair serves all tests of a file: the
 * time-skipping server may hand a task to the last poll of a worker that has stopped.
 */
export async function withWorkers<T>(
  connection: NativeConnection,
  engines: Engines,
  body: () => Promise<T>,
): Promise<T> {
  const activities = dispatched(engines);
  const shared = { connection, identity: 'test worker', activities } as const;
  const engineWorker = await Worker.create({
    ...shared,
    taskQueue: engineQueue,
    workflowBundle: await workflowBundle(),
  });
  const crmWorker = await Worker.create({ ...shared, taskQueue: crmQueues.salesforce });
  return engineWorker.runUntil(crmWorker.runUntil(body));
}

/** Activities that act on the engine of the connection they are called for. */
function dispatched(engines: Engines): Activities {
  const names = Object.keys(quietActivities({} as FakeEngine));
  const entries = names.map((name) => [
    name,
    (input: { connection: string }) => {
      const engine = engines.get(input.connection);
      if (engine === undefined) {
        throw ApplicationFailure.nonRetryable(`No test knows ${input.connection}.`, 'Test');
      }
      const run = engine.activities[name as keyof Activities];
      return (run as (input: unknown) => Promise<unknown>)(input);
    },
  ]);
  return Object.fromEntries(entries) as Activities;
}

/** Waits in real time until `check` is true; fails with `what` after `limitMs`. */
export async function until(
  what: string,
  check: () => boolean | Promise<boolean>,
  limitMs = 100_000,
): Promise<void> {
  for (const end = Date.now() + limitMs; Date.now() < end; ) {
    if (await check()) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`Not within ${limitMs / 1_000} seconds: ${what}`);
}

/** A door that activities wait at until the test opens it. */
export function gate(): { reached: Promise<void>; wait(): Promise<void>; open(): void } {
  let open = () => {};
  let arrive = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  return {
    reached,
    wait: () => {
      arrive();
      return opened;
    },
    open: () => open(),
  };
}
