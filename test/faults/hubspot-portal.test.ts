/** Correctness cases of a changing portal: archived, merged, properties that go, access lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { defaultPrivateToken } from '../../sandbox/hubspot/portals.ts';
import { connection, type PortalWorld, withPortal } from '../support/portal-world.ts';
import { id, smallPortal } from '../support/small-portal.ts';
import { day, minute, provision } from '../support/world.ts';
import { opportunities, soonStale } from './in-world.ts';

const company = smallPortal({
  opportunities: opportunities(3),
  registrations: [{ n: 1, partner: 2, opportunity: 1 }],
  touches: [{ n: 1, partner: 2, opportunity: 2 }],
});
const search = { operation: 'POST /crm/objects/deals/search' };

/** Moves the CRM's clock and waits until the connector asks for it anew (after a second). */
async function jump(world: PortalWorld, ms = 10 * minute): Promise<void> {
  world.advance(ms);
  await sleep(1_050);
}

const credit = (world: PortalWorld, dealId: string) => ({
  ...world.look('deals', dealId, ['partner_sourced', 'partner_attribution_reason']),
  partner: world.labelled(dealId, 'Sourcing partner'),
});
const mirrorOf = async (world: PortalWorld, object: 'opportunity' | 'partner', recordId: string) =>
  (await world.store.mirror(connection, object, [recordId]))[0];

test('T5: a deal archived and restored between runs is gone, then back with its decision', () =>
  withPortal(company, async (world) => {
    await world.begin();
    const before = credit(world, id.deal(1));
    await jump(world);
    world.change('records-archived', { object: 'deals', ids: [id.deal(1)] });
    await jump(world, 1_000);
    const gone = await world.job('sync');
    const wasDeleted = (await world.mirrored(1))!.deleted;
    await jump(world);
    world.change('records-restored', { object: 'deals', ids: [id.deal(1)] });
    await jump(world, 1_000);

    const back = await world.job('sync');

    expect([gone.run.outcome, back.run.outcome]).toEqual(['green', 'green']);
    expect([wasDeleted, (await world.mirrored(1))!.deleted]).toEqual([true, false]);
    expect(before).toMatchObject({ partner_sourced: 'true', partner: [id.company(2)] });
    expect(credit(world, id.deal(1))).toEqual(before);
  }));

test('T5: two deals merged become a third one: its credit is decided, old ids lead to it', () =>
  withPortal(company, async (world) => {
    await world.begin();
    await jump(world);
    const { id: merged } = world.change('records-merged', {
      object: 'deals',
      primaryId: id.deal(1),
      mergedId: id.deal(3),
    }) as { id: string };
    await jump(world, 1_000);
    const tasks = world.tasks().length;

    const first = await world.job('sync');
    await jump(world);
    const second = await world.job('sync');

    expect([first.run.outcome, second.run.outcome]).toEqual(['green', 'green']);
    expect([id.deal(1), id.deal(3)]).not.toContain(merged);
    for (const n of [1, 3]) {
      expect(await world.mirrored(n)).toMatchObject({ deleted: true, mergedInto: merged });
    }
    expect(await mirrorOf(world, 'opportunity', merged)).toMatchObject({ deleted: false });
    expect(credit(world, merged)).toMatchObject({
      partner_sourced: 'true',
      partner: [id.company(2)],
    });
    expect(second.run.counts).toMatchObject({ written: 0, tasks: 0 });
    expect(world.tasks()).toHaveLength(tasks);
  }));

test('T5: partners that are merged leave their credit to the third one', () =>
  withPortal(company, async (world) => {
    await world.begin();
    await jump(world);
    const { id: merged } = world.change('records-merged', {
      object: 'companies',
      primaryId: id.company(1),
      mergedId: id.company(2),
    }) as { id: string };
    await jump(world, 1_000);

    const { run } = await world.job('sync');

    expect(run.outcome).toBe('green');
    expect(await mirrorOf(world, 'partner', id.company(2))).toMatchObject({
      deleted: true,
      mergedInto: merged,
    });
    expect(credit(world, id.deal(1))).toMatchObject({
      partner_sourced: 'true',
      partner: [merged],
    });
    const { influencing_partners: names } = world.look('deals', id.deal(2), [
      'influencing_partners',
    ]);
    expect(names).toBe('Northgate Consulting');
  }));

const halfWay = [
  { name: 'server-error' },
  { name: 'cut-in-answer' },
  { name: 'malformed-json' },
  { name: 'html-answer' },
];

test.each([
  ['the list of a full read', 'backfill', 'GET /crm/objects/deals'],
  ['the search of a window', 'sync', search.operation],
] as const)('T5: %s that fails half-way deletes nothing', (_, kind, operation) =>
  withPortal(smallPortal({ opportunities: opportunities(60) }), async (world) => {
    await world.begin();
    const outcomes: string[] = [];
    for (const fault of halfWay) {
      await jump(world);
      world.change('timestamps-equal-portal', { object: 'deals' });
      await jump(world, 1_000);
      world.sandbox.faults.disarm();
      world.arm({ name: 'short-page', rows: 20, match: { operation } });
      const struck = world.arm({ ...fault, match: { operation, n: 2 } });

      const { run } = await world.job(kind);

      outcomes.push(run.outcome);
      expect(struck()).toBe(1);
      expect(run.counts['deleted.opportunity'] ?? 0).toBe(0);
      expect((await world.store.mirrorCounts(connection)).opportunity).toBe(60);
    }
    const [row] = await world.query(
      'select count(*)::int as gone from opportunity where deleted_at is not null',
    );
    expect(row).toEqual({ gone: 0 });
    expect(outcomes).toEqual(['red', 'red', 'red', 'red']);
  }),
);

