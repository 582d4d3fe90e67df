/** The jobs: which legs they run, how they end, and what they say when they cannot. */
import { expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { DrainResult } from '../../activities/contract.ts';
import { type CheckMappingResult, checkMappingWorkflowId } from '../../workflows/messages.ts';
import { type FakeEngine, fakeEngine } from '../support/engine.ts';
import { ownerTests } from '../support/owner-tests.ts';

const withOwner = ownerTests();
/** No version is active: the owner starts no sync of its own between the test's jobs. */
const noSyncs = { activeVersion: null };

test('a sync pulls until done, decides until done, looks at alerts and writes until drained', async () => {
  const left = { pull: 3, decide: 2, write: 2 };
  const engine = fakeEngine(noSyncs, () => ({
    pullChanges: async () => ({ done: --left.pull === 0, counts: { 'pulled.opportunity': 100 } }),
    decideRecords: async () => ({ done: --left.decide === 0, counts: { decided: 50 } }),
    writeChanges: async () => drain({ done: --left.write === 0, written: 20, tasks: 1 }),
  }));

  const result = await withOwner(engine, ({ run }) => run({ kind: 'sync' }));

  expect(legsOf(engine)).toEqual([
    'openRun',
    'pullChanges',
    'pullChanges',
    'pullChanges',
    'decideRecords',
    'decideRecords',
    'decideAlerts',
    'writeChanges',
    'writeChanges',
    'closeRun',
  ]);
  expect(result).toMatchObject({
    outcome: 'green',
    failure: null,
    counts: { 'pulled.opportunity': 300, decided: 100, written: 40, tasks: 2 },
  });
});

test('a full sync is a backfill: what was read is decided and written between its stretches', async () => {
  let stretches = 2;
  const modes: string[] = [];
  const engine = fakeEngine(noSyncs, () => ({
    pullChanges: async ({ mode }) => {
      modes.push(mode);
      return { done: --stretches === 0, counts: {} };
    },
  }));

  const result = await withOwner(engine, ({ run }) => run({ kind: 'sync', full: true }));

  expect(result.runId).toMatch(/^backfill\/acme-\d+\/1$/);
  expect(modes).toEqual(['full', 'full']);
  expect(legsOf(engine)).toEqual([
    'openRun',
    'pullChanges',
    'decideRecords',
    'writeChanges',
    'pullChanges',
    'decideRecords',
    'decideAlerts',
    'writeChanges',
    'closeRun',
  ]);
});

test('a plan names its plan and its size, and writes nothing', async () => {
  const engine = fakeEngine(noSyncs);

  const result = await withOwner(engine, ({ run }) => run({ kind: 'plan', commandId: 'c-1' }));

  expect(result).toMatchObject({
    outcome: 'green',
    planId: 'P-1',
    counts: { planned: 2, plannedFields: 3, plannedTasks: 1 },
  });
  expect(legsOf(engine)).toEqual([
    'openRun',
    'pullChanges',
    'openPlan',
    'decidePlan',
    'decideAlerts',
    'finishPlan',
    'closeRun',
  ]);
});

test('apply pulls, checks the plan, adopts it, writes it, and goes on as a sync', async () => {
  const engine = fakeEngine(noSyncs);

  const result = await withOwner(engine, ({ run }) => run({ kind: 'apply', planId: 'P-1' }));

  expect(result).toMatchObject({ outcome: 'green', planId: 'P-1' });
  expect(legsOf(engine)).toEqual([
    'openRun',
    'pullChanges',
    'checkPlan',
    'adoptPlan',
    'writeChanges',
    'decideRecords',
    'decideAlerts',
    'writeChanges',
    'closeRun',
  ]);
});

test.each([
  {
    state: 'outdated' as const,
    type: 'Plan.Outdated',
    says: /^12 of the 340 records of P-1 have changed since it was made; nothing was written/,
  },
  {
    state: 'missing' as const,
    type: 'Plan.Missing',
    says: /^There is no P-1 on acme-\d+\. Make a/,
  },
  { state: 'closed' as const, type: 'Plan.Closed', says: /^P-1 is closed: it was applied/ },
])('apply of a plan that is $state is red and writes nothing', async ({ state, type, says }) => {
  const engine = fakeEngine(noSyncs, () => ({
    checkPlan: async () => ({ state, records: 340, outdated: 12 }),
  }));

  const result = await withOwner(engine, ({ run }) => run({ kind: 'apply', planId: 'P-1' }));

  expect(result).toMatchObject({ outcome: 'red', failure: { type } });
  expect(result.failure?.message).toMatch(says);
  expect(legsOf(engine)).toEqual(['openRun', 'pullChanges', 'checkPlan', 'closeRun']);
  expect(engine.closed.get(result.runId)?.failure?.type).toBe(type);
});

test('apply --skip-changed writes what is still current of an outdated plan', async () => {
  let skipped = false;
  const engine = fakeEngine(noSyncs, () => ({
    checkPlan: async () => ({ state: 'outdated', records: 340, outdated: 12 }),
    adoptPlan: async ({ skipChanged }) => {
      skipped = skipChanged;
      return { done: true, counts: {} };
    },
  }));

  const result = await withOwner(engine, ({ run }) =>
    run({ kind: 'apply', planId: 'P-1', skipChanged: true }),
  );

  expect(skipped).toBe(true);
  expect(result.outcome).toBe('green');
  expect(legsOf(engine)).toContain('writeChanges');
});

test('provision and retry run their legs', async () => {
  const engine = fakeEngine(noSyncs);

  await withOwner(engine, async ({ run }) => {
    const provisioned = await run({ kind: 'provision', commandId: 'c-7' });
    const retried = await run({ kind: 'retry', commandId: 'c-8' });

    expect(provisioned).toMatchObject({ outcome: 'green', counts: { created: 12 } });
    expect(retried.outcome).toBe('green');
  });

  expect(legsOf(engine)).toEqual([
    'openRun',
    'provisionFields',
    'closeRun',
    'openRun',
    'retryFailures',
    'writeChanges',
    'closeRun',
  ]);
});

test('a CRM that stays down ends the run red after ten tries, with its sentence', async () => {
  let tries = 0;
  const engine = fakeEngine(noSyncs, () => ({
    pullChanges: async () => {
      tries += 1;
      throw ApplicationFailure.retryable('Salesforce does not answer.', 'Crm.Unavailable');
    },
  }));

  await withOwner(engine, async ({ request, passUntil }) => {
    const { workflowId } = await request({ kind: 'sync' });
    await passUntil('the run is closed', () => engine.closed.has(workflowId));

    expect(engine.closed.get(workflowId)).toEqual({
      outcome: 'red',
      failure: { type: 'Crm.Unavailable', message: 'Salesforce does not answer.' },
    });
  });

  expect(tries).toBe(10);
});

test('an error of unknown type never shows its text: it could hold CRM data', async () => {
  const engine = fakeEngine(noSyncs, () => ({
    decideRecords: async () => {
      throw ApplicationFailure.nonRetryable('Jane Doe <jane@example.com>', 'TypeError');
    },
  }));

  const result = await withOwner(engine, ({ run }) => run({ kind: 'sync' }));

  expect(result.failure).toEqual({
    type: 'Run.Failed',
    message: "The run failed in decideRecords; the worker's log has the details. Nothing is lost.",
  });
});

test('a run whose closing fails is red and still answers', async () => {
  const engine = fakeEngine(noSyncs, () => ({
    closeRun: async () => {
      throw ApplicationFailure.nonRetryable('The store is full.', 'Store.Unavailable');
    },
  }));

  const result = await withOwner(engine, ({ run }) => run({ kind: 'sync' }));

  expect(result).toMatchObject({ outcome: 'red', failure: { message: 'The store is full.' } });
});

test('validate --online answers with the number of problems, or with why it could not ask', async () => {
  const engine = fakeEngine({}, () => ({
    checkMapping: async ({ commandId }) => {
      if (commandId === 'c-2') {
        throw ApplicationFailure.nonRetryable('The token was refused.', 'Crm.Unauthorized');
      }
      return { problems: 6 };
    },
  }));

  await withOwner(engine, async ({ client, connection }) => {
    const check = (commandId: string): Promise<CheckMappingResult> =>
      client.workflow.execute('checkMapping', {
        workflowId: checkMappingWorkflowId(connection, commandId),
        taskQueue: 'engine',
        args: [{ connection, commandId }],
      });

    expect(await check('c-1')).toEqual({ problems: 6, failure: null });
    expect(await check('c-2')).toEqual({
      problems: null,
      failure: { type: 'Crm.Unauthorized', message: 'The token was refused.' },
    });
  });
});

function drain(result: Partial<DrainResult>): DrainResult {
  const dry = { done: true, written: 0, tasks: 0, failed: 0, unclear: 0 };
  return { ...dry, waiting: 0, nextTryAt: null, ...result };
}

/** What jobs called; the owner's own calls left out. */
function legsOf(engine: FakeEngine): string[] {
  const own = ['readConnection', 'pauseConnection'];
  return engine.calls.map(({ name }) => name).filter((name) => !own.includes(name));
}
