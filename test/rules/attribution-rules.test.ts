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

const policy = aPolicy();

/** The decision on 1 May 2026, unless another day is given. */
function decide(builder: OpportunityBuilder, now = '2026-05-01', by: Policy = policy) {
  return attributeOpportunity(builder.build(), by, utc(now));
}

function typeAndRule(builder: OpportunityBuilder, now?: string, by?: Policy): string {
  const decision = decide(builder, now, by);
  return `${decision.fields['attribution_type']} ${decision.rule}`;
}

// The opportunity of every test is created 1 Mar 2026 10:00Z.

test.each([
  { submitted: '2026-03-01T10:00', until: '2026-05-30', expected: 'Sourced R3', why: 'S = C' },
  {
    submitted: '2026-02-01T10:00',
    until: '2026-03-01',
    expected: 'Sourced R3',
    why: 'C on the last day',
  },
  {
    submitted: '2026-02-01T10:00',
    until: '2026-02-28',
    expected: 'Direct R11',
    why: 'C a day late',
  },
  {
    submitted: '2026-03-01T10:01',
    until: '2026-05-30',
    expected: 'Influenced R7',
    why: 'S a minute after C',
  },
])('R3: an approved registration sources where S <= C <= E: $why', (row) => {
  const opportunity = anOpportunity().registered(anApproved('acme', row.submitted, row.until));

  expect(typeAndRule(opportunity)).toBe(row.expected);
});

test('R3: the reason names partner, number, instants, days and rule', () => {
  const decision = decide(
    anOpportunity().registered(anApproved('acme', '2026-02-17T09:14', '2026-05-20')),
  );

  expect(decision.reason).toBe(
    'Sourced by Acme: DR-acme submitted 17 Feb 2026 09:14Z, 12 days before creation ' +
      '(1 Mar 2026 10:00Z); approved 19 Feb 2026 09:14Z, protected until 20 May 2026. Rule R3.',
  );
  expect(decision.fields).toMatchObject({
    partner_sourced: true,
    partner_influenced: false,
    attribution_type: 'Sourced',
    attribution_status: 'Confirmed',
    sourcing_partner: 'acme',
    influencing_partners: null,
    credit_percent: 10000,
    credited_amount: '1000',
    credited_amount_corp: '1000',
    attribution_rule: 'R3@2026.4',
    registration_id: 'DR-acme',
    protection_expires_on: '2026-05-20',
    channel_conflict: false,
    channel_conflict_with: null,
  });
  expect(decision.credits).toEqual([
    { partnerId: 'acme', role: 'Sourcing', pool: 'sourced', basisPoints: 10000 },
  ]);
});

test.each(['converted', 'won', 'lost'] as const)(
  'R3: a registration that went on to %s was approved',
  (state) => {
    const registration = anApproved('acme', '2026-02-17', '2026-05-20', { state });

    expect(typeAndRule(anOpportunity().registered(registration))).toBe('Sourced R3');
  },
);

test.each(['draft', 'rejected', 'withdrawn', 'revoked'] as const)(
  'R3, R6: a registration that is %s claims nothing',
  (state) => {
    const registration = anApproved('acme', '2026-02-17', '2026-05-20', { state });

    expect(typeAndRule(anOpportunity().registered(registration))).toBe('Direct R11');
  },
);

test('R3: an expired registration that was never approved claims nothing', () => {
  const registration = aRegistration('acme', '2026-02-17', { state: 'expired' });

  expect(typeAndRule(anOpportunity().registered(registration))).toBe('Direct R11');
});

// Closed 10 Mar 2026 10:00Z: the guard covers (7 Mar 10:00, 10 Mar 10:00), both ends excluded.
test.each([
  { submitted: '2026-03-07T10:00', expected: 'Influenced R7' },
  { submitted: '2026-03-07T10:01', expected: 'Pending Review R2' },
  { submitted: '2026-03-10T09:59', expected: 'Pending Review R2' },
  { submitted: '2026-03-10T10:00', expected: 'Direct R11' },
])('R2: an approved registration of $submitted, closed 10 Mar 10:00: $expected', (row) => {
  const registration = anApproved('acme', row.submitted, '2026-06-30', {
    decidedAt: utc('2026-03-10T10:00'),
  });
  const opportunity = anOpportunity().won('2026-03-10T10:00').registered(registration);

  expect(typeAndRule(opportunity)).toBe(row.expected);
});

