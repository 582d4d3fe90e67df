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

test('an attempt that stands still while it waits for its call to be allowed makes no call', () =>
  withWorld(smallCompany({ opportunities: [{ n: 1 }] }), async (world) => {
    await world.begin();
    const stale = () => world.look('Opportunity', id.opportunity(1))['Partner_Deal_Stale__c'];
    const edit = { Id: id.opportunity(1), Partner_Deal_Stale__c: true };
    world.org.update('Opportunity', [edit], world.org.admin);
    const stood = standStillBeforeCall(world);

    const still = await world.job('sync');
    jest.restoreAllMocks();

    expect(stood.looks).toBeGreaterThan(0);
    expect(still.failure?.type).toBe('Crm.Unavailable');
    expect(still.calls.filter((call) => call.startsWith('PATCH'))).toEqual([]);
    expect(stale()).toBe(true);

    await world.job('sync');
    expect(stale()).toBe(false);
  }));

/**
 * Two seconds pass with the claim, so that the budget asks the store before the next call: that
 * answer arrives six minutes late, when the activity's own look at its lease is behind it.
 */
function standStillBeforeCall({ store }: World): { looks: number } {
  const real = { now: Date.now, claim: store.claimWrites, lease: store.leaseCalls };
  const stood = { looks: 0 };
  let passed = 0;
  jest.spyOn(Date, 'now').mockImplementation(() => real.now() + passed);
  jest.spyOn(store, 'claimWrites').mockImplementation(async (request) => {
    const rows = await real.claim(request);
    passed += rows.length > 0 ? 2_000 : 0;
    return rows;
  });
  jest.spyOn(store, 'leaseCalls').mockImplementation(async (...given) => {
    const granted = await real.lease(...given);
    if (passed === 2_000) {
      passed += 6 * 60_000;
      stood.looks += 1;
    }
    return granted;
  });
  return stood;
}
