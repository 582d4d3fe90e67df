/** The grace for a registration just after creation, with evidence from before it (case 2). */
import { addDays } from '../time.ts';
import type { Claim, Dossier } from './dossier.ts';

/** C < S <= C + 7 days, with evidence dated before C. */
export function isGraceClaim(claim: Claim, { createdAt, policy }: Dossier): boolean {
  const { evidenceAt } = claim.registration;
  return (
    evidenceAt !== null &&
    evidenceAt < createdAt &&
    createdAt < claim.submittedAt &&
    claim.submittedAt <= addDays(createdAt, policy.lateGraceDays)
  );
}