test('R2: the guard holds a registration that was there before creation, until it is confirmed', () => {
  const registration = anApproved('acme', '2026-03-01T09:00', '2026-06-30', {
    decidedAt: utc('2026-03-02T09:00'),
  });
  const quick = anOpportunity().won('2026-03-02T10:00').registered(registration);
  const decision = decide(quick);

  expect(decision.reason).toBe(
    'Pending Review: DR-acme by Acme was submitted 1 Mar 2026 09:00Z, 1 day before the ' +
      'opportunity closed (2 Mar 2026 10:00Z), and is not confirmed. Rule R2.',
  );
  expect(decision.counterfactual).toBe(
    'Would be Sourced if DR-acme were confirmed by a neutral person.',
  );
  expect(decision.credits).toEqual([]);
  expect(decision.alert).toMatchObject({ kind: 'pending_review', since: utc('2026-03-02T10:00') });

  const confirmed = { ...registration, confirmedAt: utc('2026-03-03') };
  expect(typeAndRule(anOpportunity().won('2026-03-02T10:00').registered(confirmed))).toBe(
    'Sourced R3',
  );
});

test('R4: a trusted origin with its partner sources; without a partner nobody is guessed', () => {
  const origin = { origin: 'aws PARTNER referral', originPartnerId: 'acme' };
  const decision = decide(anOpportunity().with(origin));

  expect(decision.reason).toBe(
    'Sourced by Acme: the origin "aws PARTNER referral" is one the policy trusts. Rule R4.',
  );
  expect(decision.fields['attribution_status']).toBe('Confirmed');
  expect(typeAndRule(anOpportunity().with({ ...origin, originPartnerId: null }))).toBe(
    'Direct R11',
  );
  expect(typeAndRule(anOpportunity().with({ ...origin, originPartnerId: 'unknown' }))).toBe(
    'Direct R11',
  );
  expect(typeAndRule(anOpportunity().touched(aTouch('acme', 'AWS referral', '2026-03-20')))).toBe(
    'Sourced R4',
  );
});

// C - 30 days = 30 Jan 2026 10:00Z.
test.each([
  { at: '2026-01-30T09:59', expected: 'Influenced R7' },
  { at: '2026-01-30T10:00', expected: 'Sourced R5' },
  { at: '2026-03-01T10:00', expected: 'Sourced R5' },
  { at: '2026-03-01T10:01', expected: 'Influenced R7' },
])('R5: a referral of $at is $expected', ({ at, expected }) => {
  expect(typeAndRule(anOpportunity().touched(aTouch('acme', 'Referral', at)))).toBe(expected);
});

test('R5: a referral stays Provisional until it locks', () => {
  const referral = aTouch('acme', 'Referral', '2026-02-20T10:00');
  const open = decide(anOpportunity().touched(referral));

  expect(open.fields['attribution_status']).toBe('Provisional');
  expect(open.reason).toBe(
    'Sourced by Acme: Referral on 20 Feb 2026 10:00Z, 9 days before creation ' +
      '(1 Mar 2026 10:00Z). Rule R5.',
  );
  const locked = decide(anOpportunity().won('2026-04-01').touched(referral));
  expect(locked.fields['attribution_status']).toBe('Locked');
});

test('R5: a referring lead source or a referral link sources by the partner it names', () => {
  const named = { leadSource: 'partner referral', referralPartnerId: 'acme' };

  expect(decide(anOpportunity().with(named)).reason).toBe(
    'Sourced by Acme: lead source "partner referral" on the opportunity created ' +
      '1 Mar 2026 10:00Z. Rule R5.',
  );
  expect(typeAndRule(anOpportunity().with({ ...named, leadSource: 'Web' }))).toBe('Sourced R5');
  expect(typeAndRule(anOpportunity().with({ ...named, referralPartnerId: null }))).toBe(
    'Direct R11',
  );
});

test.each(['submitted', 'in_review', 'action_required'] as const)(
  'R6: an undecided registration (%s) with S <= C is an open claim, with S > C it has no effect',
  (state) => {
    const early = aRegistration('acme', '2026-03-01T10:00', { state });
    const late = aRegistration('acme', '2026-03-01T10:01', { state });

    expect(typeAndRule(anOpportunity().registered(early))).toBe('Pending Review R6');
    expect(typeAndRule(anOpportunity().registered(late))).toBe('Direct R11');
  },
);

