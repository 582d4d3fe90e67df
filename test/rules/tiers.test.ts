import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rateTable } from '../../rules/currency.ts';
import { standTier, type TierCredit, type TierFacts } from '../../rules/tiers.ts';
import { fromMs, shiftDate } from '../../rules/time.ts';
import type { PartnerFact, TierCriteria, TierPolicy } from '../../rules/types.ts';
import { aPartner, aPolicy, aRegistration, utc } from '../support/facts.ts';

const nothing: TierCriteria = {
  revenue: null,
  wonDeals: null,
  registrations: null,
  certifications: null,
  satisfaction: null,
  anyOf: false,
};

/** Registered: nothing asked; Silver: 50,000; Gold: 100,000 and 2 won deals. */
const tiers: TierPolicy = {
  tables: [
    {
      effectiveFrom: '2020-01-01',
      levels: [
        { name: 'Registered', criteria: nothing },
        { name: 'Silver', criteria: { ...nothing, revenue: '50000' } },
        { name: 'Gold', criteria: { ...nothing, revenue: '100000', wonDeals: 2 } },
      ],
    },
  ],
  sourcedWeightBasisPoints: 10_000,
  influencedWeightBasisPoints: 0,
  windowMonths: 12,
  demotionAfterMonths: 12,
  demotionNoticeDays: 90,
  warnWithinBasisPoints: 1_000,
  newPartnerMonths: 12,
};
const policy = aPolicy({ tiers });

/** A won deal of which the partner has the whole sourced credit. */
function won(
  closeDate: string,
  amount: string | null,
  change: Partial<TierCredit> = {},
): TierCredit {
  return {
    partnerId: 'acme',
    opportunityId: `O-${closeDate}`,
    role: 'Sourcing',
    pool: 'sourced',
    basisPoints: 10_000,
    attributionType: 'Sourced',
    amount,
    currency: 'USD',
    closeDate,
    closedAt: utc(closeDate),
    isClosed: true,
    isWon: true,
    ...change,
  };
}

function facts(credits: TierCredit[], partner: Partial<PartnerFact> = {}): TierFacts {
  const held = { tier: 'Silver', tierSince: '2024-01-01', startDate: '2023-01-01', ...partner };
  return {
    partner: aPartner('acme', { managerId: 'U-pm', ...held }),
    credits,
    registrations: [],
    prior: null,
    rates: new Map(),
  };
}

function stand(given: TierFacts, now = '2026-05-15', by = policy) {
  return standTier(given, by, utc(now));
}

test('a partner that meets its tier with room is Stable, and is told what the next tier takes', () => {
  const decision = stand(facts([won('2026-02-01', '58800')]));

  expect(decision.fields).toEqual({
    tier_qualified: 'Silver',
    tier_status: 'Stable',
    tier_progress: 5000,
    tier_next_requirement: '1 more won deal and USD 41,200 by 30 Jun 2026 for Gold',
    tier_below_since: null,
    tier_demotion_on: null,
    sourced_revenue_t12m: '58800',
    influenced_revenue_t12m: '0',
    sourced_pipeline: '0',
    influenced_pipeline: '0',
    deals_won_t12m: 1,
    registrations_t12m: 0,
    win_rate_t12m: 10000,
  });
  expect(decision.reason).toBe(
    'Stable: qualifies for Silver, holds Silver; USD 58,800 credited, 1 won in 12 months. ' +
      'Next: 1 more won deal and USD 41,200 by 30 Jun 2026 for Gold.',
  );
  expect(decision.counterfactual).toBe(
    'Would qualify for Gold with 1 more won deal and USD 41,200 by 30 Jun 2026.',
  );
  expect(decision.alert).toBeNull();
});

test('the tier itself is not decided here', () => {
  expect(Object.keys(stand(facts([won('2026-02-01', '900000')])).fields)).not.toContain('tier');
});

