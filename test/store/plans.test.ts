/** Plans: what would change, adopted as a whole, in batches that survive a crash. */
import { expect, test } from '@jest/globals';
import type { PlanRow, Store } from '../../store/types.ts';
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

const plan = 'plan/acme-salesforce/1';
const apply = 'apply/acme-salesforce/2';
const head = {
  id: plan,
  connection,
  cause: 'version' as const,
  version: 'v2',
  runId: plan,
  createdAt: now,
};

function row(recordId: string, field: string, rest: Partial<PlanRow> = {}): Omit<PlanRow, 'plan'> {
  return {
    object: 'opportunity',
    recordId,
    recordName: `Opportunity ${recordId}`,
    field,
    old: 'Direct',
    new: 'Sourced',
    kind: 'attribution',
    reason: 'Sourced by Nordwind.',
    rule: 'R3',
    inputHash: 'h1',
    moneyMoved: '0',
    ...rest,
  };
}

async function seed(store: Store, ids: string[]): Promise<void> {
  const fields = { attribution_type: 'Direct', partner_sourced: false };
  const records = ids.map((id) => anOpportunity(id, fields));
  await store.upsertRecords(connection, 'opportunity', records, now);
  await store.upsertRecords(connection, 'partner', [aRecord('001A', { name: 'Nordwind' })], now);
}

async function planned(store: Store, ids: string[], planRows: Omit<PlanRow, 'plan'>[]) {
  const decisions = ids.map((id) => aDecision(id, { credits: sourcedBy('001A') }));
  const marked = await store.mirror(connection, 'opportunity', ids);
  const clear = marked.map(({ id, dirty }) => ({
    object: 'opportunity' as const,
    id,
    dirty: dirty as number,
  }));
  await store.saveDecided(
    aBatch(decisions, [], { slot: plan, version: 'v2', planRows, clear, runId: plan }),
  );
}

const rowsOf = (id: string) => [
  row(id, 'attribution_type', { moneyMoved: '1000.50' }),
  row(id, 'partner_sourced', { old: false, new: true }),
];

