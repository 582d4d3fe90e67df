/** HubSpot's sign-in and wire shapes: one attempt, our timeout, a token renewed by the clock. */
import { afterEach, expect, jest, test } from '@jest/globals';
import type { UsageReading } from '../../connectors/budget.ts';
import type { HubSpotAuth } from '../../connectors/hubspot/auth.ts';
import { type OpenHubSpotOptions, openHubSpot } from '../../connectors/hubspot/open.ts';
import { failureOf } from '../contract/reading.ts';
import { startTappedSandbox, type TappedSandbox } from '../support/wire-tap.ts';

jest.setTimeout(60_000);

let running: TappedSandbox | null = null;
const opened: ReturnType<typeof openHubSpot>[] = [];

afterEach(async () => {
  for (const connector of opened.splice(0)) await connector.close();
  await running?.close();
  running = null;
});

async function open(
  auth: 'token' | 'refresh-token',
  more: Partial<OpenHubSpotOptions> = {},
): Promise<ReturnType<typeof openHubSpot>> {
  running ??= await startTappedSandbox({});
  const loginUrl = running.url;
  const ways: Record<typeof auth, HubSpotAuth> = {
    token: { flow: 'token', loginUrl, accessToken: 'pat-na1-sandbox' },
    'refresh-token': {
      flow: 'refresh-token',
      loginUrl,
      clientId: 'sandbox',
      clientSecret: 'sandbox-secret',
      refreshToken: 'sandbox-refresh-token',
    },
  };
  const connector = openHubSpot({
    auth: ways[auth],
    budget: { take: async () => {}, observe: () => {} },
    log: { debug: () => {}, info: () => {}, warn: () => {} },
    requestTimeoutMs: 5_000,
    ...more,
  });
  opened.push(connector);
  return connector;
}

test('an OAuth token is renewed by the clock, before HubSpot refuses it', async () => {
  const connector = await open('refresh-token');
  await connector.count('deals');
  running!.sandbox.clock.advance(1_790_000);
  await connector.now();
  const aged = await open('refresh-token');
  await aged.count('deals');
  running!.sandbox.clock.advance(1_790_000);
  await new Promise((done) => setTimeout(done, 1_100));
  await aged.now();
  await aged.count('deals');

  const calls = running!.sandbox.calls.calls();
  const refused = calls.filter(({ path, status }) => status === 401 && path.endsWith('/search'));
  expect(refused).toEqual([]);
  expect(calls.filter(({ path }) => path.endsWith('/token')).length).toBe(3);
});

test('the account is told by both ways in, with our user as an owner where he is one', async () => {
  const tokens = await (await open('token')).account();
  const oauth = await (await open('refresh-token')).account();
  const older = await (await open('refresh-token', { apiVersion: 'v3' })).account();

  expect(tokens).toMatchObject({ userId: 'user:9001', currency: 'USD', isSandbox: false });
  expect([oauth.accountId, older.accountId]).toEqual([tokens.accountId, tokens.accountId]);
  expect([oauth.userId, older.userId]).toEqual([tokens.userId, tokens.userId]);
  expect(tokens.recordUrlBase).toBe(`${running!.url}/contacts/${tokens.accountId}`);
});

test('a call that is not answered in time is unavailable and unclear, after one attempt', async () => {
  const connector = await open('token', { requestTimeoutMs: 300 });
  let attempts = 0;
  const untap = running!.tap(({ request }) => {
    if (!request.url.includes('/search')) return undefined;
    attempts += 1;
    return new Promise((done) => setTimeout(() => done(new Response('{}')), 900));
  });

  const error = await failureOf(connector.count('deals'));
  await new Promise((done) => setTimeout(done, 800));
  untap();

  expect([error.kind, error.call.code, error.call.unclear]).toEqual([
    'unavailable',
    'TIMEOUT',
    true,
  ]);
  expect(attempts).toBe(1);
});

test('a redirect and a page of HTML are malformed, and the token goes nowhere else', async () => {
  const connector = await open('token');
  const answers = [
    new Response(null, { status: 302, headers: { location: 'http://127.0.0.1:9/' } }),
    new Response('<html>login</html>', { headers: { 'content-type': 'text/html' } }),
  ];
  const kinds: string[] = [];
  for (const answer of answers) {
    const untap = running!.tap(({ request }) =>
      request.url.includes('/search') ? Promise.resolve(answer) : undefined,
    );
    kinds.push((await failureOf(connector.count('deals'))).kind);
    untap();
  }

  expect(kinds).toEqual(['malformed-response', 'malformed-response']);
});

test('a version that is none is refused with the two that are', async () => {
  await expect(open('token', { apiVersion: '68.0' })).rejects.toThrow(/"2026-03" or "v3"/);
});

test('searches keep to five a second as HubSpot counts them, whoever asks', async () => {
  const connector = await open('token', { searchesPerSecond: 5 });
  const { limiter } = running!.sandbox.portals.defaultPortal;
  limiter.settings = { ...limiter.settings, enforced: true };
  await connector.describe('deals');

  const counts = await Promise.all(Array.from({ length: 12 }, () => connector.count('deals')));

  expect(counts).toEqual(Array.from({ length: 12 }, () => 0));
});

test('the account’s own rate is told to the budget: an OAuth app’s is lower than a private one’s', async () => {
  const seen: UsageReading[] = [];
  const budget = {
    take: async () => {},
    observe: (reading: UsageReading) => void seen.push(reading),
  };
  await (await open('token', { budget })).describe('deals');
  await (await open('refresh-token', { budget })).describe('deals');

  expect(seen[0]).toMatchObject({ dailyLimit: 1_000_000, burst: { calls: 190, perMs: 10_000 } });
  expect(seen.at(-1)).toEqual({
    dailyUsed: null,
    dailyLimit: null,
    burst: { calls: 110, perMs: 10_000 },
  });
});
