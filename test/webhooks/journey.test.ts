/** A change in the portal -> its webhook -> the owner in Temporal -> the field that is written. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import pino from 'pino';
import { loadMapping } from '../../mappings/load.ts';
import { webhookSubscriptions } from '../../mappings/webhook-subscriptions.ts';
import { rulesVersion } from '../../rules/version.ts';
import { associate } from '../../sandbox/hubspot/links.ts';
import { archiveRecord, updateRecord } from '../../sandbox/hubspot/write.ts';
import { type RunningServer, startServer } from '../../server/start.ts';
import { createWakeUps } from '../../server/wake-ups.ts';
import type { RunRow } from '../../store/types.ts';
import { wake, webhookEndpoints } from '../../worker/webhooks.ts';
import {
  crmQueues,
  engineQueue,
  ownerStartOptions,
  type ReportedChanges,
  workflowTypes,
} from '../../workflows/messages.ts';
import { smallCompany } from '../support/cases-company.ts';
import { quietRuntime, until, workflowBundle } from '../support/engine.ts';
import { withDevServer } from '../support/temporal.ts';
import { hubspot, type TwoCrms, withTwoCrms } from '../support/two-crms.ts';
import { byHand, decidedDeals, isLabelled, partners } from './portal.ts';

jest.setTimeout(600_000);
quietRuntime();

/** Signals as they went to Temporal, and how many of the next ones it does not take. */
interface Sent {
  signals: ReportedChanges[];
  outages: number;
}

/** A world whose portal sends webhooks to a running worker. */
interface Live extends TwoCrms {
  sent: Sent;
  /** Runs since the first sync, oldest first. */
  runs(): Promise<RunRow[]>;
  idle(): Promise<void>;
  server: RunningServer;
}

const variables = {
  SANDBOX_URL: 'http://127.0.0.1:1',
  SANDBOX_CLIENT_ID: 'sandbox',
  SANDBOX_CLIENT_SECRET: 'sandbox-secret',
  SANDBOX_HUBSPOT_TOKEN: 'token',
};

/** One for both tests: making it takes longer than they do. */
let live: Live;
let close = () => {};
let closed: Promise<void>;

beforeAll(async () => {
  await new Promise<void>((ready, failed) => {
    closed = withLive(async (made) => {
      live = made;
      ready();
      await new Promise<void>((resolve) => {
        close = resolve;
      });
    });
    closed.catch(failed);
  });
}, 600_000);
afterAll(async () => {
  close();
  await closed;
});

async function withLive(work: (live: Live) => Promise<void>): Promise<void> {
  await withTwoCrms(smallCompany(0), async (world) => {
    // No poll comes to the help of what a webhook has lost.
    const file = join(world.mappingsDir, `${hubspot}.yaml`);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('every: 1 minute');
    writeFileSync(file, text.replace('every: 1 minute', 'every: 1 day'));
    await world.begin(hubspot);
    await withDevServer(async ({ env }) => {
      const client = new Client({ connection: env.connection });
      const sent: Sent = { signals: [], outages: 0 };
      const server = await serve(world, client, sent);
      const common = { connection: env.nativeConnection };
      const { engine, crm } = world.activities;
      const workers = [
        await Worker.create({
          ...common,
          taskQueue: engineQueue,
          workflowBundle: await workflowBundle(),
          activities: engine,
        }),
        await Worker.create({ ...common, taskQueue: crmQueues.hubspot, activities: crm }),
      ] as const;
      try {
        await workers[0].runUntil(
          workers[1].runUntil(async () => {
            const live = await begun(world, client, { sent, server });
            await work(live);
            world.sandbox.portals.webhooksOf(world.portal).targetUrl = null;
            await live.idle();
          }),
        );
      } finally {
        await server.close();
      }
    });
  });
}

function serve(world: TwoCrms, client: Client, sent: Sent): Promise<RunningServer> {
  const wakeUps = createWakeUps({
    send: async (name, changes) => {
      if (sent.outages > 0) {
        sent.outages -= 1;
        throw new Error('14 UNAVAILABLE');
      }
      await wake(client, name, changes);
      sent.signals.push(changes);
    },
  });
  return startServer(
    {
      store: world.store,
      log: pino({ level: 'silent' }),
      token: 'a-token-of-more-than-sixteen-characters',
      publicUrl: null,
      backupFolder: world.mappingsDir,
      crmUrl: () => null,
      webhooks: { endpoints: webhookEndpoints(world.mappingsDir, variables), wakeUps },
    },
    { host: '127.0.0.1', port: 0 },
  );
}

