/** Attribution: which partner an opportunity is credited to, by the first rule R0..R11 that matches. */

import { creditsOf } from './attribution/credits.ts';
import { actionEvidence, claimEvidence, type Dossier, openDossier } from './attribution/dossier.ts';
import { nextChangeAt } from './attribution/due.ts';
import type { AttributionFacts } from './attribution/facts.ts';
import { keptOf, lostPartner } from './attribution/lost-partner.ts';
import { locked } from './attribution/r0-locked.ts';
import { overridden, overrideProblem, validOverride } from './attribution/r1-override.ts';
import { backfilled } from './attribution/r2-backfill.ts';
import { registered } from './attribution/r3-registered.ts';
import { trustedOrigin } from './attribution/r4-trusted-origin.ts';
import { referred } from './attribution/r5-referral.ts';
import { openClaim } from './attribution/r6-open-claim.ts';
import { influenced } from './attribution/r7-influence.ts';
import { delivered } from './attribution/r8-delivery.ts';
import { fulfilled } from './attribution/r9-fulfilment.ts';
import { overlapOnly } from './attribution/r10-overlap.ts';
import { direct } from './attribution/r11-direct.ts';
import { alertOf, attributionFields, offboardedKey, reasonOf } from './attribution/result.ts';
import type { Rule, Ruling } from './attribution/ruling.ts';
import { sayUnknown } from './attribution/unknown-partner.ts';
import { counterfactual } from './counterfactual.ts';
import { rateFor } from './currency.ts';
import { type Life, lifeOf } from './lock.ts';
import type { Decision, Evidence, Instant, PartnerFact, Policy, PriorDecision } from './types.ts';

export type { AttributionFacts };

/** An attribution with the instant it locked at; null while it is open to change. */
export type AttributionDecision = Decision & { lockedAt: Instant | null };

/** R2 to R11 in order of precedence (domain.md section 6). R0 and R1 need the last decision. */
const rules: readonly Rule[] = [
  backfilled,
  registered,
  trustedOrigin,
  referred,
  openClaim,
  influenced,
  delivered,
  fulfilled,
  overlapOnly,
];
/** Evidence lines kept with a decision; a deal with more says how many are left out. */
const evidenceMax = 50;

/**
 * Decides the attribution of one opportunity at `now` (the CRM's clock). Depends on nothing but
 * its arguments; the order of registrations and touches does not matter. Throws only for a policy
 * without its default calendar or an instant that is none.
 */
export function attributeOpportunity(
  facts: AttributionFacts,
  policy: Policy,
  now: Instant,
): AttributionDecision {
  const { opportunity, prior } = facts;
  const life = lifeOf(opportunity, prior, policy, now);
  const override = validOverride(opportunity.override, now);
  const offboardedAreGone = !opportunity.isClosed || prior?.fields[offboardedKey] === true;
  const lost = lostPartner(facts);
  const dossier = openDossier({ ...facts, offboardedAreGone, lost }, policy.attribution, life);
  const found = firstRuling(dossier);
  const decided = override === null ? found : overridden(dossier, found, override);
  const fresh = decisionOf(facts, dossier, decided, policy, now);
  const decision = override === null && prior !== null ? held(fresh, prior, dossier, lost) : fresh;
  return {
    ...decision,
    dueAt: nextChangeAt(facts, life, override, policy, now),
    lockedAt: life.lockedAt,
  };
}

/** What stays as it was decided: a lock, and a closed opportunity whose partner was deleted since. */
function held(
  fresh: Omit<Decision, 'dueAt'>,
  prior: PriorDecision,
  dossier: Dossier,
  lost: PartnerFact | null,
): Omit<Decision, 'dueAt'> {
  if (dossier.wasLocked) {
    return locked(fresh, prior, dossier);
  }
  const stays = lost !== null && dossier.lost === null && prior.rule !== 'R1';
  const isCredited = fresh.credits.some(({ partnerId }) => partnerId === lost?.id);
  return stays && !isCredited ? keptOf(fresh, prior, lost) : fresh;
}

