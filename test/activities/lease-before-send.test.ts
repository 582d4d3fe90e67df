/** A worker that stood still between its claim and its call sends nothing that is no longer its. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { id, smallCompany } from '../support/small-company.ts';
import { type World, withWorld } from '../support/world.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

/** The answer to the next claim that finds rows arrives six minutes late. */
function standStillAfterClaim({ store }: World): void {
  const real = { now: Date.now, claim: store.claimWrites };
  jest.spyOn(store, 'claimWrites').mockImplementation(async (request) => {
    const rows = await real.claim(request);
    if (rows.length > 0) {
      jest.spyOn(Date, 'now').mockImplementation(() => real.now() + 6 * 60_000);
    }
    return rows;
  });
}

test('an attempt whose lease has run out since its claim makes no call; the next one writes', () =>
  withWorld(smallCompany({ opportunities: [{ n: 1 }] }), async (world) => {
    await world.begin();
    const stale = () => world.look('Opportunity', id.opportunity(1))['Partner_Deal_Stale__c'];
    const edit = { Id: id.opportunity(1), Partner_Deal_Stale__c: true };
    world.org.update('Opportunity', [edit], world.org.admin);
    standStillAfterClaim(world);

    const still = await world.job('sync');
    jest.restoreAllMocks();

    expect(still.failure?.type).toBe('Store.Unavailable');
    expect(still.calls.filter((call) => call.startsWith('PATCH'))).toEqual([]);
    expect(stale()).toBe(true);

    await world.job('sync');
    expect(stale()).toBe(false);
  }));