onEachStore((withStore) => {
  test('a plan counts its records, fields and tasks and sums its money by direction', () =>
    withStore(async ({ store }) => {
      await seed(store, ['006A', '006B']);
      await store.createPlan(head);
      await planned(store, ['006A', '006B'], [...rowsOf('006A'), ...rowsOf('006B')]);
      const task = { object: 'task' as const, kind: 'task' as const, old: null };
      await store.saveAlerts({
        connection,
        slot: plan,
        runId: plan,
        now,
        changes: [],
        writes: [],
        planRows: [row('stale/006A/1', 'subject', task), row('stale/006A/1', 'status', task)],
      });

      const finished = await store.finishPlan(plan);

      expect(finished).toEqual({
        ...head,
        state: 'open',
        records: 2,
        fields: 4,
        tasks: 1,
        moneyMoved: { 'Direct -> Sourced': '2001.00' },
        appliedAt: null,
        appliedRunId: null,
      });
      expect(await store.openPlan(connection)).toEqual(finished);
      expect(await store.plans(null, 10)).toEqual([finished]);
    }));

  test('a plan without rows is a plan', () =>
    withStore(async ({ store }) => {
      await store.createPlan(head);
      expect(await store.finishPlan(plan)).toMatchObject({ records: 0, moneyMoved: {} });
    }));

  test('while a plan is made the live decisions, the outbox and the dirty marks stay', () =>
    withStore(async ({ store }) => {
      await seed(store, ['006A']);
      await store.saveDecided(aBatch([aDecision('006A', { rule: 'R9' })]));
      await store.createPlan(head);
      await planned(store, ['006A'], rowsOf('006A'));

      const live = await store.priorDecisions(connection, 'live', 'opportunity', ['006A']);
      expect(live.get('006A')?.attribution?.rule).toBe('R9');
      expect((await store.pendingWrites(connection, now)).due).toBe(0);
      expect(await dirtyOf(store, 'opportunity')).toEqual(['006A']);
      expect(await store.credits(connection, 'live', ['001A'])).toEqual([]);
      expect(await store.credits(connection, plan, ['001A'])).toHaveLength(1);
      expect(await store.lastDecided(connection, plan, 'opportunity')).toBe('006A');
      expect(await store.lastDecided(connection, plan, 'partner')).toBe(null);
    }));

  test('a repeated batch leaves nothing of its first try', () =>
    withStore(async ({ store }) => {
      await seed(store, ['006A']);
      await store.createPlan(head);
      await planned(store, ['006A'], rowsOf('006A'));
      await planned(store, ['006A'], [row('006A', 'attribution_type')]);

      const { rows } = await store.planRows(plan, { limit: 10 });
      expect(rows.map((r) => r.field)).toEqual(['attribution_type']);
    }));

  test('rows are read page by page, values as they were, and by record for the check', () =>
    withStore(async ({ store }) => {
      await seed(store, ['006A', '006B']);
      await store.createPlan(head);
      await planned(store, ['006A', '006B'], [...rowsOf('006A'), ...rowsOf('006B')]);

      const first = await store.planRows(plan, { limit: 3 });
      const rest = await store.planRows(plan, { limit: 3, after: first.next as string });

      expect(first.rows[1]).toMatchObject({ field: 'partner_sourced', old: false, new: true });
      expect(first.rows[0]?.moneyMoved).toBe('1000.50');
      expect([...first.rows, ...rest.rows].map((r) => r.recordId)).toEqual([
        '006A',
        '006A',
        '006B',
        '006B',
      ]);
      expect(rest.next).toBe(null);
      expect((await store.planRows(plan, { limit: 9, object: 'task' })).rows).toEqual([]);
      expect(await store.planRecords(plan, 1, '006A')).toEqual([
        {
          object: 'opportunity',
          recordId: '006B',
          fields: {
            attribution_type: { value: 'Sourced', before: 'Direct' },
            partner_sourced: { value: true, before: false },
          },
          inputHash: { attribution: 'h1' },
          kinds: ['attribution'],
        },
      ]);
    }));

  test('an adopted plan is live: decisions, history, credits, outbox, markers', () =>
    withStore(async ({ store }) => {
      await seed(store, ['006A', '006B', '006C']);
      await store.saveDecided(
        aBatch([aDecision('006A', { rule: 'R9' }), aDecision('006C', { rule: 'R9' })]),
      );
      await store.createPlan(head);
      await planned(store, ['006A', '006B'], [...rowsOf('006A'), ...rowsOf('006B')]);
      const changed = [anOpportunity('006B', { stage: 'Won' })];
      await store.upsertRecords(connection, 'opportunity', changed, now);

      const adopted = await store.adoptPlan(plan, apply, now, []);
      await store.closePlan(plan, 'applied', apply, now);

      expect(adopted).toEqual({ enqueued: 2 });
      const live = await store.priorDecisions(connection, 'live', 'opportunity', [
        '006A',
        '006B',
        '006C',
      ]);
      expect([...live].map(([id, kinds]) => [id, kinds.attribution?.rule])).toEqual([
        ['006A', 'R3'],
        ['006B', 'R3'],
        ['006C', 'R9'],
      ]);
      expect(await store.credits(connection, 'live', ['001A'])).toHaveLength(2);
      expect(await store.credits(connection, plan, ['001A'])).toEqual([]);
      // 006B changed after it was planned, 006C was not in the plan.
      expect(await dirtyOf(store, 'opportunity')).toEqual(['006B', '006C']);
      expect(await dirtyOf(store, 'partner')).toEqual(['001A']);
      const found = await store.explain(connection, '006A');
      expect(found?.history.map((h) => h.version)).toEqual(['v2', 'v1']);
      expect(found?.writes[0]).toMatchObject({ state: 'pending', planId: plan, runId: apply });
      expect(await store.plan(plan)).toMatchObject({ state: 'applied', appliedRunId: apply });
    }));

  test('a skipped record keeps its live decision and is decided by the next sync', () =>
    withStore(async ({ store }) => {
      await seed(store, ['006A', '006B']);
      await store.createPlan(head);
      await planned(store, ['006A', '006B'], [...rowsOf('006A'), ...rowsOf('006B')]);
      await decideNothing(store);

      const skip = [{ object: 'opportunity' as const, recordId: '006A' }];
      expect(await store.adoptPlan(plan, apply, now, skip)).toEqual({ enqueued: 1 });

      const live = await store.priorDecisions(connection, 'live', 'opportunity', ['006A', '006B']);
      expect([...live.keys()]).toEqual(['006B']);
      expect(await dirtyOf(store, 'opportunity')).toEqual(['006A']);
    }));

  test('a kind that the new version does not decide leaves no live decision', () =>
    withStore(async ({ store }) => {
      await seed(store, ['006A']);
      const stale = aDecision('006A', { kind: 'stale', rule: 'stale', fields: { stale: true } });
      await store.saveDecided(aBatch([stale]));
      await store.createPlan(head);
      await planned(store, ['006A'], rowsOf('006A'));

      expect(await store.staleCount(connection, 'live')).toBe(1);
      await store.adoptPlan(plan, apply, now, []);

      expect(await store.staleCount(connection, 'live')).toBe(0);
    }));

  test('adopting again after it is done, or after it is applied, does nothing more', () =>
    withStore(async ({ store }) => {
      await seed(store, ['006A']);
      await store.createPlan(head);
      await planned(store, ['006A'], rowsOf('006A'));
      const first = await store.adoptPlan(plan, apply, now, []);
      const again = await store.adoptPlan(plan, apply, now, []);
      await store.closePlan(plan, 'applied', apply, now);
      const applied = await store.adoptPlan(plan, apply, now, []);

      expect([first, again, applied]).toEqual([{ enqueued: 1 }, { enqueued: 1 }, { enqueued: 1 }]);
      expect((await store.pendingWrites(connection, now)).due).toBe(1);
    }));

  test('a plan adopted over a waiting desire wins over it', () =>
    withStore(async ({ store }) => {
      await seed(store, ['006A']);
      const influenced = {
        attribution_type: { value: 'Influenced', before: 'Direct' },
        attribution_rule: { value: 'R6', before: null },
      };
      const old = aDecision('006A', {
        fields: { attribution_type: 'Influenced', attribution_rule: 'R6' },
      });
      await store.saveDecided(aBatch([old], [aWrite('006A', influenced)]));
      await store.createPlan(head);
      await planned(store, ['006A'], [row('006A', 'attribution_type')]);

      await store.adoptPlan(plan, apply, now, []);

      const found = await store.explain(connection, '006A');
      expect(found?.writes).toHaveLength(1);
      expect(found?.writes[0]).toMatchObject({
        fields: { attribution_type: { value: 'Sourced', before: 'Direct' } },
        planId: plan,
      });
      expect(Object.keys(found?.writes[0]?.fields ?? {})).toEqual(['attribution_type']);
    }));

  test('one plan a connection is open: a new one supersedes it and what it had decided', () =>
    withStore(async ({ store }) => {
      await seed(store, ['006A']);
      await store.createPlan(head);
      await store.createPlan(head);
      await planned(store, ['006A'], rowsOf('006A'));
      await store.createPlan({ ...head, id: 'plan/acme-salesforce/2' });

      expect((await store.plan(plan))?.state).toBe('superseded');
      expect(await store.credits(connection, plan, ['001A'])).toEqual([]);
      expect((await store.openPlan(connection))?.id).toBe('plan/acme-salesforce/2');
      await expect(store.adoptPlan(plan, apply, now, [])).rejects.toThrow(
        'Plan plan/acme-salesforce/1 is superseded: only an open plan is adopted.',
      );
    }));

  test('a plan larger than a batch is adopted whole', () =>
    withStore(async ({ store }) => {
      const ids = Array.from({ length: 2_300 }, (_, n) => `006${String(n).padStart(5, '0')}`);
      await seed(store, ids);
      await store.createPlan(head);
      await planned(store, ids, ids.flatMap(rowsOf));

      expect(await store.adoptPlan(plan, apply, now, [])).toEqual({ enqueued: 2_300 });

      expect(await store.attributionCounts(connection, 'live')).toEqual({ Sourced: 2_300 });
      expect((await store.pendingWrites(connection, now)).due).toBe(2_300);
      expect(await dirtyOf(store, 'opportunity')).toEqual([]);
    }));
});
