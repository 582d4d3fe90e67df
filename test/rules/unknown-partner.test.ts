/** A partner that the facts name by a text nobody holds, or several: no credit, and said plainly. */
import { expect, test } from '@jest/globals';
import type { AttributionFacts } from '../../rules/attribution.ts';
import { attributeOpportunity } from '../../rules/attribution.ts';
import {
  anApproved,
  aPartner,
  aPolicy,
  aTouch,
  OpportunityBuilder,
  utc,
} from '../support/facts.ts';

const key = 'gs_partner_key__c=Northgate';

/** The decision where of all partners named only "acme" is known. */
function decided(builder: OpportunityBuilder, ambiguous?: AttributionFacts['ambiguous']) {
  const facts: AttributionFacts = {
    ...builder.build(),
    partners: new Map([['acme', aPartner('acme')]]),
    ...(ambiguous ? { ambiguous } : {}),
  };
  const { fields, reason, rule, evidence } = attributeOpportunity(
    facts,
    aPolicy(),
    utc('2026-05-01'),
  );
  return { type: fields['attribution_type'], rule, reason, evidence: evidence.map((e) => e.text) };
}

test('a key that no partner has names nobody, and the reason says which key', () => {
  expect(decided(new OpportunityBuilder().with({ referralPartnerId: key }))).toEqual({
    type: 'Direct',
    rule: 'R11',
    reason:
      'Direct: no registration, referral, touch or role of a partner counts ' +
      '(no partner has the key "Northgate"). Rule R11.',
    evidence: ['It names a partner by gs_partner_key__c "Northgate", which no partner has.'],
  });
});

test('a key that several partners have names none of them', () => {
  const ambiguous = new Map([[key, ['Alpha', 'Beta', 'Gamma', 'Delta']]]);
  expect(
    decided(new OpportunityBuilder().with({ partnerOfRecordId: key }), ambiguous),
  ).toMatchObject({
    type: 'Direct',
    reason: expect.stringContaining('(4 partners have the key "Northgate")'),
    evidence: [
      'It names a partner by gs_partner_key__c "Northgate", which 4 partners have ' +
        '(Alpha, Beta, Gamma and 1 more): it names none of them until one alone has it.',
    ],
  });
});

test('what else is known of the opportunity counts all the same', () => {
  const found = decided(
    new OpportunityBuilder()
      .with({ referralPartnerId: key })
      .registered(anApproved('acme', '2026-02-20', '2026-06-01')),
  );

  expect(found).toMatchObject({ type: 'Sourced', rule: 'R3' });
  expect(found.evidence).toContain(
    'It names a partner by gs_partner_key__c "Northgate", which no partner has.',
  );
});

test('registrations and touches by such a key are no evidence of anyone', () => {
  const found = decided(
    new OpportunityBuilder()
      .registered(anApproved('Code__c=N 1', '2026-02-20', '2026-06-01', { name: 'DR-7' }))
      .touched(aTouch('Name=Northgate', 'Discovery', '2026-02-20')),
  );

  expect(found).toMatchObject({ type: 'Direct', rule: 'R11' });
  expect(found.reason).toContain('2 records without partner or date');
  expect(found.evidence).toEqual([
    'DR-7 names a partner by Code__c "N 1", which no partner has.',
    'Discovery names a partner by Name "Northgate", which no partner has.',
  ]);
});

test('an id that is not known is still told as an id', () => {
  expect(decided(new OpportunityBuilder().with({ originPartnerId: '001X' })).evidence).toEqual([
    'It names a partner that is not known (001X).',
  ]);
});
