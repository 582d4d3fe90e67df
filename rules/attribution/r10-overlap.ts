/** R10: a partner knows the account, and that is all that is known. */
import { sayName } from '../sentences.ts';
import type { Dossier } from './dossier.ts';
import { type Ruling, ruling } from './ruling.ts';

/** Account overlap only: Pending Review. An overlap is no action and never influences. */
export function overlapOnly(dossier: Dossier): Ruling | null {
  const action = dossier.actions.find(({ meaning }) => meaning === 'overlap');
  if (action === undefined) {
    return null;
  }
  const { partner, touch } = action;
  return ruling({
    rule: 'R10',
    type: 'Pending Review',
    sentence:
      `Pending Review: ${sayName(touch.kind)} with ${sayName(partner.name)} is all that is known; ` +
      'no action of a partner is recorded.',
    pendingSince: touch.at === null || touch.at < dossier.createdAt ? dossier.createdAt : touch.at,
    about: partner,
  });
}
