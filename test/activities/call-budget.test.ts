/** The pace of an account's calls: never more than a window allows, and nearly all of it. */
import { expect, jest, test } from '@jest/globals';
import { accountBudget, paced } from '../../activities/call-budget.ts';
import type { Store } from '../../store/types.ts';
import { withStore } from '../support/store.ts';

jest.setTimeout(60_000);

test.each([
  [190, 9, 17.6],
  [110, 5, 10.2],
  [100, 5, 9.2],
])('of %i calls in 10 s, %i come at once and %d a second after them', (calls, atOnce, rate) => {
  expect(paced({ calls, perMs: 10_000 })).toEqual({ callsPerSecond: rate, callsAtOnce: atOnce });
});

test.each([190, 110, 100])('no 10 s hold more than %i calls, a long minute 90 % of them', (max) => {
  const { callsPerSecond, callsAtOnce } = paced({ calls: max, perMs: 10_000 });
  // The bucket of store/budgets.ts, asked every 10 ms for all it has.
  const made: number[] = [];
  let tokens = callsAtOnce;
  for (let ms = 0; ms < 60_000; ms += 10) {
    tokens = Math.min(callsAtOnce, tokens + callsPerSecond / 100);
    for (; tokens >= 1; tokens -= 1) made.push(ms);
  }

  const busiest = Math.max(
    ...made.map((from) => made.filter((at) => at >= from && at < from + 10_000).length),
  );
  expect(busiest).toBeLessThanOrEqual(max);
  expect(made.length).toBeGreaterThanOrEqual(0.9 * max * 6);
});

test('calls asked for at once lose none of what one lease has brought', async () => {
  await withStore(async ({ store }) => {
    let leases = 0;
    const counted: Store = {
      ...store,
      leaseCalls: (...args) => {
        leases += 1;
        return store.leaseCalls(...args);
      },
    };
    const budget = accountBudget({
      store: counted,
      crm: 'salesforce',
      connection: 'c',
      dailyShareBasisPoints: 10_000,
      reservedBasisPoints: 0,
    });

    await Promise.all(Array.from({ length: 10 }, () => budget.take(1, 3)));

    expect(leases).toBe(1);
  });
});
