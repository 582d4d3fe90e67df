/** R4: an origin the policy trusts (an AWS partner referral, Microsoft partner-led ...). */
import { sayInstant, sayName } from '../sentences.ts';
import type { Action, Dossier } from './dossier.ts';
import { type Ruling, ruling } from './ruling.ts';
import { includesFold, isRenewal } from './scalars.ts';

/**
 * The opportunity's own origin with its partner, or a touch of that meaning up to the close:
 * Sourced. On a renewal only the touch counts: the field may be a copy of its parent's (case 14).
 */
export function trustedOrigin(dossier: Dossier): Ruling | null {
  const { opportunity, policy } = dossier;
  const partner = dossier.partnerOf(opportunity.originPartnerId);
  const trusted = includesFold(policy.trustedOrigins, opportunity.origin);
  if (trusted && partner && partner.id !== opportunity.accountId && !isRenewal(dossier)) {
    return ruling({
      rule: 'R4',
      type: 'Sourced',
      sentence:
        `Sourced by ${sayName(partner.name)}: the origin "${sayName(opportunity.origin!)}" ` +
        'is one the policy trusts.',
      sourcing: partner,
    });
  }
  const action = dossier.actions.find((known) => isOrigin(known, dossier));
  return action === undefined ? null : byTouch(action);
}

function isOrigin({ meaning, partner, touch }: Action, dossier: Dossier): boolean {
  const { opportunity, closedAt } = dossier;
  const inTime = touch.at === null || closedAt === null || touch.at <= closedAt;
  return meaning === 'trusted_origin' && partner.id !== opportunity.accountId && inTime;
}

function byTouch({ partner, touch }: Action): Ruling {
  const on = touch.at === null ? '' : ` of ${sayInstant(touch.at)}`;
  return ruling({
    rule: 'R4',
    type: 'Sourced',
    sentence:
      `Sourced by ${sayName(partner.name)}: "${sayName(touch.kind)}"${on} ` +
      'is an origin the policy trusts.',
    sourcing: partner,
  });
}
