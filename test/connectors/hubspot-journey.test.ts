/** The engine's journey on a portal alone: validate, provision, apply, edits, sweep, tasks, calls. */
import { expect, jest, test } from '@jest/globals';
import { associate, linksOf } from '../../sandbox/hubspot/links.ts';
import { archiveRecord, type Scene, updateRecord } from '../../sandbox/hubspot/write.ts';
import { smallCompany } from '../support/cases-company.ts';
import { hubspot, type TwoCrms, withTwoCrms } from '../support/two-crms.ts';

jest.setTimeout(300_000);

const minute = 60_000;

/** What a person does in the portal. */
const byHand = ({ portal }: TwoCrms): Scene => ({
  portal,
  store: portal.store('deals'),
  writer: {
    author: { sourceType: 'CRM_UI', sourceId: null, userId: 9_003, appId: null },
    apiVersion: 'v3',
    via: 'page',
  },
});

async function problemsOnline(world: TwoCrms, commandId: string): Promise<string[]> {
  const createdAt = new Date().toISOString();
  const command = {
    id: commandId,
    kind: 'validate',
    connection: hubspot,
    actor: 'test',
    createdAt,
  };
  await world.store.saveCommand({ ...command, args: {} });
  await world.activity('checkMapping', { connection: hubspot, commandId });
  const { result } = (await world.store.command(commandId))!;
  return (result as { problems: string[] }).problems;
}

test('a portal is validated, provisioned, applied to, and kept right', async () => {
  await withTwoCrms(smallCompany(0), async (world) => {
    const { portal, store } = world;
    const before = await problemsOnline(world, 'validate-1');
    await world.begin(hubspot);
    const after = await problemsOnline(world, 'validate-2');

    expect(before.join('\n')).toContain('Settings > Properties');
    expect(before.some((line) => line.includes('partner_attribution_reason'))).toBe(true);
    expect(after).toEqual([]);

    // A tick of a box by hand is an edit of a field of ours: it is put back.
    world.sandbox.clock.advance(10 * minute);
    const deals = portal.store('deals');
    const sourced = [...deals.all()].find(
      ({ id }) => world.look('deals', id, ['partner_sourced'])['partner_sourced'] === 'true',
    )!;
    updateRecord(byHand(world), sourced, { partner_sourced: 'false' });
    const restored = await world.job(hubspot, 'sync');
    expect(world.look('deals', sourced.id, ['partner_sourced'])).toEqual({
      partner_sourced: 'true',
    });
    expect(restored.outcome).toBe('green');

    // A label taken by hand moves no timestamp: the sweep of reconcile finds it.
    world.sandbox.clock.advance(10 * minute);
    const companies = portal.store('companies');
    const label = portal.associations.types.labelled('deal', 'company', 'Sourcing partner')!;
    const partner = [...companies.all()].find(
      ({ id }) => world.look('companies', id, ['is_partner'])['is_partner'] === 'true',
    )!;
    const bare = [...deals.all()].find(
      ({ id }) =>
        !linksOf(portal, { store: deals, id }, companies).some(({ types }) =>
          types.includes(label),
        ) && world.look('deals', id, ['partner_attribution_reason'])['partner_attribution_reason'],
    )!;
    const stamp = bare.updatedAt;
    const ends = { from: { store: deals, id: bare.id }, to: { store: companies, id: partner.id } };
    associate(portal, ends, [label]);
    expect(deals.live(bare.id)?.updatedAt).toBe(stamp);
    const labelled = () =>
      linksOf(portal, { store: deals, id: bare.id }, companies).some(({ types }) =>
        types.includes(label),
      );
    await world.job(hubspot, 'reconcile');
    await world.job(hubspot, 'sync');
    expect(labelled()).toBe(false);

    // An archived deal is gone from the mirror with the next sync.
    world.sandbox.clock.advance(10 * minute);
    archiveRecord(byHand(world), deals.live(sourced.id)!);
    await world.job(hubspot, 'sync');
    const [row] = await store.mirror(hubspot, 'opportunity', [sourced.id]);
    expect(row?.deleted ?? true).toBe(true);

    // Every task hangs on its record and has our key.
    const tasks = portal.store('tasks');
    const made = [...tasks.all()];
    expect(made.length).toBeGreaterThan(0);
    for (const { id } of made) {
      expect(world.look('tasks', id, ['partner_sync_key'])['partner_sync_key']).toBeTruthy();
    }

    // An idle sync reads each object once, with its archived records, and writes nothing.
    world.sandbox.clock.advance(30 * minute);
    await world.job(hubspot, 'sync');
    const calls = () => world.sandbox.calls.calls().length;
    const [callsBefore, writesBefore] = [calls(), portal.writes.length];
    world.sandbox.clock.advance(30 * minute);
    const idle = await world.job(hubspot, 'sync');
    expect(idle.outcome).toBe('green');
    expect(portal.writes.length).toBe(writesBefore);
    // 5 sources by search and list of archived ones, owners live and archived, a look at the clock.
    expect(calls() - callsBefore).toBeLessThanOrEqual(14);
  });
});
