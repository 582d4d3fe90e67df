/** When an attribution locks, and when a re-opened opportunity is unlocked (cases 12 and 13). */
import { businessDaysAfter, defaultCalendar } from './business-calendar.ts';
import { addDays, dateOf, endOfDay } from './time.ts';
import type { FieldValues, Instant, OpportunityFact, Policy, PriorDecision } from './types.ts';

/** The life of an opportunity as far as attribution sees it. */
export interface Life {
  /** C: created; the re-opening, where that makes it count as new. */
  createdAt: Instant;
  /** W: entry into the closed stage; null while open or where unknown. */
  closedAt: Instant | null;
  /** When it locks by time; null where it does not. */
  locksAt: Instant | null;
  /** The lock that holds at `now`; null where none does. */
  lockedAt: Instant | null;
  /** The lock was set by an earlier decision: that decision stays (R0). */
  wasLocked: boolean;
  /** Evidence counts up to here: the lock, else `now`. */
  horizon: Instant;
  /** What the next decision must know of this one; kept among its fields, written to no CRM. */
  memory: FieldValues;
}

/** Keys of the memory. A store that keeps the fields of a decision keeps them too. */
const closedKey = 'attribution_closed_at';
const wonKey = 'attribution_won';
const countsFromKey = 'attribution_counts_from';

/**
 * Reads lock and life from the facts and the last decision. A closed-lost opportunity that is
 * re-opened loses its lock; after more than `reopenWithinDays` it counts as created on re-opening.
 * A closed-won one that is re-opened after the lock stays locked.
 */
export function lifeOf(
  opportunity: OpportunityFact,
  prior: PriorDecision | null,
  policy: Policy,
  now: Instant,
): Life {
  const reopenedAt = prior === null ? null : reopened(opportunity, prior);
  const lockedBefore = reopenedAt === null ? (prior?.lockedAt ?? null) : null;
  const createdAt = countsFrom(opportunity, prior, reopenedAt, policy);
  const closedAt = opportunity.isClosed ? opportunity.closedAt : null;
  const byTime = lockInstant(closedAt, policy);
  const lockedAt = lockedBefore ?? (byTime !== null && byTime <= now ? byTime : null);
  return {
    createdAt,
    closedAt,
    locksAt: byTime,
    lockedAt,
    wasLocked: lockedBefore !== null,
    horizon: lockedAt !== null && lockedAt < now ? lockedAt : now,
    memory: {
      ...(closedAt === null ? {} : { [closedKey]: closedAt, [wonKey]: opportunity.isWon }),
      ...(createdAt === opportunity.createdAt ? {} : { [countsFromKey]: createdAt }),
    },
  };
}

/**
 * The instant an attribution closed at `closedAt` locks: `correctionBusinessDays` of the default
 * calendar later, day 0 as in domain.md section 4. Null while open or where nothing locks by time.
 */
export function lockInstant(closedAt: Instant | null, policy: Policy): Instant | null {
  const { lock, correctionBusinessDays } = policy.attribution;
  if (closedAt === null || lock !== 'at_close') {
    return null;
  }
  try {
    return businessDaysAfter(defaultCalendar(policy), closedAt, correctionBusinessDays);
  } catch (error) {
    if (error instanceof RangeError) {
      return weekdaysLater(closedAt, correctionBusinessDays);
    }
    throw error;
  }
}

/** Outside the calendar's table (decades away) weekdays stand in: end of the n-th UTC weekday. */
function weekdaysLater(from: Instant, days: number): Instant {
  let day = from;
  let left = days;
  while (left > 0) {
    day = addDays(day, 1);
    const weekday = new Date(day).getUTCDay();
    left -= weekday === 0 || weekday === 6 ? 0 : 1;
  }
  return endOfDay(dateOf(day));
}

/** When a closed-lost opportunity was re-opened since the last decision; null where it was not. */
function reopened(opportunity: OpportunityFact, prior: PriorDecision): Instant | null {
  const closedAt = prior.fields[closedKey];
  if (typeof closedAt !== 'string' || prior.fields[wonKey] === true) {
    return null;
  }
  if (!opportunity.isClosed) {
    return opportunity.stageEnteredAt ?? prior.decidedAt;
  }
  const wonSince = opportunity.isWon && opportunity.closedAt !== null;
  return wonSince && opportunity.closedAt! > closedAt ? opportunity.closedAt : null;
}

function countsFrom(
  opportunity: OpportunityFact,
  prior: PriorDecision | null,
  reopenedAt: Instant | null,
  policy: Policy,
): Instant {
  const closedAt = prior?.fields[closedKey];
  if (reopenedAt !== null && typeof closedAt === 'string') {
    const last = addDays(closedAt, policy.attribution.reopenWithinDays);
    if (reopenedAt > last) {
      return reopenedAt;
    }
  }
  const before = prior?.fields[countsFromKey];
  return typeof before === 'string' ? before : opportunity.createdAt;
}
