/** What would have to be different for another attribution; said only where it is true. */
import type { Action, Claim, Dossier } from './attribution/dossier.ts';
import { influences } from './attribution/r7-influence.ts';
import type { Ruling } from './attribution/ruling.ts';
import { sayInstant } from './sentences.ts';
import type { PartnerFact, RegistrationFact } from './types.ts';

/** A hypothetical registration protects for good: only its submission is in question. */
const forever = '9999-12-31';

/**
 * One sentence, or null. Every claim it makes is tested by running the rules (`decide`) again on
 * the dossier with that one fact changed.
 */
export function counterfactual(
  dossier: Dossier,
  found: Ruling,
  decide: (dossier: Dossier) => Ruling,
): string | null {
  switch (found.rule) {
    case 'R2':
    case 'R3':
      return found.type === 'Sourced' ? null : ifConfirmed(dossier, found, decide);
    case 'R6':
      return ifDecided(dossier, found, decide);
    case 'R7':
      return ifRegistered(dossier, decide);
    case 'R8':
    case 'R9':
    case 'R10':
    case 'R11':
      return ifTouched(dossier, found.about ?? somePartner, decide);
    default:
      return null;
  }
}

function ifConfirmed(
  dossier: Dossier,
  found: Ruling,
  decide: (dossier: Dossier) => Ruling,
): string | null {
  const claim = found.claim!;
  const { type } = decide(withClaim(dossier, claim, { confirmedAt: dossier.horizon }));
  const what = `${claim.registration.name} were confirmed by a neutral person`;
  return type === found.type || type === 'Direct' ? null : `Would be ${type} if ${what}.`;
}

function ifDecided(
  dossier: Dossier,
  { claim }: Ruling,
  decide: (dossier: Dossier) => Ruling,
): string | null {
  if (claim === null || !dossier.claims.includes(claim)) {
    return null;
  }
  const { name, protectedUntil } = claim.registration;
  const approval: Partial<RegistrationFact> = {
    state: 'approved',
    decidedAt: claim.registration.decidedAt ?? dossier.horizon,
    protectedUntil: protectedUntil ?? forever,
  };
  const approved = decide(withClaim(dossier, claim, approval)).type;
  if (approved !== 'Pending Review') {
    return `Would be ${approved} if ${name} were approved.`;
  }
  const confirmed = { ...approval, confirmedAt: dossier.horizon };
  const { type } = decide(withClaim(dossier, claim, confirmed));
  const what = claim.approved ? 'confirmed by a neutral person' : 'approved and confirmed';
  return type === 'Pending Review' ? null : `Would be ${type} if ${name} were ${what}.`;
}

function ifRegistered(dossier: Dossier, decide: (dossier: Dossier) => Ruling): string | null {
  const { createdAt, opportunity } = dossier;
  const partner = influences(dossier).at(-1)!.partner;
  const registration: RegistrationFact = {
    ...someRegistration,
    partnerId: partner.id,
    opportunityId: opportunity.id,
    submittedAt: createdAt,
    decidedAt: createdAt,
  };
  const claim: Claim = {
    registration,
    partner,
    submittedAt: createdAt,
    approved: true,
    selfDeal: partner.id === opportunity.accountId,
  };
  const { type } = decide({ ...dossier, claims: [...dossier.claims, claim] });
  return type === 'Sourced' ? `Would be Sourced if registered by ${sayInstant(createdAt)}.` : null;
}

function ifTouched(
  dossier: Dossier,
  partner: PartnerFact,
  decide: (dossier: Dossier) => Ruling,
): string | null {
  const { closedAt, horizon } = dossier;
  const touch = {
    id: '',
    partnerId: partner.id,
    opportunityId: dossier.opportunity.id,
    kind: '',
    at: closedAt ?? horizon,
    deleted: false,
  };
  const action: Action = { touch, partner, meaning: 'qualifying' };
  const { type } = decide({ ...dossier, actions: [...dossier.actions, action] });
  if (type !== 'Influenced') {
    return null;
  }
  return closedAt === null
    ? 'Would be Influenced if a qualifying touch were recorded.'
    : `Would be Influenced if a qualifying touch had been made by ${sayInstant(closedAt)}.`;
}

function withClaim(dossier: Dossier, claim: Claim, change: Partial<RegistrationFact>): Dossier {
  const changed: Claim = {
    ...claim,
    registration: { ...claim.registration, ...change },
    approved: claim.approved || change.state === 'approved',
  };
  const claims = dossier.claims.map((known) => (known === claim ? changed : known));
  return { ...dossier, claims };
}

const someRegistration: RegistrationFact = {
  id: '',
  name: '',
  partnerId: null,
  opportunityId: null,
  state: 'approved',
  submittedAt: null,
  decidedAt: null,
  protectedUntil: forever,
  reasonCode: null,
  marginBasisPoints: null,
  evidenceAt: null,
  confirmedAt: null,
  scope: null,
  region: null,
  customerId: null,
  deleted: false,
};

/** Stands for any active partner where the facts name none. */
const somePartner: PartnerFact = {
  id: '',
  name: '',
  type: null,
  status: null,
  segment: null,
  region: null,
  tier: null,
  tierSince: null,
  startDate: null,
  managerId: null,
  deleted: false,
  certifications: null,
  satisfaction: null,
};
