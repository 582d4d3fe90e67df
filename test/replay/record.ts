/**
 * Adds the replay histories that are missing: `node test/replay/record.ts`. One that is there is
 * left as it is: it shows how a released workflow went. Delete it only when no run of it is left.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { ApplicationFailure, type Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { DrainResult } from '../../activities/contract.ts';
import { checkMappingWorkflowId, engineQueue, workflowTypes } from '../../workflows/messages.ts';
import {
  type Engines,
  fakeEngine,
  gate,
  quietRuntime,
  until,
  withWorkers,
} from '../support/engine.ts';
import { historyOf } from '../support/history.ts';
import { resultOf, startOwner } from '../support/owner.ts';
import { withDevServer, withImpatientServer } from '../support/temporal.ts';

const folder = new URL('./histories/', import.meta.url);
const noSyncs = { activeVersion: null };

quietRuntime();
await withDevServer(async ({ env }) => {
  const engines: Engines = new Map();
  await withWorkers(env.nativeConnection, engines, async () => {
    await everyJob(env, engines);
    await pausedByFailure(env, engines);
    await wakeUpsAndWaitingRows(env, engines);
    await cancelledJob(env, engines);
    await reportedChanges(env, engines);
  });
});
await withImpatientServer(async (env) => {
  const engines: Engines = new Map();
  await withWorkers(env.nativeConnection, engines, () => continuedAsNew(env, engines));
});

async function everyJob(env: TestWorkflowEnvironment, engines: Engines): Promise<void> {
  const engine = fakeEngine(noSyncs);
  engines.set('every-job', engine);
  const owner = await startOwner(env, { connection: 'every-job', searchAttributes: true });
  await owner.run({ kind: 'provision', commandId: 'c-1' });
  await owner.run({ kind: 'plan', commandId: 'c-2' });
  await owner.run({ kind: 'apply', planId: 'P-1', commandId: 'c-3' });
  await owner.run({ kind: 'sync', full: true, commandId: 'c-4' });
  await owner.run({ kind: 'retry', commandId: 'c-5' });
  await owner.run({ kind: 'sync', commandId: 'c-6' });
  await owner.run({ kind: 'reconcile', commandId: 'c-9' });
  await owner.pause('Paused with partner-sync pause.');
  await owner.resume();
  engine.activities.checkPlan = async () => ({ state: 'outdated', records: 9, outdated: 2 });
  await owner.run({ kind: 'apply', planId: 'P-1', commandId: 'c-7' });
  await owner.run({ kind: 'undo', undoRunId: 'apply/every-job/3', commandId: 'c-10' });
  const checked = checkMappingWorkflowId('every-job', 'c-8');
  await env.client.workflow.execute(workflowTypes.checkMapping, {
    workflowId: checked,
    taskQueue: engineQueue,
    args: [{ connection: 'every-job', commandId: 'c-8' }],
  });
  await keep(env.client, 'provisionConnection/done', 'provision/every-job/1');
  await keep(env.client, 'planChanges/done', 'plan/every-job/2');
  await keep(env.client, 'applyPlan/done', 'apply/every-job/3');
  await keep(env.client, 'backfillConnection/done', 'backfill/every-job/4');
  await keep(env.client, 'retryFailedWrites/done', 'retry/every-job/5');
  await keep(env.client, 'syncConnection/green', 'sync/every-job/6');
  await keep(env.client, 'reconcileConnection/done', 'reconcile/every-job/7');
  await keep(env.client, 'applyPlan/outdated', 'apply/every-job/8');
  await keep(env.client, 'undoRun/done', 'undo/every-job/9');
  await keep(env.client, 'checkMapping/done', checked);
  await keep(env.client, 'runConnection/every-job', 'connection/every-job');
}

async function pausedByFailure(env: TestWorkflowEnvironment, engines: Engines): Promise<void> {
  const refused = 'Salesforce rejected the token. Authorise the app again, then resume.';
  const engine = fakeEngine(noSyncs, () => ({
    pullChanges: async () => {
      throw ApplicationFailure.nonRetryable(refused, 'Crm.Unauthorized');
    },
  }));
  engines.set('refused', engine);
  const owner = await startOwner(env, { connection: 'refused', searchAttributes: true });
  await owner.run({ kind: 'sync' });
  await until('paused', async () => engine.state.paused);
  await owner.request({ kind: 'sync' }).catch(() => undefined);
  await keep(env.client, 'syncConnection/red', 'sync/refused/1');
  await keep(env.client, 'runConnection/paused-by-failure', 'connection/refused');
}

async function wakeUpsAndWaitingRows(
  env: TestWorkflowEnvironment,
  engines: Engines,
): Promise<void> {
  const door = gate();
  const engine = fakeEngine({}, () => ({
    decideRecords: async () => {
      await door.wait();
      return { done: true, counts: { decided: 12, enqueued: 7 } };
    },
    writeChanges: async () => waitingRow(),
  }));
  engines.set('woken', engine);
  const owner = await startOwner(env, { connection: 'woken', searchAttributes: true });
  await door.reached;
  await Promise.all([owner.wake(), owner.wake(), owner.wake()]);
  door.open();
  await until('the third sync, by its timer', () => engine.closed.size === 3, 60_000);
  await keep(env.client, 'syncConnection/amber', 'sync/woken/1');
  await keep(env.client, 'runConnection/woken', 'connection/woken');
}

/** Reports while idle, during a run, too many of them, and ids that a failed run leaves for the next. */
async function reportedChanges(env: TestWorkflowEnvironment, engines: Engines): Promise<void> {
  const door = gate();
  let runs = 0;
  const engine = fakeEngine({}, () => ({
    readReported: async ({ changed: { records, links } }) => {
      runs += 1;
      if (runs === 2) {
        throw ApplicationFailure.nonRetryable('The store does not answer.', 'Store.Unavailable');
      }
      const reported = records.length + links.length;
      return { done: true, counts: { reported, 'changed.opportunity': reported } };
    },
    decideRecords: async ({ runId }) => {
      await (runId === 'sync/reported/2' ? door.wait() : undefined);
      return { done: true, counts: {} };
    },
  }));
  engines.set('reported', engine);
  const owner = await startOwner(env, { connection: 'reported', searchAttributes: true });
  await until('the first sync', () => engine.closed.size === 1);
  await owner.wake({ records: ['0-3/101', '0-3/102'], links: ['0-3/103'] });
  await door.reached;
  await owner.wake({ records: ['0-3/104'] });
  await owner.wake({ records: ['0-3/104', '0-3/105'], links: ['0-2/7'] });
  door.open();
  await until('the red sync', () => engine.closed.size === 3);
  await owner.wake({ more: true });
  await until('the poll with what was left', () => engine.closed.size === 4);
  await owner.wake({ moreLinks: true });
  await until('the reconcile', () => engine.closed.size === 5);
  engine.activities.readReported = async () => ({ done: true, counts: { reported: 1 } });
  await owner.wake({ records: ['0-3/101'] });
  await until('the echo', () => engine.closed.size === 6);
  await owner.pause('The recording is over.');
  await keep(env.client, 'syncConnection/echo', 'sync/reported/6');
  await keep(env.client, 'syncConnection/reported', 'sync/reported/2');
  await keep(env.client, 'syncConnection/polled-and-reported', 'sync/reported/4');
  await keep(env.client, 'runConnection/reported', 'connection/reported');
}

