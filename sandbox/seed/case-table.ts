/**
 * How a named case of attribution is written down: as plain facts, counted in days before today.
 */
import type { RegistrationState, TouchKind } from './company.ts';
import type { CASE_PARTNERS } from './partners.ts';

export type CasePartner = keyof typeof CASE_PARTNERS;

/** Days before today; whole numbers are 09:30 UTC of that day, fractions move the hour. */
export type DaysAgo = number;

/** A registration of a case. `decided` and `protectedFor` only once decided. */
export interface CaseRegistration {
  by: CasePartner;
  state: RegistrationState;
  submitted: DaysAgo | null;
  decided?: DaysAgo;
  /** Days of protection from the decision; 90 where it was ever approved and nothing is said. */
  protectedFor?: number;
  everApproved?: boolean;
  reason?: string;
  evidence?: DaysAgo;
  confirmed?: DaysAgo;
  resubmissions?: number;
  /** Product registered, where it is not the opportunity's. */
  product?: string;
  /** Customer registered, where it is not the opportunity's. */
  customer?: string;
}

export interface CaseTouch {
  by: CasePartner;
  kind: TouchKind;
  at: DaysAgo;
}

/** One opportunity of a case. */
export interface AttributionCase {
  /** Two digits of domain.md section 6, or 'R4' where no case shows a rule by itself. */
  number: string;
  /** What it is; unique. The opportunity is named `Case NN <title>`. */
  title: string;
  /**
   * Rule and type the policy's defaults give (table R0-R11); '' where the case is about stages
   * only.
   */
  expected: string;
  customer: string;
  /** Amount in `currency` (USD unless said); null is a case of its own. */
  amount: string | null;
  currency?: string;
  product?: string;
  /**
   * 'Qualification 60, Proposal 25': stages with the days ago they were entered; the first is the
   * creation.
   */
  stages: string;
  /**
   * Later close dates: [when it was pushed, new close date], days before today (negative: ahead).
   */
  pushes?: [DaysAgo, DaysAgo][];
  /** Changes of the amount after the stages: [when, new amount]. */
  amounts?: [DaysAgo, string][];
  closes?: DaysAgo;
  type?: 'New Business' | 'Existing Business' | 'Renewal';
  leadSource?: string;
  lastActivity?: DaysAgo;
  referredBy?: CasePartner;
  origin?: { name: string; by: CasePartner };
  partnerOfRecord?: CasePartner;
  /** Title of the case opportunity it was cloned or renewed from. */
  from?: string;
  override?: { type: string; reason: string | null; until: DaysAgo | null };
  owner?: string;
  registrations?: CaseRegistration[];
  touches?: CaseTouch[];
}
