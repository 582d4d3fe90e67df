/** A partner's dated results, summed up once so that any trailing window is a difference. */
import Big from 'big.js';
import { corporateAmount, type RateTable } from '../currency.ts';
import { wholePool } from '../splits.ts';
import { dateOf } from '../time.ts';
import type {
  CalendarDate,
  Decimal,
  Instant,
  PartnerFact,
  Policy,
  RegistrationFact,
} from '../types.ts';
import type { TierCredit } from './facts.ts';

/** Running totals after the results of one day. */
export interface Totals {
  sourced: Big;
  influenced: Big;
  /** Won and lost opportunities that count for the tier. */
  won: number;
  lost: number;
}

/** The results of a partner by day, ascending, and what could not be counted. */
export interface PartnerHistory {
  closings: { on: CalendarDate; totals: Totals }[];
  /** Days of submission, ascending. */
  registrations: CalendarDate[];
  sourcedPipeline: Big;
  influencedPipeline: Big;
  weights: { sourced: number; influenced: number };
  windowMonths: number;
  certifications: number | null;
  satisfaction: Decimal | null;
  leftOut: { id: string; why: string }[];
}

/** The facts a history is made of. */
export interface HistoryFacts {
  partner: PartnerFact;
  credits: readonly TierCredit[];
  registrations: readonly RegistrationFact[];
  rates: RateTable;
}

/** The window where a policy has no tiers: measures are shown all the same. */
const defaultWindowMonths = 12;
const zero = new Big(0);

/** Converts and sorts the credits. An amount without a rate is left out by name, never guessed. */
export function historyOf(facts: HistoryFacts, policy: Policy, now: Instant): PartnerHistory {
  const { tiers } = policy;
  const history: PartnerHistory = {
    closings: [],
    registrations: facts.registrations
      .filter(({ deleted, submittedAt, state }) => !deleted && submittedAt && state !== 'draft')
      .map(({ submittedAt }) => dateOf(submittedAt!))
      .sort(),
    sourcedPipeline: zero,
    influencedPipeline: zero,
    weights: {
      sourced: tiers?.sourcedWeightBasisPoints ?? wholePool,
      influenced: tiers?.influencedWeightBasisPoints ?? 0,
    },
    windowMonths: tiers?.windowMonths ?? defaultWindowMonths,
    certifications: facts.partner.certifications,
    satisfaction: facts.partner.satisfaction,
    leftOut: [],
  };
  const closed: Closing[] = [];
  for (const credit of facts.credits) {
    if (credit.pool !== 'none') {
      addCredit(history, closed, credit, creditedAmount(history, credit, facts, policy, now));
    }
  }
  history.closings = runningTotals(closed);
  return history;
}

interface Closing {
  on: CalendarDate;
  pool: 'sourced' | 'influence';
  amount: Big;
  isWon: boolean;
  counts: boolean;
}

function creditedAmount(
  history: PartnerHistory,
  credit: TierCredit,
  { rates }: HistoryFacts,
  policy: Policy,
  now: Instant,
): Big {
  if (credit.amount === null) {
    return zero;
  }
  const corporate = corporateAmount(credit, rates, policy.corporateCurrency, now);
  if (corporate === null) {
    const why = `No ${credit.currency} rate is known for its day: its amount is left out.`;
    history.leftOut.push({ id: credit.opportunityId, why });
    return zero;
  }
  return new Big(corporate).times(credit.basisPoints).times('0.0001');
}

function addCredit(
  history: PartnerHistory,
  closed: Closing[],
  credit: TierCredit,
  amount: Big,
): void {
  const pool = credit.pool === 'sourced' ? 'sourced' : 'influence';
  if (!credit.isClosed) {
    const key = pool === 'sourced' ? 'sourcedPipeline' : 'influencedPipeline';
    history[key] = history[key].plus(amount);
    return;
  }
  const on = credit.closeDate ?? (credit.closedAt === null ? null : dateOf(credit.closedAt));
  if (on === null) {
    history.leftOut.push({ id: credit.opportunityId, why: 'It is closed without a date.' });
    return;
  }
  const weight = pool === 'sourced' ? history.weights.sourced : history.weights.influenced;
  closed.push({ on, pool, amount, isWon: credit.isWon, counts: weight > 0 });
}

function runningTotals(closed: Closing[]): PartnerHistory['closings'] {
  closed.sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0));
  let totals: Totals = { sourced: zero, influenced: zero, won: 0, lost: 0 };
  return closed.map(({ on, pool, amount, isWon, counts }) => {
    totals = {
      sourced: isWon && pool === 'sourced' ? totals.sourced.plus(amount) : totals.sourced,
      influenced:
        isWon && pool === 'influence' ? totals.influenced.plus(amount) : totals.influenced,
      won: totals.won + (counts && isWon ? 1 : 0),
      lost: totals.lost + (counts && !isWon ? 1 : 0),
    };
    return { on, totals };
  });
}
