/** Runs whose workflow was lost: the next job says so, and leaves those of later jobs alone. */
import { expect, test } from '@jest/globals';
import { smallCompany } from '../support/small-company.ts';
import { connection, withWorld } from '../support/world.ts';

const opening = { connection, kind: 'sync' as const, commandId: null, planId: null };

test('a run that its workflow never closed is red once the next job has begun', () =>
  withWorld(smallCompany({ opportunities: [{ n: 1 }] }), async (world) => {
    const lost = `sync/${connection}/77`;
    await world.activity('openRun', opening, { runId: lost });
    await world.begin();

    const run = await world.store.run(lost);
    expect(run?.outcome).toBe('red');
    expect(run?.message).toMatch(/ended without closing it/);
    expect(run?.finishedAt).not.toBeNull();
  }));

test('a late try of an earlier job leaves the run of a later one open', () =>
  withWorld(smallCompany({ opportunities: [{ n: 1 }] }), async (world) => {
    const [earlier, later] = [`sync/${connection}/77`, `sync/${connection}/78`];
    await world.activity('openRun', opening, { runId: earlier });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await world.activity('openRun', opening, { runId: later });
    await world.activity('openRun', opening, { runId: earlier });

    expect((await world.store.run(later))?.outcome).toBe('running');
  }));
