/** What an attribution is decided by: one opportunity and all that partners did on it. */
import type { RateTable } from '../currency.ts';
import type {
  Instant,
  OpportunityFact,
  PartnerFact,
  PriorDecision,
  RegistrationFact,
  TouchFact,
} from '../types.ts';

/** All that an attribution is decided by. */
export interface AttributionFacts {
  opportunity: OpportunityFact;
  /** Registrations and touches of this opportunity, in any order. */
  registrations: readonly RegistrationFact[];
  touches: readonly TouchFact[];
  /** At least every partner the facts name; one that is missing here is not known. */
  partners: ReadonlyMap<string, PartnerFact>;
  /** Texts that name a partner and are several partners' (PartnerReference), with their names. */
  ambiguous?: ReadonlyMap<string, readonly string[]>;
  rates: RateTable;
  /** The last live decision of kind 'attribution'. */
  prior: PriorDecision | null;
  /**
   * When the mirror first held it. Not needed: what is decided after its lock instant, seen late
   * or not, is decided from evidence dated up to that instant.
   */
  firstSeenAt: Instant;
  /** A dispute about one of its attribution fields is open. */
  disputed?: boolean;
}