/** Takes a property out of the portal, as an admin archives it; the answer brings it back. */
function withoutProperty(world: PortalWorld, object: string, name: string): () => void {
  const { properties } = world.portal.store(object);
  const def = properties.get(name)!;
  properties.put({ ...def, archived: true }, world.portal.clock.now());
  return () => void properties.put({ ...def, archived: false }, world.portal.clock.now());
}

test('T13: a mapped property that goes stops the run by name; once it is back, what was missed comes', () =>
  withPortal(company, async (world) => {
    await world.begin();
    const repair = withoutProperty(world, 'partner_touch', 'kind');
    // What the portal has is asked for once an hour, and by a new worker at once.
    await world.activities.connections.close();
    await jump(world);
    world.set('deals', id.deal(2), { hs_next_step: 'while it was broken' });

    const struck = await world.job('sync');
    repair();
    await world.activities.connections.close();
    const healed = await world.job('sync');

    expect(struck.run.outcome).toBe('red');
    expect(struck.failure).toMatchObject({ type: 'Crm.InvalidField', nonRetryable: true });
    expect(struck.failure!.message).toContain('kind');
    expect([healed.failure, healed.run.outcome]).toEqual([null, 'green']);
    expect((await world.mirrored(2))!.fields['next_step']).toBe('while it was broken');
  }));

test('T13: a property of ours that goes stops the run by name; provision makes it, and all is written', () =>
  withPortal(smallPortal({ opportunities: soonStale(2) }), async (world) => {
    await world.begin();
    world.advance(2 * day);
    world.portal.store('deals').properties.remove('partner_deal_stale');

    const { run, failure } = await world.job('sync');
    await provision(world, world.activity, connection);
    const later = await world.job('sync');

    expect([run.outcome, failure?.type]).toEqual(['red', 'Crm.InvalidField']);
    expect(failure!.message).toContain('deals have no partner_deal_stale');
    expect(failure!.message).toContain('partner-sync provision');
    expect(later.run.outcome).toBe('green');
    for (const n of [1, 2]) {
      expect(world.look('deals', id.deal(n), ['partner_deal_stale'])).toEqual({
        partner_deal_stale: 'true',
      });
    }
  }));

test('T13: a new property in mid-run disturbs nothing', () =>
  withPortal(company, async (world) => {
    await world.begin();
    await jump(world);
    const { properties } = world.portal.store('deals');
    const more = { type: 'string', fieldType: 'text', groupName: 'dealinformation' } as const;
    properties.put({ name: 'brand_new', label: 'New', ...more }, world.portal.clock.now());

    const { run } = await world.job('sync');

    expect(run.outcome).toBe('green');
  }));

test('T13: a retired option fails the rows that want it, with the property and the reason', () =>
  withPortal(company, async (world) => {
    await world.begin();
    const { properties } = world.portal.store('deals');
    const type = properties.get('partner_attribution_type')!;
    const options = type.options.filter(({ value }) => value !== 'Influenced');
    properties.put({ ...type, options }, world.portal.clock.now());
    await jump(world);
    const link = { object: 'partner_touch', id: id.touch(1), toObject: 'deals' };
    world.change('association-changed', { ...link, toId: id.deal(2), removed: true });
    world.change('association-changed', { ...link, toId: id.deal(3) });
    world.set('partner_touch', id.touch(1), { kind: 'Technical validation' });
    await jump(world, 1_000);

    const { run } = await world.job('sync');

    expect(run.outcome).toBe('amber');
    const [row] = await world.store.failures(connection, 10);
    expect(row!.failure).toMatchObject({
      code: 'INVALID_OPTION',
      fields: ['partner_attribution_type'],
      retryable: false,
    });
  }));

test('T19: a token that is revoked stops the first attempt with a sentence, after one call', () =>
  withPortal(company, async (world) => {
    await world.begin();
    world.sandbox.portals.tokens.delete(defaultPrivateToken);

    const { run, failure, calls } = await world.job('sync');

    expect(run.outcome).toBe('red');
    expect(failure).toMatchObject({ type: 'Crm.Unauthorized', nonRetryable: true });
    expect(failure!.message).toContain('INVALID_AUTHENTICATION');
    expect(failure!.message).toContain('partner-sync resume');
    expect(calls.length).toBeLessThanOrEqual(2);
  }));

test('T19: a scope that is taken away is named, by reading and by writing', () =>
  withPortal(smallPortal({ opportunities: soonStale(1) }), async (world) => {
    await world.begin();
    world.advance(2 * day);
    const said: (string | undefined)[] = [];
    for (const scope of ['crm.objects.deals.write', 'crm.objects.deals.read']) {
      const grant = world.sandbox.portals.tokens.get(defaultPrivateToken)!;
      const scopes = (grant.scopes ?? allScopes).filter((one) => one !== scope);
      world.sandbox.portals.tokens.set(defaultPrivateToken, { ...grant, scopes });

      const { run, failure } = await world.job('sync');

      expect([run.outcome, failure?.type]).toEqual(['red', 'Crm.MissingScope']);
      expect(failure).toMatchObject({ nonRetryable: true });
      said.push(failure?.message);
      await world.letRetriesBegin();
    }
    expect(said[0]).toContain('crm.objects.deals.write');
    expect(said[1]).toContain('crm.objects.deals.read');
  }));

const allScopes = ['deals', 'companies', 'contacts', 'custom', 'owners']
  .flatMap((object) => [`crm.objects.${object}.read`, `crm.objects.${object}.write`])
  .concat(
    ['deals', 'companies', 'contacts', 'custom'].flatMap((object) => [
      `crm.schemas.${object}.read`,
      `crm.schemas.${object}.write`,
    ]),
  );
