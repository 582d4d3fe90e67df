/** Money in the corporate currency: exact decimals, the right day's rate, never a guess. */
import Big from 'big.js';
import { dateOf, startOfDay } from './time.ts';
import type { CalendarDate, Decimal, FxRate, Instant, OpportunityFact } from './types.ts';

/** Rates by currency code, each list ascending by its first day. */
export type RateTable = ReadonlyMap<string, readonly FxRate[]>;

/** What money depends on: a part of an opportunity or of a credit. */
export type Priced = Pick<
  OpportunityFact,
  'amount' | 'currency' | 'isClosed' | 'closeDate' | 'closedAt'
>;

/** A rate and the day from which it holds; the corporate currency itself has rate 1 and no day. */
export interface UsedRate {
  rate: Decimal;
  validFrom: CalendarDate | null;
}

/** Places of an amount in the corporate currency (Number(18,2)). */
const corporateScale = 2;

/** Builds the table of a connection's rates, given in any order. */
export function rateTable(rates: readonly FxRate[]): RateTable {
  const table = new Map<string, FxRate[]>();
  for (const rate of rates) {
    const known = table.get(rate.currency);
    if (known) {
      known.push(rate);
    } else {
      table.set(rate.currency, [rate]);
    }
  }
  for (const known of table.values()) {
    known.sort((a, b) => (a.validFrom < b.validFrom ? -1 : a.validFrom > b.validFrom ? 1 : 0));
  }
  return table;
}

/**
 * The amount in the corporate currency, to two places (half even): closed at the rate of the close
 * date (without one: of the day it closed), open at the rate of `now`. Null where the amount is
 * empty or no rate is known (domain.md case 27: no guess).
 */
export function corporateAmount(
  priced: Priced,
  rates: RateTable,
  corporate: string,
  now: Instant,
): Decimal | null {
  return toCorporate(priced.amount, rateFor(priced, rates, corporate, now));
}

/** An amount at a rate, to two places (half even); null where either is missing. */
export function toCorporate(amount: Decimal | null, used: UsedRate | null): Decimal | null {
  if (amount === null || used === null) {
    return null;
  }
  return new Big(amount).times(used.rate).round(corporateScale, Big.roundHalfEven).toFixed();
}

/** The rate that holds for an opportunity; null where the table has none for its day. */
export function rateFor(
  priced: Priced,
  rates: RateTable,
  corporate: string,
  now: Instant,
): UsedRate | null {
  // An org with one currency has no currency field: what has none is in the corporate one.
  if (priced.currency === null || priced.currency === corporate) {
    return { rate: '1', validFrom: null };
  }
  const day = rateDay(priced, now);
  const known = rates.get(priced.currency) ?? [];
  for (let index = known.length - 1; index >= 0; index -= 1) {
    if (known[index]!.validFrom <= day) {
      return known[index]!;
    }
  }
  return null;
}

/** When the next rate of an open opportunity begins; null where time changes nothing. */
export function nextRateAt(
  priced: Priced,
  rates: RateTable,
  corporate: string,
  now: Instant,
): Instant | null {
  if (priced.isClosed || priced.currency === null || priced.currency === corporate) {
    return null;
  }
  const today = dateOf(now);
  const next = rates.get(priced.currency)?.find((rate) => rate.validFrom > today);
  return next ? startOfDay(next.validFrom) : null;
}

/** A share of an amount in basis points, exact; null stays null (domain.md case 28). */
export function shareOf(amount: Decimal | null, basisPoints: number): Decimal | null {
  return amount === null ? null : new Big(amount).times(basisPoints).times('0.0001').toFixed();
}

function rateDay(priced: Priced, now: Instant): CalendarDate {
  if (!priced.isClosed) {
    return dateOf(now);
  }
  return priced.closeDate ?? dateOf(priced.closedAt ?? now);
}
