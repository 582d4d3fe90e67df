/** How reports become signals: gathered, bounded, paced, and never answered before they are told. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createSeen } from '../../server/seen.ts';
import { createWakeUps, type WakeUpOptions } from '../../server/wake-ups.ts';
import { type Gathered, gather, keptMax, noChanges, told } from '../../workflows/changes.ts';
import { type ReportedChanges, toldMax } from '../../workflows/messages.ts';

interface Sent {
  connection: string;
  changes: ReportedChanges;
}

/** Wake-ups that send at once what was gathered, as often as they like. */
function wakeUps(options: Partial<WakeUpOptions> = {}) {
  const sent: Sent[] = [];
  const made = createWakeUps({
    send: async (connection, changes) => void sent.push({ connection, changes }),
    gatherMs: 0,
    pace: { burst: 1_000, perSecond: 1_000 },
    ...options,
  });
  return { ...made, sent };
}

const ids = (n: number, from = 0) => Array.from({ length: n }, (_, i) => `0-3/${from + i}`);

test('what comes in one moment goes with one signal, each connection with its own', async () => {
  const { tell, sent } = wakeUps({ gatherMs: 20 });

  await Promise.all([
    tell('a', { records: ['0-3/1'] }),
    tell('a', { records: ['0-3/2', '0-3/1'], links: ['0-3/9'] }),
    tell('b', { records: ['0-2/7'] }),
  ]);

  expect(sent).toEqual([
    {
      connection: 'a',
      changes: { records: ['0-3/1', '0-3/2'], links: ['0-3/9'], more: false, moreLinks: false },
    },
    {
      connection: 'b',
      changes: { records: ['0-2/7'], links: [], more: false, moreLinks: false },
    },
  ]);
});

test('nobody is answered before Temporal has the signal; all of them hear when it has not', async () => {
  let refuse = (_: Error) => {};
  const gate = new Promise<void>((_, reject) => {
    refuse = reject;
  });
  const { tell } = wakeUps({ send: () => gate });
  const answers = [tell('a', { records: ['0-3/1'] }), tell('a', { records: ['0-3/2'] })];
  let answered = 0;
  for (const answer of answers) answer.catch(() => {}).finally(() => (answered += 1));
  await new Promise((resolve) => setTimeout(resolve, 30));

  expect(answered).toBe(0);
  refuse(new Error('unavailable'));
  expect(await Promise.allSettled(answers)).toEqual([
    { status: 'rejected', reason: new Error('unavailable') },
    { status: 'rejected', reason: new Error('unavailable') },
  ]);
});

test('what arrives while a signal is on its way goes with the next one', async () => {
  const { tell, sent } = wakeUps({
    send: async (connection, changes) => {
      sent.push({ connection, changes });
      if (sent.length === 1) await tell('a', { records: ['0-3/2'] });
    },
  });

  await tell('a', { records: ['0-3/1'] });

  expect(sent.map(({ changes }) => changes.records)).toEqual([['0-3/1'], ['0-3/2']]);
});

test('a refused signal is not kept: what it told is reported again, not told twice', async () => {
  let isDown = true;
  const { tell, sent } = wakeUps({
    send: async (connection, changes) => {
      if (isDown) throw new Error('down');
      sent.push({ connection, changes });
    },
  });

  await expect(tell('a', { records: ['0-3/1'] })).rejects.toThrow('down');
  isDown = false;
  await tell('a', { records: ['0-3/2'] });

  expect(sent.map(({ changes }) => changes.records)).toEqual([['0-3/2']]);
});

test('a flood is held to its pace, and is then told in one signal', async () => {
  const { tell, sent } = wakeUps({ pace: { burst: 2, perSecond: 10 } });

  await tell('a', { records: ids(1) });
  await tell('a', { records: ids(1) });
  const began = performance.now();
  await Promise.all(ids(20).map((id) => tell('a', { records: [id] })));

  expect(sent).toHaveLength(3);
  expect(sent[2]!.changes.records).toHaveLength(20);
  expect(performance.now() - began).toBeGreaterThan(50);
});

test('a worker that stops tells at once what it has gathered', async () => {
  const { tell, close, sent } = wakeUps({ gatherMs: 60_000 });
  const answer = tell('a', { records: ['0-3/1'] });

  await close();
  await answer;

  expect(sent).toHaveLength(1);
});

test('a signal names 200 ids at most: of what is beyond it says that there is more', () => {
  const full = noChanges();

  gather(full, { records: ids(1_000) }, toldMax);

  expect(told(full)).toEqual({ records: ids(200), links: [], more: true, moreLinks: false });
});

test('associations go before records, for no poll finds them', () => {
  const full = noChanges();

  gather(full, { records: ids(200) }, toldMax);
  gather(full, { links: ids(10, 5_000) }, toldMax);

  expect(full.links.size).toBe(10);
  expect(full.records.size).toBe(190);
  expect([full.more, full.moreLinks]).toEqual([true, false]);
});

test('more associations than there is room for are left to a reconcile, and it says so', () => {
  const full = noChanges();

  gather(full, { links: ids(201) }, toldMax);

  expect([full.links.size, full.more, full.moreLinks]).toEqual([200, false, true]);
});

test('nothing is lost without a word, whatever comes in whatever order', () => {
  const some = fc.array(fc.integer({ min: 0, max: 40 }).map((n) => `0-3/${n}`));
  const steps = fc.array(fc.record({ records: some, links: some }));
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 30 }), (all, max) => {
      const into: Gathered = noChanges();
      for (const step of all) gather(into, step, max);

      expect(into.records.size + into.links.size).toBeLessThanOrEqual(max);
      const links = new Set(all.flatMap((step) => step.links));
      const records = new Set(all.flatMap((step) => step.records));
      expect(into.moreLinks || into.links.size === links.size).toBe(true);
      expect(into.more || into.records.size === records.size).toBe(true);
    }),
  );
});

test('what an owner keeps at most, and what its signals bring, stays far below Temporal’s limits', () => {
  const long = Array.from(
    { length: keptMax },
    (_, n) => `2-999999999999/${10n ** 19n + BigInt(n)}`,
  );
  const owner = { records: long, links: [], more: true, moreLinks: true };
  const signal = {
    ...owner,
    records: Array.from({ length: toldMax }, (_, n) => `0-3/${1e11 + n}`),
  };
  const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

  // A payload may have 2 MB; a history 50 MB and 10,000 signals.
  expect(bytes(owner)).toBeLessThan((2 * 1024 * 1024) / 10);
  expect(bytes(signal) * 10_000).toBeLessThan(40 * 1024 * 1024);
});

test('accepted requests are remembered for their time, and no longer; the oldest give way to a flood', () => {
  let now = 0;
  const seen = createSeen(1_000, () => now, 3);

  expect([seen.add('a'), seen.add('a')]).toEqual([true, false]);
  seen.remove('a');
  expect(seen.add('a')).toBe(true);
  now = 1_001;
  expect(seen.add('a')).toBe(true);
  for (const key of ['b', 'c', 'd', 'e']) seen.add(key);
  expect(seen.add('a')).toBe(true);
  expect(seen.add('e')).toBe(false);
});
