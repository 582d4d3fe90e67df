/** Stale stage: an open opportunity that has stood in one stage longer than the policy allows. */
import { clip, count, reasonMax, sayInstant, sayName } from './sentences.ts';
import { addDays } from './time.ts';
import type {
  AlertCondition,
  Decision,
  Evidence,
  Instant,
  OpportunityFact,
  Policy,
  PriorDecision,
  StalePolicy,
} from './types.ts';

/** The entry into a stage that the mirror has seen. */
export interface StageChange {
  stage: string;
  at: Instant;
}

/** All that staleness is decided by: stage facts only, so no write of ours ever resets it. */
export interface StaleFacts {
  opportunity: OpportunityFact;
  /** Stage entries seen by the mirror, in any order. */
  stageChanges: readonly StageChange[];
  /** Segment of the sourcing or first touching partner. */
  partnerSegment: string | null;
  prior: PriorDecision | null;
}

/** When the present stage was entered, and how that is known. */
interface StageEntry {
  at: Instant;
  source: string;
}

/**
 * Stale from exactly `entered + limit x 24 h` on. The limit is the stage's own, else the partner
 * segment's, else the default. Closed opportunities and ignored stages are never stale. The entry
 * is the CRM's stage date, else the last stage change the mirror saw, else the creation: without
 * any change of stage it has stood there since then.
 */
export function decideStale(facts: StaleFacts, policy: Policy, now: Instant): Decision {
  const { opportunity } = facts;
  const { stale } = policy;
  const entry = stageEntry(facts);
  const limitDays = limitOf(facts, stale);
  const staleAt = isCounted(opportunity, stale) ? addDays(entry.at, limitDays) : null;
  const isStale = staleAt !== null && staleAt <= now;
  const reason = clip(sentence(facts, stale, { entry, limitDays, staleAt, isStale }), reasonMax);
  return {
    object: 'opportunity',
    id: opportunity.id,
    kind: 'stale',
    rule: 'stale',
    fields: { stale: isStale },
    reason,
    evidence: evidenceOf(facts, entry, limitDays),
    counterfactual: null,
    dueAt: staleAt !== null && staleAt > now ? staleAt : null,
    credits: [],
    alert: isStale ? alertOf(opportunity, entry, staleAt, reason) : null,
  };
}

function isCounted({ isClosed, stage }: OpportunityFact, { ignoreStages }: StalePolicy): boolean {
  return !isClosed && !ignoreStages.some((ignored) => same(ignored, stage));
}

function stageEntry({ opportunity, stageChanges }: StaleFacts): StageEntry {
  if (opportunity.stageEnteredAt !== null) {
    return { at: opportunity.stageEnteredAt, source: "the CRM's stage date" };
  }
  const last = latest(stageChanges);
  return last === null
    ? { at: opportunity.createdAt, source: 'its creation, for no change of stage is known' }
    : { at: last, source: 'the last change of stage that was seen' };
}

function latest(changes: readonly StageChange[]): Instant | null {
  const sorted = changes.map((change) => change.at).sort();
  return sorted.at(-1) ?? null;
}

function limitOf({ opportunity, partnerSegment }: StaleFacts, policy: StalePolicy): number {
  const { stages, segments } = limits(policy);
  const ofStage = stages.get(opportunity.stage.toLowerCase());
  const ofSegment = partnerSegment === null ? null : segments.get(partnerSegment.toLowerCase());
  return ofStage ?? ofSegment ?? policy.defaultDays;
}

/** Limits by name in lower case. */
interface Limits {
  stages: Map<string, number>;
  segments: Map<string, number>;
}

const limitsOf = new WeakMap<StalePolicy, Limits>();

/** Expanded once a policy: policies are frozen. */
function limits(policy: StalePolicy): Limits {
  const known = limitsOf.get(policy);
  if (known) {
    return known;
  }
  const fold = (days: Record<string, number>): Map<string, number> =>
    new Map(Object.entries(days).map(([name, n]) => [name.toLowerCase(), n]));
  const made = { stages: fold(policy.stageDays), segments: fold(policy.segmentDays) };
  limitsOf.set(policy, made);
  return made;
}

function same(a: string, b: string): boolean {
  return a === b || a.toLowerCase() === b.toLowerCase();
}

interface Standing {
  entry: StageEntry;
  limitDays: number;
  staleAt: Instant | null;
  isStale: boolean;
}

/** Says instants instead of days passed: the sentence is true until the decision changes. */
function sentence(facts: StaleFacts, policy: StalePolicy, standing: Standing): string {
  const { opportunity } = facts;
  const stage = sayName(opportunity.stage === '' ? 'an unnamed stage' : opportunity.stage);
  if (opportunity.isClosed) {
    return `Closed in ${stage}: never stale.`;
  }
  const { entry, limitDays, staleAt, isStale } = standing;
  if (staleAt === null) {
    return `In ${stage} since ${sayInstant(entry.at)}: the policy does not count this stage.`;
  }
  const passed = isStale ? 'passed' : 'reached';
  const limit = `limit ${count(limitDays, 'day')}, ${passed} ${sayInstant(staleAt)}`;
  const flags = flagsOf(facts, policy);
  return `In ${stage} since ${sayInstant(entry.at)} (${limit}): ${isStale ? 'stale' : 'not stale'}.${flags}`;
}

/** Case 43 and 44: moving a deal back and forth, or its close date on, hides that it stands still. */
function flagsOf({ opportunity, stageChanges }: StaleFacts, policy: StalePolicy): string {
  const bounces = countBounces(stageChanges);
  const pushes = opportunity.pushCount ?? 0;
  const bounced = bounces >= policy.bounceLimit && bounces > 0;
  const pushed = pushes >= policy.pushLimit && pushes > 0;
  return (
    (bounced ? ` It returned to an earlier stage ${count(bounces, 'time')}.` : '') +
    (pushed ? ` Its close date was pushed ${count(pushes, 'time')}.` : '')
  );
}

/** Entries into a stage that had been entered and left before. */
function countBounces(changes: readonly StageChange[]): number {
  if (changes.length < 3) {
    return 0;
  }
  const sorted = [...changes].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const seen = new Set<string>();
  let bounces = 0;
  let current: string | null = null;
  for (const { stage } of sorted) {
    if (stage !== current && seen.has(stage)) {
      bounces += 1;
    }
    seen.add(stage);
    current = stage;
  }
  return bounces;
}

function evidenceOf(facts: StaleFacts, entry: StageEntry, limitDays: number): Evidence[] {
  const { id, isClosed } = facts.opportunity;
  if (isClosed) {
    return [];
  }
  return [
    { kind: 'opportunity', id, at: entry.at, text: `Stage entered, from ${entry.source}.` },
    { kind: 'policy', id: null, at: null, text: `Limit: ${count(limitDays, 'day')}.` },
  ];
}

function alertOf(
  opportunity: OpportunityFact,
  entry: StageEntry,
  staleAt: Instant,
  reason: string,
): AlertCondition {
  const stage = sayName(opportunity.stage);
  return {
    kind: 'stale',
    since: staleAt,
    ownerId: opportunity.ownerId,
    subject: `Stale in ${stage} since ${sayInstant(entry.at)}: ${sayName(opportunity.name)}`,
    body: `${reason} Move it on, close it, or say in the next step what it waits for.`,
  };
}
