/** The undo job: restored and written before its version goes, released without touching the CRM. */
import { expect, test } from '@jest/globals';
import { type FakeEngine, fakeEngine } from '../support/engine.ts';
import { ownerTests } from '../support/owner-tests.ts';

const withOwner = ownerTests();
const noSyncs = { activeVersion: null };
const undoRunId = 'sync/acme/12';

function legsOf(engine: FakeEngine): string[] {
  return engine.calls
    .filter(({ run }) => run.startsWith('undo/'))
    .map(({ name }) => name as string);
}

test('an undo writes the way back before the version changes, then decides anew', async () => {
  const asked: unknown[] = [];
  let stretches = 2;
  const engine = fakeEngine(noSyncs, () => ({
    undoChanges: async (input) => {
      asked.push(input);
      return { done: --stretches === 0, counts: { restored: 3 } };
    },
  }));
  const result = await withOwner(engine, ({ run }) =>
    run({ kind: 'undo', undoRunId, field: 'partner_sourced' }),
  );
  expect(legsOf(engine)).toEqual([
    'openRun',
    'undoChanges',
    'undoChanges',
    'writeChanges',
    'undoVersion',
    'decideRecords',
    'decideAlerts',
    'writeChanges',
    'closeRun',
  ]);
  expect(asked[0]).toMatchObject({ undoRunId, field: 'partner_sourced' });
  expect(result).toMatchObject({ outcome: 'green', counts: { restored: 6 } });
});

test('a release lets the values go and writes what is decided now', async () => {
  const engine = fakeEngine(noSyncs);
  await withOwner(engine, ({ run }) => run({ kind: 'undo', undoRunId, release: true }));
  expect(legsOf(engine)).toEqual([
    'openRun',
    'releaseHolds',
    'decideRecords',
    'decideAlerts',
    'writeChanges',
    'closeRun',
  ]);
});

test('an undo without a run, or of a field that is no name, is refused at once', async () => {
  const engine = fakeEngine(noSyncs);
  await withOwner(engine, async ({ run }) => {
    await expect(run({ kind: 'undo' })).rejects.toMatchObject({
      cause: { message: expect.stringContaining('undoRunId') },
    });
    await expect(run({ kind: 'undo', undoRunId, field: 'a b' })).rejects.toMatchObject({
      cause: { message: expect.stringContaining('field is the name') },
    });
  });
});
