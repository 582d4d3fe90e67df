/** Questions about the single fields of an opportunity that name origins and partners. */
import type { Dossier } from './dossier.ts';

/** True when the policy counts the opportunity's type as a renewal (case 14). */
export function isRenewal({ opportunity, policy }: Dossier): boolean {
  return includesFold(policy.renewalTypes, opportunity.type);
}

/** True when the list holds the text, compared without case; an empty text is in no list. */
export function includesFold(list: readonly string[], text: string | null): boolean {
  if (text === null || text === '' || list.length === 0) {
    return false;
  }
  const wanted = text.toLowerCase();
  return list.some((known) => known.toLowerCase() === wanted);
}
