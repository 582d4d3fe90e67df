/** Tier standing: what a partner qualifies for now, what is missing, and whether it is at risk. */
import { clip, reasonMax, sayDate, sayMoney, sayName } from './sentences.ts';
import { wholePool } from './splits.ts';
import { dueOf } from './tiers/due.ts';
import type { TierCredit, TierFacts } from './tiers/facts.ts';
import { historyOf, type PartnerHistory } from './tiers/history.ts';
import { type Measures, measuresAt } from './tiers/measures.ts';
import { isMet, missingFor, progressTo } from './tiers/progress.ts';
import { type Standing, standingAt } from './tiers/standing.ts';
import { dateOf, endOfQuarter, startOfDay } from './time.ts';
import type {
  AlertCondition,
  Decision,
  Evidence,
  FieldValues,
  Instant,
  PartnerFact,
  Policy,
  TierLevel,
} from './types.ts';

export type { TierCredit, TierFacts };

/**
 * The standing of one partner on the UTC day of `now`. It proposes: the tier itself changes at the
 * quarterly review. A policy without tiers or without a table in force leaves the standing empty.
 */
export function standTier(facts: TierFacts, policy: Policy, now: Instant): Decision {
  const today = dateOf(now);
  const history = historyOf(facts, policy, now);
  const measures = measuresAt(history, today);
  const standing = standingAt(facts.partner, history, policy, today);
  const next = nextLevel(standing);
  const { corporateCurrency } = policy;
  const missing =
    next === null ? null : missingFor(next, measures, corporateCurrency, endOfQuarter(today));
  const requirement = next === null ? null : `${missing} for ${sayName(next.name)}`;
  const reason = clip(sentence(standing, measures, policy, requirement), reasonMax);
  return {
    object: 'partner',
    id: facts.partner.id,
    kind: 'tier',
    rule: 'tier',
    fields: fieldsOf(standing, measures, next, requirement),
    reason,
    evidence: evidenceOf(facts, history, standing),
    counterfactual:
      next === null ? null : `Would qualify for ${sayName(next.name)} with ${missing}.`,
    dueAt: dueOf(facts, history, standing, policy, now),
    credits: [],
    alert: alertOf(facts.partner, standing, reason),
  };
}

/** The level above the one the partner qualifies for; the lowest where it qualifies for none. */
function nextLevel({ levels, qualified }: Standing): TierLevel | null {
  return levels[qualified + 1] ?? null;
}

function fieldsOf(
  standing: Standing,
  measures: Measures,
  next: TierLevel | null,
  requirement: string | null,
): FieldValues {
  return {
    tier_qualified: standing.levels[standing.qualified]?.name ?? null,
    tier_status: standing.status,
    tier_progress: standing.levels.length === 0 ? null : progress(next, measures),
    tier_next_requirement: requirement === null ? null : clip(requirement, reasonMax),
    tier_below_since: standing.belowSince,
    tier_demotion_on: standing.demotionOn,
    sourced_revenue_t12m: measures.sourcedRevenue,
    influenced_revenue_t12m: measures.influencedRevenue,
    sourced_pipeline: measures.sourcedPipeline,
    influenced_pipeline: measures.influencedPipeline,
    deals_won_t12m: measures.wonDeals,
    registrations_t12m: measures.registrations,
    win_rate_t12m: measures.winRateBasisPoints,
  };
}

function progress(next: TierLevel | null, measures: Measures): number {
  if (next === null || isMet(next.criteria, measures)) {
    return wholePool;
  }
  return progressTo(next.criteria, measures);
}

function sentence(
  standing: Standing,
  measures: Measures,
  policy: Policy,
  requirement: string | null,
): string {
  const { levels, qualified, current, status, belowSince, demotionOn } = standing;
  if (levels.length === 0) {
    return 'No tier table of the policy is in force.';
  }
  const revenue = sayMoney(policy.corporateCurrency, measures.creditedRevenue);
  const holds = current < 0 ? '' : `, holds ${sayName(levels[current]!.name)}`;
  const below = belowSince === null ? '' : `, below its line since ${sayDate(belowSince)}`;
  const demotion = demotionOn === null ? '' : `, demotion on ${sayDate(demotionOn)}`;
  const missing = requirement === null ? '' : ` Next: ${requirement}.`;
  return (
    `${status}: qualifies for ${sayName(levels[qualified]?.name ?? 'no tier')}${holds}${below}` +
    `${demotion}; ${revenue} credited, ${measures.wonDeals} won in ${policy.tiers!.windowMonths} ` +
    `months.${missing}`
  );
}

function evidenceOf(facts: TierFacts, history: PartnerHistory, standing: Standing): Evidence[] {
  const { partner } = facts;
  const { levels, effectiveFrom, current } = standing;
  const policyLine = (text: string): Evidence => ({ kind: 'policy', id: null, at: null, text });
  const found: Evidence[] = [
    ...(effectiveFrom === null ? [] : [policyLine(`Criteria in force since ${effectiveFrom}.`)]),
    ...history.leftOut.map(({ id, why }) => ({
      kind: 'opportunity' as const,
      id,
      at: null,
      text: why,
    })),
  ];
  const missing = [
    partner.startDate === null ? 'start date' : null,
    partner.certifications === null && asks(levels, 'certifications') ? 'certifications' : null,
    partner.satisfaction === null && asks(levels, 'satisfaction') ? 'satisfaction' : null,
    partner.tier !== null && current < 0 && levels.length > 0 ? 'a tier of the policy' : null,
  ].filter((name) => name !== null);
  for (const name of missing) {
    found.push({ kind: 'partner', id: partner.id, at: null, text: `The partner has no ${name}.` });
  }
  return found;
}

function asks(levels: readonly TierLevel[], key: 'certifications' | 'satisfaction'): boolean {
  return levels.some((level) => level.criteria[key] !== null);
}

function alertOf(partner: PartnerFact, standing: Standing, reason: string): AlertCondition | null {
  const { status, riskSince, noticeOn } = standing;
  const name = sayName(partner.name);
  const since = status === 'Demotion Notice' ? noticeOn : status === 'At Risk' ? riskSince : null;
  if (since === null) {
    return null;
  }
  return {
    kind: status === 'Demotion Notice' ? 'tier_demotion' : 'tier_at_risk',
    since: startOfDay(since),
    ownerId: partner.managerId,
    subject: `${status === 'Demotion Notice' ? 'Demotion notice' : 'Tier at risk'}: ${name}`,
    body: reason,
  };
}
