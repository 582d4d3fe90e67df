/** What the owner of a connection keeps of reported changes: over pauses, failures and runs of its own. */
import { expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { until } from '../support/engine.ts';
import { ownerTests } from '../support/owner-tests.ts';
import { legsOf, listening, rest } from './listening.ts';

const withOwner = ownerTests();

test('a paused connection keeps what is reported, and reads it when it is resumed', async () => {
  const { engine, read } = listening();

  await withOwner(engine, async ({ wake, pause, resume, pass }) => {
    await until('the first sync', () => engine.closed.size === 1);
    await pause('Paused with partner-sync pause.');
    await wake({ records: ['0-3/1'], links: ['0-3/2'] });
    await wake({ records: ['0-3/3'] });
    await pass({ seconds: 900 });
    expect(engine.closed.size).toBe(1);
    await resume();

    await until('the sync', () => engine.closed.size === 2);
  });

  expect(read).toEqual([{ records: ['0-3/1', '0-3/3'], links: ['0-3/2'] }]);
});

test('ids whose run failed before it read them go with the next sync, and do not hurry it', async () => {
  let fails = true;
  const { engine, read } = listening((_, heard) => ({
    readReported: async ({ changed }) => {
      if (fails) {
        fails = false;
        throw ApplicationFailure.nonRetryable('The store does not answer.', 'Store.Unavailable');
      }
      heard.push(changed);
      return { done: true, counts: { reported: 1 } };
    },
  }));

  await withOwner(engine, async ({ wake, pass }) => {
    await until('the first sync', () => engine.closed.size === 1);
    await wake({ links: ['0-3/7'] });
    await until('the red one', () => engine.closed.size === 2);
    await pass({ seconds: 120 });
    expect(engine.closed.size).toBe(2);
    await pass({ seconds: 300 });
    await until('the poll', () => engine.closed.size === 3);
  });

  expect(read).toEqual([{ records: [], links: ['0-3/7'] }]);
});

test('ids that the CRM cannot answer do not spoil the syncs after them: a reconcile looks instead', async () => {
  const { engine } = listening(() => ({
    readReported: async () => {
      throw ApplicationFailure.nonRetryable('Half an answer.', 'Crm.MalformedResponse');
    },
  }));

  await withOwner(engine, async ({ wake }) => {
    await until('the first sync', () => engine.closed.size === 1);
    await wake({ records: ['0-3/1'], links: ['0-3/7'] });
    await until('the reconcile', () => engine.closed.size === 3);
    await wake({});
    await until('a poll', () => engine.closed.size === 4);
  });

  expect([...engine.closed.values()].map(({ outcome }) => outcome)).toEqual([
    'green',
    'red',
    'green',
    'green',
  ]);
  expect(engine.calls.filter(({ name }) => name === 'readReported')).toHaveLength(1);
});

test('a run that read them and failed later does not read them again', async () => {
  const { engine, read } = listening(() => ({
    writeChanges: async () => {
      throw ApplicationFailure.nonRetryable('Somebody cancelled it.', 'Store.Unavailable');
    },
  }));

  await withOwner(engine, async ({ wake, pass }) => {
    await until('the first sync', () => engine.closed.size === 1);
    await wake({ records: ['0-3/1'] });
    await until('the red one', () => engine.closed.size === 2);
    await pass({ seconds: 400 });
    await until('the poll', () => engine.closed.size === 3);
  });

  expect(read).toHaveLength(1);
});

test('what an owner has not read is carried into its next run', async () => {
  const { engine, read } = listening();
  const nextSyncAt = '2199-01-01T00:00:00.000Z';
  const changes = { records: ['0-3/1'], links: ['0-3/2'], more: false, moreLinks: false };

  await withOwner(engine, async () => until('it is read', () => read.length === 1), {
    changes,
    news: true,
    nextSyncAt,
  });

  expect(read).toEqual([{ records: ['0-3/1'], links: ['0-3/2'] }]);
  expect(legsOf(engine)).toEqual([`sync/1: readReported ${rest}`]);
});

test('before the first plan was applied nothing is read; what was reported is read after it', async () => {
  const { engine, read } = listening(
    (fake) => ({
      adoptPlan: async () => {
        fake.state.activeVersion = '2026.4+1a2b3c4';
        return { done: true, counts: {} };
      },
    }),
    { activeVersion: null },
  );

  await withOwner(engine, async ({ wake, run, pass }) => {
    await wake({ links: ['0-3/2'] });
    await pass({ seconds: 600 });
    expect(read).toEqual([]);
    await run({ kind: 'apply', planId: 'P-1' });

    await until('it is read', () => read.length === 1);
  });
});
