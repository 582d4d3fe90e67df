/** Decisions: what is stored with them, what becomes dirty, and what reaches the outbox. */
import { expect, test } from '@jest/globals';
import type { Store } from '../../store/types.ts';
import {
  aBatch,
  aDecision,
  anOpportunity,
  aRecord,
  aWrite,
  connection,
  decideNothing,
  dirtyOf,
  now,
  sourcedBy,
} from '../support/records.ts';
import { onEachStore } from '../support/store.ts';

const never = '1970-01-01T00:00:00.000Z';

async function seed(store: Store, ids = ['006A', '006B']): Promise<void> {
  const engine = { partner_sourced: false, attribution_type: 'Direct' };
  const opportunities = ids.map((id) => anOpportunity(id, engine));
  await store.upsertRecords(connection, 'opportunity', opportunities, now);
  const partners = ['001A', '001B'].map((id) => aRecord(id, { name: `Partner ${id}` }));
  await store.upsertRecords(connection, 'partner', partners, now);
}

onEachStore((withStore) => {
  test('a decision comes back as it was given', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const decision = aDecision('006A', {
        credits: sourcedBy('001A'),
        evidence: [{ kind: 'registration', id: 'a1', at: now, text: 'DR-1 submitted' }],
        counterfactual: 'Would be Influenced if registered later.',
      });
      const batch = aBatch([decision]);
      batch.decisions[0]!.lockedAt = now;

      expect(await store.saveDecided(batch)).toEqual({ stored: 1, enqueued: 0 });

      const prior = await store.priorDecisions(connection, 'live', 'opportunity', ['006A', '006B']);
      expect([...prior.keys()]).toEqual(['006A']);
      expect(prior.get('006A')?.attribution).toEqual({
        rule: 'R3',
        fields: decision.fields,
        reason: decision.reason,
        credits: decision.credits,
        decidedAt: now,
        lockedAt: now,
        inputHash: 'h1',
        version: 'v1',
        sinceVersion: 'v1',
        sinceRunId: batch.runId,
        sinceAt: now,
      });
      const found = await store.explain(connection, '006A');
      expect(found?.decisions[0]).toMatchObject(decision);
    }));

  test('a marker is cleared only when the record has not changed since it was read', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const due = await store.dueRecords(connection, 'opportunity', never, 10, null);
      const clear = due.map(({ id, dirty }) => ({
        object: 'opportunity' as const,
        id,
        dirty: dirty as number,
      }));
      const changed = [anOpportunity('006B', { stage: 'Won' })];
      await store.upsertRecords(connection, 'opportunity', changed, now);

      await store.saveDecided(aBatch([aDecision('006A'), aDecision('006B')], [], { clear }));

      expect(await dirtyOf(store, 'opportunity')).toEqual(['006B']);
    }));

  test('history grows only when the outcome or its reason changes', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const decide = (rest: object, version: string) =>
        store.saveDecided(aBatch([aDecision('006A', rest)], [], { version }));
      await decide({}, 'v1');
      await decide({ evidence: [] }, 'v2');
      await decide({ reason: 'Another reason.' }, 'v3');
      await decide({ reason: 'Another reason.', rule: 'R5' }, 'v4');

      const found = await store.explain(connection, '006A');

      expect(found?.history.map((row) => row.version)).toEqual(['v4', 'v3', 'v1']);
      expect(found?.decisions[0]?.version).toBe('v4');
    }));

  test('a record becomes due by time, in id order, until its decision moves the time', () =>
    withStore(async ({ store }) => {
      await seed(store, ['006A', '006B', '006C']);
      const at = (dueAt: string | null) => ({ dueAt });
      await store.saveDecided(
        aBatch([
          aDecision('006A', at('2026-11-21T08:00:00.000Z')),
          aDecision('006B', at('2026-11-22T00:00:00.000Z')),
          aDecision('006C', at('2026-11-21T09:00:00.000Z')),
        ]),
      );
      await decideNothing(store);

      const due = () => store.dueRecords(connection, 'opportunity', now, 10, null);
      expect(await due()).toEqual([
        { id: '006A', dirty: null },
        { id: '006C', dirty: null },
      ]);
      expect(await store.dueRecords(connection, 'opportunity', now, 1, '006A')).toEqual([
        { id: '006C', dirty: null },
      ]);
      await store.saveDecided(aBatch([aDecision('006A', at(null))]));
      expect((await due()).map((record) => record.id)).toEqual(['006C']);
    }));

  test('a decided attribution makes the partners it credits, and credited before, dirty', () =>
    withStore(async ({ store }) => {
      await seed(store);
      await store.saveDecided(aBatch([aDecision('006A', { credits: sourcedBy('001A') })]));
      await decideNothing(store);

      await store.saveDecided(aBatch([aDecision('006A', { credits: sourcedBy('001A') })]));
      expect(await dirtyOf(store, 'partner')).toEqual([]);

      await store.saveDecided(aBatch([aDecision('006A', { credits: sourcedBy('001B') })]));
      expect(await dirtyOf(store, 'partner')).toEqual(['001A', '001B']);
      await decideNothing(store);

      const other = { credits: sourcedBy('001B'), fields: { attribution_type: 'Pending Review' } };
      await store.saveDecided(aBatch([aDecision('006A', other)]));
      expect(await dirtyOf(store, 'partner')).toEqual(['001B']);
    }));

  test('credits carry the money of their opportunity; deleted ones are left out', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const both = ['006A', '006B'].map((id) => aDecision(id, { credits: sourcedBy('001A') }));
      await store.saveDecided(aBatch(both));
      const gone = [anOpportunity('006B', {}, { deleted: true })];
      await store.upsertRecords(connection, 'opportunity', gone, now);

      expect(await store.credits(connection, 'live', ['001A', '001B'])).toEqual([
        {
          partnerId: '001A',
          opportunityId: '006A',
          role: 'Sourcing',
          pool: 'sourced',
          basisPoints: 10_000,
          attributionType: 'Sourced',
          amount: '1000.5',
          currency: 'USD',
          closeDate: '2026-12-31',
          closedAt: null,
          isClosed: false,
          isWon: false,
        },
      ]);
      expect(await store.attributionCounts(connection, 'live')).toEqual({ Sourced: 1 });
    }));

  test('the outbox holds one row a record, whatever is decided how often', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const sourced = { partner_sourced: { value: true, before: false } };
      const stale = { stale: { value: true, before: null } };
      const decision = aDecision('006A');
      const first = await store.saveDecided(aBatch([decision], [aWrite('006A', sourced)]));
      const same = await store.saveDecided(aBatch([decision], [aWrite('006A', sourced)]));
      const more = await store.saveDecided(
        aBatch(
          [aDecision('006A', { kind: 'stale', fields: { stale: true } })],
          [aWrite('006A', stale, { kind: 'stale', priority: 2 })],
        ),
      );

      expect([first.enqueued, same.enqueued, more.enqueued]).toEqual([1, 0, 1]);
      const found = await store.explain(connection, '006A');
      expect(found?.writes).toHaveLength(1);
      expect(found?.writes[0]).toMatchObject({
        state: 'pending',
        fields: { ...sourced, ...stale },
        kinds: ['attribution', 'stale'],
        priority: 2,
      });
    }));

  test('a decision back at the CRM value leaves nothing to write', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const sourced = { partner_sourced: { value: true, before: false } };
      await store.saveDecided(aBatch([aDecision('006A')], [aWrite('006A', sourced)]));

      const direct = { fields: { attribution_type: 'Direct', partner_sourced: false } };
      await store.saveDecided(aBatch([aDecision('006A', direct)]));

      expect((await store.explain(connection, '006A'))?.writes).toEqual([]);
      expect((await store.pendingWrites(connection, now)).due).toBe(0);
    }));

  test('a deleted record is not written any more', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const sourced = { partner_sourced: { value: true, before: false } };
      await store.saveDecided(aBatch([aDecision('006A')], [aWrite('006A', sourced)]));
      const gone = [anOpportunity('006A', {}, { deleted: true })];
      await store.upsertRecords(connection, 'opportunity', gone, now);

      await decideNothing(store);

      expect((await store.pendingWrites(connection, now)).due).toBe(0);
    }));

  test('marking all dirty reaches the live records of that object only', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const gone = [anOpportunity('006B', {}, { deleted: true })];
      await store.upsertRecords(connection, 'opportunity', gone, now);
      await decideNothing(store);

      expect(await store.markAllDirty(connection, 'opportunity')).toBe(1);
      expect(await dirtyOf(store, 'opportunity')).toEqual(['006A']);
      expect(await dirtyOf(store, 'partner')).toEqual([]);
    }));
});
