/** Webhooks out, received by a real HTTP server and checked with the client's own Signature. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Signature } from '@hubspot/api-client';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type HubSpotBench, openPortal } from './client.ts';

interface Received {
  headers: Record<string, string | string[] | undefined>;
  body: string;
  events: Record<string, unknown>[];
}

let bench: HubSpotBench;
let server: Server;
let received: Received[];
let answer: number[];
const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?a=b%2Fc`;
const control = (method: string, path: string, body?: unknown) =>
  bench.call(method, `/__sandbox/hubspot${path}`, body);

beforeEach(async () => {
  received = [];
  answer = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    received.push({ headers: request.headers, body, events: JSON.parse(body) });
    response.writeHead(answer.shift() ?? 200).end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  bench = await openPortal();
  await control('PUT', '/webhooks', { targetUrl: address(), retryMs: 5 });
});
afterEach(async () => {
  await bench.close();
  server.closeAllConnections();
  server.close();
});

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
}
const events = () => received.flatMap((one) => one.events);
const subscribe = (eventType: string, propertyName?: string) =>
  control('POST', '/webhooks/subscriptions', {
    eventType,
    ...(propertyName ? { propertyName } : {}),
  });
async function deal(): Promise<string> {
  const properties = { dealname: 'Watched', amount: '1' };
  return (await bench.call('POST', '/crm/v3/objects/deals', { properties })).body.id;
}
function valid({ headers, body }: Received): boolean {
  return Signature.isValid({
    signatureVersion: 'v3',
    signature: String(headers['x-hubspot-signature-v3']),
    clientSecret: 'sandbox-secret',
    method: 'POST',
    requestBody: body,
    url: address().replace('%2F', '/'),
    timestamp: Number(headers['x-hubspot-request-timestamp']),
  });
}

test('a change is told with the documented fields, signed with our secret', async () => {
  await subscribe('deal.propertyChange', 'amount');
  const id = await deal();
  await bench.call('PATCH', `/crm/v3/objects/deals/${id}`, { properties: { amount: '2' } });
  await until(() => events().length >= 2);
  expect(events().at(-1)).toMatchObject({
    objectId: Number(id),
    propertyName: 'amount',
    propertyValue: '2',
    subscriptionType: 'deal.propertyChange',
    portalId: Number(bench.portal.id),
    attemptNumber: 0,
  });
  expect(received.every(valid)).toBe(true);
});

test('associations, merges, archives and restores have events of their own', async () => {
  for (const kind of ['associationChange', 'merge', 'deletion', 'restore']) {
    await subscribe(`deal.${kind}`);
  }
  const [a, b] = [await deal(), await deal()];
  const company = await bench.call('POST', '/crm/v3/objects/companies', {
    properties: { name: 'Partner' },
  });
  const path = `/crm/v4/objects/deals/${a}/associations/default/companies/${company.body.id}`;
  await bench.call('PUT', path);
  const merged = await bench.call('POST', '/crm/v3/objects/deals/merge', {
    primaryObjectId: a,
    objectIdToMerge: b,
  });
  await bench.call('DELETE', `/crm/v3/objects/deals/${merged.body.id}`);
  await control('POST', '/write', { operation: 'restore', object: 'deals', id: merged.body.id });
  const kinds = () => new Set(events().map((event) => event['subscriptionType']));
  await until(() => kinds().size === 4);
  expect(events().find((event) => event['subscriptionType'] === 'deal.merge')).toMatchObject({
    newObjectId: Number(merged.body.id),
    mergedObjectIds: `${a},${b}`,
  });
});

test('more than a hundred events come in batches of at most a hundred', async () => {
  await subscribe('deal.creation');
  await control('PUT', '/webhooks', { gatherMs: 300 });
  const inputs = Array.from({ length: 100 }, () => ({ properties: { dealname: 'Many' } }));
  await bench.call('POST', '/crm/v3/objects/deals/batch/create', { inputs });
  await bench.call('POST', '/crm/v3/objects/deals/batch/create', { inputs: inputs.slice(50) });
  await until(() => events().length === 150);
  expect(Math.max(...received.map((one) => one.events.length))).toBe(100);
});

test('a delivery that fails is tried again, with its attempt number', async () => {
  answer = [500, 503];
  await subscribe('deal.creation');
  await deal();
  await until(() => received.length >= 3);
  expect(received.map((one) => one.events[0]!['attemptNumber'])).toEqual([0, 1, 2]);
});

test('armed, events come twice, newest first, late, and signed with another secret', async () => {
  await subscribe('deal.creation');
  await control('PUT', '/webhooks', { gatherMs: 200 });
  const trouble = (name: string, more = {}) => control('POST', '/changes', { name, ...more });
  await trouble('webhook-duplicates', { events: 1 });
  await trouble('webhook-reorder');
  await trouble('webhook-bad-signature');
  const inputs = [{ properties: { dealname: 'A' } }, { properties: { dealname: 'B' } }];
  const made = await bench.call('POST', '/crm/v3/objects/deals/batch/create', { inputs });
  await until(() => events().length === 3);
  const [a, b] = made.body.results.map(({ id }: { id: string }) => Number(id));
  expect(events().map((event) => event['objectId'])).toEqual([a, b, a]);
  expect(events()[0]!['eventId']).toBe(events()[2]!['eventId']);
  expect(valid(received[0]!)).toBe(false);
  await trouble('webhook-old', { seconds: 301 });
  await deal();
  await until(() => received.length === 2);
  const age = Date.now() - Number(received[1]!.headers['x-hubspot-request-timestamp']);
  expect(age).toBeGreaterThanOrEqual(301_000);
});
