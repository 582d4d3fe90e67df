/** Claims and settlements: leases, echoes, unclear outcomes, failures and their next try. */
import { expect, test } from '@jest/globals';
import {
  LostLeaseError,
  type Settlement,
  type Store,
  type WriteFailure,
} from '../../store/types.ts';
import {
  aBatch,
  aDecision,
  anOpportunity,
  aWrite,
  connection,
  decideNothing,
  dirtyOf,
  now,
} from '../support/records.ts';
import { onEachStore } from '../support/store.ts';

const run = 'sync/acme-salesforce/2';
const later = (minutes: number) => new Date(Date.parse(now) + minutes * 60_000).toISOString();
const refused: WriteFailure = {
  code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
  fields: ['Partner_Sourced__c'],
  remedy: 'Mend the validation rule.',
  retryable: false,
};
const sourced = { partner_sourced: { value: true, before: false } };
const back = { partner_sourced: { value: false, before: true } };

async function seed(store: Store, ids = ['006A']): Promise<void> {
  const records = ids.map((id) => anOpportunity(id, { partner_sourced: false }));
  await store.upsertRecords(connection, 'opportunity', records, now);
  const writes = ids.map((id) => aWrite(id, sourced));
  await store.saveDecided(
    aBatch(
      ids.map((id) => aDecision(id)),
      writes,
    ),
  );
  await decideNothing(store);
}

function claim(store: Store, leaseId: string, at = now, rest: object = {}) {
  return store.claimWrites({
    connection,
    object: 'opportunity',
    runId: run,
    leaseId,
    limit: 10,
    leaseMs: 60_000,
    now: at,
    ...rest,
  });
}

const written = (seq: number) => ({ seq, outcome: 'written' as const, createdId: null });
const decide = (store: Store, value: boolean, fields: typeof sourced | typeof back | object) =>
  store.saveDecided(
    aBatch(
      [aDecision('006A', { fields: { partner_sourced: value } })],
      Object.keys(fields).length > 0 ? [aWrite('006A', fields as typeof sourced)] : [],
    ),
  );

