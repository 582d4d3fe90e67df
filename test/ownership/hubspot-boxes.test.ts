/** Boxes on HubSpot: empty before the first run, empty again after its undo, and nobody's edit. */
import { expect, test } from '@jest/globals';
import { connection, type PortalWorld, withPortal } from '../support/portal-world.ts';
import type { SmallCompany } from '../support/small-company.ts';
import { id, smallPortal } from '../support/small-portal.ts';

/** 1 is stale and direct, 2 is sourced. */
const company: SmallCompany = {
  opportunities: [
    { n: 1, inStage: 40 },
    { n: 2, inStage: 5 },
  ],
  registrations: [{ n: 1, partner: 1, opportunity: 2 }],
};
const boxes = ['partner_sourced', 'partner_influenced', 'partner_deal_stale'];
const tenMinutes = 600_000;

const shown = (world: PortalWorld) => [1, 2].map((n) => world.look('deals', id.deal(n), boxes));
const empty = { partner_sourced: null, partner_influenced: null, partner_deal_stale: null };

async function undo({ activity, advance }: PortalWorld, undoRunId: string): Promise<void> {
  advance(tenMinutes);
  const runId = `undo/${connection}/900`;
  const run = { connection, runId };
  await activity('openRun', { connection, kind: 'undo', commandId: null, planId: null }, { runId });
  await activity('undoChanges', { ...run, undoRunId, field: null });
  await activity('writeChanges', { ...run, planId: null });
  await activity('closeRun', { ...run, failure: null });
}

test('a box that was empty before a run is empty again after its undo, and stays so', () =>
  withPortal(smallPortal(company), async (world) => {
    await world.begin();
    expect(shown(world)).toEqual([
      { partner_sourced: 'false', partner_influenced: 'false', partner_deal_stale: 'true' },
      { partner_sourced: 'true', partner_influenced: 'false', partner_deal_stale: 'false' },
    ]);
    const applied = (await world.store.latestRun(connection, 'apply'))!;

    await undo(world, applied.id);

    expect(shown(world)).toEqual([empty, empty]);
    world.advance(tenMinutes);
    const { run } = await world.job('sync');
    expect([run.outcome, run.counts['written']]).toEqual(['green', 0]);
    expect(shown(world)).toEqual([empty, empty]);
  }));

test('a box a person has ticked since is left alone by an undo; one they emptied counts as back', () =>
  withPortal(smallPortal(company), async (world) => {
    await world.begin();
    const applied = (await world.store.latestRun(connection, 'apply'))!;
    world.set('deals', id.deal(1), { partner_influenced: 'true', partner_deal_stale: '' });

    await undo(world, applied.id);

    expect(shown(world)[0]).toEqual({ ...empty, partner_influenced: 'true' });
    const { counts } = (await world.store.run(`undo/${connection}/900`))!;
    expect(counts).toMatchObject({ left: 1, already: 1 });
  }));

test('emptying a box that is not ticked is no edit: no task, no dispute', () =>
  withPortal(smallPortal(company), async (world) => {
    await world.begin();
    const tasks = world.tasks().length;
    for (let n = 0; n < 3; n += 1) {
      world.advance(tenMinutes);
      world.set('deals', id.deal(1), { partner_sourced: '' });
      world.advance(tenMinutes);
      await world.job('sync');
    }

    expect(world.tasks()).toHaveLength(tasks);
    expect(shown(world)[0]).toMatchObject({ partner_sourced: 'false' });

    // Ticking it is one.
    world.advance(tenMinutes);
    world.set('deals', id.deal(1), { partner_sourced: 'true' });
    world.advance(tenMinutes);
    await world.job('sync');
    expect(world.tasks()).toHaveLength(tasks + 1);
    expect(shown(world)[0]).toMatchObject({ partner_sourced: 'false' });
  }));