/** Subscribes what the mapping needs, starts the owner and lets its first sync pass. */
async function begun(
  world: TwoCrms,
  client: Client,
  { sent, server }: Pick<Live, 'sent' | 'server'>,
): Promise<Live> {
  const { portal, sandbox, store, mappingsDir } = world;
  const loaded = loadMapping(`${mappingsDir}/${hubspot}.yaml`, { env: null, rulesVersion });
  if (!loaded.ok) throw new Error(loaded.problems[0]!.text);
  await client.workflow.start(
    workflowTypes.runConnection,
    ownerStartOptions({ connection: hubspot, searchAttributes: false }),
  );
  const all = async () =>
    (await store.runs(hubspot, 1_000)).filter(({ kind }) => kind === 'sync').reverse();
  await until('the first sync', async () => (await all())[0]?.finishedAt != null, 60_000);
  const webhooks = sandbox.portals.webhooksOf(portal);
  webhooks.targetUrl = `${server.url}/webhooks/hubspot/${hubspot}`;
  webhooks.retryMs = 50;
  for (const { subscriptionType, objectType, propertyName } of webhookSubscriptions(
    loaded.mapping,
  )) {
    const objectTypeId = portal.findStore(objectType)?.type.id;
    const named = {
      ...(propertyName ? { propertyName } : {}),
      ...(objectTypeId ? { objectTypeId } : {}),
    };
    if (objectTypeId) webhooks.subscribe({ eventType: subscriptionType, ...named });
  }
  return {
    ...world,
    sent,
    server,
    runs: async () => (await all()).slice(1),
    async idle() {
      let seen = -1;
      await until(
        'nothing runs any more',
        async () => {
          const runs = await all();
          const before = seen;
          seen = runs.length;
          await new Promise((resolve) => setTimeout(resolve, 400));
          return before === seen && runs.every(({ finishedAt }) => finishedAt !== null);
        },
        120_000,
      );
    },
  };
}

const sourced = (live: TwoCrms, id: string) =>
  live.look('deals', id, ['partner_sourced'])['partner_sourced'];

/** Pairs of runs that were open at one time. */
function overlapping(runs: RunRow[]): [string, string][] {
  return runs.flatMap((run, i) =>
    runs
      .slice(i + 1)
      .filter(({ startedAt }) => startedAt < (run.finishedAt ?? '9'))
      .map(({ id }): [string, string] => [run.id, id]),
  );
}

test('a label set by hand, a field of ours edited and a deal thrown away: each is answered by webhook', async () => {
  const { portal, store } = live;
  const deals = portal.store('deals');
  const [edited, thrown] = decidedDeals(live).filter(({ id }) => sourced(live, id) === 'true');
  const bare = decidedDeals(live).find(({ id }) => !isLabelled(live, id))!;
  const label = portal.associations.types.labelled('deal', 'company', 'Sourcing partner')!;

  const partner = { store: portal.store('companies'), id: partners(live)[0]!.id };
  associate(portal, { from: { store: deals, id: bare.id }, to: partner }, [label]);
  await until('the label is taken off', () => !isLabelled(live, bare.id), 60_000);
  updateRecord(byHand(live), deals.live(edited!.id)!, { partner_sourced: 'false' });
  await until('the field is put back', () => sourced(live, edited!.id) === 'true', 60_000);
  archiveRecord(byHand(live), deals.live(thrown!.id)!);
  const isDeleted = async () =>
    (await store.mirror(hubspot, 'opportunity', [thrown!.id]))[0]!.deleted;
  await until('the deal is deleted here too', isDeleted, 60_000);
  await live.idle();

  expect(live.sent.signals.some(({ links }) => links.includes(`0-3/${bare.id}`))).toBe(true);
  const runs = await live.runs();
  expect(runs.filter(({ counts }) => (counts['reported'] ?? 0) > 0).length).toBeGreaterThan(0);
  expect(runs.map(({ outcome }) => outcome)).not.toContain('red');
  expect(overlapping(runs)).toEqual([]);
});

test('sixty edits, doubled, out of order, some forged, Temporal away for some: all are answered, one run at a time', async () => {
  const { portal, sandbox } = live;
  const deals = portal.store('deals');
  const webhooks = sandbox.portals.webhooksOf(portal);
  Object.assign(webhooks.troubles, { duplicates: 50, reorder: true, badSignatures: 2 });
  live.sent.outages = 3;
  const before = (await live.runs()).length;
  const mine = decidedDeals(live).filter(({ id }) => sourced(live, id) === 'true');
  const edits = 60;

  for (let n = 0; n < edits; n += 1) {
    const { id } = mine[n % mine.length]!;
    updateRecord(byHand(live), deals.live(id)!, { dealname: `Edit ${n} of a person` });
    if (n === 30) Object.assign(webhooks.troubles, { badSignatures: 1, duplicates: 20 });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await until(
    'the last name of each deal is known here',
    async () => {
      const rows = await live.store.mirror(
        hubspot,
        'opportunity',
        mine.map(({ id }) => id),
      );
      return rows.every(
        ({ id, fields }) => fields['name'] === live.look('deals', id, ['dealname'])['dealname'],
      );
    },
    120_000,
  );
  await live.idle();

  const runs = (await live.runs()).slice(before);
  const statuses = new Set(webhooks.deliveries.map(({ status }) => status));
  expect([...statuses].sort()).toEqual([200, 401, 503]);
  expect(runs.every(({ counts }) => (counts['pulled.user'] ?? 0) === 0)).toBe(true);
  expect(overlapping(runs)).toEqual([]);
  // Edits of one moment share a run.
  expect(runs.length).toBeLessThan(edits);
});
