/** Reads on the wire: attempts per failure, headers, budget and clock. */
import { expect, test } from '@jest/globals';
import nock from 'nock';
import { counted, countPath, failure, grants, open, org, spends } from './wire.ts';

test.each([
  { status: 429, kind: 'rate-limited', body: [], retryAfter: '7', retryAfterMs: 7_000 },
  { status: 420, kind: 'rate-limited', body: [] },
  { status: 503, kind: 'unavailable', body: [{ message: 'x', errorCode: 'SERVER_UNAVAILABLE' }] },
  { status: 503, kind: 'unavailable', body: '<html><body>Down for maintenance</body></html>' },
  { status: 500, kind: 'unavailable', body: [{ message: 'x', errorCode: 'UNKNOWN_EXCEPTION' }] },
  { status: 502, kind: 'unavailable', body: '<html>Bad gateway</html>' },
  { status: 404, kind: 'not-found', body: [{ message: 'x', errorCode: 'NOT_FOUND' }] },
  {
    status: 403,
    kind: 'quota-exhausted',
    body: [{ message: 'TotalRequests Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' }],
  },
  {
    status: 403,
    kind: 'rate-limited',
    body: [{ message: 'ConcurrentPerOrgLongTxn Limit', errorCode: 'REQUEST_LIMIT_EXCEEDED' }],
  },
  {
    status: 400,
    kind: 'invalid-field',
    body: [
      { message: "No such column 'X__c' on entity 'Account'", errorCode: 'INVALID_FIELD' },
      { message: 'y', errorCode: 'UNABLE_TO_LOCK_ROW' },
    ],
  },
])('a $status answer is $kind after exactly one attempt', async (row) => {
  grants();
  let calls = 0;
  const headers: Record<string, string> = {
    'content-type': typeof row.body === 'string' ? 'text/html' : 'application/json',
    ...('retryAfter' in row ? { 'retry-after': row.retryAfter as string } : {}),
  };
  nock(org)
    .get(countPath)
    .times(9)
    .reply(() => {
      calls += 1;
      return [row.status, row.body, headers];
    });

  const error = await failure(open().count('Account'));

  expect({ kind: error.kind, calls }).toEqual({ kind: row.kind, calls: 1 });
  if ('retryAfterMs' in row) expect(error.call.retryAfterMs).toBe(row.retryAfterMs);
  if (row.kind === 'invalid-field') expect(error.call.fields).toEqual(['X__c']);
});

test.each([
  { name: 'cut JSON', body: '{"totalSize":3,"rec', type: 'application/json' },
  { name: 'a login page', body: '<html>Log in</html>', type: 'text/html' },
  { name: 'nothing', body: '', type: 'application/json' },
  { name: 'another shape', body: '{"ok":true}', type: 'application/json' },
])('a 200 with $name is a malformed response', async ({ body, type }) => {
  grants();
  nock(org).get(countPath).reply(200, body, { 'content-type': type });

  expect((await failure(open().count('Account'))).kind).toBe('malformed-response');
});

test('a redirect is not followed: the token stays with its org', async () => {
  grants();
  nock(org).get(countPath).reply(302, '', { location: 'https://elsewhere.example.test/' });

  expect((await failure(open().count('Account'))).kind).toBe('malformed-response');
});

test('the budget is asked before each call and told what the CRM says of its limits', async () => {
  grants();
  nock(org)
    .get(countPath)
    .reply(200, counted, { 'sforce-limit-info': 'api-usage=18/5000, api-bursts=1/750' });

  const opened = open();
  await opened.count('Account');

  expect(spends).toEqual(['take 1 at 3', 'observe 18/5000']);
  expect(opened.usage()).toEqual({ calls: 1, dailyUsed: 18, dailyLimit: 5000 });
});

test('the clock follows the Date header, whose second it does not undercut', async () => {
  grants();
  const ours = Date.parse('2026-11-21T09:00:00.000Z');
  nock(org).get(countPath).reply(200, counted, { date: 'Sun, 22 Nov 2026 09:00:00 GMT' });

  const opened = open({ now: () => ours });
  await opened.count('Account');

  expect(opened.clockOffsetMs()).toBe(86_400_000 + 500);
  expect(await opened.now()).toBe('2026-11-22T09:00:01.000Z');
});
