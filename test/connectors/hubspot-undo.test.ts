/** What is taken back on a portal: an apply's properties, labels and tasks; a failed row's retry. */
import { expect, jest, test } from '@jest/globals';
import { linksOf } from '../../sandbox/hubspot/links.ts';
import { smallCompany } from '../support/cases-company.ts';
import { hubspot, type TwoCrms, withTwoCrms } from '../support/two-crms.ts';

jest.setTimeout(300_000);

const minute = 60_000;

/** What the portal shows of our fields. */
function ours({ portal, look }: TwoCrms) {
  const [deals, companies] = [portal.store('deals'), portal.store('companies')];
  return [...deals.all()].flatMap(({ id }) => {
    const { partner_attribution_reason: reason, partner_sourced: sourced } = look('deals', id, [
      'partner_attribution_reason',
      'partner_sourced',
    ]);
    const label = linksOf(portal, { store: deals, id }, companies).some(({ types }) =>
      types.some((type) => type.label === 'Sourcing partner'),
    );
    return reason || sourced === 'true' || label ? [{ id, reason, sourced, label }] : [];
  });
}

test('an undone apply leaves no property and no label of ours, and its tasks are closed', async () => {
  await withTwoCrms(smallCompany(0), async (world) => {
    await world.begin(hubspot);
    const applied = ours(world);
    const latest = await world.store.latestRun(hubspot, 'apply');
    world.sandbox.clock.advance(10 * minute);

    const runId = `undo/${hubspot}/900`;
    const run = { connection: hubspot, runId };
    const undone = { ...run, undoRunId: latest!.id, field: null };
    await world.activity(
      'openRun',
      { connection: hubspot, kind: 'undo', commandId: null, planId: null },
      { runId },
    );
    await world.activity('undoChanges', undone);
    await world.activity('writeChanges', { ...run, planId: null });
    await world.activity('undoVersion', undone);
    await world.activity('closeRun', { ...run, failure: null });
    const closed = await world.store.run(runId);

    expect(applied.filter(({ label }) => label).length).toBeGreaterThan(5);
    expect(ours(world)).toEqual([]);
    expect(closed?.outcome).toBe('green');
    const tasks = world.portal.store('tasks');
    const open = [...tasks.all()].filter(
      ({ id }) => world.look('tasks', id, ['hs_task_status'])['hs_task_status'] !== 'COMPLETED',
    );
    expect(open).toEqual([]);
    for (const { id } of tasks.all()) {
      const task = world.look('tasks', id, ['hs_task_subject', 'hs_task_body']);
      expect(task['hs_task_subject']).toMatch(/^Cancelled: Partner sync: /);
      expect(task['hs_task_body']).toMatch(/^Cancelled by partner-sync, not done by anybody: /);
    }
  });
});

test('a row HubSpot refuses makes the run amber, and is written once it is retried', async () => {
  await withTwoCrms(smallCompany(0), async (world) => {
    const match = { object: 'deals' };
    world.sandbox.faults.arm({ name: 'record-refused', match, property: 'partner_sourced' });
    await world.begin(hubspot);
    const amber = await world.store.latestRun(hubspot, 'apply');
    const before = ours(world).length;
    world.sandbox.clock.advance(30 * minute);

    const retried = await world.job(hubspot, 'retry');

    expect(amber?.outcome).toBe('amber');
    expect(retried.outcome).toBe('green');
    expect(ours(world).length).toBe(before + 1);
  });
});
