/**
 * The right answer, worked out a second time: domain.md section 6 as plainly as it can be put,
 * from the CRM's facts alone. It shares no line with rules/, and must not.
 */
import type { Claim, Deal, Facts, Partner, Touch } from './crm-facts.ts';

/** What the CRM should show of an opportunity. */
export interface Right {
  rule: string;
  type: string;
  sourced: boolean;
  influenced: boolean;
  /** Without a dispute. */
  status: string;
  sourcingPartner: string | null;
  influencingPartners: string | null;
  stale: boolean;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const undecided = ['Submitted', 'In Review', 'Action Required'];
const approved = ['Approved', 'Converted', 'Won', 'Lost'];
const qualifying = ['Discovery', 'Technical validation', 'Executive introduction', 'Reference'];
const origins = ['AWS partner referral', 'Microsoft partner-led'];
const paper = ['Reseller', 'Distributor', 'Marketplace purchase'];

/** What the partner team may change: the numbers of mappings/policies/sandbox.yaml. */
export interface Numbers {
  label: string;
  staleDays: number;
  confirmDays: number;
  influenceDays: number;
  referralDays: number;
}

/** As the file comes. */
export const firstNumbers: Numbers = {
  label: '2026.1',
  staleDays: 30,
  confirmDays: 14,
  influenceDays: 90,
  referralDays: 30,
};

/** Attribution and staleness of a deal at `now`. */
export function rightAnswer(deal: Deal, { partners }: Facts, now: number, policy: Numbers): Right {
  const closed = deal.isClosed ? deal.stageEntered : null;
  const lock = closed === null ? null : sixthEndOfBusinessAfter(closed);
  const lockedAt = lock !== null && lock <= now ? lock : null;
  const horizon = lockedAt ?? now;
  const isHere = (one: Partner | undefined) =>
    one !== undefined && (deal.isClosed || !one.offboarded);
  const isGone = (one: Partner | undefined) =>
    one !== undefined && !deal.isClosed && one.offboarded;
  const here = caseOf(deal, partners, isHere, { closed, lockedAt, horizon, policy });
  const gone = caseOf(deal, partners, isGone, { closed, lockedAt, horizon, policy });
  const { rule, type, partner } = decide(here, gone);
  const credits = type === 'Sourced' || type === 'Influenced' ? influencers(here) : [];
  const others = [...new Set(credits)].filter((id) => id !== partner || type !== 'Sourced').sort();
  const waits = rule === 'R5' || type === 'Pending Review';
  return {
    rule,
    type,
    sourced: type === 'Sourced',
    influenced: others.length > 0,
    status:
      lockedAt !== null
        ? 'Locked'
        : !waits && deal.created + policy.confirmDays * day <= now
          ? 'Confirmed'
          : 'Provisional',
    sourcingPartner: type === 'Sourced' ? partner : null,
    influencingPartners:
      others
        .map((id) => partners.get(id)!.name)
        .sort()
        .join('; ') || null,
    stale: isStale(deal, now, policy),
  };
}

/** Open, in a stage that counts, for 30 days or more; 21 in Negotiation. */
function isStale(deal: Deal, now: number, { staleDays }: Numbers): boolean {
  const limit = deal.stage === 'Negotiation' ? 21 : staleDays;
  return !deal.isClosed && deal.stage !== 'On Hold' && deal.stageEntered + limit * day <= now;
}

/** The facts of one side: of partners that are here, or of those that are off-boarded. */
interface Case {
  policy: Numbers;
  created: number;
  closed: number | null;
  claims: Required<Claim>[];
  touches: Touch[];
  horizon: number;
  /** Where the opportunity itself names one that is on this side. */
  referral: string | null;
  record: string | null;
  origin: string | null;
}

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function caseOf(
  deal: Deal,
  partners: Map<string, Partner>,
  counts: (partner: Partner | undefined) => boolean,
  life: Pick<Case, 'closed' | 'horizon' | 'policy'> & { lockedAt: number | null },
): Case {
  const { closed, lockedAt, horizon, policy } = life;
  const named = (id: string | null) => (id !== null && counts(partners.get(id)) ? id : null);
  const nameOf = ({ partner, kind }: Touch) => `${partners.get(partner)!.name}\n${kind}`;
  const trusted = deal.origin !== null && origins.includes(deal.origin);
  return {
    policy,
    created: deal.created,
    closed,
    horizon,
    claims: deal.claims
      .filter(({ partner }) => counts(partners.get(partner)))
      .map((claim) => (lockedAt === null ? claim : asOf(claim, lockedAt)))
      .filter((claim) => claim.submitted !== null && claim.submitted <= horizon)
      .filter((claim) => isApproved(claim) || undecided.includes(claim.status))
      .sort((a, b) => a.submitted! - b.submitted! || (a.id < b.id ? -1 : 1)),
    touches: deal.touches
      .filter(({ partner, at }) => counts(partners.get(partner)) && at <= horizon)
      .sort((a, b) => a.at - b.at || order(nameOf(a), nameOf(b)) || order(a.id, b.id)),
    referral: named(deal.referralPartner),
    record: named(deal.partnerOfRecord),
    origin: trusted ? named(deal.originPartner) : null,
  };
}

/** A claim as it was known when the deal locked. */
function asOf(claim: Claim, lockedAt: number): Claim {
  const later = (at: number | null) => at !== null && at > lockedAt;
  return {
    ...claim,
    status: later(claim.decided) && claim.status !== 'Revoked' ? 'Submitted' : claim.status,
    confirmed: later(claim.confirmed) ? null : claim.confirmed,
    evidence: later(claim.evidence) ? null : claim.evidence,
  };
}

interface Found {
  rule: string;
  type: string;
  partner: string | null;
}

/** The first rule that matches. */
function decide(here: Case, gone: Case): Found {
  return (
    r2(here) ??
    sourcing(here) ??
    (here.claims.some((claim) => isOpen(claim, here)) || wouldWait(gone)
      ? { rule: 'R6', type: 'Pending Review', partner: null }
      : null) ??
    taking(here) ??
    (here.touches.some(({ kind }) => kind === 'Account overlap')
      ? { rule: 'R10', type: 'Pending Review', partner: null }
      : { rule: 'R11', type: 'Direct', partner: null })
  );
}

/** R2: registered in the last 72 hours before the close, and nobody neutral has confirmed it. */
function r2({ claims, closed }: Case): Found | null {
  const late = claims.some(
    ({ submitted, confirmed }) =>
      closed !== null &&
      confirmed === null &&
      closed - 72 * hour < submitted! &&
      submitted! < closed,
  );
  return late ? { rule: 'R2', type: 'Pending Review', partner: null } : null;
}

/** R3, R4, R5: who brought the deal. */
function sourcing(one: Case): Found | null {
  const { created, closed, touches, policy } = one;
  const sources = one.claims.filter((claim) => isApproved(claim) && wasFirst(claim, one));
  const first = sources[0];
  if (first !== undefined) {
    const rivals = sources.filter(
      ({ partner, submitted }) =>
        partner !== first.partner && submitted! - first.submitted! < minute,
    );
    const winner =
      rivals.length === 0 ? first : [first, ...rivals].find(({ confirmed }) => confirmed !== null);
    return winner === undefined
      ? { rule: 'R3', type: 'Pending Review', partner: null }
      : { rule: 'R3', type: 'Sourced', partner: winner.partner };
  }
  const trusted = touches.find(
    ({ kind, at }) => origins.includes(kind) && (closed === null || at <= closed),
  );
  const origin = one.origin ?? trusted?.partner;
  if (origin !== undefined) {
    return { rule: 'R4', type: 'Sourced', partner: origin };
  }
  const link = touches.find(
    ({ kind, at }) =>
      kind === 'Referral link' && created - policy.referralDays * day <= at && at <= created,
  );
  const referrer = link?.partner ?? one.referral;
  return referrer === null ? null : { rule: 'R5', type: 'Sourced', partner: referrer };
}

/** R7, R8, R9: who took part, delivered, or carried the paper. */
function taking(one: Case): Found | null {
  if (influencers(one).length > 0) {
    return { rule: 'R7', type: 'Influenced', partner: null };
  }
  if (one.touches.some(({ kind }) => kind === 'Implementation')) {
    return { rule: 'R8', type: 'Delivered', partner: null };
  }
  const carried = one.record !== null || one.touches.some(({ kind }) => paper.includes(kind));
  return carried ? { rule: 'R9', type: 'Fulfilled', partner: null } : null;
}

/** R6, off-boarded: what they did would have earned them credit, or waits for a decision. */
function wouldWait(gone: Case): boolean {
  const isWaiting = gone.claims.some((claim) => isOpen(claim, gone));
  return isWaiting || sourcing(gone) !== null || taking(gone) !== null;
}

/** R6: undecided though first; or just late, with proof from before. */
function isOpen(claim: Claim, { created, closed }: Case): boolean {
  if (isGrace(claim, created)) {
    return closed === null || claim.submitted! < closed;
  }
  return !isApproved(claim) && claim.submitted! <= created;
}

function isApproved({ status, protectedUntil }: Claim): boolean {
  return approved.includes(status) || (status === 'Expired' && protectedUntil !== null);
}

/** R3: S <= C <= E; or late within the grace and upheld by a neutral person. */
function wasFirst(claim: Claim, { created, closed }: Case): boolean {
  const { submitted, protectedUntil, confirmed } = claim;
  if (protectedUntil === null) {
    return false;
  }
  const upheld = confirmed !== null && isGrace(claim, created);
  return (
    (submitted! <= created && created <= protectedUntil) ||
    (upheld && (closed === null || submitted! < closed))
  );
}

/** At most 7 days late, with evidence dated before the creation. */
function isGrace({ submitted, evidence }: Claim, created: number): boolean {
  const isLate = created < submitted! && submitted! <= created + 7 * day;
  return isLate && evidence !== null && evidence < created;
}

/** Partners with a touch in [C - 90 days, W or now], or a late registration approved in it. */
function influencers({ created, closed, horizon, touches, claims, policy }: Case): string[] {
  const until = closed ?? horizon;
  const inTime = (at: number | null) =>
    at !== null && created - policy.influenceDays * day <= at && at <= until;
  const acts = touches.filter(
    ({ kind, at }) =>
      (qualifying.includes(kind) || origins.includes(kind) || kind === 'Referral link') &&
      inTime(at),
  );
  const teaming = claims.filter(
    (claim) =>
      isApproved(claim) &&
      claim.submitted! > created &&
      (closed === null || claim.submitted! < closed) &&
      inTime(claim.decided),
  );
  return [...acts, ...teaming].map(({ partner }) => partner);
}

/** Five business days after: Monday to Friday, 17:00 UTC; the default calendar has no holidays. */
function sixthEndOfBusinessAfter(at: number): number {
  let end = Math.floor(at / day) * day + 17 * hour;
  for (let seen = 0; ; end += day) {
    const weekday = new Date(end).getUTCDay();
    seen += end > at && weekday !== 0 && weekday !== 6 ? 1 : 0;
    if (seen === 6) {
      return end;
    }
  }
}
