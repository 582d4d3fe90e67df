/** Presets for HubSpot, run against a portal that has the platform's properties. */
import { expect, test } from '@jest/globals';
import type { HubSpotDataset } from '../../sandbox/hubspot/dataset.ts';
import { addProperties, quietPortal, recordsOf, withPortal } from './portal.ts';

/** Open deals of new business with their customer, oldest first. */
function openDeals(dataset: HubSpotDataset) {
  const stages = dataset.dealPipelines.flatMap((pipeline) => pipeline.stages);
  const open = new Set(stages.filter(({ closed }) => !closed).map(({ id }) => id));
  return recordsOf(dataset, 'deals').filter(
    ({ properties }) =>
      open.has(String(properties['dealstage'])) && properties['dealtype'] === 'newbusiness',
  );
}

test('HubSpot types and PartnerStack: partners by company type, the referring one is credited', async () => {
  const portal = quietPortal();
  const { dataset } = portal;
  addProperties(dataset, 'companies', ['gs_partner_key']);
  addProperties(dataset, 'deals', ['gs_partner_key']);
  const [partner, other] = recordsOf(dataset, 'companies').filter(
    ({ properties }) => properties['type'] === 'PARTNER',
  );
  const customer = recordsOf(dataset, 'companies').find(({ properties }) => !properties['type'])!;
  partner!.properties['gs_partner_key'] = 'northgate';
  other!.properties['type'] = 'RESELLER';
  const [referred, plain] = openDeals(dataset);
  referred!.properties['gs_partner_key'] = 'northgate';

  await withPortal(portal, ['hubspot-partners', 'hubspot-partnerstack'], async (world) => {
    await world.begin();

    expect(await world.problems()).toEqual([]);
    const ids = [partner!.id, other!.id, customer.id];
    expect(await world.mirrored('partner', ids)).toEqual({
      [partner!.id]: expect.objectContaining({ type: 'Referral' }),
      [other!.id]: expect.objectContaining({ type: 'Reseller' }),
    });
    expect(Object.keys(await world.mirrored('account', ids))).toEqual([customer.id]);
    expect(await world.attribution(referred!.id)).toMatchObject({
      rule: 'R5',
      type: 'Sourced',
      partner: partner!.id,
    });
    expect(await world.attribution(plain!.id)).toMatchObject({ type: 'Direct' });
  });
});

test('Allbound on HubSpot: a registered deal is its own registration', async () => {
  const portal = quietPortal();
  const { dataset, now } = portal;
  addProperties(dataset, 'companies', ['allbound_status', 'allbound_id']);
  const registered = ['allbound_status', 'allbound_id', 'allbound_expiration_date'];
  addProperties(dataset, 'deals', registered);
  const [partner, unlisted] = recordsOf(dataset, 'companies').filter(
    ({ properties }) => properties['type'] === 'PARTNER',
  );
  Object.assign(partner!.properties, { allbound_status: 'Active', allbound_id: '4711' });
  const [deal, plain] = openDeals(dataset);
  Object.assign(deal!.properties, {
    allbound_id: '900',
    allbound_status: 'Approved',
    allbound_expiration_date: new Date(now + 30 * 86_400_000).toISOString().slice(0, 10),
  });
  dataset.labels.push({
    from: 'deals',
    to: 'companies',
    name: 'registering_partner_deal',
    label: 'Registering partner',
    inverseLabel: 'Registered deal',
  });
  dataset.associations.push({
    from: 'deals',
    fromId: deal!.id,
    to: 'companies',
    toId: partner!.id,
    label: 'Registering partner',
  });

  await withPortal(portal, ['hubspot-allbound'], async (world) => {
    await world.begin();

    expect(await world.problems()).toEqual([]);
    expect(await world.mirrored('partner', [partner!.id, unlisted!.id])).toEqual({
      [partner!.id]: expect.objectContaining({ status: 'Active', external_id: '4711' }),
    });
    expect(await world.mirrored('registration', [deal!.id, plain!.id])).toEqual({
      [deal!.id]: expect.objectContaining({
        partner: partner!.id,
        opportunity: deal!.id,
        status: 'approved',
      }),
    });
    expect(await world.attribution(deal!.id)).toMatchObject({
      rule: 'R3',
      type: 'Sourced',
      partner: partner!.id,
    });
    expect(await world.attribution(plain!.id)).toMatchObject({ type: 'Direct' });
  });
});
