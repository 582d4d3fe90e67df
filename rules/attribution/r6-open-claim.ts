/** R6: a claim that a person still has to decide. */
import { sayDate, sayInstant, sayName, saySpan } from '../sentences.ts';
import { toMs } from '../time.ts';
import type { Claim, Dossier } from './dossier.ts';
import { isGraceClaim } from './late-grace.ts';
import { registered } from './r3-registered.ts';
import { trustedOrigin } from './r4-trusted-origin.ts';
import { referred } from './r5-referral.ts';
import { influenced } from './r7-influence.ts';
import { delivered } from './r8-delivery.ts';
import { fulfilled } from './r9-fulfilment.ts';
import { type Rule, type Ruling, ruling } from './ruling.ts';

/**
 * An undecided registration with S <= C; a registration in the grace after C with evidence dated
 * before C; or facts of an off-boarded partner on an open opportunity that would have earned it
 * credit (case 18): Pending Review.
 */
export function openClaim(dossier: Dossier): Ruling | null {
  const claim = dossier.claims.find((known) => isOpenClaim(known, dossier));
  if (claim !== undefined) {
    return claim.submittedAt <= dossier.createdAt
      ? awaited(claim, dossier)
      : lateWithEvidence(claim, dossier);
  }
  return offboardedClaim(dossier);
}

function isOpenClaim(claim: Claim, dossier: Dossier): boolean {
  if (claim.selfDeal) {
    return false;
  }
  if (isGraceClaim(claim, dossier)) {
    const { closedAt } = dossier;
    return closedAt === null || claim.submittedAt < closedAt;
  }
  return !claim.approved && claim.submittedAt <= dossier.createdAt;
}

function awaited(claim: Claim, { createdAt }: Dossier): Ruling {
  const before = saySpan(toMs(createdAt) - toMs(claim.submittedAt));
  return ruling({
    rule: 'R6',
    type: 'Pending Review',
    sentence:
      `Pending Review: ${sayName(claim.registration.name)} by ${sayName(claim.partner.name)}, submitted ` +
      `${sayInstant(claim.submittedAt)}, ${before} before creation (${sayInstant(createdAt)}), ` +
      'is not decided.',
    claim,
    pendingSince: createdAt,
  });
}

function lateWithEvidence(claim: Claim, { createdAt }: Dossier): Ruling {
  const after = saySpan(toMs(claim.submittedAt) - toMs(createdAt));
  return ruling({
    rule: 'R6',
    type: 'Pending Review',
    sentence:
      `Pending Review: ${sayName(claim.registration.name)} by ${sayName(claim.partner.name)} was submitted ` +
      `${sayInstant(claim.submittedAt)}, ${after} after creation, with evidence dated ` +
      `${sayDate(claim.registration.evidenceAt!)}, before it.`,
    claim,
    pendingSince: claim.submittedAt,
  });
}

const creditingRules: Rule[] = [
  registered,
  trustedOrigin,
  referred,
  influenced,
  delivered,
  fulfilled,
];

function offboardedClaim(dossier: Dossier): Ruling | null {
  const { gone, lost } = dossier;
  if (gone === null) {
    return null;
  }
  const waiting = gone.claims.find((known) => isOpenClaim(known, gone));
  const partner = waiting?.partner ?? wouldCredit(gone) ?? lost;
  if (partner === null) {
    return null;
  }
  return ruling({
    rule: 'R6',
    type: 'Pending Review',
    sentence:
      `Pending Review: ${sayName(partner.name)} is off-boarded and earns no new credit; ` +
      'what it did on this opportunity needs a decision.',
    claim: waiting ?? null,
    pendingSince: dossier.createdAt,
    about: partner,
    offboarded: true,
  });
}

function wouldCredit(gone: Dossier): Ruling['about'] {
  for (const rule of creditingRules) {
    const found = rule(gone);
    if (found !== null) {
      return found.about;
    }
  }
  return null;
}
