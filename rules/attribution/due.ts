/** When time alone may change an attribution: the next instant it must be decided again. */
import { nextRateAt, type RateTable } from '../currency.ts';
import type { Life } from '../lock.ts';
import { dayMs, earliest, fromMs, startOfDayAfter, toMs } from '../time.ts';
import type { Instant, OpportunityFact, Policy, RegistrationFact, TouchFact } from '../types.ts';
import type { ValidOverride } from './r1-override.ts';

/** What the next change may depend on. */
export interface DueFacts {
  opportunity: OpportunityFact;
  registrations: readonly RegistrationFact[];
  touches: readonly TouchFact[];
  rates: RateTable;
}

/**
 * The earliest of: an override's end; and while not locked, confirmation, lock, a fact dated after
 * `now`, the end of a protection that must last, and the next rate of an open opportunity. Null
 * where none lies ahead. Until then the same facts give the same decision.
 */
export function nextChangeAt(
  facts: DueFacts,
  life: Life,
  override: ValidOverride | null,
  policy: Policy,
  now: Instant,
): Instant | null {
  let next = override?.until ? startOfDayAfter(override.until) : null;
  if (life.lockedAt === null) {
    const confirms = confirmsAtMs(life, policy);
    const ahead = confirms > toMs(now) ? fromMs(confirms) : null;
    const rate = nextRateAt(facts.opportunity, facts.rates, policy.corporateCurrency, now);
    next = earliest([next, ahead, rate, life.locksAt, ...datedLater(facts, policy, now)]);
  }
  return next;
}

function datedLater(facts: DueFacts, policy: Policy, now: Instant): Instant[] {
  const later: Instant[] = [];
  for (const { at, deleted } of facts.touches) {
    if (!deleted && at !== null && at > now) {
      later.push(at);
    }
  }
  const keeps = policy.attribution.expiredRegistrationKeepsSourced;
  for (const { submittedAt, decidedAt, protectedUntil, deleted } of facts.registrations) {
    const ends = keeps || protectedUntil === null ? null : startOfDayAfter(protectedUntil);
    for (const at of deleted ? [] : [submittedAt, decidedAt, ends]) {
      if (at !== null && at > now) {
        later.push(at);
      }
    }
  }
  return later;
}

/** True from `confirmAfterDays` x 24 h after C on. */
export function isConfirmed(life: Life, policy: Policy, now: Instant): boolean {
  return confirmsAtMs(life, policy) <= toMs(now);
}

function confirmsAtMs(life: Life, policy: Policy): number {
  return toMs(life.createdAt) + policy.attribution.confirmAfterDays * dayMs;
}
