/** What the owner of a connection does with reported changes: none lost, one run at a time. */
import { expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { ChangedIds } from '../../activities/contract.ts';
import { keptMax } from '../../workflows/changes.ts';
import { type FakeEngine, fakeEngine, gate, until } from '../support/engine.ts';
import { ownerTests } from '../support/owner-tests.ts';

const withOwner = ownerTests();

const ids = (n: number, from = 0) => Array.from({ length: n }, (_, i) => `0-3/${from + i}`);

/** An engine that remembers what it was told to read by id; `change` replaces activities. */
function listening(
  change: (
    engine: FakeEngine,
    read: ChangedIds[],
  ) => Partial<FakeEngine['activities']> = () => ({}),
  state: Partial<FakeEngine['state']> = {},
): { engine: FakeEngine; read: ChangedIds[] } {
  const read: ChangedIds[] = [];
  const engine = fakeEngine(state, (fake) => ({
    readReported: async ({ changed }) => {
      read.push(changed);
      const reported = changed.records.length + changed.links.length;
      return { done: true, counts: { reported, 'changed.opportunity': reported } };
    },
    ...change(fake, read),
  }));
  return { engine, read };
}

/** 'sync/2: readReported decideRecords ...' of the runs, without opening and closing. */
function legsOf(engine: FakeEngine): string[] {
  const runs = new Map<string, string[]>();
  for (const { name, run } of engine.calls) {
    const kind = run.replace(/\/acme-\d+/, '');
    if (/^(sync|reconcile)/.test(kind) && !['openRun', 'closeRun'].includes(name)) {
      runs.set(kind, [...(runs.get(kind) ?? []), name]);
    }
  }
  return [...runs].map(([run, names]) => `${run}: ${names.join(' ')}`);
}

const rest = 'decideRecords decideAlerts writeChanges';

test('what is reported is read by id at once, and the poll keeps its own time', async () => {
  const { engine, read } = listening();

  await withOwner(engine, async ({ wake, pass, status }) => {
    await until('the first sync', () => engine.closed.size === 1);
    await pass({ seconds: 100 });
    const { nextSyncAt } = await status();
    await wake({ records: ['0-3/1', '0-3/2'], links: ['0-3/3'] });
    await until('the sync of what was reported', () => engine.closed.size === 2);
    await until('its end', async () => (await status()).state === 'idle');

    expect((await status()).nextSyncAt).toBe(nextSyncAt);
    expect(nextSyncAt).not.toBeNull();
    await pass({ seconds: 210 });
    await until('the poll', () => engine.closed.size === 3);
  });

  expect(read).toEqual([{ records: ['0-3/1', '0-3/2'], links: ['0-3/3'] }]);
  expect(legsOf(engine)).toEqual([
    `sync/1: pullChanges ${rest}`,
    `sync/2: readReported ${rest}`,
    `sync/3: pullChanges ${rest}`,
  ]);
});

test('our own writes come back as reports: what has not changed is not decided again', async () => {
  const { engine } = listening(() => ({
    readReported: async () => ({ done: true, counts: { reported: 2, 'pulled.opportunity': 2 } }),
  }));

  await withOwner(engine, async ({ wake }) => {
    await until('the first sync', () => engine.closed.size === 1);
    await wake({ records: ['0-3/1', '0-3/2'] });
    await until('the sync of what was reported', () => engine.closed.size === 2);
  });

  expect(legsOf(engine)).toEqual([`sync/1: pullChanges ${rest}`, 'sync/2: readReported']);
});

test('a mistake in bulk does not slip by the guard in small runs: after 250 writes the rest is the poll’s', async () => {
  const { engine, read } = listening(() => ({
    writeChanges: async () => ({
      ...{ done: true, written: 90, tasks: 10, failed: 0, unclear: 0 },
      ...{ waiting: 0, nextTryAt: null },
    }),
  }));

  await withOwner(engine, async ({ wake, pass, status }) => {
    await until('the first sync', () => engine.closed.size === 1);
    for (let n = 1; n <= 5; n += 1) {
      await wake({ records: [`0-3/${n}`] });
      await until('its end', async () => (await status()).state === 'idle' || n > 3);
      await until('its run', () => engine.closed.size === Math.min(n, 3) + 1);
    }
    await pass({ seconds: 120 });
    expect(engine.closed.size).toBe(4);
    await pass({ seconds: 200 });
    await until('the poll', () => engine.closed.size === 5);
    await wake({ records: ['0-3/9'] });
    await until('what is reported after it', () => engine.closed.size === 6);
  });

  expect(legsOf(engine)[4]).toBe(`sync/5: pullChanges readReported ${rest}`);
  expect(read[3]).toEqual({ records: ['0-3/4', '0-3/5'], links: [] });
});

test('reports that never end do not put the poll off', async () => {
  const { engine } = listening();

  await withOwner(engine, async ({ wake, pass }) => {
    for (let n = 1; n <= 12; n += 1) {
      await wake({ records: [`0-3/${n}`] });
      await pass({ seconds: 60 });
    }
  });

  const polls = engine.calls.filter(({ name }) => name === 'pullChanges');
  expect(polls.length).toBeGreaterThanOrEqual(3);
});

test('no wake-up is lost and at most one run is in flight, however reports fall', async () => {
  let inside = 0;
  let most = 0;
  const { engine, read } = listening(() => ({
    decideRecords: async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside -= 1;
      return { done: true, counts: {} };
    },
  }));
  const told = ids(120);

  await withOwner(engine, async ({ wake, status }) => {
    for (let at = 0; at < told.length; at += 4) {
      // Each twice, and the next signal on its way before this one is taken.
      await Promise.all([
        wake({ records: told.slice(at, at + 3), links: [told[at + 3] as string] }),
        wake({ records: told.slice(at, at + 2) }),
      ]);
    }
    await until('all is read', async () => {
      const known = new Set(read.flatMap(({ records, links }) => [...records, ...links]));
      return known.size === told.length && (await status()).state === 'idle';
    });
  });

  expect(most).toBe(1);
  // Sixty signals, far fewer runs: those of one run's time go together.
  expect(read.length).toBeLessThan(30);
});