test('R6: the reason of an open claim, and what its approval would do', () => {
  const decision = decide(anOpportunity().registered(aRegistration('acme', '2026-02-17T09:14')));

  expect(decision.reason).toBe(
    'Pending Review: DR-acme by Acme, submitted 17 Feb 2026 09:14Z, 12 days before creation ' +
      '(1 Mar 2026 10:00Z), is not decided. Rule R6.',
  );
  expect(decision.counterfactual).toBe('Would be Sourced if DR-acme were approved.');
  expect(decision.fields['attribution_status']).toBe('Provisional');
});

// C + 7 days = 8 Mar 2026 10:00Z.
test.each([
  { submitted: '2026-03-08T10:00', evidence: '2026-03-01T09:59', expected: 'Pending Review R6' },
  { submitted: '2026-03-08T10:01', evidence: '2026-03-01T09:59', expected: 'Influenced R7' },
  { submitted: '2026-03-08T10:00', evidence: '2026-03-01T10:00', expected: 'Influenced R7' },
])('R6: S $submitted with evidence of $evidence is $expected', (row) => {
  const registration = anApproved('acme', row.submitted, '2026-06-30', {
    evidenceAt: utc(row.evidence),
  });

  expect(typeAndRule(anOpportunity().registered(registration))).toBe(row.expected);
});

// C - 90 days = 1 Dec 2025 10:00Z; W = 10 Mar 2026 10:00Z.
test.each([
  { at: '2025-12-01T09:59', expected: 'Direct R11' },
  { at: '2025-12-01T10:00', expected: 'Influenced R7' },
  { at: '2026-03-10T10:00', expected: 'Influenced R7' },
  { at: '2026-03-10T10:01', expected: 'Direct R11' },
])('R7: a qualifying touch of $at on a deal closed 10 Mar 10:00 is $expected', (row) => {
  const opportunity = anOpportunity()
    .won('2026-03-10T10:00')
    .touched(aTouch('acme', 'Discovery', row.at));

  expect(typeAndRule(opportunity)).toBe(row.expected);
});

test('R7: while open the window ends now', () => {
  const opportunity = anOpportunity().touched(aTouch('acme', 'Discovery', '2026-05-01T10:00'));
  const before = decide(opportunity, '2026-05-01T09:59');

  expect(before.rule).toBe('R11');
  expect(before.dueAt).toBe(utc('2026-05-01T10:00'));
  expect(decide(opportunity, '2026-05-01T10:00').rule).toBe('R7');
});

test('R7: the sentence of one touch, of several, and what a registration would have done', () => {
  const one = anOpportunity().touched(aTouch('acme', 'Discovery', '2026-03-03T09:14'));
  const several = anOpportunity().touched(
    aTouch('acme', 'Discovery', '2026-03-03T09:14'),
    aTouch('acme', 'Technical validation', '2026-03-09T11:00'),
    aTouch('birch', 'Technical validation', '2026-03-10T11:00'),
  );

  expect(decide(one).reason).toBe(
    'Influenced by Acme: Discovery on 3 Mar 2026 09:14Z, after creation (1 Mar 2026 10:00Z). Rule R7.',
  );
  expect(decide(one).counterfactual).toBe('Would be Sourced if registered by 1 Mar 2026 10:00Z.');
  expect(decide(several).reason).toBe(
    'Influenced by Birch and 1 other partner: Technical validation on 10 Mar 2026 11:00Z, ' +
      'the last of 3 qualifying touches, after creation (1 Mar 2026 10:00Z). Rule R7.',
  );
  expect(decide(several).fields).toMatchObject({
    partner_sourced: false,
    partner_influenced: true,
    influencing_partners: 'Acme; Birch',
    sourcing_partner: null,
    credit_percent: null,
    credited_amount: null,
    last_touch_at: utc('2026-03-10T11:00'),
    last_touch_kind: 'Technical validation',
  });
});

test('R8: a delivery role', () => {
  const decision = decide(anOpportunity().touched(aTouch('acme', 'implementation', '2026-04-01')));

  expect(decision.reason).toBe(
    'Delivered by Acme: implementation of 1 Apr 2026 00:00Z; no partner sourced or influenced ' +
      'the opportunity. Rule R8.',
  );
  expect(decision.counterfactual).toBe('Would be Influenced if a qualifying touch were recorded.');
});

