/** Criteria of a tier level: met or not, how far, and what is missing in words. */
import Big from 'big.js';
import { count, sayDate, sayList, sayMoney } from '../sentences.ts';
import { wholePool } from '../splits.ts';
import type { CalendarDate, Decimal, TierCriteria, TierLevel } from '../types.ts';
import type { Measures } from './measures.ts';

interface Criterion {
  wanted: Big;
  /** Null where the partner's value is not known: the criterion is not met, and named. */
  actual: Big | null;
  missing: (lack: Big) => string;
}

/** True when all criteria are met (with `anyOf`: one of them); a level without any is met. */
export function isMet(criteria: TierCriteria, measures: Measures): boolean {
  const all = criteriaOf(criteria, measures, '');
  if (all.length === 0) {
    return true;
  }
  return criteria.anyOf ? all.some(met) : all.every(met);
}

/** True when the revenue asked for is met by less than the given share of it. */
export function isNearLine(
  criteria: TierCriteria,
  measures: Measures,
  basisPoints: number,
): boolean {
  if (criteria.revenue === null || criteria.anyOf) {
    return false;
  }
  const line = new Big(criteria.revenue).times(wholePool + basisPoints).times('0.0001');
  return line.gt(measures.creditedRevenue);
}

/** How far a level is reached, in basis points rounded down: the least criterion, or the best. */
export function progressTo(criteria: TierCriteria, measures: Measures): number {
  const shares = criteriaOf(criteria, measures, '').map(shareOf);
  if (shares.length === 0) {
    return wholePool;
  }
  return criteria.anyOf ? Math.max(...shares) : Math.min(...shares);
}

/** '2 more won deals and USD 41,200 by 31 Dec 2026': what a level lacks, until a day. */
export function missingFor(
  { criteria }: TierLevel,
  measures: Measures,
  currency: string,
  by: CalendarDate,
): string {
  const parts = criteriaOf(criteria, measures, currency)
    .filter((criterion) => !met(criterion))
    .map(({ wanted, actual, missing }) => missing(wanted.minus(actual ?? 0)));
  return `${sayList(parts, criteria.anyOf ? 'or' : 'and')} by ${sayDate(by)}`;
}

function criteriaOf(criteria: TierCriteria, measures: Measures, currency: string): Criterion[] {
  const all: Criterion[] = [];
  const add = (
    wanted: Decimal | number | null,
    actual: Decimal | number | null,
    missing: Criterion['missing'],
  ): void => {
    if (wanted !== null) {
      all.push({
        wanted: new Big(wanted),
        actual: actual === null ? null : new Big(actual),
        missing,
      });
    }
  };
  const more = (noun: string) => (lack: Big) => count(lack.toNumber(), `more ${noun}`);
  add(criteria.wonDeals, measures.wonDeals, more('won deal'));
  add(criteria.revenue, measures.creditedRevenue, (lack) => sayMoney(currency, lack.toFixed()));
  add(criteria.registrations, measures.registrations, more('registration'));
  add(criteria.certifications, measures.certifications, more('certification'));
  add(
    criteria.satisfaction,
    measures.satisfaction,
    (lack) => `${lack.toFixed()} more satisfaction`,
  );
  return all;
}

function met({ wanted, actual }: Criterion): boolean {
  return actual?.gte(wanted) ?? false;
}

function shareOf({ wanted, actual }: Criterion): number {
  if (actual === null || actual.lte(0)) {
    return wanted.lte(0) && actual !== null ? wholePool : 0;
  }
  const share = wanted.lte(0) ? new Big(1) : actual.div(wanted);
  const points = share.times(wholePool).round(0, Big.roundDown).toNumber();
  return Math.min(wholePool, points);
}
