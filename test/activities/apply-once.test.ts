/** What a plan has decided is not decided a second time when it is applied. */
import { expect, test } from '@jest/globals';
import { id, smallCompany } from '../support/small-company.ts';
import { withWorld } from '../support/world.ts';

const company = {
  opportunities: [{ n: 1 }, { n: 2 }, { n: 3 }],
  registrations: [{ n: 1, partner: 1, opportunity: 1 }],
};

test('apply decides only what has changed since the plan was made', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    world.edit('policies/sandbox.yaml', 'default: 30 days', 'default: 20 days');
    const touched = { Id: id.opportunity(3), Amount: 4_321 };
    world.org.update('Opportunity', [touched], world.org.admin);
    const plan = await world.job('plan');

    const applied = await world.job('apply', { planId: plan.runId });

    const redecided = await world.query(
      `select distinct record_id from decision where version = $1 and slot = 'live'`,
      [(await world.store.activeVersion('sandbox-salesforce'))!.id],
    );
    expect(plan.run.counts['decided']).toBe(6);
    expect(applied.failure).toBeNull();
    expect(redecided).toHaveLength(6);
    // Opportunity 3 was dirty when the plan was made, and the plan has decided it.
    expect(applied.run.counts['decided'] ?? 0).toBe(0);
  }));