async function cancelledJob(env: TestWorkflowEnvironment, engines: Engines): Promise<void> {
  const door = gate();
  const wait = async () => {
    await door.wait();
    return { done: true, counts: {} };
  };
  const engine = fakeEngine(noSyncs, () => ({ decideRecords: wait }));
  engines.set('cancelled', engine);
  const owner = await startOwner(env, { connection: 'cancelled', searchAttributes: true });
  const ticket = await owner.request({ kind: 'sync' });
  await door.reached;
  await owner.current.cancel();
  door.open();
  await owner.current.result().catch(() => undefined);
  await keep(env.client, 'syncConnection/cancelled', ticket.workflowId);
  await keep(env.client, 'runConnection/cancelled', 'connection/cancelled');
}

async function continuedAsNew(env: TestWorkflowEnvironment, engines: Engines): Promise<void> {
  let stretches = 3;
  const engine = fakeEngine(noSyncs, () => ({
    pullChanges: async ({ mode }) => ({
      done: mode === 'changes' || --stretches === 0,
      counts: { 'pulled.opportunity': 2_000 },
    }),
  }));
  engines.set('long', engine);
  const owner = await startOwner(env, { connection: 'long', searchAttributes: false });
  const full = await owner.request({ kind: 'sync', full: true, commandId: 'c-1' });
  const next = await Promise.all([1, 2, 3].map(() => owner.request({ kind: 'sync' })));
  for (const ticket of [full, ...next]) {
    await resultOf(env.client, ticket);
  }
  const first = await firstRun(env.client, full.workflowId);
  await keep(env.client, 'backfillConnection/continues', full.workflowId, first);
  await keep(env.client, 'backfillConnection/continued', full.workflowId);
  await keep(
    env.client,
    'runConnection/continues',
    'connection/long',
    owner.handle.firstExecutionRunId,
  );
  await keep(env.client, 'runConnection/continued', 'connection/long');
}

async function firstRun(client: Client, workflowId: string): Promise<string> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return raw.workflowExecutionInfo!.firstRunId!;
}

/** Writes one history as JSON, with its real workflow id, without where it was recorded. */
async function keep(client: Client, name: string, workflowId: string, runId?: string) {
  const path = new URL(`${name}.json`, folder);
  if (existsSync(path)) {
    return;
  }
  const history = await historyOf(client, workflowId, runId);
  mkdirSync(new URL('.', path), { recursive: true });
  const kept = { workflowId, history: withoutPlace(history) };
  writeFileSync(path, `${JSON.stringify(kept, null, 1)}\n`);
  process.stderr.write(`${name}: ${history.events.length} events\n`);
}

/** Identities name a machine, stack traces its folders; replay needs neither. */
function withoutPlace(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutPlace);
  }
  if (value === null || typeof value !== 'object') {
    return value;
  }
  const entries = Object.entries(value).map(([key, inner]) =>
    key === 'identity' || key === 'stackTrace' ? [key, ''] : [key, withoutPlace(inner)],
  );
  return Object.fromEntries(entries);
}

function waitingRow(): DrainResult {
  const nextTryAt = new Date(Date.now() + 1_000).toISOString();
  return { done: true, written: 6, tasks: 0, failed: 1, unclear: 0, waiting: 1, nextTryAt };
}
