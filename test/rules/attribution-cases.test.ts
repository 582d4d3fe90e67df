import { expect, test } from '@jest/globals';
import { attributeOpportunity } from '../../rules/attribution.ts';
import type { Policy } from '../../rules/types.ts';
import {
  anApproved,
  anOpportunity,
  aPartner,
  aPolicy,
  aRegistration,
  aTouch,
  type OpportunityBuilder,
  utc,
} from '../support/facts.ts';

// The numbers are those of the tricky cases in the domain notes; C is 1 Mar 2026 10:00Z.

const policy = aPolicy();

function decide(builder: OpportunityBuilder, now = '2026-05-01', by: Policy = policy) {
  return attributeOpportunity(builder.build(), by, utc(now));
}

test('case 1: a registration after creation does not source; approved, it is teaming', () => {
  const undecided = decide(anOpportunity().registered(aRegistration('acme', '2026-03-10')));
  const approved = decide(
    anOpportunity().registered(anApproved('acme', '2026-03-10', '2026-06-10')),
  );

  expect(undecided.rule).toBe('R11');
  expect(approved.reason).toBe(
    'Influenced by Acme: approval of DR-acme on 12 Mar 2026 00:00Z, after creation ' +
      '(1 Mar 2026 10:00Z). Rule R7.',
  );
  expect(approved.counterfactual).toBe('Would be Sourced if registered by 1 Mar 2026 10:00Z.');
});

test('case 2: late within 7 days with earlier evidence is reviewed, and Sourced once upheld', () => {
  const late = anApproved('acme', '2026-03-04T10:00', '2026-06-04', {
    evidenceAt: utc('2026-02-20'),
  });
  const waiting = decide(anOpportunity().registered(late));
  const upheld = decide(anOpportunity().registered({ ...late, confirmedAt: utc('2026-03-09') }));

  expect(waiting.reason).toBe(
    'Pending Review: DR-acme by Acme was submitted 4 Mar 2026 10:00Z, 3 days after creation, ' +
      'with evidence dated 20 Feb 2026, before it. Rule R6.',
  );
  expect(waiting.counterfactual).toBe(
    'Would be Sourced if DR-acme were confirmed by a neutral person.',
  );
  expect(upheld.reason).toBe(
    'Sourced by Acme: DR-acme submitted 4 Mar 2026 10:00Z, 3 days after creation, upheld by ' +
      'evidence of 20 Feb 2026; approved 6 Mar 2026 10:00Z, protected until 4 Jun 2026. Rule R3.',
  );
});

test('case 3: submitted before creation and approved after it is Sourced', () => {
  const registration = anApproved('acme', '2026-02-28', '2026-06-10', {
    decidedAt: utc('2026-03-20'),
  });

  expect(decide(anOpportunity().registered(registration)).rule).toBe('R3');
});

test('cases 5 and 38: of several approved registrations the earliest wins, the others are flagged', () => {
  const opportunity = anOpportunity().registered(
    anApproved('birch', '2026-02-11', '2026-05-20'),
    anApproved('acme', '2026-02-10', '2026-05-20'),
  );
  const decision = decide(opportunity);

  expect(decision.fields).toMatchObject({
    sourcing_partner: 'acme',
    partner_influenced: false,
    channel_conflict: true,
    channel_conflict_with: 'DR-birch (Birch)',
  });
});

test.each([
  { second: '2026-02-10T10:00:59.999Z', type: 'Pending Review' },
  { second: '2026-02-10T10:01:00.000Z', type: 'Sourced' },
])('case 7: two partners, 10:00:00 and $second: $type', ({ second, type }) => {
  const opportunity = anOpportunity().registered(
    anApproved('acme', '2026-02-10T10:00', '2026-05-20'),
    anApproved('birch', second, '2026-05-20'),
  );
  const decision = decide(opportunity);

  expect(`${decision.fields['attribution_type']} ${decision.rule}`).toBe(`${type} R3`);
  expect(decision.fields['channel_conflict_with']).toBe('DR-birch (Birch)');
});

