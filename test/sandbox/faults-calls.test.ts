/** Faults of whole calls: sessions, limits, outages, pages, and the line itself. */
import { expect, test } from '@jest/globals';
import { ConnectionCut } from '../../sandbox/faults/call.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { type Client, openClient } from './client.ts';

const query = '/query?q=SELECT+Id+FROM+Account+ORDER+BY+Id';

function withAccounts(count: number): Client {
  const client = openClient();
  const org = client.sandbox.tenants.defaultOrg;
  const rows = Array.from({ length: count }, (_, i) => ({ Name: `A${i}` }));
  org.insert('Account', rows, org.admin);
  return client;
}

test.each([
  [{ name: 'session-expired' }, 401, 'INVALID_SESSION_ID', 'Session expired or invalid'],
  [{ name: 'request-limit' }, 403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'],
  [
    { name: 'request-limit', limit: 'ConcurrentPerOrgLongTxn' },
    403,
    'REQUEST_LIMIT_EXCEEDED',
    'ConcurrentPerOrgLongTxn Limit exceeded.',
  ],
  [{ name: 'server-unavailable' }, 503, 'SERVER_UNAVAILABLE', 'The server is too busy'],
  [{ name: 'server-error' }, 500, 'UNKNOWN_EXCEPTION', 'An unexpected error occurred.'],
  [{ name: 'query-timeout' }, 400, 'QUERY_TIMEOUT', 'Your query request was running for too long'],
])('%j answers %i %s', async (fault, status, errorCode, message) => {
  const client = withAccounts(1);
  client.sandbox.faults.arm(fault);

  const answer = await client.call('GET', query);

  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject([{ errorCode, message: expect.stringContaining(message) }]);
});

test.each([
  [{ name: 'server-unavailable', body: 'html', retryAfterSeconds: 7 }, 503, '7'],
  [{ name: 'bad-gateway' }, 502, null],
  [{ name: 'html-answer' }, 200, null],
])('%j answers a page of HTML', async (fault, status, retryAfter) => {
  const client = withAccounts(1);
  client.sandbox.faults.arm(fault);

  const answer = await client.call('GET', query);

  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toContain('text/html');
  expect(answer.headers.get('retry-after')).toBe(retryAfter);
  expect(answer.body).toContain('<html>');
});

test('an expired session stays expired until the client logs in again', async () => {
  const client = withAccounts(1);
  client.sandbox.faults.arm({ name: 'session-expired' });

  const answers = [await client.call('GET', query), await client.call('GET', query)];
  const login = await client.sandbox.fetch(
    new Request('http://sandbox.test/services/oauth2/token', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: 'sandbox',
        client_secret: 'sandbox-secret',
      }),
    }),
  );
  const { access_token: token } = (await login.json()) as { access_token: string };
  const healed = await client.call('GET', query, undefined, { authorization: `Bearer ${token}` });

  expect(answers.map(({ status }) => status)).toEqual([401, 401]);
  expect(healed.status).toBe(200);
});

test('a refused login answers an OAuth error', async () => {
  const { sandbox } = openClient();
  sandbox.faults.arm({
    name: 'login-refused',
    error: 'inactive_user',
    description: 'user inactive',
  });

  const answer = await sandbox.fetch(
    new Request('http://sandbox.test/services/oauth2/token', { method: 'POST', body: '' }),
  );

  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({
    error: 'inactive_user',
    error_description: 'user inactive',
  });
});

test('a locator expires between two pages', async () => {
  const client = withAccounts(450);
  client.sandbox.faults.arm({ name: 'locator-expired', match: { n: 2 } });
  const small = { 'Sforce-Query-Options': 'batchSize=200' };

  const first = await client.call('GET', query, undefined, small);
  const second = await client.call('GET', first.body.nextRecordsUrl);
  const third = await client.call('GET', second.body.nextRecordsUrl);

  expect(second.status).toBe(200);
  expect(third.status).toBe(400);
  expect(third.body[0].errorCode).toBe('INVALID_QUERY_LOCATOR');
});

test('short pages are of the size armed, drawn from the seed, and lose no row', async () => {
  const sizes = async () => {
    const client = withAccounts(1000);
    client.sandbox.faults.arm({ name: 'short-page', seed: 5, min: 0, rows: 300 });
    const pages: number[] = [];
    const ids = new Set<string>();
    for (let url = query; url; ) {
      const { body } = await client.call('GET', url);
      pages.push(body.records.length);
      for (const { Id } of body.records) ids.add(Id);
      url = body.nextRecordsUrl;
    }
    expect(ids.size).toBe(1000);
    return pages;
  };

  const [first, again] = [await sizes(), await sizes()];

  expect(first).toEqual(again);
  expect(new Set(first).size).toBeGreaterThan(2);
  expect(Math.max(...first)).toBeLessThanOrEqual(300);
});

