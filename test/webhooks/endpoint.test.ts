/** What the webhook endpoint takes and what it refuses; nothing unsigned, nothing lost. */
import { describe, expect, test } from '@jest/globals';
import {
  connection,
  type Delivery,
  dealEvent,
  deliver,
  publicUrl,
  receiver,
  signed,
  target,
} from './receiver.ts';

const minute = 60_000;
const records = (ids: number[]) => ids.map((id) => `0-3/${id}`);

describe('taken', () => {
  test('a signed delivery wakes its connection with the ids of what changed, once it is told', async () => {
    const r = receiver();

    expect(await deliver(r)).toBe(200);

    expect(r.signals).toEqual([
      {
        connection,
        changes: { records: ['0-3/101'], links: [], more: false, moreLinks: false },
      },
    ]);
  });

  test('it needs no token, and none makes up for a signature', async () => {
    const r = receiver();
    const headers = { authorization: `Bearer ${r.deps.token}` };

    expect(await deliver(r, { secret: 'another', headers })).toBe(401);
    expect(await deliver(r)).toBe(200);
  });

  test('no value of a record goes further than the endpoint: neither into the signal nor the log', async () => {
    const r = receiver();

    await deliver(r);
    await deliver(r, { secret: 'another' });
    await deliver(r, { events: { not: 'a list', value: 'a value that nobody' } });

    expect(JSON.stringify(r.signals)).not.toContain('nobody');
    expect(r.log.join()).not.toMatch(/nobody|the-secret/);
  });

  test('more than a hundred events in a delivery are all taken', async () => {
    const r = receiver();
    const ids = Array.from({ length: 150 }, (_, n) => 1_000 + n);

    expect(await deliver(r, { events: ids.map((id) => dealEvent(id)) })).toBe(200);

    expect(r.signals[0]!.changes.records).toEqual(records(ids));
  });

  test('duplicates are one id, and the order does not matter', async () => {
    const r = receiver({ gatherMs: 50 });
    const late = dealEvent(7, { occurredAt: Date.now() - minute, attemptNumber: 3 });
    const ids = [9, 7, 9, 8, 7];

    await Promise.all([
      deliver(r, { events: [...ids.map((id) => dealEvent(id)), late] }),
      deliver(r, { events: [dealEvent(8)] }),
    ]);

    expect(r.signals).toHaveLength(1);
    expect(r.signals[0]!.changes.records).toEqual(records([9, 7, 8]));
  });

  test('sent again by HubSpot with a new signature it is taken again: at least once is enough', async () => {
    const r = receiver();

    expect(await deliver(r, { ageMs: 10 })).toBe(200);
    expect(await deliver(r, { ageMs: 5 })).toBe(200);
  });

  test('an empty list is taken and wakes nobody', async () => {
    const r = receiver();

    expect(await deliver(r, { events: [] })).toBe(200);
    expect(r.signals).toEqual([]);
  });

  test('the query of the target URL is part of what is signed', async () => {
    const r = receiver();
    const query = '?tenant=a%2Fb&x=%7B1%7D';
    const path = `/webhooks/hubspot/${connection}${query}`;

    expect(await deliver(r, { path, url: `${target}${query}` })).toBe(200);
    expect(await deliver(r, { path, url: target })).toBe(401);
  });

  test('bytes are signed, not characters: text beyond ASCII is taken as it came', async () => {
    const r = receiver();
    const body = `[${JSON.stringify(dealEvent(5, { propertyValue: 'Łódź · 株式会社 · \u{1f680}' }))}]`;

    expect(await deliver(r, { body })).toBe(200);
  });
});