test('what is reported during the last activity of a run is read by the run that follows', async () => {
  const door = gate();
  let first = true;
  const { engine, read } = listening((fake) => ({
    closeRun: async ({ runId }) => {
      if (first) {
        first = false;
        await door.wait();
      }
      fake.closed.set(runId, { outcome: 'green', failure: null });
      return { runId, outcome: 'green', counts: {} };
    },
  }));

  await withOwner(engine, async ({ wake }) => {
    await door.reached;
    await wake({ records: ['0-3/1'] });
    door.open();

    await until('it is read', () => read.length === 1);
  });
});

test('beyond what an owner keeps the rest is left to a poll, associations last of all', async () => {
  const door = gate();
  const { engine, read } = listening(() => ({
    decideRecords: async () => {
      await door.wait();
      return { done: true, counts: {} };
    },
  }));

  await withOwner(engine, async ({ wake }) => {
    await door.reached;
    for (let at = 0; at < keptMax; at += 200) {
      await wake({ records: ids(200, at) });
    }
    await wake({ links: ids(50, 90_000) });
    door.open();
    await until('two runs', () => engine.closed.size === 2);
  });

  expect(read[0]!.links).toEqual(ids(50, 90_000));
  expect(read[0]!.records).toHaveLength(keptMax - 50);
  expect(legsOf(engine)[1]).toBe(`sync/2: pullChanges readReported ${rest}`);
});

test('a signal that says there is more polls, as one without any ids does', async () => {
  const { engine } = listening();

  await withOwner(engine, async ({ wake }) => {
    await until('the first sync', () => engine.closed.size === 1);
    await wake({ records: ['0-3/1'], more: true });
    await until('the second', () => engine.closed.size === 2);
    await wake();
    await until('the third', () => engine.closed.size === 3);
  });

  expect(legsOf(engine).slice(1)).toEqual([
    `sync/2: pullChanges readReported ${rest}`,
    `sync/3: pullChanges ${rest}`,
  ]);
});

test('more changed associations than anybody can name are found by a reconcile, once an hour at most', async () => {
  const { engine } = listening();

  await withOwner(engine, async ({ wake, pass }) => {
    await until('the first sync', () => engine.closed.size === 1);
    await wake({ moreLinks: true });
    await until('the reconcile', () => engine.closed.size === 2);
    await wake({ moreLinks: true });
    await pass({ seconds: 600 });
    expect(legsOf(engine).filter((run) => run.startsWith('reconcile'))).toHaveLength(1);
    await pass({ seconds: 3_100 });

    await until('the second one', () =>
      legsOf(engine).some((run) => run.startsWith('reconcile') && !run.startsWith('reconcile/2')),
    );
  });

  expect(legsOf(engine)[1]).toMatch(/^reconcile\/2: .*\breconcile\b/);
});

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
