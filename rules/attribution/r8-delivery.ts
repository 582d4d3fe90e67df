/** R8: a partner that delivers and had no part in the buying decision. */
import { sayInstant, sayName } from '../sentences.ts';
import type { Dossier } from './dossier.ts';
import { type Ruling, ruling } from './ruling.ts';

/** A touch that means delivery, whenever it was recorded: Delivered. */
export function delivered(dossier: Dossier): Ruling | null {
  const action = dossier.actions.find(({ meaning }) => meaning === 'delivery');
  if (action === undefined) {
    return null;
  }
  const { partner, touch } = action;
  const on = touch.at === null ? '' : ` of ${sayInstant(touch.at)}`;
  return ruling({
    rule: 'R8',
    type: 'Delivered',
    sentence:
      `Delivered by ${sayName(partner.name)}: ${sayName(touch.kind)}${on}; no partner sourced ` +
      'or influenced the opportunity.',
    about: partner,
  });
}
