/** Channel conflict: several partners claim one opportunity (cases 5, 7 and 38). */
import { joinWithin, reasonMax, sayName } from '../sentences.ts';
import type { Claim, Dossier } from './dossier.ts';
import { protects } from './dossier.ts';
import type { Ruling } from './ruling.ts';

/** What the conflict fields show; `withWhom` is null where there is no conflict. */
export interface Conflict {
  exists: boolean;
  withWhom: string | null;
}

const none: Conflict = { exists: false, withWhom: null };

/**
 * A conflict exists where live claims of at least two partners cover the creation: approved and
 * protecting it, or submitted before it and undecided. Named are the claims of the partners that
 * the decision is not about.
 */
export function conflictOf(dossier: Dossier, decided: Ruling): Conflict {
  if (dossier.claims.length < 2) {
    return none;
  }
  const live = dossier.claims.filter((claim) => isLive(claim, dossier));
  if (new Set(live.map((claim) => claim.partner.id)).size < 2) {
    return none;
  }
  const winner = decided.sourcing?.id ?? decided.claim?.partner.id ?? null;
  const others = live.filter((claim) => claim.partner.id !== winner);
  const names = others.map(
    ({ registration, partner }) => `${registration.name} (${sayName(partner.name)})`,
  );
  return { exists: true, withWhom: joinWithin(names, reasonMax) };
}

function isLive(claim: Claim, { createdAt }: Dossier): boolean {
  if (claim.selfDeal) {
    return false;
  }
  return claim.approved ? protects(claim, createdAt) : claim.submittedAt <= createdAt;
}
