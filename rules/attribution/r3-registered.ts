/** R3: an approved registration that was there first and protected the day the deal was created. */
import { sayDate, sayInstant, sayName, saySpan } from '../sentences.ts';
import { endOfDay, toMs } from '../time.ts';
import { type Claim, type Dossier, protects } from './dossier.ts';
import { isGraceClaim } from './late-grace.ts';
import { type Ruling, ruling } from './ruling.ts';

/** Closer submissions of two partners than this cannot be told apart fairly (case 7). */
const contestMs = 60_000;

/**
 * S <= C <= E, both inclusive, E to the end of its UTC day: Sourced by the earliest S. Two
 * partners less than 60 s apart: Pending Review, unless a neutral person confirmed one of them.
 */
export function registered(dossier: Dossier): Ruling | null {
  const claims = sourcingClaims(dossier);
  const first = claims[0];
  if (first === undefined) {
    return null;
  }
  const rivals = claims.filter(
    (claim) =>
      claim.partner.id !== first.partner.id &&
      toMs(claim.submittedAt) - toMs(first.submittedAt) < contestMs,
  );
  if (rivals.length === 0) {
    return sourcedBy(first, dossier);
  }
  const confirmed = [first, ...rivals].find((claim) => claim.registration.confirmedAt !== null);
  return confirmed === undefined
    ? contested(first, rivals[0]!, dossier)
    : sourcedBy(confirmed, dossier);
}

/** Approved claims that source the opportunity, earliest submission first. */
export function sourcingClaims(dossier: Dossier): Claim[] {
  return dossier.claims.filter((claim) => sources(claim, dossier));
}

function sources(claim: Claim, dossier: Dossier): boolean {
  if (!claim.approved || claim.selfDeal || lapsed(claim, dossier)) {
    return false;
  }
  return protects(claim, dossier.createdAt) || upheldLate(claim, dossier);
}

/** Case 9 with `expired_registration_keeps_sourced: false`: protection must last to the close. */
function lapsed({ registration }: Claim, { policy, closedAt, horizon }: Dossier): boolean {
  if (policy.expiredRegistrationKeepsSourced) {
    return false;
  }
  const { protectedUntil } = registration;
  return protectedUntil === null || endOfDay(protectedUntil) < (closedAt ?? horizon);
}

/** Case 2, upheld: a late registration within the grace, its earlier evidence confirmed. */
function upheldLate(claim: Claim, dossier: Dossier): boolean {
  const { confirmedAt, protectedUntil } = claim.registration;
  const { closedAt } = dossier;
  return (
    confirmedAt !== null &&
    protectedUntil !== null &&
    isGraceClaim(claim, dossier) &&
    (closedAt === null || claim.submittedAt < closedAt)
  );
}

function sourcedBy(claim: Claim, dossier: Dossier): Ruling {
  const { registration, partner, submittedAt } = claim;
  const { decidedAt, protectedUntil } = registration;
  const approved = decidedAt === null ? 'approved' : `approved ${sayInstant(decidedAt)}`;
  return ruling({
    rule: 'R3',
    type: 'Sourced',
    sentence:
      `Sourced by ${sayName(partner.name)}: ${sayName(registration.name)} submitted ` +
      `${sayInstant(submittedAt)}, ${distance(claim, dossier)}; ${approved}, protected until ` +
      `${sayDate(protectedUntil!)}.`,
    sourcing: partner,
    claim,
  });
}

function distance({ submittedAt, registration }: Claim, { createdAt }: Dossier): string {
  const ms = toMs(createdAt) - toMs(submittedAt);
  if (ms >= 0) {
    return `${saySpan(ms)} before creation (${sayInstant(createdAt)})`;
  }
  return `${saySpan(-ms)} after creation, upheld by evidence of ${sayDate(registration.evidenceAt!)}`;
}

function contested(first: Claim, rival: Claim, { createdAt }: Dossier): Ruling {
  const apart = saySpan(toMs(rival.submittedAt) - toMs(first.submittedAt));
  return ruling({
    rule: 'R3',
    type: 'Pending Review',
    sentence:
      `Pending Review: ${sayName(first.registration.name)} by ${sayName(first.partner.name)} and ` +
      `${sayName(rival.registration.name)} by ${sayName(rival.partner.name)} were submitted ${apart} ` +
      `apart (${sayInstant(first.submittedAt)}); a person must decide.`,
    claim: first,
    pendingSince: createdAt,
  });
}
