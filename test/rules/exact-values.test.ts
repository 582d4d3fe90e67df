import { expect, test } from '@jest/globals';
import Big from 'big.js';
import fc from 'fast-check';
import {
  businessDaysAfter,
  endOfBusinessAfter,
  endsOfBusinessBetween,
} from '../../rules/business-calendar.ts';
import { corporateAmount, nextRateAt, rateTable, shareOf } from '../../rules/currency.ts';
import { clip, joinWithin, sayInstant, sayMoney, saySpan } from '../../rules/sentences.ts';
import { splitBasisPoints, splitProblem } from '../../rules/splits.ts';
import { addMonths, endOfQuarter, fromMs, shiftDate } from '../../rules/time.ts';
import { anOpportunity, utc, weekdays } from '../support/facts.ts';

// splits

test('case 22: thirds sum to 10000, the odd point goes to the smallest key', () => {
  const shares = ['c', 'a', 'b'].map((key) => ({ key, weight: 1 }));

  expect([...splitBasisPoints(shares)]).toEqual([
    ['a', 3334],
    ['b', 3333],
    ['c', 3333],
  ]);
});

test('a split is exact, does not depend on the order, and is fair to within one point', () => {
  const shares = fc.uniqueArray(
    fc.record({ key: fc.string({ minLength: 1 }), weight: fc.integer({ min: 0, max: 500 }) }),
    { minLength: 1, maxLength: 20, selector: (share) => share.key },
  );
  fc.assert(
    fc.property(shares, (given) => {
      const split = splitBasisPoints(given);
      const total = given.reduce((sum, share) => sum + share.weight, 0);

      expect([...split.values()].reduce((sum, points) => sum + points, 0)).toBe(10_000);
      expect(splitBasisPoints(given.toReversed())).toEqual(split);
      for (const { key, weight } of total === 0 ? [] : given) {
        expect(Math.abs(split.get(key)! - (10_000 * weight) / total)).toBeLessThan(1);
      }
    }),
  );
});

test('nobody shares nothing', () => {
  expect(splitBasisPoints([]).size).toBe(0);
});

test('case 23: a split of 90 % is refused with its sum', () => {
  expect(splitProblem('influence', [5000, 4000])).toBe(
    'The influence pool sums to 90.00 %; it must sum to 100.00 %.',
  );
  expect(splitProblem('influence', [10_500, -500])).toBe(
    'The influence pool holds a share that is not a whole number of basis points.',
  );
  expect(splitProblem('sourced', [10_000])).toBeNull();
});

// money

const rates = rateTable([
  { currency: 'EUR', rate: '1.25', validFrom: '2026-03-01' },
  { currency: 'EUR', rate: '1.1', validFrom: '2026-01-01' },
]);
const now = utc('2026-05-01');
const priced = (change: object) => anOpportunity().with(change).fact;

test.each([
  { what: 'open, today', deal: { currency: 'EUR', amount: '10' }, expected: '12.5' },
  {
    what: 'closed, at the rate of its close date',
    deal: { currency: 'EUR', amount: '10', isClosed: true, closeDate: '2026-02-28' },
    expected: '11',
  },
  {
    what: 'closed without a close date, at the day it closed',
    deal: {
      currency: 'EUR',
      amount: '10',
      isClosed: true,
      closeDate: null,
      closedAt: '2026-02-28T23:00:00.000Z',
    },
    expected: '11',
  },
  {
    what: 'before the first rate',
    deal: { currency: 'EUR', amount: '10', isClosed: true, closeDate: '2025-12-31' },
    expected: null,
  },
  { what: 'a currency without rates', deal: { currency: 'GBP', amount: '10' }, expected: null },
  { what: 'the corporate currency', deal: { currency: 'USD', amount: '10.50' }, expected: '10.5' },
  { what: 'an org with one currency', deal: { currency: null, amount: '10.50' }, expected: '10.5' },
  { what: 'no amount', deal: { currency: 'EUR', amount: null }, expected: null },
  {
    what: 'half a cent, to the even one',
    deal: { currency: 'EUR', amount: '0.10' },
    expected: '0.12',
  },
])('the corporate amount: $what', ({ deal, expected }) => {
  expect(corporateAmount(priced(deal), rates, 'USD', now)).toBe(expected);
});

test('the next rate matters to an open deal in another currency only', () => {
  const early = utc('2026-02-01');

  expect(nextRateAt(priced({ currency: 'EUR' }), rates, 'USD', early)).toBe(utc('2026-03-01'));
  expect(nextRateAt(priced({ currency: 'EUR', isClosed: true }), rates, 'USD', early)).toBeNull();
  expect(nextRateAt(priced({ currency: 'USD' }), rates, 'USD', early)).toBeNull();
});

