/** What the owner survives on a real server: cancelled and terminated jobs, its own end, its size. */
import { expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  type Engines,
  type FakeEngine,
  fakeEngine,
  gate,
  quietRuntime,
  until,
  withWorkers,
} from '../support/engine.ts';
import { eventTypes } from '../support/history.ts';
import { resultOf, startOwner } from '../support/owner.ts';
import { withDevServer, withImpatientServer } from '../support/temporal.ts';

const noSyncs = { activeVersion: null };
quietRuntime();

test('jobs and owners that are cancelled or terminated leave no second owner and no open run', async () => {
  await withDevServer(async ({ env }) => {
    const engines: Engines = new Map();
    await withWorkers(env.nativeConnection, engines, async () => {
      await cancelledJob(env, engines);
      await terminatedJob(env, engines);
      await terminatedOwner(env, engines);
      await cancelledOwner(env, engines);
    });
  });
}, 60_000);

async function cancelledJob(env: TestWorkflowEnvironment, engines: Engines): Promise<void> {
  const { engine, door } = stuckInDecide();
  engines.set('cancelled-job', engine);
  const owner = await startOwner(env, { connection: 'cancelled-job' });
  const ticket = await owner.request({ kind: 'sync' });
  await door.reached;

  const job = env.client.workflow.getHandle(ticket.workflowId);
  await job.cancel();
  await until('its activity is asked to stop', asked(env.client, ticket.workflowId));
  door.open();

  await expect(job.result()).rejects.toThrow('cancelled');
  const failure = { type: 'Run.Cancelled', message: expect.any(String) };
  expect(engine.closed.get(ticket.workflowId)).toEqual({ outcome: 'red', failure });
  expect((await owner.run({ kind: 'plan' })).outcome).toBe('green');
}

async function terminatedJob(env: TestWorkflowEnvironment, engines: Engines): Promise<void> {
  const { engine, door } = stuckInDecide();
  engines.set('terminated-job', engine);
  const owner = await startOwner(env, { connection: 'terminated-job' });
  const ticket = await owner.request({ kind: 'sync' });
  await door.reached;

  await env.client.workflow.getHandle(ticket.workflowId).terminate();

  await until('the owner closed its run', () => engine.closed.has(ticket.workflowId));
  expect(engine.closed.get(ticket.workflowId)?.failure?.type).toBe('Run.Failed');
  door.open();
  expect((await owner.run({ kind: 'plan' })).outcome).toBe('green');
}

/** The job stops in good order; the next owner waits for that before it begins its own. */
async function terminatedOwner(env: TestWorkflowEnvironment, engines: Engines): Promise<void> {
  const { engine, door } = stuckInDecide();
  engines.set('terminated-owner', engine);
  const first = await startOwner(env, { connection: 'terminated-owner' });
  const ticket = await first.request({ kind: 'sync' });
  await door.reached;
  await first.current.terminate();
  engine.state.running = ticket.workflowId;
  await until('the job is asked to stop', asked(env.client, ticket.workflowId));

  const second = await startOwner(env, { connection: 'terminated-owner' });
  const next = await second.request({ kind: 'plan' });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(engine.calls.filter(({ name }) => name === 'openRun')).toHaveLength(1);
  door.open();

  expect((await resultOf(env.client, next)).outcome).toBe('green');
  expect([...engine.closed]).toMatchObject([
    ['sync/terminated-owner/1', { failure: { type: 'Run.Cancelled' } }],
    ['plan/terminated-owner/2', { outcome: 'green' }],
  ]);
}

async function cancelledOwner(env: TestWorkflowEnvironment, engines: Engines): Promise<void> {
  const { engine, door } = stuckInDecide();
  engines.set('cancelled-owner', engine);
  const owner = await startOwner(env, { connection: 'cancelled-owner' });
  const ticket = await owner.request({ kind: 'sync' });
  await door.reached;
  await owner.current.cancel();
  await until('the job is asked to stop', asked(env.client, ticket.workflowId));
  door.open();

  await expect(owner.current.result()).rejects.toThrow('cancelled');
  expect(engine.closed.get(ticket.workflowId)?.failure?.type).toBe('Run.Cancelled');
}

