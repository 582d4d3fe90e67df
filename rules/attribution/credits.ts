/** Who gets which credit of an opportunity: one row a partner and role, exact in each pool. */
import { splitBasisPoints, wholePool } from '../splits.ts';
import type { PartnerCredit, PartnerFact } from '../types.ts';
import type { Dossier } from './dossier.ts';
import { influences } from './r7-influence.ts';
import type { Ruling } from './ruling.ts';

/**
 * Credits of a ruling: the sourced pool wholly to the sourcing partner, the influence pool split
 * over the other partners that took part, delivery and paper without a pool. Direct and Pending
 * Review credit nobody. Each pool sums to 10000 or is empty. Sorted by role, then name.
 */
export function creditsOf(given: Ruling, dossier: Dossier): PartnerCredit[] {
  if (given.credits !== null) {
    return given.credits;
  }
  const { type, sourcing } = given;
  if (type === 'Direct' || type === 'Pending Review') {
    return [];
  }
  const credits: PartnerCredit[] = [];
  if (sourcing !== null) {
    const partnerId = sourcing.id;
    credits.push({ partnerId, role: 'Sourcing', pool: 'sourced', basisPoints: wholePool });
  }
  if (type === 'Sourced' || type === 'Influenced') {
    credits.push(...influenceCredits(dossier, sourcing));
  }
  return [...credits, ...roleCredits(dossier)];
}

function influenceCredits(dossier: Dossier, sourcing: PartnerFact | null): PartnerCredit[] {
  const weights = new Map<string, number>();
  const ids = new Map<string, string>();
  for (const { partner } of influences(dossier)) {
    if (partner.id !== sourcing?.id) {
      const more = dossier.policy.influenceSplit === 'by_touches' ? 1 : 0;
      // What is left over goes by name: by id the same deal would be split otherwise elsewhere.
      const key = `${partner.name}\n${partner.id}`;
      ids.set(key, partner.id);
      weights.set(key, (weights.get(key) ?? 1 - more) + more);
    }
  }
  const shares = [...weights].map(([key, weight]) => ({ key, weight }));
  return [...splitBasisPoints(shares)].map(([key, basisPoints]) => ({
    partnerId: ids.get(key)!,
    role: 'Influencing',
    pool: 'influence',
    basisPoints,
  }));
}

/** Delivery and paper: shown beside the credit (case 19), paid from pools of their own. */
function roleCredits(dossier: Dossier): PartnerCredit[] {
  const { actions, opportunity } = dossier;
  if (actions.length === 0 && opportunity.partnerOfRecordId === null) {
    return [];
  }
  const delivering = actions.filter((action) => action.meaning === 'delivery');
  const fulfilling = actions.filter((action) => action.meaning === 'fulfilment');
  const record = dossier.partnerOf(opportunity.partnerOfRecordId);
  const paper = fulfilling.map((action) => action.partner);
  const resellers = paper.filter((partner) => !isDistributor(partner));
  return [
    ...rows(
      'Implementation',
      delivering.map((action) => action.partner),
    ),
    ...rows('Distributor', paper.filter(isDistributor)),
    ...rows('Reseller', record === null ? resellers : [...resellers, record]),
  ];
}

/** In two tiers the paper goes through both (case 20). The partner of record is the reseller. */
function isDistributor({ type }: PartnerFact): boolean {
  return type?.toLowerCase() === 'distributor';
}

function rows(role: PartnerCredit['role'], partners: PartnerFact[]): PartnerCredit[] {
  const ids = [...new Set(partners.map((partner) => partner.id))].sort();
  return ids.map((partnerId) => ({ partnerId, role, pool: 'none', basisPoints: 0 }));
}
