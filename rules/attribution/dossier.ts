/** Sorts the facts of one opportunity into what may count, what is gone, and what is unusable. */
import type { Life } from '../lock.ts';
import { sayDate, sayInstant } from '../sentences.ts';
import { endOfDay } from '../time.ts';
import type {
  AttributionPolicy,
  Evidence,
  Instant,
  OpportunityFact,
  PartnerFact,
  RegistrationFact,
  TouchFact,
  TouchMeaning,
} from '../types.ts';
import { sayNobody, sayUnknown } from './unknown-partner.ts';

/** A registration with partner and submission date that is undecided, or was approved. */
export interface Claim {
  registration: RegistrationFact;
  partner: PartnerFact;
  submittedAt: Instant;
  approved: boolean;
  /** The partner is itself the customer (case 40): never Sourced. */
  selfDeal: boolean;
}

/** A touch with its partner and what its kind means to the policy. */
export interface Action {
  touch: TouchFact;
  partner: PartnerFact;
  meaning: TouchMeaning;
}

/** All that the rules R2 to R11 look at. Claims and actions are sorted: order never matters. */
export interface Dossier extends Life {
  opportunity: OpportunityFact;
  policy: AttributionPolicy;
  /** The partner of this id where its facts count here, else null. */
  partnerOf: (id: string | null) => PartnerFact | null;
  claims: Claim[];
  actions: Action[];
  /** The same facts as far as they belong to off-boarded partners (R6, case 18). */
  gone: Dossier | null;
  /** A deleted partner that the last decision names and the facts may not. */
  lost: PartnerFact | null;
  unusable: Evidence[];
  /** Why fields of the opportunity that name a partner by a text name none, each once. */
  nobodies: string[];
}

/** The raw facts a dossier is made of. */
export interface DossierFacts {
  opportunity: OpportunityFact;
  registrations: readonly RegistrationFact[];
  touches: readonly TouchFact[];
  partners: ReadonlyMap<string, PartnerFact>;
  ambiguous?: ReadonlyMap<string, readonly string[]>;
  /** Off-boarded partners get no new credit here; false: what they have is history and stays. */
  offboardedAreGone: boolean;
  lost: PartnerFact | null;
}

const undecided = new Set(['submitted', 'in_review', 'action_required']);
const approvedOnce = new Set(['approved', 'converted', 'won', 'lost']);

/** Opens the dossier of an opportunity: nothing is decided here, only sorted. */
export function openDossier(facts: DossierFacts, policy: AttributionPolicy, life: Life): Dossier {
  const offboarded = offboardedCheck(policy);
  const isGone = (partner: PartnerFact): boolean => facts.offboardedAreGone && offboarded(partner);
  const all = sortFacts(facts, policy, life);
  const { opportunity, partners } = facts;
  const nobodies = nobodiesOf(facts);
  const side = (gone: boolean): Dossier => ({
    opportunity,
    policy,
    partnerOf: (id) => {
      const partner = id === null ? undefined : partners.get(id);
      return partner !== undefined && isGone(partner) === gone ? partner : null;
    },
    claims: all.claims.filter((claim) => isGone(claim.partner) === gone),
    actions: all.actions.filter((action) => isGone(action.partner) === gone),
    gone: gone || !facts.offboardedAreGone ? null : side(true),
    lost: facts.offboardedAreGone ? facts.lost : null,
    unusable: all.unusable,
    nobodies,
    createdAt: life.createdAt,
    closedAt: life.closedAt,
    locksAt: life.locksAt,
    lockedAt: life.lockedAt,
    wasLocked: life.wasLocked,
    horizon: life.horizon,
    memory: life.memory,
  });
  return side(false);
}

/** True when protection covers an instant: from the submission to the end of its last UTC day. */
export function protects(claim: Claim, at: Instant): boolean {
  const { protectedUntil } = claim.registration;
  return claim.submittedAt <= at && protectedUntil !== null && at <= endOfDay(protectedUntil);
}

function nobodiesOf({ opportunity, partners, ambiguous }: DossierFacts): string[] {
  const { referralPartnerId, originPartnerId, partnerOfRecordId } = opportunity;
  const said = [referralPartnerId, originPartnerId, partnerOfRecordId].flatMap((id) =>
    id === null || partners.has(id) ? [] : (sayNobody(id, ambiguous) ?? []),
  );
  return [...new Set(said)];
}

function sortFacts(
  facts: DossierFacts,
  policy: AttributionPolicy,
  life: Life,
): Pick<Dossier, 'claims' | 'actions' | 'unusable'> {
  const claims: Claim[] = [];
  const actions: Action[] = [];
  const unusable: Evidence[] = [];
  for (const known of facts.registrations) {
    const registration = life.lockedAt === null ? known : asOf(known, life.lockedAt);
    if (!registration.deleted && registration.state !== 'draft') {
      sortRegistration(registration, facts, life, claims, unusable);
    }
  }
  for (const touch of facts.touches) {
    if (!touch.deleted) {
      sortTouch(touch, facts, policy, life, actions, unusable);
    }
  }
  claims.sort(byClaim);
  actions.sort(byAction);
  return { claims, actions, unusable };
}