test('runs are found by their search attributes', async () => {
  await withDevServer(async ({ env }) => {
    const engines: Engines = new Map();
    await withWorkers(env.nativeConnection, engines, async () => {
      engines.set('found', fakeEngine(noSyncs));
      const owner = await startOwner(env, { connection: 'found', searchAttributes: true });
      await owner.run({ kind: 'sync' });
      await until('the owner knows', async () => (await owner.status()).lastOutcome === 'green');

      const query = 'CrmConnection = "found" AND RunOutcome = "green" AND NeedsAttention = false';
      await until('both are listed', async () => (await ids(env.client, query)).length === 2);
      expect(await ids(env.client, query)).toEqual(['connection/found', 'sync/found/1']);
    });
  });
}, 60_000);

test('a server that suggests continue-as-new early loses no job, wake-up or pause', async () => {
  await withImpatientServer(async (env) => {
    const engines: Engines = new Map();
    await withWorkers(env.nativeConnection, engines, async () => {
      let stretches = 12;
      const engine = fakeEngine(noSyncs, () => ({
        pullChanges: async ({ mode }) => {
          const done = mode === 'changes' || --stretches === 0;
          return { done, counts: { 'pulled.opportunity': 1 } };
        },
      }));
      engines.set('early', engine);
      const owner = await startOwner(env, { connection: 'early', searchAttributes: false });
      const full = await owner.request({ kind: 'sync', full: true, commandId: 'c-1' });
      const tickets = await Promise.all([1, 2, 3, 4].map(() => owner.request({ kind: 'sync' })));

      const result = await resultOf(env.client, full);
      for (const ticket of tickets) {
        await resultOf(env.client, ticket);
      }
      await owner.pause('Paused with partner-sync pause.');
      await owner.run({ kind: 'plan' });
      await owner.run({ kind: 'plan' });

      expect(result.counts).toMatchObject({ 'pulled.opportunity': 12 });
      expect(await runsOf(env.client, full.workflowId)).toBeGreaterThan(1);
      expect(await runsOf(env.client, 'connection/early')).toBeGreaterThan(1);
      expect([...engine.closed.keys()].map((id) => Number(id.split('/')[2]))).toEqual([
        1, 2, 3, 4, 5, 6, 7,
      ]);
      expect(engine.calls.filter(({ name }) => name === 'openRun')).toHaveLength(7);
      expect(await owner.status()).toMatchObject({ state: 'paused' });
      expect(await owner.request({ kind: 'sync', full: true, commandId: 'c-1' })).toEqual(full);
    });
  });
}, 60_000);

test('one sync with its interval costs at most 60 history events', async () => {
  await withDevServer(async ({ env }) => {
    const engines: Engines = new Map();
    await withWorkers(env.nativeConnection, engines, async () => {
      engines.set('counted', fakeEngine({ everyMs: 1_000 }));
      const owner = await startOwner(env, { connection: 'counted', searchAttributes: true });
      const ran = async (n: number) => {
        await until(
          `sync ${n}`,
          async () => (await owner.status()).lastRun?.workflowId === `sync/counted/${n}`,
          30_000,
        );
        return (await eventTypes(env.client, 'connection/counted')).length;
      };
      const before = await ran(1);
      const ofOwner = (await ran(2)) - before;
      const ofJob = (await eventTypes(env.client, 'sync/counted/2')).length;

      process.stderr.write(`History events of a sync: job ${ofJob}, owner ${ofOwner}\n`);
      expect(ofJob + ofOwner).toBeLessThanOrEqual(60);
    });
  });
}, 60_000);

/** A job that waits in its decide leg until the door is opened. */
function stuckInDecide(): { engine: FakeEngine; door: ReturnType<typeof gate> } {
  const door = gate();
  const engine = fakeEngine(noSyncs, () => ({
    decideRecords: async () => {
      await door.wait();
      return { done: true, counts: {} };
    },
  }));
  return { engine, door };
}

/** True once the workflow has asked its activity to stop. */
function asked(client: Client, workflowId: string): () => Promise<boolean> {
  return async () => (await eventTypes(client, workflowId)).includes('ActivityTaskCancelRequested');
}

async function ids(client: Client, query: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) {
    found.push(workflowId);
  }
  return found.sort();
}

async function runsOf(client: Client, workflowId: string): Promise<number> {
  return (await ids(client, `WorkflowId = "${workflowId}"`)).length;
}
