/** The attribution cases of domain.md section 6 by name, as opportunities with hand-made facts
 *  around them.
 *
 *  Not here, because only time, a person or a fault makes them: 11, 16, 23-25, 30-32, 37, 39,
 * 45-51, 53-55.
 */
import type { AttributionCase } from './case-table.ts';
import { LIFECYCLE_CASES } from './cases-lifecycle.ts';
import { REGISTRATION_CASES } from './cases-registration.ts';
import { ROLE_CASES } from './cases-roles.ts';

export type { AttributionCase } from './case-table.ts';

/** Every named case, in the order of its number. */
export const CASES: readonly AttributionCase[] = [
  ...REGISTRATION_CASES,
  ...ROLE_CASES,
  ...LIFECYCLE_CASES,
].sort((a, b) => order(a) - order(b));

/** The name of the case's opportunity in the CRM: 'Case 03 Opportunity opened after ...'. */
export function caseName(one: Pick<AttributionCase, 'number' | 'title'>): string {
  const kind = one.number.startsWith('R') ? 'Rule' : 'Case';
  return `${kind} ${one.number} ${one.title}`;
}

/** Numbered cases first, then the rules that no case shows by itself. */
function order(one: AttributionCase): number {
  return one.number.startsWith('R') ? 100 + Number(one.number.slice(1)) : Number(one.number);
}
