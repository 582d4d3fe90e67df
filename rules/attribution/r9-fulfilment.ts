/** R9: a deal whose paper goes through a partner or a marketplace. */
import { sayInstant, sayName } from '../sentences.ts';
import type { PartnerFact } from '../types.ts';
import type { Action, Dossier } from './dossier.ts';
import { type Ruling, ruling } from './ruling.ts';
import { isRenewal } from './scalars.ts';

/**
 * A touch that means fulfilment (resale, distribution, marketplace purchase), or a partner of
 * record on the opportunity: Fulfilled. A renewal stays with its partner of record this way: its
 * incumbency is credit for the paper, never for sourcing (case 14).
 */
export function fulfilled(dossier: Dossier): Ruling | null {
  const record = dossier.partnerOf(dossier.opportunity.partnerOfRecordId);
  const action = dossier.actions.find(({ meaning }) => meaning === 'fulfilment');
  const incumbent = record !== null && isRenewal(dossier);
  if (action !== undefined && !incumbent) {
    return byTouch(action);
  }
  return record === null ? null : ofRecord(record, incumbent);
}

function byTouch({ partner, touch }: Action): Ruling {
  const on = touch.at === null ? '' : ` of ${sayInstant(touch.at)}`;
  return ruling({
    rule: 'R9',
    type: 'Fulfilled',
    sentence:
      `Fulfilled by ${sayName(partner.name)}: ${sayName(touch.kind)}${on}; ` +
      'the paper of a deal does not imply sourcing.',
    about: partner,
  });
}

function ofRecord(partner: PartnerFact, renewal: boolean): Ruling {
  const what = renewal ? 'this renewal' : 'the opportunity';
  return ruling({
    rule: 'R9',
    type: 'Fulfilled',
    sentence: `Fulfilled by ${sayName(partner.name)}: partner of record of ${what}.`,
    about: partner,
  });
}