test('case 7: the reason of a contest; a neutral confirmation ends it', () => {
  const second = anApproved('birch', '2026-02-10T10:00', '2026-05-20', {
    submittedAt: '2026-02-10T10:00:20.000Z',
  });
  const first = anApproved('acme', '2026-02-10T10:00', '2026-05-20');
  const contested = decide(anOpportunity().registered(second, first));
  const confirmed = decide(
    anOpportunity().registered(first, { ...second, confirmedAt: utc('2026-02-12') }),
  );

  expect(contested.reason).toBe(
    'Pending Review: DR-acme by Acme and DR-birch by Birch were submitted 20 seconds apart ' +
      '(10 Feb 2026 10:00Z); a person must decide. Rule R3.',
  );
  expect(confirmed.fields['sourcing_partner']).toBe('birch');
});

test('case 7: the same instant goes to the more complete one, then by number, then by record id', () => {
  const at = '2026-02-10T10:00';
  const confirmedAt = utc('2026-02-12');
  const bare = anApproved('acme', at, '2026-05-20', { id: 'R-1', confirmedAt });
  const complete = anApproved('birch', at, '2026-05-20', { id: 'R-2', confirmedAt, scope: 'Core' });
  const later = anApproved('cedar', at, '2026-05-20', { id: 'R-0', confirmedAt });
  const same = { ...later, name: bare.name };

  expect(decide(anOpportunity().registered(bare, complete)).fields['sourcing_partner']).toBe(
    'birch',
  );
  expect(decide(anOpportunity().registered(later, bare)).fields['sourcing_partner']).toBe('acme');
  expect(decide(anOpportunity().registered(bare, same)).fields['sourcing_partner']).toBe('cedar');
});

test('case 9: expired after creation stays Sourced, or not, as the policy says', () => {
  const expired = anApproved('acme', '2026-02-10', '2026-04-10', { state: 'expired' });
  const open = () => anOpportunity().registered(expired);
  const strict = aPolicy({ attribution: { expiredRegistrationKeepsSourced: false } });

  expect(decide(open()).rule).toBe('R3');
  const last = decide(open(), '2026-04-10T23:59', strict);
  expect(last.rule).toBe('R3');
  expect(last.dueAt).toBe(utc('2026-04-11'));
  expect(decide(open(), '2026-04-11', strict).rule).toBe('R11');
  expect(decide(open().won('2026-04-10T12:00'), '2026-05-01', strict).rule).toBe('R3');
  expect(decide(open().won('2026-04-11T00:00'), '2026-05-01', strict).rule).toBe('R11');
});

test('case 9: created after the expiry is not Sourced, and Influenced by touches', () => {
  const expired = anApproved('acme', '2025-10-10', '2026-02-28', { state: 'expired' });

  expect(decide(anOpportunity().registered(expired)).rule).toBe('R11');
  expect(
    decide(
      anOpportunity()
        .registered(expired)
        .touched(aTouch('acme', 'Discovery', '2026-03-05')),
    ).rule,
  ).toBe('R7');
});

test('case 14: a renewal stays with its partner of record as Fulfilled; copied flags do not source', () => {
  const copied = {
    type: 'renewal',
    leadSource: 'Partner Referral',
    referralPartnerId: 'acme',
    origin: 'AWS partner referral',
    originPartnerId: 'acme',
    partnerOfRecordId: 'acme',
  };
  const decision = decide(anOpportunity().with(copied));

  expect(decision.reason).toBe('Fulfilled by Acme: partner of record of this renewal. Rule R9.');
  expect(decision.fields['partner_sourced']).toBe(false);
  expect(decision.credits).toEqual([
    { partnerId: 'acme', role: 'Reseller', pool: 'none', basisPoints: 0 },
  ]);
  const referral = aTouch('birch', 'Referral', '2026-02-20');
  expect(decide(anOpportunity().with(copied).touched(referral)).fields).toMatchObject({
    attribution_type: 'Sourced',
    sourcing_partner: 'birch',
  });
});