// The window of 15 May 2026 is (15 May 2025, 15 May 2026].
test.each([
  { closed: '2025-05-15', revenue: '0' },
  { closed: '2025-05-16', revenue: '60000' },
  { closed: '2026-05-15', revenue: '60000' },
  { closed: '2026-05-16', revenue: '0' },
])('a deal closed $closed counts as $revenue on 15 May 2026', ({ closed, revenue }) => {
  expect(stand(facts([won(closed, '60000')])).fields['sourced_revenue_t12m']).toBe(revenue);
});

test('credits count by share and pool; influence by its weight; paper and delivery never', () => {
  const credits = [
    won('2026-02-01', '100.10', { pool: 'influence', basisPoints: 3333, role: 'Influencing' }),
    won('2026-02-02', '50'),
    won('2026-02-03', '70', { pool: 'none', basisPoints: 0, role: 'Reseller' }),
  ];
  const half = aPolicy({ tiers: { ...tiers, influencedWeightBasisPoints: 5_000 } });

  expect(stand(facts(credits)).fields).toMatchObject({
    sourced_revenue_t12m: '50',
    influenced_revenue_t12m: '33.36',
    deals_won_t12m: 1,
  });
  expect(stand(facts(credits), '2026-05-15', half).reason).toContain('USD 67 credited, 2 won');
});

test('win rate and pipeline', () => {
  const open = { isClosed: false, isWon: false, closedAt: null };
  const credits = [
    won('2026-01-01', '10'),
    won('2026-01-02', '10', { isWon: false }),
    won('2026-01-03', '10', { isWon: false }),
    won('2026-09-01', '500.25', open),
    won('2026-09-01', '100', { ...open, pool: 'influence', basisPoints: 5000 }),
  ];

  expect(stand(facts(credits)).fields).toMatchObject({
    win_rate_t12m: 3333,
    sourced_pipeline: '500.25',
    influenced_pipeline: '50',
    sourced_revenue_t12m: '10',
  });
  expect(stand(facts([])).fields['win_rate_t12m']).toBeNull();
});

test('an amount without a rate is left out by name, never guessed', () => {
  const decision = stand({
    ...facts([won('2026-02-01', '100', { currency: 'GBP' }), won('2026-02-02', '100')]),
    rates: rateTable([{ currency: 'GBP', rate: '1.3', validFrom: '2026-03-01' }]),
  });

  expect(decision.fields).toMatchObject({ sourced_revenue_t12m: '100', deals_won_t12m: 2 });
  expect(decision.evidence).toContainEqual({
    kind: 'opportunity',
    id: 'O-2026-02-01',
    at: null,
    text: 'No GBP rate is known for its day: its amount is left out.',
  });
});

test('registrations of the window count; drafts and deleted ones do not', () => {
  const registrations = [
    aRegistration('acme', '2025-05-15T23:59'),
    aRegistration('acme', '2025-05-16'),
    aRegistration('acme', '2026-01-01', { state: 'rejected' }),
    aRegistration('acme', '2026-01-01', { state: 'draft' }),
    aRegistration('acme', '2026-01-01', { deleted: true }),
  ];

  expect(stand({ ...facts([]), registrations }).fields['registrations_t12m']).toBe(2);
});

test('above its tier a partner is due for promotion, at the top nothing is missing', () => {
  const decision = stand(facts([won('2026-02-01', '60000'), won('2026-03-01', '60000')]));

  expect(decision.fields).toMatchObject({
    tier_qualified: 'Gold',
    tier_status: 'Promotion Due',
    tier_progress: 10000,
    tier_next_requirement: null,
  });
  expect(decision.counterfactual).toBeNull();
});

test('within 10 % of its line a partner is At Risk, at exactly 110 % it is not', () => {
  const near = stand(facts([won('2026-02-01', '54999.99')]));

  expect(near.fields).toMatchObject({ tier_status: 'At Risk', tier_below_since: null });
  expect(near.alert).toMatchObject({
    kind: 'tier_at_risk',
    ownerId: 'U-pm',
    subject: 'Tier at risk: Acme',
  });
  expect(stand(facts([won('2026-02-01', '55000')])).fields['tier_status']).toBe('Stable');
});

