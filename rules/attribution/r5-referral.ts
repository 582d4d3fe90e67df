/** R5: a partner's referral just before the opportunity was created. */
import { sayInstant, sayName, saySpan } from '../sentences.ts';
import { addDays, toMs } from '../time.ts';
import type { Action, Dossier } from './dossier.ts';
import { type Ruling, ruling } from './ruling.ts';
import { includesFold, isRenewal } from './scalars.ts';

/**
 * A referral touch in [C - 30 days, C], or the opportunity's own referral link or referring lead
 * source with its partner (set at creation, so dated C): Sourced. It stays Provisional until it
 * locks. On a renewal only the touch counts: the fields may be copies of its parent's (case 14).
 */
export function referred(dossier: Dossier): Ruling | null {
  const action = dossier.actions.find((known) => isReferral(known, dossier));
  if (action !== undefined) {
    return byTouch(action, dossier);
  }
  const { opportunity, createdAt, policy } = dossier;
  const partner = dossier.partnerOf(opportunity.referralPartnerId);
  if (partner === null || partner.id === opportunity.accountId || isRenewal(dossier)) {
    return null;
  }
  const { leadSource } = opportunity;
  const how = includesFold(policy.referralLeadSources, leadSource)
    ? `lead source "${sayName(leadSource!)}"`
    : 'referral link';
  return ruling({
    rule: 'R5',
    type: 'Sourced',
    sentence:
      `Sourced by ${sayName(partner.name)}: ${how} on the opportunity created ` +
      `${sayInstant(createdAt)}.`,
    sourcing: partner,
  });
}

function isReferral({ meaning, partner, touch }: Action, dossier: Dossier): boolean {
  const { createdAt, policy, opportunity } = dossier;
  return (
    meaning === 'referral' &&
    partner.id !== opportunity.accountId &&
    touch.at !== null &&
    touch.at <= createdAt &&
    addDays(createdAt, -policy.sourcedWindowDays) <= touch.at
  );
}

function byTouch({ partner, touch }: Action, { createdAt }: Dossier): Ruling {
  const before = saySpan(toMs(createdAt) - toMs(touch.at!));
  return ruling({
    rule: 'R5',
    type: 'Sourced',
    sentence:
      `Sourced by ${sayName(partner.name)}: ${sayName(touch.kind)} on ${sayInstant(touch.at!)}, ` +
      `${before} before creation (${sayInstant(createdAt)}).`,
    sourcing: partner,
  });
}
