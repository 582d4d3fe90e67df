/** Business days: ends of business of a calendar, counted by binary search (domain.md section 4). */
import type { BusinessCalendar, Instant, Policy } from './types.ts';

/**
 * The n-th end of business strictly after an instant; n counts from 1.
 * Throws a RangeError where the calendar's table does not reach.
 */
export function endOfBusinessAfter(
  calendar: BusinessCalendar,
  instant: Instant,
  n: number,
): Instant {
  const ends = calendar.endsOfBusiness;
  const due = ends[firstAfter(ends, instant) + n - 1];
  if (!Number.isInteger(n) || n < 1 || due === undefined || isBefore(instant, ends)) {
    throw new RangeError(
      `Calendar "${calendar.name}" has no end of business ${n} after ${instant}: its table runs ` +
        `from ${ends[0] ?? 'nowhere'} to ${ends.at(-1) ?? 'nowhere'}.`,
    );
  }
  return due;
}

/**
 * `days` business days after an instant. Day 0 is the instant's own day when it lies before that
 * day's end of business, else the next working day; so 5 days are the 6th end strictly after it.
 */
export function businessDaysAfter(
  calendar: BusinessCalendar,
  instant: Instant,
  days: number,
): Instant {
  return endOfBusinessAfter(calendar, instant, days + 1);
}

/** Ends of business in (from, to]: what a clock that runs from `from` has used by `to`. */
export function endsOfBusinessBetween(
  calendar: BusinessCalendar,
  from: Instant,
  to: Instant,
): number {
  return Math.max(
    0,
    firstAfter(calendar.endsOfBusiness, to) - firstAfter(calendar.endsOfBusiness, from),
  );
}

/** The policy's default calendar; throws where a policy was not validated on load. */
export function defaultCalendar(policy: Policy): BusinessCalendar {
  const calendar = policy.calendars[policy.defaultCalendar];
  if (calendar === undefined) {
    throw new Error(`Policy ${policy.label} has no calendar "${policy.defaultCalendar}".`);
  }
  return calendar;
}

/** Instants before the table's first day cannot be counted from: earlier ends are unknown. */
function isBefore(instant: Instant, ends: readonly Instant[]): boolean {
  return ends.length === 0 || instant.slice(0, 4) < ends[0]!.slice(0, 4);
}

/** Index of the first end strictly after the instant. ISO instants compare as text. */
function firstAfter(ends: readonly Instant[], instant: Instant): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ends[middle]! <= instant) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