// The one deal of 1 Mar 2024 leaves the window on 1 Mar 2025: below Silver since then.
const lapsed = [won('2024-03-01', '80000')];

test('below its line: since when, at risk for 12 months, then notice, effective 90 days later', () => {
  const atRisk = stand(facts(lapsed), '2026-02-28');
  const notice = stand(facts(lapsed), '2026-03-01');

  expect(atRisk.fields).toMatchObject({
    tier_qualified: 'Registered',
    tier_status: 'At Risk',
    tier_below_since: '2025-03-01',
    tier_demotion_on: null,
  });
  expect(atRisk.alert).toMatchObject({ kind: 'tier_at_risk', since: utc('2025-03-01') });
  expect(atRisk.dueAt).toBe(utc('2026-03-01'));
  expect(notice.fields).toMatchObject({
    tier_status: 'Demotion Notice',
    tier_below_since: '2025-03-01',
    tier_demotion_on: '2026-05-30',
  });
  expect(notice.alert).toMatchObject({ kind: 'tier_demotion', since: utc('2026-03-01') });
  expect(notice.reason).toBe(
    'Demotion Notice: qualifies for Registered, holds Silver, below its line since 1 Mar 2025, ' +
      'demotion on 30 May 2026; USD 0 credited, 0 won in 12 months. ' +
      'Next: USD 50,000 by 31 Mar 2026 for Silver.',
  );
});

test('recovering clears the notice', () => {
  const recovered = stand(facts([...lapsed, won('2026-04-01', '60000')]));

  expect(recovered.fields).toMatchObject({
    tier_status: 'Stable',
    tier_below_since: null,
    tier_demotion_on: null,
  });
});

test('a tier is below its line no earlier than it is held', () => {
  const decision = stand(facts([], { tierSince: '2026-01-10' }));

  expect(decision.fields['tier_below_since']).toBe('2026-01-10');
});

test('case 52: a partner in its first 12 months is in grace, and notice waits for their end', () => {
  const young = { startDate: '2025-06-01', tierSince: '2025-06-01' };

  const grace = stand(facts([], young), '2026-05-31');
  expect(grace.fields['tier_status']).toBe('Grace');
  expect(grace.alert).toBeNull();
  expect(grace.dueAt).toBe(utc('2026-06-01'));
  expect(stand(facts([], young), '2026-06-01').fields['tier_status']).toBe('Demotion Notice');
});

test('the lowest tier cannot be lost', () => {
  expect(stand(facts([], { tier: 'registered' })).fields).toMatchObject({
    tier_status: 'Stable',
    tier_below_since: null,
  });
});

test('any_of: one criterion is enough, and progress is the best one', () => {
  const anyOf = { ...nothing, revenue: '100000', wonDeals: 4, anyOf: true };
  const by = aPolicy({
    tiers: {
      ...tiers,
      tables: [
        {
          effectiveFrom: '2020-01-01',
          levels: [
            { name: 'Registered', criteria: nothing },
            { name: 'Silver', criteria: anyOf },
          ],
        },
      ],
    },
  });
  const two = [won('2026-02-01', '10000'), won('2026-03-01', '10000')];
  const fields = stand(facts(two, { tier: 'Registered' }), '2026-05-15', by).fields;

  expect(fields).toMatchObject({
    tier_qualified: 'Registered',
    tier_progress: 5000,
    tier_next_requirement: '2 more won deals or USD 80,000 by 30 Jun 2026 for Silver',
  });
  const four = [...two, won('2026-03-02', '1'), won('2026-03-03', '1')];
  expect(stand(facts(four), '2026-05-15', by).fields['tier_qualified']).toBe('Silver');
});

