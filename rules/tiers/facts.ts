/** What a partner's standing is decided by: its credits, registrations and rates. */
import type { RateTable } from '../currency.ts';
import type {
  AttributionType,
  CalendarDate,
  Decimal,
  Instant,
  PartnerFact,
  PriorDecision,
  RegistrationFact,
} from '../types.ts';

/** A partner's credit on one opportunity, with what of the opportunity money depends on. */
export interface TierCredit {
  partnerId: string;
  opportunityId: string;
  role: string;
  pool: 'sourced' | 'influence' | 'none';
  basisPoints: number;
  attributionType: AttributionType;
  amount: Decimal | null;
  currency: string | null;
  closeDate: CalendarDate | null;
  closedAt: Instant | null;
  isClosed: boolean;
  isWon: boolean;
}

/** All that a partner's standing is decided by. */
export interface TierFacts {
  partner: PartnerFact;
  /** Credits and registrations of this partner, in any order. */
  credits: readonly TierCredit[];
  registrations: readonly RegistrationFact[];
  /** Not needed: since when a partner is below its line follows from the facts themselves. */
  prior: PriorDecision | null;
  rates: RateTable;
}
