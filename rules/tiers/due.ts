/** When time alone may change a partner's standing: the next day that matters. */
import { nextRateAt } from '../currency.ts';
import { addMonths, dateOf, earliest, endOfQuarter, startOfDay, startOfDayAfter } from '../time.ts';
import type { Instant, Policy } from '../types.ts';
import type { TierFacts } from './facts.ts';
import type { PartnerHistory } from './history.ts';
import { eventDays, noticeDay, type Standing } from './standing.ts';

/**
 * The first instant of the next day on which a result enters or leaves the window, criteria begin,
 * notice is due, a new partner's protection ends, the quarter ends or a rate of the pipeline begins.
 */
export function dueOf(
  facts: TierFacts,
  history: PartnerHistory,
  standing: Standing,
  policy: Policy,
  now: Instant,
): Instant | null {
  const { tiers, corporateCurrency } = policy;
  const today = dateOf(now);
  const { partner, rates } = facts;
  const days = [...eventDays(history, tiers)];
  if (tiers !== null) {
    if (partner.startDate !== null) {
      days.push(addMonths(partner.startDate, tiers.newPartnerMonths));
    }
    if (standing.belowSince !== null) {
      days.push(noticeDay(partner, tiers, standing.belowSince));
    }
  }
  const ahead = days.filter((day) => day > today).map(startOfDay);
  const quarter = standing.levels.length === 0 ? null : startOfDayAfter(endOfQuarter(today));
  const nextRates = facts.credits.map((credit) =>
    nextRateAt(credit, rates, corporateCurrency, now),
  );
  return earliest([quarter, ...ahead, ...nextRates]);
}
