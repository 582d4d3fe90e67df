/** What a partner has to show for the trailing window that ends on a day. */
import Big from 'big.js';
import { wholePool } from '../splits.ts';
import { addMonths, shiftDate } from '../time.ts';
import type { CalendarDate, Decimal } from '../types.ts';
import type { PartnerHistory, Totals } from './history.ts';

/** Results of the window (day - 12 months, day]; money in the corporate currency. */
export interface Measures {
  sourcedRevenue: Decimal;
  influencedRevenue: Decimal;
  /** Sourced and influenced revenue by the policy's weights: what criteria ask for. */
  creditedRevenue: Decimal;
  sourcedPipeline: Decimal;
  influencedPipeline: Decimal;
  wonDeals: number;
  registrations: number;
  /** Won of won and lost, rounded down; null where nothing closed. */
  winRateBasisPoints: number | null;
  certifications: number | null;
  satisfaction: Decimal | null;
}

const none: Totals = { sourced: new Big(0), influenced: new Big(0), won: 0, lost: 0 };

/** The measures on a day: the window begins the day after the same day `windowMonths` earlier. */
export function measuresAt(history: PartnerHistory, day: CalendarDate): Measures {
  const before = addMonths(day, -history.windowMonths);
  const { closings, registrations, weights } = history;
  const end = totalsOn(closings, day);
  const start = totalsOn(closings, before);
  const sourced = end.sourced.minus(start.sourced);
  const influenced = end.influenced.minus(start.influenced);
  const credited = sourced.times(weights.sourced).plus(influenced.times(weights.influenced));
  const won = end.won - start.won;
  const decided = won + end.lost - start.lost;
  return {
    sourcedRevenue: money(sourced),
    influencedRevenue: money(influenced),
    creditedRevenue: money(credited.times('0.0001')),
    sourcedPipeline: money(history.sourcedPipeline),
    influencedPipeline: money(history.influencedPipeline),
    wonDeals: won,
    registrations:
      countUntil(registrations, (on) => on <= day) -
      countUntil(registrations, (on) => on <= before),
    winRateBasisPoints: decided === 0 ? null : Math.floor((won * wholePool) / decided),
    certifications: history.certifications,
    satisfaction: history.satisfaction,
  };
}

/** The first day on which a result of `on` is no longer in the window. */
export function leavesOn(on: CalendarDate, windowMonths: number): CalendarDate {
  const same = addMonths(on, windowMonths);
  // The 29th of February has no same day a year on: its last day in the window is the 28th.
  return addMonths(same, -windowMonths) < on ? shiftDate(same, 1) : same;
}

function totalsOn(closings: PartnerHistory['closings'], day: CalendarDate): Totals {
  const count = countUntil(closings, ({ on }) => on <= day);
  return closings[count - 1]?.totals ?? none;
}

/** How many of a sorted list come before the test fails, by binary search. */
function countUntil<T>(sorted: readonly T[], test: (item: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(sorted[middle]!)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

function money(amount: Big): Decimal {
  return amount.round(2, Big.roundHalfEven).toFixed();
}
