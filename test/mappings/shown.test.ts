/** Values as people read them: one way for money, days and instants, on pages and in the terminal. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { money, shownValue, when } from '../../mappings/shown.ts';
import { sayInstant } from '../../rules/sentences.ts';

const opportunity = (key: string) => ({ object: 'opportunity', key });

test.each([
  ['12321483.4', 'USD', 'USD 12,321,483.40'],
  ['-1000', 'EUR', 'EUR -1,000.00'],
  ['0', 'USD', 'USD 0.00'],
  ['999.999', null, '999.999'],
  ['123456789012345678.91', 'USD', 'USD 123,456,789,012,345,678.91'],
  ['1e5', 'USD', 'USD 1e5'],
])('the amount %s in %s is "%s"', (amount, currency, text) => {
  expect(money(amount, currency)).toBe(text);
});

test('separators lose no digit', () => {
  const amounts = fc.tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(99));
  fc.assert(
    fc.property(amounts, ([whole, cents]) => {
      const amount = `${whole}.${String(cents).padStart(2, '0')}`;

      const text = money(amount, null);

      expect(text.replaceAll(',', '')).toBe(amount);
      expect(text).toMatch(/^-?\d{1,3}(,\d{3})*\.\d{2}$/);
    }),
  );
});

test('an instant is written as the reasons write it, in every month', () => {
  for (let month = 1; month <= 12; month += 1) {
    const instant = `2026-${String(month).padStart(2, '0')}-03T09:14:59.000Z`;

    expect(when(instant)).toBe(sayInstant(instant));
  }
  expect(when(null)).toBe('—');
  expect(when('not an instant')).toBe('not an instant');
});

test('days and instants are written as the reasons write them', () => {
  expect(shownValue(opportunity('protection_expires_on'), '2026-09-03')).toBe('3 Sep 2026');
  expect(shownValue(opportunity('attribution_locked_at'), '2026-09-03T09:14:00.000Z')).toBe(
    '3 Sep 2026 09:14Z',
  );
});

test('amounts of an opportunity are in its currency, sums of a partner in the corporate one', () => {
  const beside = { currency: 'EUR', corporate: 'USD' };

  expect(shownValue(opportunity('credited_amount'), '4120.5', beside)).toBe('EUR 4,120.50');
  expect(shownValue(opportunity('credited_amount_corp'), '4120.5', beside)).toBe('USD 4,120.50');
  const pipeline = { object: 'partner', key: 'sourced_pipeline' };
  expect(shownValue(pipeline, '4120.5', beside)).toBe('USD 4,120.50');
});

test('empty is a dash, flags are words, shares percentages, partners names', () => {
  expect(shownValue(opportunity('credited_amount'), null)).toBe('—');
  expect(shownValue(opportunity('partner_sourced'), true)).toBe('Yes');
  expect(shownValue(opportunity('credit_percent'), 2550)).toBe('25.5 %');
  const names = { '001A': 'Nordwind' };
  expect(shownValue(opportunity('sourcing_partner'), '001A', { names })).toBe('Nordwind (001A)');
  expect(shownValue(opportunity('sourcing_partner'), '001B', { names })).toBe('001B');
  expect(shownValue(opportunity('influencing_partner_ids'), '001A;001B', { names })).toBe(
    'Nordwind (001A), 001B',
  );
});
