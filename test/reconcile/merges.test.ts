/** Merged, deleted and restored records: their ledger, decisions and credit go with them. */
import { expect, test } from '@jest/globals';
import { convertLead } from '../../sandbox/salesforce/dml/convert.ts';
import { id, smallCompany } from '../support/small-company.ts';
import type { World } from '../support/world.ts';
import { connection, withWorld } from '../support/world.ts';
import { setSilently } from './hands.ts';

const partner1 = id.account(1);
const partner2 = id.account(2);
const lastWeek = id.opportunity(5);

/** Opportunity 1: sourced by partner 1. 2: influenced by both. 5, 6: the same, won and locked. */
const company = () =>
  smallCompany({
    opportunities: [
      { n: 1 },
      { n: 2, created: 30 },
      { n: 3 },
      { n: 5, stage: 'Closed Won', created: 60, inStage: 30 },
      { n: 6, stage: 'Closed Won', created: 60, inStage: 30 },
    ],
    registrations: [
      { n: 1, partner: 1, opportunity: 1 },
      { n: 5, partner: 1, opportunity: 5 },
    ],
    touches: [
      { n: 1, partner: 1, opportunity: 2 },
      { n: 2, partner: 2, opportunity: 2 },
      { n: 3, partner: 1, opportunity: 6, at: 50 },
      { n: 4, partner: 2, opportunity: 6, at: 45 },
    ],
  });

function merge({ org }: World, survivor: string, merged: string): void {
  const done = org.merge('Account', { masterId: survivor, duplicateIds: [merged] }, org.admin);
  expect(done.errors ?? []).toEqual([]);
}

const credits = (world: World) =>
  world.query(
    `select opportunity_id, partner_id, pool, basis_points from attribution
     where slot = 'live' order by opportunity_id, partner_id, pool`,
  );

test('a merged partner lives on as its survivor: credits, locked decisions, writes and history', () =>
  withWorld(company(), async (world) => {
    await world.begin();
    const before = await credits(world);
    expect(before.filter((row) => row['partner_id'] === partner1).length).toBeGreaterThan(2);
    const locked = await world.store.explain(connection, lastWeek);
    const was = locked?.decisions.find(({ kind }) => kind === 'attribution');
    expect(was?.lockedAt).toBeTruthy();

    merge(world, partner2, partner1);
    const { run, failure } = await world.job('sync');

    expect(failure).toBeNull();
    expect(run.outcome).toBe('green');
    const after = await credits(world);
    expect(after.map((row) => row['partner_id'])).not.toContain(partner1);
    const sums = new Map<string, number>();
    for (const row of after.filter(({ pool }) => pool !== 'none')) {
      const key = `${row['opportunity_id']} ${row['pool']}`;
      sums.set(key, (sums.get(key) ?? 0) + Number(row['basis_points']));
    }
    expect([...sums.values()]).toEqual([...sums.values()].map(() => 10_000));
    const both = after.filter((row) => row['opportunity_id'] === id.opportunity(2));
    expect(both.map((row) => row['partner_id'])).toEqual([partner2]);
    expect(before.filter((row) => row['opportunity_id'] === id.opportunity(6))).toHaveLength(2);
    const lockedBoth = after.filter((row) => row['opportunity_id'] === id.opportunity(6));
    expect(lockedBoth).toMatchObject([{ partner_id: partner2, basis_points: 10_000 }]);
    const kept = await world.store.explain(connection, lastWeek);
    const decision = kept?.decisions.find(({ kind }) => kind === 'attribution');
    expect(decision?.lockedAt).toBe(was?.lockedAt);
    expect(decision?.credits.map(({ partnerId }) => partnerId)).toContain(partner2);
    expect(JSON.stringify(decision?.fields)).not.toContain(partner1);

    const explained = await world.store.explain(connection, partner1);
    expect(explained?.record.id).toBe(partner2);
    expect(explained?.formerIds).toEqual([partner1]);
    expect((await world.store.findRecord(partner1, null))[0]?.id).toBe(partner2);

    const again = await world.job('sync');
    expect(again.run.counts['written'] ?? 0).toBe(0);
    const checked = await world.job('reconcile');
    expect(checked.run.message).not.toContain('healed');
  }));

test('case 39: what a lead knew of a partner counts for the opportunity it became', () =>
  withWorld(company(), async (world) => {
    const touches = [
      'read:',
      '  touch:',
      '    - { object: Partner_Touch__c, partner: Partner__c, opportunity: Opportunity__c, kind: Kind__c, at: At__c }',
      '    - object: Lead',
      '      where: "IsConverted = true"',
      '      partner: PartnerAccountId',
      '      opportunity: ConvertedOpportunityId',
      '      kind: { constant: Executive introduction }',
      '      at: ConvertedDate',
    ].join('\n');
    world.edit('sandbox-salesforce.yaml', 'read:', touches);
    const { org } = world;
    const lead = { LastName: 'Vega', Company: 'Alder Mills', Status: 'Open - Not Contacted' };
    const [{ id: leadId } = { id: null }] = org.insert('Lead', [lead], org.admin);
    setSilently(world, 'Lead', leadId!, { PartnerAccountId: partner2 });
    await world.begin();
    const { opportunityId } = convertLead(org, { leadId }, org.admin);

    const { run } = await world.job('sync');

    expect(run.outcome).toBe('green');
    const explained = await world.store.explain(connection, opportunityId!);
    const decision = explained?.decisions.find(({ kind }) => kind === 'attribution');
    expect(decision?.rule).toBe('R7');
    expect(decision?.credits.map(({ partnerId }) => partnerId)).toEqual([partner2]);
    const checked = await world.job('reconcile');
    expect(checked.run.message).toContain('touch: complete (5)');
  }));
