/** Whom the events of a delivery wake, and that none is lost when something is away or too much. */
import { describe, expect, test } from '@jest/globals';
import {
  connection,
  dealEvent,
  deliver,
  endpoint,
  portalId,
  receiver,
  secret,
  signed,
} from './receiver.ts';

describe('whose events', () => {
  test('events of a portal that is no connection of ours wake nobody: an app may be installed anywhere', async () => {
    const r = receiver();
    const events = [dealEvent(1, { portalId: 99 }), dealEvent(2)];

    expect(await deliver(r, { events })).toBe(200);

    expect(r.signals.map(({ changes }) => changes.records)).toEqual([['0-3/2']]);
  });

  test('an app has one address for all its portals: each event wakes the connection of its own', async () => {
    const both = [connection, 'acme-emea'];
    const r = receiver({
      endpoints: both.map((name) => [name, endpoint(secret, both)]),
      accounts: [
        [connection, String(portalId)],
        ['acme-emea', '77'],
        ['another-app', '88'],
      ],
    });
    const events = [dealEvent(1), dealEvent(2, { portalId: 77 }), dealEvent(3, { portalId: 88 })];

    await deliver(r, { events });

    const woken = r.signals.map((signal) => [signal.connection, signal.changes.records]);
    expect(Object.fromEntries(woken)).toEqual({ [connection]: ['0-3/1'], 'acme-emea': ['0-3/2'] });
  });

  test('before the CRM was first reached nobody knows the portal: the one addressed is woken', async () => {
    const r = receiver({ accounts: [[connection, null]] });

    await deliver(r);

    expect(r.signals).toHaveLength(1);
  });
});

describe('nothing is lost', () => {
  test('while Temporal does not answer HubSpot is told to come back, and the same delivery is taken then', async () => {
    const r = receiver();
    const { path, init } = signed();
    r.down.error = new Error('14 UNAVAILABLE');

    const refused = await r.app.request(path, init);
    r.down.error = null;
    const taken = await r.app.request(path, init);

    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    expect(taken.status).toBe(200);
    expect(r.signals).toHaveLength(1);
  });

  test('a store that does not answer is no reason to forget a change either', async () => {
    const r = receiver();
    const connections = r.deps.store.connections;
    r.deps.store.connections = async () => {
      throw new Error('down');
    };

    expect(await deliver(r)).toBe(503);
    r.deps.store.connections = connections;
    expect(await deliver(r, { ageMs: 3 })).toBe(200);
  });

  test('in a flood of 2,000 deliveries each is told or sent back, in few signals', async () => {
    const r = receiver({ limits: { webhook: { burst: 1_500, perSecond: 0.001 } }, gatherMs: 100 });

    const statuses = await Promise.all(
      Array.from({ length: 2_000 }, (_, n) => deliver(r, { events: [dealEvent(n + 1)] })),
    );

    const taken = statuses.flatMap((status, n) => (status === 200 ? [`0-3/${n + 1}`] : []));
    expect(statuses.filter((status) => status === 429)).toHaveLength(500);
    expect(taken).toHaveLength(1_500);
    expect(r.signals.length).toBeLessThanOrEqual(20);
    for (const { changes } of r.signals) {
      // What a signal has no room for is left to a poll, and it says so.
      expect(changes.more || changes.records.length < 200).toBe(true);
      expect(changes.records.length).toBeLessThanOrEqual(200);
    }
    const named = new Set(r.signals.flatMap(({ changes }) => changes.records));
    const all = r.signals.some(({ changes }) => changes.more) || taken.every((id) => named.has(id));
    expect(all).toBe(true);
  });

  test('a flood of forged ones shuts out nobody who has the token', async () => {
    const r = receiver();
    for (let n = 0; n < 100; n += 1) {
      await deliver(r, { secret: 'another' });
    }

    const answer = await r.app.request('/health/live', {
      headers: { authorization: `Bearer ${r.deps.token}` },
    });

    expect(answer.status).toBe(200);
  });
});