function sortRegistration(
  registration: RegistrationFact,
  facts: DossierFacts,
  life: Life,
  claims: Claim[],
  unusable: Evidence[],
): void {
  const { id, name, state, submittedAt } = registration;
  const partner = facts.partners.get(registration.partnerId ?? '');
  const lacks =
    partner === undefined
      ? nameless(registration.partnerId, facts)
      : submittedAt === null
        ? 'has no submission date'
        : null;
  if (lacks !== null) {
    unusable.push({ kind: 'registration', id, at: submittedAt, text: `${name} ${lacks}.` });
    return;
  }
  const approved = wasApproved(registration);
  if (submittedAt! > life.horizon || (!approved && !undecided.has(state))) {
    return;
  }
  if (approved && registration.protectedUntil === null) {
    const text = `${name} was approved without a protection date: it protects nothing.`;
    unusable.push({ kind: 'registration', id, at: submittedAt, text });
  }
  const selfDeal = partner!.id === facts.opportunity.accountId;
  claims.push({ registration, partner: partner!, submittedAt: submittedAt!, approved, selfDeal });
}

function sortTouch(
  touch: TouchFact,
  facts: DossierFacts,
  policy: AttributionPolicy,
  life: Life,
  actions: Action[],
  unusable: Evidence[],
): void {
  const partner = facts.partners.get(touch.partnerId ?? '');
  const { id, at } = touch;
  if (partner === undefined) {
    const text = `${touch.kind} ${nameless(touch.partnerId, facts)}.`;
    unusable.push({ kind: 'touch', id, at, text });
    return;
  }
  if (at === null && life.lockedAt !== null) {
    const text = `${touch.kind} has no date: after the lock it cannot count.`;
    unusable.push({ kind: 'touch', id, at, text });
    return;
  }
  const meaning = compiled(policy).meanings.get(touch.kind.toLowerCase()) ?? policy.defaultTouch;
  if (meaning !== 'ignored' && (at === null || at <= life.horizon)) {
    actions.push({ touch, partner, meaning });
  }
}

function nameless(partnerId: string | null, { ambiguous }: DossierFacts): string {
  return partnerId === null ? 'names no partner' : sayUnknown(partnerId, ambiguous);
}

/** Expired counts as approved before where a protection date was stamped (it is at approval). */
function wasApproved({ state, protectedUntil }: RegistrationFact): boolean {
  return approvedOnce.has(state) || (state === 'expired' && protectedUntil !== null);
}

/** A registration as it stood at the lock: what was decided or confirmed later is not known yet. */
function asOf(registration: RegistrationFact, lockedAt: Instant): RegistrationFact {
  const { decidedAt, confirmedAt, evidenceAt, state } = registration;
  const decidedLater = decidedAt !== null && decidedAt > lockedAt && state !== 'revoked';
  return {
    ...registration,
    state: decidedLater ? 'submitted' : state,
    confirmedAt: confirmedAt !== null && confirmedAt > lockedAt ? null : confirmedAt,
    evidenceAt: evidenceAt !== null && evidenceAt > lockedAt ? null : evidenceAt,
  };
}

/**
 * Earliest submission first; then the more complete one; then the number it has where it comes from
 * (case 7): record ids would make it another order on another CRM.
 */
function byClaim(a: Claim, b: Claim): number {
  return (
    order(a.submittedAt, b.submittedAt) ||
    completeness(b.registration) - completeness(a.registration) ||
    order(a.registration.name, b.registration.name) ||
    order(a.registration.id, b.registration.id)
  );
}

/** How many of the fields that identify the deal a registration states. */
function completeness({ customerId, scope, region, opportunityId }: RegistrationFact): number {
  return [customerId, scope, region, opportunityId].filter((value) => value !== null).length;
}

/** Earliest touch first, undated ones last, then by the partner's name, then the record id. */
function byAction(a: Action, b: Action): number {
  return (
    order(a.touch.at ?? '9', b.touch.at ?? '9') ||
    order(a.partner.name, b.partner.name) ||
    order(a.touch.kind, b.touch.kind) ||
    order(a.touch.id, b.touch.id)
  );
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Off-boarded: deleted, or its status is one of the policy's. */
function offboardedCheck(policy: AttributionPolicy): (partner: PartnerFact) => boolean {
  const { offboarded } = compiled(policy);
  return ({ deleted, status }) =>
    deleted || (status !== null && offboarded.has(status.toLowerCase()));
}

/** The policy's names in lower case. */
interface Names {
  meanings: Map<string, TouchMeaning>;
  offboarded: Set<string>;
}

const namesOf = new WeakMap<AttributionPolicy, Names>();

/** Expanded once a policy: policies are frozen. */
function compiled(policy: AttributionPolicy): Names {
  const known = namesOf.get(policy);
  if (known) {
    return known;
  }
  const touches = Object.entries(policy.touches);
  const names: Names = {
    meanings: new Map(touches.map(([kind, meaning]) => [kind.toLowerCase(), meaning])),
    offboarded: new Set(policy.offboardedStatuses.map((status) => status.toLowerCase())),
  };
  namesOf.set(policy, names);
  return names;
}

/** One line of evidence for a claim. */
export function claimEvidence({ registration, partner, submittedAt }: Claim): Evidence {
  const { id, name, state, protectedUntil } = registration;
  const until = protectedUntil === null ? '' : `, protected until ${sayDate(protectedUntil)}`;
  const text = `${name} by ${partner.name}: ${state}, submitted ${sayInstant(submittedAt)}${until}.`;
  return { kind: 'registration', id, at: submittedAt, text };
}

/** One line of evidence for a touch. */
export function actionEvidence({ touch, partner, meaning }: Action): Evidence {
  const text = `${touch.kind} by ${partner.name} (${meaning.replace('_', ' ')}).`;
  return { kind: 'touch', id: touch.id, at: touch.at, text };
}
