/** R11: none of the other rules matched. */
import { count } from '../sentences.ts';
import type { Dossier } from './dossier.ts';
import { type Ruling, ruling } from './ruling.ts';

/** Direct is an explicit value, so that totals reconcile. */
export function direct({ claims, actions, unusable, nobodies }: Dossier): Ruling {
  const void_ = claims.length + actions.length;
  const left = [
    ...(void_ > 0 ? [`${count(void_, 'partner record')} in no window that counts`] : []),
    ...(unusable.length > 0 ? [`${count(unusable.length, 'record')} without partner or date`] : []),
    ...nobodies.slice(0, 1),
  ];
  const seen = left.length === 0 ? '' : ` (${left.join(', ')})`;
  return ruling({
    rule: 'R11',
    type: 'Direct',
    sentence: `Direct: no registration, referral, touch or role of a partner counts${seen}.`,
  });
}