test.each([{ status: 'OFF-BOARDED' }, { deleted: true }])(
  'case 18: an off-boarded partner (%j) on an open deal is reviewed, on a closed one it keeps credit',
  (gone) => {
    const facts = () =>
      anOpportunity()
        .partner(aPartner('acme', gone))
        .touched(aTouch('acme', 'Discovery', '2026-03-05'));
    const open = decide(facts());

    expect(open.reason).toBe(
      'Pending Review: Acme is off-boarded and earns no new credit; what it did on this ' +
        'opportunity needs a decision. Rule R6.',
    );
    expect(open.credits).toEqual([]);
    expect(decide(facts().won('2026-04-06')).rule).toBe('R7');
  },
);

test('case 18: a deal closed while its off-boarded partner is under review stays under review', () => {
  const facts = () =>
    anOpportunity()
      .partner(aPartner('acme', { deleted: true }))
      .touched(aTouch('acme', 'Discovery', '2026-03-05'));
  const { rule, fields, reason, credits, lockedAt } = decide(facts());
  const prior = { rule, fields, reason, credits, lockedAt, decidedAt: utc('2026-05-01') };

  expect(decide(facts().won('2026-05-04').decidedBefore(prior), '2026-05-05').rule).toBe('R6');
});

test('case 18: an active partner with a stronger claim goes before an off-boarded one', () => {
  const decision = decide(
    anOpportunity()
      .partner(aPartner('birch', { status: 'Off-boarded' }))
      .registered(anApproved('acme', '2026-02-17', '2026-05-20'))
      .touched(aTouch('birch', 'Discovery', '2026-03-05')),
  );

  expect(decision.rule).toBe('R3');
  expect(decision.credits).toHaveLength(1);
});

test('case 19: referral and reseller on one deal are paid from different pools', () => {
  const decision = decide(
    anOpportunity().touched(
      aTouch('acme', 'Referral', '2026-02-20'),
      aTouch('birch', 'Reseller', '2026-03-20'),
      aTouch('acme', 'Reseller', '2026-03-21'),
    ),
  );

  expect(decision.fields['attribution_type']).toBe('Sourced');
  expect(decision.credits).toEqual([
    { partnerId: 'acme', role: 'Sourcing', pool: 'sourced', basisPoints: 10000 },
    { partnerId: 'acme', role: 'Reseller', pool: 'none', basisPoints: 0 },
    { partnerId: 'birch', role: 'Reseller', pool: 'none', basisPoints: 0 },
  ]);
});

test('case 21: influencers share the pool equally, or by touches, and the sourcing one is not in it', () => {
  const facts = () =>
    anOpportunity()
      .registered(anApproved('acme', '2026-02-17', '2026-05-20'))
      .touched(
        aTouch('acme', 'Discovery', '2026-03-02'),
        aTouch('birch', 'Discovery', '2026-03-03'),
        aTouch('birch', 'Technical validation', '2026-03-04'),
        aTouch('cedar', 'Discovery', '2026-03-05'),
      );
  const shares = (by: Policy) =>
    decide(facts(), '2026-05-01', by)
      .credits.filter((credit) => credit.pool === 'influence')
      .map((credit) => [credit.partnerId, credit.basisPoints]);

  expect(shares(policy)).toEqual([
    ['birch', 5000],
    ['cedar', 5000],
  ]);
  expect(shares(aPolicy({ attribution: { influenceSplit: 'by_touches' } }))).toEqual([
    ['birch', 6667],
    ['cedar', 3333],
  ]);
  expect(decide(facts()).fields).toMatchObject({
    partner_sourced: true,
    partner_influenced: true,
    influencing_partners: 'Birch; Cedar',
  });
});