describe('refused', () => {
  test.each([
    ['forged: signed with another secret', { secret: 'not-the-secret-of-the-app' }],
    ['older than five minutes', { ageMs: 5 * minute + 2_000 }],
    ['of the future', { ageMs: -2 * minute }],
    ['signed for another URL', { url: `${publicUrl}/webhooks/hubspot/other` }],
    [
      'signed for the address behind the proxy',
      { url: `http://127.0.0.1:7788${'/webhooks/hubspot/'}${connection}` },
    ],
    ['without a signature', { headers: { 'x-hubspot-signature-v3': '' } }],
    ['without a timestamp', { headers: { 'x-hubspot-request-timestamp': '' } }],
    ['with a timestamp that is no number', { headers: { 'x-hubspot-request-timestamp': '1e12' } }],
    [
      'with another timestamp than was signed',
      { headers: { 'x-hubspot-request-timestamp': String(Date.now() - 7) } },
    ],
    ['with a signature of another length', { headers: { 'x-hubspot-signature-v3': 'AAAA' } }],
    ['with a signature beyond ASCII', { headers: { 'x-hubspot-signature-v3': 'é'.repeat(44) } }],
  ])('%s: 401, without a word of why, and nobody is woken', async (_, delivery) => {
    const r = receiver();
    const { path, init } = signed(delivery);

    const answer = await r.app.request(path, init);

    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({ error: 'Refused.' });
    expect(r.signals).toEqual([]);
  });

  test('replayed, byte for byte: 401 the second time', async () => {
    const r = receiver();
    const { path, init } = signed();

    expect((await r.app.request(path, init)).status).toBe(200);
    expect((await r.app.request(path, init)).status).toBe(401);
    expect(r.signals).toHaveLength(1);
  });

  test('replayed with the signature spelt another way: 401', async () => {
    const r = receiver();
    const { path, init } = signed();
    const headers = init.headers as Record<string, string>;
    await r.app.request(path, init);
    const given = headers['x-hubspot-signature-v3']!;
    const respelt = [
      given.replace(/=$/, ''),
      `${given}=`,
      given.replace(/\+/g, '-').replace(/\//g, '_'),
    ];

    for (const text of respelt.filter((one) => one !== given)) {
      const again = { ...init, headers: { ...headers, 'x-hubspot-signature-v3': text } };
      expect((await r.app.request(path, again)).status).toBe(401);
    }
  });

  test('a body cut short is 401: it is not what was signed', async () => {
    const r = receiver();
    const { path, init } = signed();

    const cut = await r.app.request(path, { ...init, body: String(init.body).slice(0, -20) });

    expect(cut.status).toBe(401);
  });

  test.each([
    ['not JSON', { body: 'deal 101 changed' }],
    ['half of its JSON', { body: '[{"objectId": 101' }],
    ['one event, no list', { events: dealEvent(1) }],
    ['a list of something else', { events: [[1], 'x'] }],
    ['nothing', { body: '' }],
    ['bytes that are no text', { body: Uint8Array.from([0x5b, 0x22, 0xff, 0xfe, 0x22, 0x5d]) }],
  ] as [string, Delivery][])('signed, but %s: 400', async (_, delivery) => {
    const r = receiver();

    expect(await deliver(r, delivery)).toBe(400);
    expect(r.signals).toEqual([]);
  });

  test.each([['GET'], ['PUT'], ['DELETE'], ['PATCH']])(
    '%s: 405, and it says that POST is',
    async (method) => {
      const r = receiver();
      const { path, init } = signed({ method });

      const answer = await r.app.request(path, init);

      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    },
  );

  test.each([
    ['/webhooks/hubspot/nobody'],
    ['/webhooks/hubspot'],
    ['/webhooks/hubspot/'],
    [`/webhooks/salesforce/${connection}`],
    [`/webhooks/hubspot/${connection}/more`],
  ])('%s: 404', async (path) => {
    expect(await deliver(receiver(), { path, url: `${publicUrl}${path}` })).toBe(404);
  });

  test('a body of more than two megabytes: 413, its length told or not', async () => {
    const r = receiver();
    const body = JSON.stringify([dealEvent(1, { propertyValue: 'x'.repeat(2 * 1024 * 1024) })]);
    const length = String(Buffer.byteLength(body));

    expect(await deliver(r, { body, headers: { 'content-length': length } })).toBe(413);
    expect(await deliver(r, { body, headers: { 'transfer-encoding': 'chunked' } })).toBe(413);
    expect(r.signals).toEqual([]);
  });

  test('a delivery of a megabyte is taken, though a command of one is not', async () => {
    const events = Array.from({ length: 100 }, (_, n) =>
      dealEvent(n + 1, { propertyValue: 'x'.repeat(10_000) }),
    );

    expect(await deliver(receiver(), { events })).toBe(200);
  });

  test('a connection whose app has no secret here takes nothing, and the log says what to do', async () => {
    const off = 'A webhook for acme-hubspot was refused: name auth.client_secret in the mapping.';
    const r = receiver({ endpoints: [[connection, { off }]] });

    expect(await deliver(r)).toBe(404);
    expect(await deliver(r, { secret: '' })).toBe(404);
    expect(await deliver(r, { secret: 'undefined' })).toBe(404);
    expect(r.log.filter((line) => line.includes('auth.client_secret'))).toHaveLength(1);
    expect(r.signals).toEqual([]);
  });

  test('a reason is in the log once a minute, not once a request', async () => {
    const r = receiver();

    for (let n = 0; n < 50; n += 1) {
      await deliver(r, { secret: 'another' });
    }

    expect(r.log.filter((line) => line.includes('signature is not that of our app'))).toHaveLength(
      1,
    );
  });
});
