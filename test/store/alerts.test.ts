/** Alert episodes: candidates, opening and closing, and the daily count of tasks. */
import { expect, test } from '@jest/globals';
import type { AlertCondition } from '../../rules/types.ts';
import type { AlertBatch, AlertChange, Store } from '../../store/types.ts';
import {
  aBatch,
  aDecision,
  anOpportunity,
  aRecord,
  aWrite,
  connection,
  now,
} from '../support/records.ts';
import { onEachStore } from '../support/store.ts';

const condition: AlertCondition = {
  kind: 'stale',
  since: '2026-11-01T00:00:00.000Z',
  ownerId: '005A',
  subject: 'Stale: Opportunity 006A',
  body: 'In Proposal for 30 days.',
};

function stale(id: string, alert: AlertCondition | null) {
  return aDecision(id, { kind: 'stale', rule: 'stale', fields: { stale: alert !== null }, alert });
}

function change(recordId: string, rest: Partial<AlertChange> = {}): AlertChange {
  return {
    object: 'opportunity',
    recordId,
    kind: 'stale',
    change: 'open',
    baseline: false,
    since: condition.since,
    ownerId: '005A',
    taskKey: `stale/${recordId}/1`,
    subject: condition.subject,
    ...rest,
  };
}

function save(store: Store, changes: AlertChange[], rest: Partial<AlertBatch> = {}) {
  return store.saveAlerts({
    connection,
    slot: 'live',
    runId: 'sync/1',
    now,
    changes,
    writes: [],
    planRows: [],
    ...rest,
  });
}

async function seed(store: Store): Promise<void> {
  const records = ['006A', '006B'].map((id) => anOpportunity(id));
  await store.upsertRecords(connection, 'opportunity', records, now);
  await store.upsertRecords(connection, 'partner', [aRecord('001A', { name: 'Nordwind' })], now);
}

onEachStore((withStore) => {
  test('an alert without an episode is a candidate, in object and id order', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const atRisk = { ...condition, kind: 'tier_at_risk' as const };
      await store.saveDecided(
        aBatch([
          aDecision('001A', { alert: atRisk }, 'partner'),
          stale('006B', condition),
          stale('006A', condition),
        ]),
      );

      const found = await store.alertCandidates(connection, 'live', 10);

      expect(found.map((c) => [c.object, c.recordId, c.kind])).toEqual([
        ['opportunity', '006A', 'stale'],
        ['opportunity', '006B', 'stale'],
        ['partner', '001A', 'tier_at_risk'],
      ]);
      expect(found[0]).toEqual({
        object: 'opportunity',
        recordId: '006A',
        recordName: 'Opportunity 006A',
        kind: 'stale',
        condition,
        open: null,
        episodes: 0,
      });
      expect(await store.alertCandidates(connection, 'live', 2)).toHaveLength(2);
    }));

  test('an open episode is no candidate until its alert has cleared', () =>
    withStore(async ({ store }) => {
      await seed(store);
      await store.saveDecided(aBatch([stale('006A', condition)]));
      expect(await save(store, [change('006A')])).toEqual({ opened: 1, closed: 0, enqueued: 0 });
      expect(await store.alertCandidates(connection, 'live', 10)).toEqual([]);

      await store.saveDecided(aBatch([stale('006A', null)]));

      const [candidate] = await store.alertCandidates(connection, 'live', 10);
      expect(candidate).toMatchObject({
        condition: null,
        episodes: 1,
        open: {
          episode: 1,
          since: condition.since,
          openedAt: now,
          closedAt: null,
          taskKey: 'stale/006A/1',
        },
      });
    }));

  test('the alert of a deleted record is over', () =>
    withStore(async ({ store }) => {
      await seed(store);
      await store.saveDecided(aBatch([stale('006A', condition), stale('006B', condition)]));
      await save(store, [change('006A')]);
      const gone = ['006A', '006B'].map((id) => anOpportunity(id, {}, { deleted: true }));
      await store.upsertRecords(connection, 'opportunity', gone, now);

      const found = await store.alertCandidates(connection, 'live', 10);

      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject({ recordId: '006A', condition: null });
    }));

  test('a repeated batch opens no second episode and no second task', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const fields = { subject: { value: condition.subject, before: null } };
      const task = aWrite('stale/006A/1', fields, { object: 'task', kind: 'task', priority: 1 });
      const batch = () => save(store, [change('006A')], { writes: [task] });

      expect(await batch()).toEqual({ opened: 1, closed: 0, enqueued: 1 });
      expect(await batch()).toEqual({ opened: 0, closed: 0, enqueued: 0 });
      expect((await store.pendingWrites(connection, now)).due).toBe(1);
    }));

  test('an alert that comes back is the next episode', () =>
    withStore(async ({ store }) => {
      await seed(store);
      await save(store, [change('006A')]);
      expect((await save(store, [change('006A', { change: 'close' })])).closed).toBe(1);
      expect((await save(store, [change('006A', { change: 'close' })])).closed).toBe(0);
      await save(store, [change('006A', { taskKey: 'stale/006A/2' })]);

      const open = await store.openAlerts(connection, 'opportunity', ['006A', '006B']);

      expect(open.map((alert) => [alert.episode, alert.taskKey])).toEqual([[2, 'stale/006A/2']]);
      expect((await store.explain(connection, '006A'))?.alerts).toHaveLength(2);
    }));

  test('tasks are counted by owner and since an instant; the baseline makes none', () =>
    withStore(async ({ store }) => {
      await seed(store);
      const baseline = { baseline: true, taskKey: null };
      await save(store, [change('006A'), change('006B', baseline)]);

      expect(await store.tasksOpenedSince(connection, now)).toEqual(new Map([['005A', 1]]));
      expect(await store.tasksOpenedSince(connection, '2026-11-22T00:00:00.000Z')).toEqual(
        new Map(),
      );
    }));
});
