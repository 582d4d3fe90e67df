/** The named cases decided by the rules: what each case's table says is what the engine decides. */
import { expect, test } from '@jest/globals';
import { attributeOpportunity } from '../../rules/attribution.ts';
import type { OpportunityFact, RegistrationFact, TouchFact } from '../../rules/types.ts';
import { caseKey } from '../../sandbox/seed/case-facts.ts';
import { CASES, caseName } from '../../sandbox/seed/cases.ts';
import type { Opportunity, Registration, Touch } from '../../sandbox/seed/company.ts';
import { companyFacts } from '../../sandbox/seed/sample-company.ts';
import { aPartner, aPolicy } from '../support/facts.ts';

const now = '2026-11-27T09:00:00.000Z';
const company = companyFacts(7, '2026-11-27');
const partners = new Map(
  company.partners.map((one) => [
    one.key,
    aPartner(one.key, { name: one.name, status: one.status }),
  ]),
);
// Touch kinds in the words of the sample company.
const policy = aPolicy({
  attribution: {
    touches: {
      discovery: 'qualifying',
      'technical validation': 'qualifying',
      'executive introduction': 'qualifying',
      reference: 'qualifying',
      'account overlap': 'overlap',
      'marketplace purchase': 'fulfilment',
      'referral link': 'referral',
      'aws partner referral': 'trusted_origin',
      'microsoft partner-led': 'trusted_origin',
      reseller: 'fulfilment',
      distributor: 'fulfilment',
      implementation: 'delivery',
    },
    referralLeadSources: ['Partner Referral'],
    trustedOrigins: ['AWS partner referral', 'Microsoft partner-led'],
    renewalTypes: ['Renewal'],
    offboardedStatuses: ['Off-boarded'],
  },
});

test.each(CASES.map((one) => ({ name: caseName(one), expected: one.expected, key: caseKey(one) })))(
  '$name: $expected',
  ({ key, expected }) => {
    const opportunity = company.opportunities.find((one) => one.key === key)!;
    const { rule, fields } = attributeOpportunity(
      {
        opportunity: opportunityFact(opportunity),
        registrations: company.registrations.filter((r) => r.opportunityKey === key).map(claimFact),
        touches: company.touches.filter((t) => t.opportunityKey === key).map(touchFact),
        partners,
        rates: new Map(),
        prior: null,
        firstSeenAt: now,
      },
      policy,
      now,
    );

    expect(`${rule} ${fields['attribution_type']}`).toBe(expected);
  },
);

function opportunityFact(one: Opportunity): OpportunityFact {
  const last = one.steps.at(-1)!;
  const isClosed = last.stage.startsWith('Closed');
  const entered = one.steps.filter((step, i) => step.stage !== one.steps[i - 1]?.stage).at(-1)!;
  return {
    id: one.key,
    name: one.name,
    accountId: one.customerKey,
    ownerId: one.ownerKey,
    stage: last.stage,
    isClosed,
    isWon: last.stage === 'Closed Won',
    amount: last.amount,
    currency: one.currency,
    closeDate: last.closeDate,
    createdAt: one.steps[0]!.at,
    stageEnteredAt: entered.at,
    closedAt: isClosed ? entered.at : null,
    leadSource: one.leadSource,
    referralPartnerId: one.referralPartnerKey,
    origin: one.origin,
    originPartnerId: one.originPartnerKey,
    type: one.type,
    parentId: one.parentKey,
    partnerOfRecordId: one.partnerOfRecordKey,
    pushCount: 0,
    lastActivityAt: null,
    override: one.override && { ...one.override, by: null },
    deleted: false,
  };
}

function claimFact(one: Registration): RegistrationFact {
  return {
    id: one.key,
    name: one.number,
    partnerId: one.partnerKey,
    opportunityId: one.opportunityKey,
    state: one.state.toLowerCase().replace(' ', '_') as RegistrationFact['state'],
    submittedAt: one.submittedAt,
    decidedAt: one.decidedAt,
    protectedUntil: one.protectedUntil,
    reasonCode: one.reason,
    marginBasisPoints: one.marginPercent === null ? null : one.marginPercent * 100,
    evidenceAt: one.evidenceAt,
    confirmedAt: one.confirmedAt,
    scope: one.product,
    region: one.region,
    customerId: one.customerKey,
    deleted: false,
  };
}

function touchFact(one: Touch): TouchFact {
  return {
    id: one.key,
    partnerId: one.partnerKey,
    opportunityId: one.opportunityKey,
    kind: one.kind,
    at: one.at,
    deleted: false,
  };
}
