/** Webhooks over a real port: bodies cut short, HubSpot's own retries, health and metrics beside. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Portal } from '../../sandbox/hubspot/portal.ts';
import { createRecord, updateRecord } from '../../sandbox/hubspot/write.ts';
import { type RunningSandbox, startSandbox } from '../../sandbox/server.ts';
import { type RunningServer, startServer } from '../../server/start.ts';
import { until } from '../support/engine.ts';
import { connection, dealEvent, endpoint, type Receiver, receiver, signed } from './receiver.ts';

let server: RunningServer;
let r: Receiver;
const path = `/webhooks/hubspot/${connection}`;
const target = () => `${server.url}${path}`;

beforeEach(async () => {
  r = receiver({ endpoints: [[connection, endpoint('sandbox-secret')]] });
  server = await startServer({ ...r.deps, publicUrl: null }, { host: '127.0.0.1', port: 0 });
});
afterEach(() => server.close());

/** Writes bytes to the port as they are and gives what comes back until the end. */
async function raw(text: string, end: 'cut' | 'wait'): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(text);
  if (end === 'cut') {
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
  } else {
    await once(socket, 'close');
  }
  return answer;
}

function requestText(headers: Record<string, string>, body: string): string {
  const lines = Object.entries({ host: '127.0.0.1', connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return [`POST ${path} HTTP/1.1`, ...lines, '', body].join('\r\n');
}

const honest = () => {
  const { init } = signed({ secret: 'sandbox-secret', url: target() });
  return { headers: init.headers as Record<string, string>, body: String(init.body) };
};

test('a body in chunks is taken as it was signed', async () => {
  const { headers, body } = honest();
  const half = body.length >> 1;
  const chunks = [body.slice(0, half), body.slice(half), ''];
  const coded = chunks.map((one) => `${one.length.toString(16)}\r\n${one}\r\n`).join('');

  const answer = await raw(
    requestText({ ...headers, 'transfer-encoding': 'chunked' }, coded),
    'wait',
  );

  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(r.signals).toHaveLength(1);
});

test('a caller who goes away in the middle of a body wakes nobody, and the server goes on', async () => {
  const { headers, body } = honest();
  const length = String(body.length + 100);

  await raw(requestText({ ...headers, 'content-length': length }, body), 'cut');
  const alive = await fetch(`${server.url}/health/live`);

  expect(await alive.json()).toEqual({ ok: true });
  expect(r.signals).toEqual([]);
});

test('an address written another way is another address', async () => {
  const { headers, body } = honest();
  const others = [path.replace('acme', '%61cme'), `${path}?x`, `${path}/`, `/${path}`];
  for (const other of others) {
    const answer = await fetch(`${server.url}${other}`, { method: 'POST', headers, body });

    expect([other, [401, 404].includes(answer.status)]).toEqual([other, true]);
  }
  expect(r.signals).toEqual([]);
});

test('HubSpot sends what was not taken again until it is: forged, late, doubled, out of order', async () => {
  await withPortal(async (portal, running) => {
    const webhooks = running.sandbox.portals.webhooksOf(portal);
    Object.assign(webhooks, { targetUrl: target(), retryMs: 20 });
    webhooks.subscribe({ eventType: 'deal.propertyChange', propertyName: 'amount' });
    Object.assign(webhooks.troubles, {
      badSignatures: 3,
      duplicates: 40,
      reorder: true,
      lateMs: 30,
    });
    r.down.error = new Error('14 UNAVAILABLE');
    const scene = sceneOf(portal);
    const deals = Array.from({ length: 130 }, (_, n) =>
      createRecord(scene, {
        dealname: `Deal ${n}`,
        dealstage: 'appointmentscheduled',
        pipeline: 'default',
      }),
    );
    for (const deal of deals) updateRecord(scene, deal, { amount: '10' });
    await until('the refused ones', () => webhooks.deliveries.some(({ status }) => status === 503));
    r.down.error = null;

    const told = () => new Set(r.signals.flatMap(({ changes }) => changes.records));
    await until('all are told', () => deals.every(({ id }) => told().has(`0-3/${id}`)), 30_000);

    const statuses = new Set(webhooks.deliveries.map(({ status }) => status));
    expect([...statuses].sort()).toEqual([200, 401, 503]);
  });
});

test('a delivery that says it is older than five minutes is refused, however well it is signed', async () => {
  await withPortal(async (portal, running) => {
    const webhooks = running.sandbox.portals.webhooksOf(portal);
    Object.assign(webhooks, { targetUrl: target(), retryMs: 10 });
    webhooks.subscribe({ eventType: 'deal.creation' });
    webhooks.troubles.ageMs = 301_000;
    createRecord(sceneOf(portal), {
      dealname: 'Old',
      dealstage: 'appointmentscheduled',
      pipeline: 'default',
    });
    await until('three tries', () => webhooks.deliveries.length >= 3);

    expect(webhooks.deliveries.every(({ status }) => status === 401)).toBe(true);
    expect(r.signals).toEqual([]);
    webhooks.troubles.ageMs = 0;
    await until('the next try', () => r.signals.length === 1, 30_000);
  });
});

test('the metrics count deliveries by what became of them, and hold no id', async () => {
  const post = async (change: { secret?: string; events?: unknown } = {}) => {
    const { init } = signed({ secret: 'sandbox-secret', url: target(), ...change });
    return fetch(target(), init);
  };
  const count = async (line: string) => {
    const { metricsText } = await import('../../server/metrics.ts');
    const text = await metricsText(r.deps.store);
    expect(text).not.toMatch(/987654|acme/);
    return Number(
      text
        .split('\n')
        .find((one) => one.startsWith(`${line} `))
        ?.split(' ')[1] ?? 0,
    );
  };
  r.deps.store.connections = async () => [];
  const names = {
    accepted: 'partner_sync_webhook_requests_total{outcome="accepted"}',
    forged: 'partner_sync_webhook_requests_total{outcome="forged"}',
    reported: 'partner_sync_webhook_changes_total',
    signals: 'partner_sync_wake_ups_total{outcome="sent"}',
    ids: 'partner_sync_wake_up_ids_total',
  };
  const all = async () =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(names).map(async ([key, line]) => [key, await count(line)] as const),
      ),
    );
  const before = await all();

  await post({ events: [dealEvent(987654), dealEvent(987654), dealEvent(987655)] });
  await post({ secret: 'another' });

  const after = await all();
  const grown = Object.fromEntries(
    Object.entries(after).map(([key, n]) => [key, n - before[key]!]),
  );
  expect(grown).toEqual({ accepted: 1, forged: 1, reported: 3, signals: 1, ids: 2 });
});

async function withPortal(
  work: (portal: Portal, running: RunningSandbox) => Promise<void>,
): Promise<void> {
  const running = await startSandbox({});
  try {
    await work(running.sandbox.portals.defaultPortal, running);
  } finally {
    await running.close();
  }
}

const sceneOf = (portal: Portal) => ({
  portal,
  store: portal.store('deals'),
  writer: {
    author: { sourceType: 'CRM_UI' as const, sourceId: null, userId: null, appId: null },
    apiVersion: 'v3',
    via: 'page' as const,
  },
});