const path = '/sobjects/Account';

test.each([
  { name: 'cut-before', accounts: 0 },
  { name: 'cut-after-commit', accounts: 1 },
  { name: 'hang', seconds: 0.01, accounts: 0 },
  { name: 'hang', seconds: 0.01, work: 'first', accounts: 1 },
])('$name leaves $accounts account, and no answer', async ({ accounts, ...fault }) => {
  const client = openClient();
  client.sandbox.faults.arm(fault);

  await expect(client.call('POST', path, { Name: 'A' })).rejects.toThrow(ConnectionCut);

  expect(client.sandbox.tenants.defaultOrg.query('SELECT Id FROM Account')).toHaveLength(accounts);
  expect(client.sandbox.calls.calls().map(({ status }) => status)).toEqual([0]);
});

test.each([
  { name: 'server-error', done: true },
  { name: 'bad-gateway', done: true },
])('%j comes after the work was done', async (fault) => {
  const client = openClient();
  client.sandbox.faults.arm(fault);

  const { status } = await client.call('POST', path, { Name: 'A' });

  expect(status).toBeGreaterThanOrEqual(500);
  expect(client.sandbox.tenants.defaultOrg.query('SELECT Id FROM Account')).toHaveLength(1);
});

test('malformed JSON is half of the true answer', async () => {
  const client = withAccounts(3);
  const whole = JSON.stringify((await client.call('GET', query)).body);
  client.sandbox.faults.arm({ name: 'malformed-json' });

  await expect(client.call('GET', query)).rejects.toThrow(SyntaxError);
  expect(whole.length).toBeGreaterThan(100);
});

test('latency waits, with jitter from the seed; the knob does the same for all calls', async () => {
  const client = openClient();
  const timed = async () => {
    const from = performance.now();
    await client.call('GET', '/limits');
    return performance.now() - from;
  };
  client.sandbox.faults.arm({ name: 'latency', ms: 40, jitterMs: 10, count: 1 });

  const slow = await timed();
  await client.call('PUT', '/__sandbox/latency', { ms: 40, jitterMs: 10, seed: 3 });
  const knob = await timed();
  await client.call('PUT', '/__sandbox/latency', { ms: 0 });
  const quick = await timed();

  expect([slow >= 38, knob >= 38, quick < 38]).toEqual([true, true, true]);
});

test('getDeleted before what the purged log knows is INVALID_REPLICATION_DATE', async () => {
  const client = openClient();
  const window = '/sobjects/Account/deleted?start=2026-11-18T00:00:00Z&end=2026-11-20T00:00:00Z';
  const known = await client.call('GET', window);
  client.sandbox.faults.arm({ name: 'delete-log-purged', days: 1 });

  const purged = await client.call('GET', window);

  expect([known.status, purged.status]).toEqual([200, 400]);
  expect(purged.body[0]).toMatchObject({
    errorCode: 'INVALID_REPLICATION_DATE',
    message: expect.stringContaining('2026-11-19T09:00:00.000+0000'),
  });
});

/** A sandbox on a port, and what becomes of one POST of an account to it. */
async function overPort(fault: { name: string; [more: string]: unknown }, timeoutMs = 5_000) {
  const running = await startSandbox();
  try {
    const { tenants, faults } = running.sandbox;
    const org = tenants.defaultOrg;
    const owner = { orgId: org.id, userId: org.integrationUserId, clientId: null };
    const authorization = `Bearer ${tenants.openSession(owner)}`;
    faults.arm(fault);
    const answer = await fetch(`${running.url}/services/data/v68.0/sobjects/Account`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ Name: 'A' }),
      signal: AbortSignal.timeout(timeoutMs),
    })
      .then((response) => response.text())
      .catch((error: Error) => error.name);
    return { answer, accounts: org.query('SELECT Id FROM Account').length };
  } finally {
    await running.close();
  }
}

test.each([
  [{ name: 'cut-before' }, 'TypeError', 0],
  [{ name: 'cut-after-commit' }, 'TypeError', 1],
  [{ name: 'cut-in-answer' }, 'TypeError', 1],
  [{ name: 'hang' }, 'TimeoutError', 0],
  [{ name: 'hang', work: 'first' }, 'TimeoutError', 1],
  [{ name: 'hang', seconds: 0.05 }, 'TypeError', 0],
])('over a port %j ends in %s with %i account', async (fault, error, accounts) => {
  expect(await overPort(fault, 300)).toEqual({ answer: error, accounts });
});

test('over a port a slow drip arrives whole; a late answer too', async () => {
  const drip = await overPort({ name: 'slow-drip', chunkBytes: 5, everyMs: 1 });
  const late = await overPort({ name: 'hang', seconds: 0.05, work: 'last' });

  for (const { answer } of [drip, late]) {
    expect(JSON.parse(answer)).toMatchObject({ success: true, errors: [] });
  }
});