test('R9: a fulfilment role, a marketplace purchase, or a partner of record', () => {
  expect(typeAndRule(anOpportunity().touched(aTouch('acme', 'Reseller', null)))).toBe(
    'Fulfilled R9',
  );
  expect(decide(anOpportunity().with({ partnerOfRecordId: 'acme' })).reason).toBe(
    'Fulfilled by Acme: partner of record of the opportunity. Rule R9.',
  );
});

test('R10: account overlap alone is to be reviewed, and any other fact of a partner goes first', () => {
  const overlap = aTouch('acme', 'Account overlap', '2026-03-03');
  const marketplace = aTouch('birch', 'Marketplace purchase', '2026-03-09');
  const decision = decide(anOpportunity().touched(overlap));

  expect(decision.reason).toBe(
    'Pending Review: Account overlap with Acme is all that is known; no action of a partner ' +
      'is recorded. Rule R10.',
  );
  expect(decision.counterfactual).toBe('Would be Influenced if a qualifying touch were recorded.');
  expect(decision.fields['last_touch_at']).toBeNull();
  expect(typeAndRule(anOpportunity().touched(overlap, marketplace))).toBe('Fulfilled R9');
});

test('R11: Direct says so, and counts what was left out', () => {
  const nothing = decide(anOpportunity());
  const useless = decide(
    anOpportunity()
      .registered(aRegistration('acme', '2026-02-01', { partnerId: null }))
      .touched(
        aTouch('acme', 'Discovery', '2020-01-01'),
        aTouch('acme', 'Newsletter', '2026-03-02'),
      ),
  );

  expect(nothing.reason).toBe(
    'Direct: no registration, referral, touch or role of a partner counts. Rule R11.',
  );
  expect(nothing.evidence).toEqual([]);
  expect(useless.reason).toBe(
    'Direct: no registration, referral, touch or role of a partner counts (1 partner record in ' +
      'no window that counts, 1 record without partner or date). Rule R11.',
  );
  expect(useless.evidence).toContainEqual({
    kind: 'registration',
    id: 'R-acme',
    at: utc('2026-02-01'),
    text: 'DR-acme names no partner.',
  });
});

test('facts that are deleted, ignored, or of an unknown partner do not count', () => {
  const facts = anOpportunity()
    .registered(anApproved('acme', '2026-02-17', '2026-05-20', { deleted: true }))
    .touched(
      aTouch('acme', 'Discovery', '2026-03-03', { deleted: true }),
      aTouch('acme', 'Some unlisted kind', '2026-03-03'),
      aTouch('unknown', 'Discovery', '2026-03-03'),
    );

  expect(typeAndRule(facts)).toBe('Direct R11');
});

test('an approved registration without a protection date protects nothing and says so', () => {
  const decision = decide(anOpportunity().registered(anApproved('acme', '2026-02-17', null)));

  expect(decision.rule).toBe('R11');
  expect(decision.evidence).toContainEqual({
    kind: 'registration',
    id: 'R-acme',
    at: utc('2026-02-17'),
    text: 'DR-acme was approved without a protection date: it protects nothing.',
  });
});

test('the earlier rule decides where several match', () => {
  const all = anOpportunity()
    .with({ origin: 'AWS partner referral', originPartnerId: 'elm', partnerOfRecordId: 'fir' })
    .touched(
      aTouch('birch', 'Referral', '2026-02-20'),
      aTouch('cedar', 'Discovery', '2026-03-05'),
      aTouch('dogwood', 'Implementation', '2026-03-06'),
    );

  expect(typeAndRule(all)).toBe('Sourced R4');
  all.with({ originPartnerId: null });
  expect(typeAndRule(all)).toBe('Sourced R5');
  all.registered(anApproved('acme', '2026-02-17', '2026-05-20'));
  expect(typeAndRule(all)).toBe('Sourced R3');
});

test('no reason is longer than 255 characters, whatever the names are', () => {
  const long = 'An extraordinarily long partner name '.repeat(8);
  const decision = decide(
    anOpportunity()
      .partner(aPartner('acme', { name: long }))
      .registered(anApproved('acme', '2026-02-17', '2026-05-20', { name: 'DR-'.repeat(60) })),
  );

  expect(decision.reason.length).toBeLessThanOrEqual(255);
  expect(decision.reason.endsWith(' Rule R3.')).toBe(true);
});
