/** What the owner of a connection does with reported changes: none lost, one run at a time. */
import { expect, test } from '@jest/globals';
import { keptMax } from '../../workflows/changes.ts';
import { gate, until } from '../support/engine.ts';
import { ownerTests } from '../support/owner-tests.ts';
import { ids, legsOf, listening, rest } from './listening.ts';

const withOwner = ownerTests();

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
