/** Lives of workers in the store: who has ended, and what becomes of the rows they had in flight. */
import { expect, test } from '@jest/globals';
import type { Store } from '../../store/types.ts';
import { aBatch, aDecision, anOpportunity, aWrite, connection, now } from '../support/records.ts';
import { onEachStore } from '../support/store.ts';

const run = 'sync/acme-salesforce/2';
const later = (minutes: number) => new Date(Date.parse(now) + minutes * 60_000).toISOString();
const sourced = { partner_sourced: { value: true, before: false } };

async function seed(store: Store, ids = ['006A']): Promise<void> {
  const records = ids.map((id) => anOpportunity(id, { partner_sourced: false }));
  await store.upsertRecords(connection, 'opportunity', records, now);
  await store.saveDecided(
    aBatch(
      ids.map((id) => aDecision(id)),
      ids.map((id) => aWrite(id, sourced)),
    ),
  );
}

function claim(store: Store, worker: string, leaseId: string, at = now, limit = 10) {
  const request = { connection, object: 'opportunity', runId: run, leaseId, limit } as const;
  return store.claimWrites({ ...request, leaseMs: 300_000, now: at, worker });
}

const settle = (store: Store, leaseId: string, seq: number) =>
  store.settleWrites(
    connection,
    leaseId,
    run,
    [{ seq, outcome: 'written', createdId: null }],
    later(1),
  );

onEachStore((withStore) => {
  test('a life that has given no sign since it was looked at is ended, once and for good', () =>
    withStore(async ({ store }) => {
      await store.beginWorker('W1', 'partner-sync/host-a/1/aaaaaa');
      await store.beginWorker('W2', 'partner-sync/host-b/1/bbbbbb');
      const seen = (await store.livingWorkers()).find(({ id }) => id === 'W1')!;
      expect(seen).toMatchObject({ identity: 'partner-sync/host-a/1/aaaaaa', beats: 0 });
      expect(await store.beatWorker('W1')).toBe(true);

      expect(await store.endWorker('W1', seen.beats)).toBe(false);
      expect(await store.endWorker('W1', seen.beats + 1)).toBe(true);
      expect(await store.endWorker('W1', seen.beats + 1)).toBe(false);
      expect(await store.beatWorker('W1')).toBe(false);
      expect((await store.livingWorkers()).map(({ id }) => id)).toEqual(['W2']);
    }));

  test('the rows of an ended life are read back from the instant given, those of others stay', () =>
    withStore(async ({ store }) => {
      await store.beginWorker('W1', 'one');
      await store.beginWorker('W2', 'two');
      await seed(store, ['006A', '006B', '006C']);
      const [first] = await claim(store, 'W1', 'L1', now, 1);
      const [second] = await claim(store, 'W2', 'L2', now, 1);
      expect(await store.takeOverClaims(later(1))).toEqual([]);

      await store.endWorker('W1', null);
      expect(await store.rowsInHand(connection, now)).toBe(2);
      expect(await store.takeOverClaims(later(1))).toEqual([{ workerId: 'W1', rows: 1 }]);

      expect(await store.rowsInHand(connection, now)).toBe(2);
      const early = await claim(store, 'W2', 'L3', later(0.9));
      expect(early.map((row) => row.seq)).not.toContain(first!.seq);
      const due = await claim(store, 'W2', 'L4', later(1));
      expect(due).toMatchObject([{ seq: first!.seq, wasUnclear: true, attempts: 2 }]);
      await settle(store, 'L2', second!.seq);
      await settle(store, 'L3', early[0]!.seq);
      expect(await store.rowsInHand(connection, later(1))).toBe(1);
      await settle(store, 'L4', first!.seq);
      expect(await store.rowsInHand(connection, later(1))).toBe(0);
    }));

  test('the dead one settles what it sent until its rows are taken over, and then no more', () =>
    withStore(async ({ store }) => {
      await store.beginWorker('W1', 'one');
      await seed(store, ['006A', '006B']);
      const [first, second] = await claim(store, 'W1', 'L1');
      await store.endWorker('W1', null);

      await settle(store, 'L1', first!.seq);
      expect(await store.takeOverClaims(later(1))).toEqual([{ workerId: 'W1', rows: 1 }]);
      await expect(settle(store, 'L1', second!.seq)).rejects.toThrow('has passed to another');
    }));

  test('what an ended life claims afterwards is taken over with the next look', () =>
    withStore(async ({ store }) => {
      await store.beginWorker('W1', 'one');
      await seed(store);
      await store.endWorker('W1', null);
      expect(await store.takeOverClaims(later(1))).toEqual([]);

      await claim(store, 'W1', 'L1');

      expect(await store.takeOverClaims(later(1))).toEqual([{ workerId: 'W1', rows: 1 }]);
    }));

  test('a newer desire that joins a row of an ended life is read back no earlier either', () =>
    withStore(async ({ store }) => {
      await store.beginWorker('W1', 'one');
      await seed(store);
      await claim(store, 'W1', 'L1');
      const other = { partner_sourced: { value: null, before: false } };
      const decision = aDecision('006A', { fields: { partner_sourced: null } });
      await store.saveDecided(aBatch([decision], [aWrite('006A', other)]));
      await store.endWorker('W1', null);
      await store.takeOverClaims(later(1));

      expect(await store.rowsInHand(connection, now)).toBe(1);
      expect(await claim(store, 'W2', 'L2', later(0.9))).toEqual([]);
      const [row] = await claim(store, 'W2', 'L3', later(1));
      expect(row).toMatchObject({ fields: other, wasUnclear: true });
    }));

  test('rows whose result could not be stored are read back at once, those of other leases stay', () =>
    withStore(async ({ store }) => {
      await store.beginWorker('W1', 'one');
      await seed(store, ['006A', '006B']);
      const [left] = await claim(store, 'W1', 'L1', now, 1);
      const [other] = await claim(store, 'W1', 'L2', now, 1);

      expect(await store.leaveClaims(['L1', 'nobody'], now)).toBe(1);

      expect(await claim(store, 'W1', 'L3')).toMatchObject([{ seq: left!.seq, wasUnclear: true }]);
      await settle(store, 'L2', other!.seq);
    }));
});
