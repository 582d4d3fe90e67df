/** What people do in a CRM between two syncs, the same on both. */
import type { TwoCrms } from '../../support/two-crms.ts';
import type { Change } from '../scenario.ts';
import type { Hands } from './hands-contract.ts';
import { hubspotHands } from './hands-hubspot.ts';
import { salesforceHands } from './hands-salesforce.ts';

/** What the admins' rule of case 46 says. */
const refusal = 'Ask the deal desk before you change it.';

/** Does the changes of one scenario in both CRMs. */
export function change(world: TwoCrms, opportunity: string, changes: readonly Change[]): void {
  for (const hands of [salesforceHands(world), hubspotHands(world)]) {
    for (const one of changes) act(hands, opportunity, one);
  }
}

function act(hands: Hands, opportunity: string, one: Change): void {
  if ('edit' in one) hands.edit(one.edit, nameIn(one, opportunity), one.set);
  else if ('merge' in one) {
    hands.merge(one.merge, one.gone, one.merge === 'opportunity' ? opportunity : one.into);
  } else if ('delete' in one) hands.removePartner(one.name);
  else if ('lock' in one) hands.lock(opportunity, true);
  else if ('unlock' in one) hands.lock(opportunity, false);
  else if ('rule' in one) hands.refuse(opportunity, one.rule === 'refuses' ? refusal : null);
  else if ('option' in one) hands.addRegistrationState(one.option);
}

function nameIn(one: Extract<Change, { edit: unknown }>, opportunity: string): string {
  if (one.edit === 'opportunity') return opportunity;
  return one.edit === 'registration' ? one.number : one.name;
}