test('case 27: closed at the rate of the close date, open at the rate of now', () => {
  const facts = () =>
    anOpportunity()
      .registered(anApproved('acme', '2026-02-17', '2026-05-20'))
      .with({ currency: 'EUR', amount: '1000.50' })
      .rates(
        { currency: 'EUR', rate: '1.25', validFrom: '2026-05-01' },
        { currency: 'EUR', rate: '1.10', validFrom: '2026-01-01' },
      );
  const open = decide(facts(), '2026-04-30T23:59');

  expect(open.fields).toMatchObject({
    credited_amount: '1000.5',
    credited_amount_corp: '1100.55',
    fx_rate: '1.10',
    fx_date: '2026-01-01',
  });
  expect(open.dueAt).toBe(utc('2026-05-01'));
  expect(decide(facts(), '2026-05-01').fields['credited_amount_corp']).toBe('1250.62');
  expect(decide(facts().won('2026-04-06'), '2026-05-02').fields['credited_amount_corp']).toBe(
    '1100.55',
  );
});

test('case 27: a missing rate is an alert, not a guess', () => {
  const decision = decide(
    anOpportunity()
      .registered(anApproved('acme', '2026-02-17', '2026-05-20'))
      .with({ currency: 'EUR' })
      .rates({ currency: 'EUR', rate: '1.25', validFrom: '2026-06-01' }),
  );

  expect(decision.fields).toMatchObject({
    credited_amount: '1000',
    credited_amount_corp: null,
    fx_rate: null,
    fx_date: null,
  });
  expect(decision.alert).toMatchObject({
    kind: 'missing_rate',
    ownerId: null,
    subject: 'No exchange rate: Globex rollout',
  });
});

test.each([
  { amount: null, credited: null },
  { amount: '0', credited: '0' },
  { amount: '-250.75', credited: '-250.75' },
])('case 28: an amount of $amount is credited as $credited', ({ amount, credited }) => {
  const decision = decide(
    anOpportunity()
      .registered(anApproved('acme', '2026-02-17', '2026-05-20'))
      .with({ amount }),
  );

  expect(decision.fields).toMatchObject({
    attribution_type: 'Sourced',
    credit_percent: 10000,
    credited_amount: credited,
    credited_amount_corp: credited,
  });
  expect(decision.alert).toBeNull();
});

test('case 40: a partner that is the customer never sources, nor waits for it', () => {
  const self = () => anOpportunity().with({ accountId: 'acme' });
  const referral = aTouch('acme', 'Referral', '2026-02-20');

  expect(decide(self().registered(anApproved('acme', '2026-02-17', '2026-05-20'))).rule).toBe(
    'R11',
  );
  expect(decide(self().registered(aRegistration('acme', '2026-02-17'))).rule).toBe('R11');
  expect(decide(self().with({ referralPartnerId: 'acme' })).rule).toBe('R11');
  expect(decide(self().touched(referral)).rule).toBe('R7');
  expect(decide(self().touched(referral)).counterfactual).toBeNull();
});

test('case 41: a marketplace purchase is Fulfilled, not Sourced', () => {
  const decision = decide(
    anOpportunity().touched(aTouch('acme', 'Marketplace purchase', '2026-03-09T08:30')),
  );

  expect(decision.reason).toBe(
    'Fulfilled by Acme: Marketplace purchase of 9 Mar 2026 08:30Z; the paper of a deal does ' +
      'not imply sourcing. Rule R9.',
  );
});

test('a review is asked of the partner manager, else of the owner', () => {
  const claim = aRegistration('acme', '2026-02-17');
  const managed = anOpportunity()
    .partner(aPartner('acme', { managerId: 'U-pm' }))
    .registered(claim);

  expect(decide(managed).alert).toMatchObject({ kind: 'pending_review', ownerId: 'U-pm' });
  expect(decide(anOpportunity().registered(claim)).alert).toMatchObject({ ownerId: 'U-ae' });
});