test('shares of an exact split add up to the amount, to the last digit', () => {
  const cents = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });
  fc.assert(
    fc.property(cents, fc.integer({ min: 1, max: 9 }), (n, parts) => {
      const amount = new Big(n).div(100).toFixed();
      const keys = Array.from({ length: parts }, (_, i) => ({ key: `p${i}`, weight: 1 }));
      const shares = [...splitBasisPoints(keys).values()].map((points) => shareOf(amount, points)!);

      expect(shares.reduce((sum, share) => sum.plus(share), new Big(0)).toFixed()).toBe(amount);
    }),
  );
});

// business days

test.each([
  { after: '2026-11-23T10:00', days: 5, due: '2026-11-30T17:00', why: 'Monday morning' },
  { after: '2026-11-20T17:30', days: 5, due: '2026-11-30T17:00', why: "after Friday's cut-off" },
  { after: '2026-11-20T17:00', days: 5, due: '2026-11-30T17:00', why: "at Friday's cut-off" },
  { after: '2026-11-20T16:59', days: 5, due: '2026-11-27T17:00', why: "before Friday's cut-off" },
  { after: '2026-11-21T12:00', days: 1, due: '2026-11-24T17:00', why: 'on a Saturday' },
])('$days business days after $why', ({ after, days, due }) => {
  expect(businessDaysAfter(weekdays, utc(after), days)).toBe(utc(due));
});

test('the n-th end of business counts strictly after the instant', () => {
  expect(endOfBusinessAfter(weekdays, utc('2026-11-20T17:00'), 1)).toBe(utc('2026-11-23T17:00'));
  expect(endsOfBusinessBetween(weekdays, utc('2026-11-20T17:00'), utc('2026-11-24T17:00'))).toBe(2);
  expect(endsOfBusinessBetween(weekdays, utc('2026-11-24'), utc('2026-11-20'))).toBe(0);
});

test.each(['2014-12-31', '2036-12-31T17:00', '2040-01-01'])(
  'outside its table (%s) a calendar says so instead of guessing',
  (at) => {
    expect(() => endOfBusinessAfter(weekdays, utc(at), 1)).toThrow(RangeError);
    expect(() => endOfBusinessAfter(weekdays, utc(at), 1)).toThrow(
      /^Calendar "weekdays" has no end of business 1 after .+: its table runs from 2015-01-01T17/,
    );
  },
);

test('a later instant is never due earlier', () => {
  const at = fc.integer({ min: 0, max: 100_000 }).map((h) => fromMs(Date.UTC(2016, 0, 1, h)));
  fc.assert(
    fc.property(at, at, fc.integer({ min: 0, max: 30 }), (a, b, days) => {
      const [first, second] = a < b ? [a, b] : [b, a];

      expect(
        businessDaysAfter(weekdays, first, days) <= businessDaysAfter(weekdays, second, days),
      ).toBe(true);
    }),
  );
});

// dates

test.each([
  ['2026-03-31', -1, '2026-02-28'],
  ['2028-02-29', 12, '2029-02-28'],
  ['2026-01-15', -13, '2024-12-15'],
  ['2026-12-31', 2, '2027-02-28'],
])('%s and %i months is %s', (from, months, to) => {
  expect(addMonths(from, months)).toBe(to);
});

test('days and quarters cross years', () => {
  expect(shiftDate('2026-12-31', 1)).toBe('2027-01-01');
  expect(endOfQuarter('2026-11-21')).toBe('2026-12-31');
  expect(endOfQuarter('2026-06-30')).toBe('2026-06-30');
  expect(endOfQuarter('2026-02-01')).toBe('2026-03-31');
});

test('instants of milliseconds are those of the language itself', () => {
  fc.assert(
    fc.property(fc.integer({ min: -2_000_000_000_000, max: 4_000_000_000_000 }), (ms) => {
      expect(fromMs(ms)).toBe(new Date(ms).toISOString());
    }),
  );
});

// wording

test('instants, spans and money as people read them', () => {
  expect(sayInstant('2026-03-03T09:14:59.999Z')).toBe('3 Mar 2026 09:14Z');
  expect([86_400_000, 7_199_999, 61_000, 999].map(saySpan)).toEqual([
    '1 day',
    '1 hour',
    '1 minute',
    '0 seconds',
  ]);
  expect(sayMoney('USD', '41199.01')).toBe('USD 41,200');
  expect(sayMoney('USD', '-1234567')).toBe('USD -1,234,567');
});

test('lists within a length say how many are left out', () => {
  expect(joinWithin(['Acme', 'Birch', 'Cedar'], 20)).toBe('Acme; Birch; Cedar');
  expect(joinWithin(['Acme', 'Birch', 'Cedar'], 17)).toBe('Acme; +2 more');
  expect(joinWithin(['x'.repeat(30), 'y'], 20)).toBe(`${'x'.repeat(10)}…; +1 more`);
});

test('a text is never cut within a character of two units', () => {
  expect(clip('ab😀cd', 4)).toBe('ab…');
});

test('whatever is listed fits', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 80, unit: 'binary' }), { maxLength: 12 }),
      fc.integer({ min: 20, max: 255 }),
      (parts, max) => {
        expect(joinWithin(parts, max).length).toBeLessThanOrEqual(max);
      },
    ),
  );
});
