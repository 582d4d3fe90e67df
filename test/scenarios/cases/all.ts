/** All cases, in the order of domain.md section 6. */
import type { Scenario } from '../scenario.ts';
import { alertCases } from './alerts.ts';
import { lifecycleCases } from './lifecycle.ts';
import { mergeCases } from './merges.ts';
import { moneyCases } from './money.ts';
import { peopleCases } from './people.ts';
import { recordCases } from './records.ts';
import { registrationCases } from './registrations.ts';
import { registrationsAgain } from './registrations-again.ts';
import { roleCases } from './roles.ts';
import { stageCases } from './stages.ts';
import { tierCases } from './tiers.ts';

/** Those the product decides. Case 48 is a test of its own: it is about all of them. */
export const scenarios: readonly Scenario[] = [
  ...registrationCases,
  ...lifecycleCases,
  ...mergeCases,
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
