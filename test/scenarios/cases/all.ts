/** All cases, in the order of domain.md section 6. */
import type { Scenario } from '../scenario.ts';
import { alertCases } from './alerts.ts';
import { expiryCases } from './expiry-and-clocks.ts';
import { mergeCases } from './merges.ts';
import { moneyCases } from './money.ts';
import { goneCases } from './partners-gone.ts';
import { peopleCases } from './people.ts';
import { recordCases } from './records.ts';
import { registrationCases } from './registrations.ts';
import { registrationsAgain } from './registrations-again.ts';
import { renewalCases } from './renewals.ts';
import { reopenedCases } from './reopened.ts';
import { rivalCases } from './rivals.ts';
import { roleCases } from './roles.ts';
import { stageCases } from './stages.ts';
import { tierCases } from './tiers.ts';

/** Those the product decides. Case 48 is a test of its own: it is about all of them. */
export const scenarios: readonly Scenario[] = [
  ...registrationCases,
  ...rivalCases,
  ...expiryCases,
  ...reopenedCases,
  ...renewalCases,
  ...mergeCases,
  ...goneCases,
  ...roleCases,
  ...peopleCases,
  ...moneyCases,
  ...registrationsAgain,
  ...stageCases,
  ...recordCases,
  ...tierCases,
  ...alertCases,
].sort((a, b) => a.case - b.case);

export { notYet } from './not-yet.ts';
