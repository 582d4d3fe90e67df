/**
 * An account that stops being a partner is to the rules what an off-boarded one is (domain.md,
 * case 18): open deals go to review, no new credit, what is locked stays.
 */
import { expect, test } from '@jest/globals';
import { id, smallCompany } from '../support/small-company.ts';
import { connection, type World, withWorld } from '../support/world.ts';
import { settledBegin } from './hands.ts';

/** Opportunity 2 is open and influenced by partners 1 and 2; 6 the same, won and locked. */
const company = () =>
  smallCompany({
    opportunities: [
      { n: 2, created: 30 },
      { n: 6, stage: 'Closed Won', created: 60, inStage: 30 },
    ],
    touches: [
      { n: 1, partner: 1, opportunity: 2 },
      { n: 2, partner: 2, opportunity: 2 },
      { n: 3, partner: 1, opportunity: 6, at: 50 },
      { n: 4, partner: 2, opportunity: 6, at: 45 },
    ],
  });

const credited = async (world: World, n: number) => {
  const rows = await world.query(
    `select partner_id from attribution where slot = 'live' and opportunity_id = $1
       and pool <> 'none' order by partner_id`,
    [id.opportunity(n)],
  );
  return rows.map((row) => row['partner_id']);
};

test('an account that leaves Type = Partner has its open deals reviewed, keeps what is locked, and comes back', () =>
  withWorld(company(), async (world) => {
    await settledBegin(world);
    const both = [1, 2].map(id.account);
    expect(await credited(world, 2)).toEqual(both);
    expect(await credited(world, 6)).toEqual(both);
    const become = (Type: string) =>
      world.org.update('Account', [{ Id: id.account(1), Type }], world.org.admin);
    become('Customer');

    const { run, failure } = await world.job('reconcile');

    expect(failure).toBeNull();
    expect(run.outcome).toBe('green');
    expect(await credited(world, 2)).toEqual([]);
    expect(await credited(world, 6)).toEqual(both);
    const told = await world.store.explain(connection, id.opportunity(2));
    const [attribution] = told!.decisions.filter(({ kind }) => kind === 'attribution');
    expect(attribution!.rule).toMatch(/^R6/);
    const crm = world.look('Opportunity', id.opportunity(2));
    expect(crm['Partner_Attribution_Reason__c']).toBe(attribution!.reason);
    expect(crm['Partner_Attribution_Type__c']).toBe('Pending Review');
    expect((await world.job('sync')).run.counts).toMatchObject({ written: 0 });

    become('Partner');
    await world.job('sync');

    expect(await credited(world, 2)).toEqual(both);
  }));
