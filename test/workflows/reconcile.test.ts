/** Reconcile on the time-skipping server: the nightly start, the job's legs, what it answers. */
import { expect, test } from '@jest/globals';
import { fakeEngine, until } from '../support/engine.ts';
import { ownerTests } from '../support/owner-tests.ts';

const withOwner = ownerTests();

test('a reconcile pulls, compares until all is compared, decides, writes', async () => {
  let stretches = 0;
  const engine = fakeEngine({}, () => ({
    reconcile: async () => {
      stretches += 1;
      const counts: Record<string, number> = stretches === 2 ? { 'compared.opportunity': 4 } : {};
      return { done: stretches === 2, counts };
    },
  }));

  await withOwner(engine, async ({ run }) => {
    const result = await run({ kind: 'reconcile', acceptUnseen: true });
    expect(result).toMatchObject({ outcome: 'green', counts: { 'compared.opportunity': 4 } });
  });

  const legs = engine.calls.filter(({ run }) => run.startsWith('reconcile/'));
  expect(legs.map(({ name }) => name)).toEqual([
    'openRun',
    'pullChanges',
    'reconcile',
    'pullChanges',
    'decideRecords',
    'writeChanges',
    'reconcile',
    'decideRecords',
    'decideAlerts',
    'writeChanges',
    'closeRun',
  ]);
});

test('at the mapping’s time of day the owner begins one reconcile in place of a sync', async () => {
  const night = 3_600_000;
  const engine = fakeEngine({ everyMs: 600_000 }, (fake) => ({
    closeRun: async ({ runId, failure }) => {
      if (runId.startsWith('reconcile/')) {
        fake.state.nextReconcileAt = null;
      }
      fake.closed.set(runId, { outcome: 'green', failure });
      return { runId, outcome: 'green', counts: {} };
    },
  }));

  await withOwner(engine, async ({ env, pass, run }) => {
    await until('the first sync', () => engine.closed.size === 1);
    engine.state.nextReconcileAt = new Date((await env.currentTimeMs()) + night).toISOString();
    // A plan makes the owner read its connection anew.
    await run({ kind: 'plan' });
    await pass({ seconds: night / 1_000 - 60 });
    expect(kinds(engine.closed)).not.toContain('reconcile');
    await pass({ seconds: 120 });

    await until('the reconcile', () => kinds(engine.closed).includes('reconcile'));
    await pass({ seconds: 1_800 });
  });

  expect(kinds(engine.closed).filter((kind) => kind === 'reconcile')).toHaveLength(1);
});

test('a night whose reconcile could not even be opened is not tried again at once', async () => {
  const engine = fakeEngine({ nextReconcileAt: new Date(0).toISOString() });

  await withOwner(engine, async ({ pass }) => {
    await until('the reconcile', () => engine.closed.size === 1);
    // The store still says it is due.
    await pass({ seconds: 1_800 });
  });

  const begun = kinds(engine.closed);
  expect(begun[0]).toBe('reconcile');
  expect(begun.filter((kind) => kind === 'reconcile')).toHaveLength(1);
  expect(begun.filter((kind) => kind === 'sync').length).toBeGreaterThan(2);
});

function kinds(closed: Map<string, unknown>): string[] {
  return [...closed.keys()].map((runId) => runId.slice(0, runId.indexOf('/')));
}