/** The first rule that matches; R11 always does. */
function firstRuling(dossier: Dossier): Ruling {
  for (const rule of rules) {
    const found = rule(dossier);
    if (found !== null) {
      return found;
    }
  }
  return direct(dossier);
}

function decisionOf(
  facts: AttributionFacts,
  dossier: Dossier,
  decided: Ruling,
  policy: Policy,
  now: Instant,
): Omit<Decision, 'dueAt'> {
  const credits = creditsOf(decided, dossier);
  const fields = attributionFields(facts, dossier, decided, credits, policy, now);
  return {
    object: 'opportunity',
    id: facts.opportunity.id,
    kind: 'attribution',
    rule: decided.rule,
    fields,
    reason: reasonOf(decided),
    evidence: evidenceOf(facts, dossier, decided, policy, now),
    counterfactual: counterfactual(dossier, decided, firstRuling),
    credits,
    alert: alertOf(facts, decided, fields, dossier.closedAt ?? dossier.createdAt),
  };
}

function evidenceOf(
  facts: AttributionFacts,
  dossier: Dossier,
  decided: Ruling,
  policy: Policy,
  now: Instant,
): Evidence[] {
  const { gone } = dossier;
  const evidence = [
    ...opportunityEvidence(facts, dossier, now),
    ...[...dossier.claims, ...(gone?.claims ?? [])].map(claimEvidence),
    ...[...dossier.actions, ...(gone?.actions ?? [])].map(actionEvidence),
    ...dossier.unusable,
  ];
  if (decided.sourcing !== null && facts.opportunity.amount !== null) {
    const used = rateFor(facts.opportunity, facts.rates, policy.corporateCurrency, now);
    if (used === null) {
      const text = `No ${facts.opportunity.currency} rate is known for its day.`;
      evidence.push({ kind: 'rate', id: null, at: null, text });
    } else if (used.validFrom !== null) {
      const text = `1 ${facts.opportunity.currency} = ${used.rate} ${policy.corporateCurrency} since ${used.validFrom}.`;
      evidence.push({ kind: 'rate', id: null, at: null, text });
    }
  }
  if (evidence.length > evidenceMax) {
    const text = `${evidence.length - evidenceMax} further records are not listed.`;
    evidence.splice(evidenceMax, Infinity, { kind: 'policy', id: null, at: null, text });
  }
  return evidence;
}

function opportunityEvidence(facts: AttributionFacts, life: Life, now: Instant): Evidence[] {
  const { opportunity } = facts;
  const { id } = opportunity;
  const found: Evidence[] = [];
  const problem = overrideProblem(opportunity.override, now);
  if (problem !== null) {
    found.push({ kind: 'override', id, at: null, text: problem });
  }
  if (opportunity.isClosed && life.closedAt === null) {
    const text = 'It is closed, but when is not known: it does not lock by time.';
    found.push({ kind: 'opportunity', id, at: null, text });
  }
  if (life.createdAt !== opportunity.createdAt) {
    const text = 'Re-opened long after it was lost: it counts as created at its re-opening.';
    found.push({ kind: 'opportunity', id, at: life.createdAt, text });
  }
  for (const partnerId of unknownPartners(facts)) {
    const id = partnerId.includes('=') ? '' : ` (${partnerId})`;
    const text = `It ${sayUnknown(partnerId, facts.ambiguous)}${id}.`;
    found.push({ kind: 'opportunity', id, at: null, text });
  }
  return found;
}

function unknownPartners({ opportunity, partners }: AttributionFacts): string[] {
  const { referralPartnerId, originPartnerId, partnerOfRecordId } = opportunity;
  const unknown: string[] = [];
  for (const id of [referralPartnerId, originPartnerId, partnerOfRecordId]) {
    if (id !== null && !partners.has(id) && !unknown.includes(id)) {
      unknown.push(id);
    }
  }
  return unknown;
}
