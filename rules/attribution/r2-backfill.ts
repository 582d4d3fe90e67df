/** R2: a registration filed shortly before the close is not credited without a confirmation. */
import { sayInstant, sayName, saySpan } from '../sentences.ts';
import { addHours, toMs } from '../time.ts';
import type { Claim, Dossier } from './dossier.ts';
import { type Ruling, ruling } from './ruling.ts';

/**
 * W - 72 h < S < W (both exclusive) and no neutral person's confirmation: Pending Review.
 * A rejected, withdrawn or revoked registration claims nothing any more and is not looked at.
 */
export function backfilled(dossier: Dossier): Ruling | null {
  const claim = dossier.claims.find((known) => isBackfill(known, dossier));
  if (claim === undefined) {
    return null;
  }
  const closedAt = dossier.closedAt!;
  const before = saySpan(toMs(closedAt) - toMs(claim.submittedAt));
  return ruling({
    rule: 'R2',
    type: 'Pending Review',
    sentence:
      `Pending Review: ${sayName(claim.registration.name)} by ${sayName(claim.partner.name)} was ` +
      `submitted ${sayInstant(claim.submittedAt)}, ${before} before the opportunity closed ` +
      `(${sayInstant(closedAt)}), and is not confirmed.`,
    claim,
    pendingSince: closedAt,
  });
}

function isBackfill(claim: Claim, { closedAt, policy }: Dossier): boolean {
  if (closedAt === null || claim.selfDeal || claim.registration.confirmedAt !== null) {
    return false;
  }
  const from = addHours(closedAt, -policy.backfillGuardHours);
  return from < claim.submittedAt && claim.submittedAt < closedAt;
}
