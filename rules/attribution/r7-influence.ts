/** R7: partners that took part in a deal others brought. */
import { count, sayInstant, sayName } from '../sentences.ts';
import { addDays } from '../time.ts';
import type { Instant, PartnerFact } from '../types.ts';
import type { Action, Claim, Dossier } from './dossier.ts';
import { type Ruling, ruling } from './ruling.ts';

/** One qualifying touch in the window; a late registration is one at its approval (Teaming). */
export interface Influence {
  partner: PartnerFact;
  at: Instant;
  what: string;
}

/** A qualifying touch in [C - 90 days, W or now], both inclusive: Influenced. */
export function influenced(dossier: Dossier): Ruling | null {
  const all = influences(dossier);
  const last = all.at(-1);
  if (last === undefined) {
    return null;
  }
  const partners = new Set(all.map((influence) => influence.partner.id)).size;
  const others = partners === 1 ? '' : ` and ${count(partners - 1, 'other partner')}`;
  const total = all.length === 1 ? '' : `, the last of ${all.length} qualifying touches`;
  const when = last.at < dossier.createdAt ? 'before creation' : 'after creation';
  return ruling({
    rule: 'R7',
    type: 'Influenced',
    sentence:
      `Influenced by ${sayName(last.partner.name)}${others}: ${last.what} on ` +
      `${sayInstant(last.at)}${total}, ${when} (${sayInstant(dossier.createdAt)}).`,
    about: last.partner,
  });
}

const nothing: readonly Influence[] = [];
/** The rule, the credits and the counterfactual all ask for it: found once a dossier. */
const known = new WeakMap<Dossier, readonly Influence[]>();

/** All that influenced the opportunity, in order of time (then of name: ids differ by CRM). */
export function influences(dossier: Dossier): readonly Influence[] {
  if (dossier.actions.length === 0 && dossier.claims.length === 0) {
    return nothing;
  }
  const found = known.get(dossier) ?? findInfluences(dossier);
  known.set(dossier, found);
  return found;
}

function findInfluences(dossier: Dossier): Influence[] {
  const from = addDays(dossier.createdAt, -dossier.policy.influenceWindowDays);
  const until = dossier.closedAt ?? dossier.horizon;
  const inWindow = (at: Instant | null): at is Instant => at !== null && from <= at && at <= until;
  const found: Influence[] = [];
  for (const action of dossier.actions) {
    const { at } = action.touch;
    if (qualifies(action) && inWindow(at)) {
      found.push({ partner: action.partner, at, what: sayName(action.touch.kind) });
    }
  }
  for (const claim of dossier.claims) {
    const { decidedAt, name } = claim.registration;
    if (isTeaming(claim, dossier) && inWindow(decidedAt)) {
      found.push({ partner: claim.partner, at: decidedAt, what: `approval of ${sayName(name)}` });
    }
  }
  return found.sort((a, b) => compare(a.at, b.at) || byName(a.partner, b.partner));
}

function byName(a: PartnerFact, b: PartnerFact): number {
  return compare(a.name, b.name) || compare(a.id, b.id);
}

/** A referral or trusted origin that did not source the deal is still a partner's action on it. */
function qualifies({ meaning }: Action): boolean {
  return meaning === 'qualifying' || meaning === 'referral' || meaning === 'trusted_origin';
}

/** A late approved registration: S > C, and S < W, for what is filed after the close is void. */
function isTeaming(claim: Claim, { createdAt, closedAt }: Dossier): boolean {
  const { approved, submittedAt } = claim;
  return approved && submittedAt > createdAt && (closedAt === null || submittedAt < closedAt);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