test('criteria with inputs that are not known are not met, and are named', () => {
  const criteria = { ...nothing, certifications: 2, satisfaction: '9.2' };
  const by = aPolicy({
    tiers: {
      ...tiers,
      tables: [
        {
          effectiveFrom: '2020-01-01',
          levels: [
            { name: 'Registered', criteria: nothing },
            { name: 'Silver', criteria },
          ],
        },
      ],
    },
  });
  const decision = stand(facts([], { startDate: null }), '2026-05-15', by);

  expect(decision.fields).toMatchObject({
    tier_qualified: 'Registered',
    tier_progress: 0,
    tier_next_requirement:
      '2 more certifications and 9.2 more satisfaction by 30 Jun 2026 for Silver',
  });
  expect(decision.evidence.map((line) => line.text)).toEqual([
    'Criteria in force since 2020-01-01.',
    'The partner has no start date.',
    'The partner has no certifications.',
    'The partner has no satisfaction.',
  ]);
});

test('case 51: criteria count from their day on; before the first there is no standing', () => {
  const stricter = {
    effectiveFrom: '2026-07-01',
    levels: [
      { name: 'Registered', criteria: nothing },
      { name: 'Silver', criteria: { ...nothing, revenue: '90000' } },
    ],
  };
  const by = aPolicy({ tiers: { ...tiers, tables: [stricter, ...tiers.tables] } });
  const given = facts([won('2026-02-01', '60000')]);

  const before = stand(given, '2026-06-30', by);
  expect(before.fields['tier_qualified']).toBe('Silver');
  expect(before.dueAt).toBe(utc('2026-07-01'));
  expect(stand(given, '2026-07-01', by).fields).toMatchObject({
    tier_qualified: 'Registered',
    tier_below_since: '2026-07-01',
  });
  const none = stand(given, '2019-12-31');
  expect(none.fields).toMatchObject({ tier_qualified: null, tier_progress: null });
  expect(none.reason).toBe('No tier table of the policy is in force.');
});

// Deals of 20,000 to 90,000 over three years; some on the 29th of February.
const deal = fc.record({
  on: fc.oneof(
    fc.integer({ min: 0, max: 1_095 }).map((n) => shiftDate('2024-01-01', n)),
    fc.constant('2024-02-29'),
  ),
  amount: fc.integer({ min: 20, max: 90 }).map((n) => `${n}000`),
  isWon: fc.boolean(),
});
const history = fc
  .array(deal, { maxLength: 8 })
  .map((deals) => deals.map(({ on, amount, isWon }) => won(on, amount, { isWon })));
const day = fc.integer({ min: 200, max: 1_200 }).map((n) => shiftDate('2024-01-01', n));

test('until dueAt the standing stays as it is', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(history, day, share, (credits, on, part) => {
      const given = facts(credits);
      const first = stand(given, on);
      const from = Date.parse(utc(on));
      const last = Date.parse(first.dueAt!) - 1;
      const between = fromMs(from + Math.floor(part * (last - from)));

      expect(standTier(given, policy, between)).toEqual(first);
    }),
    { numRuns: 300 },
  );
});

test('below since is the first of the days that are all below, as a walk day by day finds it', () => {
  fc.assert(
    fc.property(history, day, (credits, on) => {
      const given = facts(credits, { tierSince: '2024-03-01' });
      const isBelow = (date: string) =>
        Number(stand(given, date).fields['sourced_revenue_t12m']) < 50_000;
      let walked: string | null = null;
      for (let date = on; date >= '2024-03-01' && isBelow(date); date = shiftDate(date, -1)) {
        walked = date;
      }

      expect(stand(given, on).fields['tier_below_since']).toBe(walked);
    }),
    { numRuns: 25 },
  );
});

test('the order of credits does not matter, and one more won deal never lowers the standing', () => {
  const rank = ['Registered', 'Silver', 'Gold'];
  fc.assert(
    fc.property(history, deal, day, (credits, { on, amount }, today) => {
      const before = stand(facts(credits), today);
      const after = stand(facts([...credits, won(on, amount)]), today);
      const qualified = (d: typeof before) => rank.indexOf(String(d.fields['tier_qualified']));

      expect(stand(facts(credits.toReversed()), today)).toEqual(before);
      expect(qualified(after)).toBeGreaterThanOrEqual(qualified(before));
    }),
    { numRuns: 300 },
  );
});