onEachStore((withStore, kind) => {
  test('rows are claimed by priority, then age, and by one holder only', () =>
    withStore(async ({ store }) => {
      await seed(store, ['006A', '006B', '006C']);
      await store.saveDecided(
        aBatch([aDecision('006D')], [aWrite('006D', sourced, { priority: 1 })]),
      );

      const first = await claim(store, 'L1', now, { limit: 2 });
      const second = await claim(store, 'L2');

      expect(first.map((row) => row.recordId)).toEqual(['006D', '006A']);
      expect(second.map((row) => row.recordId)).toEqual(['006B', '006C']);
      expect(second[0]).toMatchObject({ state: 'claimed', attempts: 1, wasUnclear: false });
    }));

  if (kind === 'postgresql') {
    test('holders that claim at the same moment share the rows without waiting', () =>
      withStore(async ({ store }) => {
        const ids = Array.from({ length: 40 }, (_, n) => `006${String(n).padStart(3, '0')}`);
        await seed(store, ids);

        const claims = await Promise.all(
          ['L1', 'L2', 'L3', 'L4'].map((lease) => claim(store, lease, now, { limit: 10 })),
        );

        const seqs = claims.flat().map((row) => row.seq);
        expect(new Set(seqs).size).toBe(seqs.length);
      }));
  }

  test('a written row is the ledger, and its echo is not dirty', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const [row] = await claim(store, 'L1');

      await store.settleWrites(connection, 'L1', run, [written(row!.seq)], later(1));
      const modifiedAt = later(1);
      const echo = anOpportunity('006A', { partner_sourced: true }, { modifiedAt });
      const stored = await store.upsertRecords(connection, 'opportunity', [echo], later(2));

      expect(stored).toEqual({ changed: 0, unchanged: 1, deleted: 0 });
      expect(await dirtyOf(store, 'opportunity')).toEqual([]);
      const [ledger] = await store.writesOf(run, 10, null);
      expect(ledger).toMatchObject({
        state: 'written',
        fields: sourced,
        writtenAt: later(1),
        writtenRunId: run,
        runId: 'sync/acme-salesforce/1',
      });
    }));

  test('a change made by somebody on the same save as our write is dirty', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const [row] = await claim(store, 'L1');
      await store.settleWrites(connection, 'L1', run, [written(row!.seq)], now);

      const flow = anOpportunity('006A', { partner_sourced: true, next_step: 'call' });
      await store.upsertRecords(connection, 'opportunity', [flow], now);

      expect(await dirtyOf(store, 'opportunity')).toEqual(['006A']);
    }));

  test('settling by another than the holder is refused and stores nothing', () =>
    withStore(async ({ store }) => {
      await seed(store, ['006A', '006B']);
      const [a] = await claim(store, 'L1', now, { limit: 1 });
      const [b] = await claim(store, 'L2');
      const settle = [written(a!.seq), written(b!.seq)];

      await expect(store.settleWrites(connection, 'L1', run, settle, now)).rejects.toThrow(
        LostLeaseError,
      );

      expect((await store.pendingWrites(connection, now)).waiting).toBe(2);
      const [row] = await store.mirror(connection, 'opportunity', ['006A']);
      expect(row?.fields['partner_sourced']).toBe(false);
    }));

  test('settling the same result twice is nothing new', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const [row] = await claim(store, 'L1');
      const settle = () => store.settleWrites(connection, 'L1', run, [written(row!.seq)], now);
      await settle();
      await settle();

      expect(await store.writesOf(run, 10, null)).toHaveLength(1);
    }));

  test('a lease that runs out makes the row unclear: the next holder must read it back', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const [first] = await claim(store, 'L1');
      expect(await claim(store, 'L2', later(0.5))).toEqual([]);

      const [second] = await claim(store, 'L2', later(2));

      expect(second).toMatchObject({ seq: first!.seq, wasUnclear: true, attempts: 2 });
      await expect(
        store.settleWrites(connection, 'L1', run, [written(first!.seq)], later(2)),
      ).rejects.toThrow(LostLeaseError);
    }));

  test('a row given back unsent keeps its place; one that was unclear stays unclear', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const release = (seq: number) => [{ seq, outcome: 'released' as const }];
      const [first] = await claim(store, 'L1');
      await store.settleWrites(connection, 'L1', run, release(first!.seq), now);
      const [again] = await claim(store, 'L2');
      expect(again).toMatchObject({ seq: first!.seq, attempts: 1, wasUnclear: false });

      await claim(store, 'L3', later(2), { limit: 0 });
      const [unclear] = await claim(store, 'L4', later(2));
      await store.settleWrites(connection, 'L4', run, release(unclear!.seq), later(2));

      expect((await claim(store, 'L5', later(2)))[0]).toMatchObject({ wasUnclear: true });
    }));

  test('a failed row keeps its reason and is tried when its time has come', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const [row] = await claim(store, 'L1');
      const failure = { ...refused, retryable: true };
      const result = { seq: row!.seq, outcome: 'failed' as const, failure, nextTryAt: later(5) };
      await store.settleWrites(connection, 'L1', run, [result], now);

      expect(await store.pendingWrites(connection, now)).toEqual({
        due: 0,
        waiting: 1,
        held: 0,
        failed: 0,
        nextTryAt: later(5),
      });
      expect(await claim(store, 'L2', later(4))).toEqual([]);
      expect((await store.failures(connection, 10))[0]).toMatchObject({ failure, attempts: 1 });
      expect(await claim(store, 'L3', later(5))).toHaveLength(1);
    }));

  test('a row refused for good waits for a person, or for another value', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const fail = async (lease: string) => {
        const [row] = await claim(store, lease);
        const result = {
          seq: row!.seq,
          outcome: 'failed' as const,
          failure: refused,
          nextTryAt: null,
        };
        await store.settleWrites(connection, lease, run, [result], now);
      };
      await fail('L1');
      expect(await store.pendingWrites(connection, later(600))).toMatchObject({
        due: 0,
        failed: 1,
      });

      await decide(store, true, sourced);
      expect(await claim(store, 'L2')).toEqual([]);
      expect(await store.retryFailures(connection, null, now)).toBe(1);
      await fail('L3');
      const other = { partner_sourced: { value: null, before: false } };
      await store.saveDecided(aBatch([aDecision('006A')], [aWrite('006A', other)]));

      const [row] = await claim(store, 'L4');
      expect(row).toMatchObject({ fields: other, attempts: 1, failure: null });
    }));

  test('a desire that comes while the row is on its way waits, then is compared with it', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const [row] = await claim(store, 'L1');
      await decide(store, false, { partner_sourced: { value: false, before: false } });

      expect(await claim(store, 'L2')).toEqual([]);
      await store.settleWrites(connection, 'L1', run, [written(row!.seq)], now);

      const [next] = await claim(store, 'L3');
      expect(next?.fields).toEqual(back);
    }));

  test('a desire the row on its way fulfils is not written a second time', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const [row] = await claim(store, 'L1');
      await decide(store, true, sourced);
      await store.settleWrites(connection, 'L1', run, [written(row!.seq)], now);

      expect(await claim(store, 'L2')).toEqual([]);
    }));

  test.each([
    ['failed', false],
    ['unclear', true],
    ['released', false],
  ] as const)('a row that ends %s folds into the newer desire; read back: %s', (outcome, unclear) =>
    withStore(async ({ store }) => {
      await seed(store);
      const [row] = await claim(store, 'L1');
      const other = { partner_sourced: { value: null, before: false } };
      await store.saveDecided(
        aBatch([aDecision('006A', { fields: { partner_sourced: null } })], [aWrite('006A', other)]),
      );
      const { seq } = row!;
      const result = {
        failed: { seq, outcome: 'failed' as const, failure: refused, nextTryAt: null },
        unclear: { seq, outcome: 'unclear' as const, nextTryAt: now },
        released: { seq, outcome: 'released' as const },
      }[outcome];
      await store.settleWrites(connection, 'L1', run, [result], now);

      const rows = await claim(store, 'L2');

      expect(rows).toHaveLength(1);
      expect(rows[0]).toMatchObject({ fields: other, wasUnclear: unclear });
      expect(rows[0]?.seq).not.toBe(seq);
    }),
  );

  test('what became of a row is counted in its run with the result, and once', () =>
    withStore(async ({ store }) => {
      await seed(store, ['006A', '006B', '006C']);
      const runId = run;
      const opening = { id: runId, connection, kind: 'sync' as const, workflowId: runId };
      const more = { workflowRunId: 'r', commandId: null, planId: null, startedAt: now };
      await store.openRun({ ...opening, ...more });
      const [a, b, c] = await claim(store, 'L1');
      const settle = (results: Settlement[]) =>
        store.settleWrites(connection, 'L1', runId, results, now);

      await settle([written(a!.seq)]);
      await settle([written(a!.seq)]);
      await settle([
        { seq: b!.seq, outcome: 'failed', failure: refused, nextTryAt: null },
        { seq: c!.seq, outcome: 'released' },
      ]);

      expect((await store.run(runId))!.counts).toEqual({ written: 1, fields: 1, failed: 1 });
    }));

  test('rows in flight of a dead holder are due at once, and are read back', () =>
    withStore(async ({ store }) => {
      await seed(store, ['006A', '006B']);
      await claim(store, 'L1', now, { leaseMs: 3_600_000 });
      expect(await claim(store, 'L2', later(1))).toEqual([]);

      expect(await store.abandonClaims(later(1))).toBe(2);
      const rows = await claim(store, 'L2', later(1));

      expect(rows.map(({ recordId, wasUnclear }) => [recordId, wasUnclear])).toEqual([
        ['006A', true],
        ['006B', true],
      ]);
      expect(await store.abandonClaims(later(1))).toBe(2);
      const late = store.settleWrites(connection, 'L1', run, [written(rows[0]!.seq)], later(2));
      await expect(late).rejects.toThrow(LostLeaseError);
    }));

  test('a claim restricted to a plan takes that plan alone', () =>
    withStore(async ({ store }) => {
      await seed(store);
      expect(await claim(store, 'L1', now, { planId: 'plan/acme/1' })).toEqual([]);
    }));

  test('a task that was written as wanted is not wanted again', () =>
    withStore(async ({ store }) => {
      const fields = { subject: { value: 'Stale', before: null } };
      const task = aWrite('stale/006A/1', fields, { object: 'task', kind: 'task', priority: 1 });
      await store.saveDecided(aBatch([], [task]));
      const [row] = await claim(store, 'L1', now, { object: 'task' });
      const created = { seq: row!.seq, outcome: 'written' as const, createdId: '00T1' };
      await store.settleWrites(connection, 'L1', run, [created], now);

      expect((await store.saveDecided(aBatch([], [task]))).enqueued).toBe(0);
      const closing = { ...task, fields: { status: { value: 'done', before: 'open' } } };
      expect((await store.saveDecided(aBatch([], [closing]))).enqueued).toBe(1);
      expect((await store.writesOf(run, 10, null))[0]?.createdId).toBe('00T1');
    }));
});
