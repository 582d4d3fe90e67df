/**
 * How a tricky case is written down: facts in, expected fields and sentence out, in no CRM's words.
 *
 * Everything happens around Friday 27 November 2026, 12:00 UTC: `given` is what the CRMs hold then,
 * and `shows` what they must show after the first plan was applied. What people do afterwards, and
 * what it leads to, are the steps in `later`.
 */
import type { RegistrationState, Stage, TouchKind } from '../../sandbox/seed/company.ts';
import type { PartnerName } from './world/partners.ts';

/** '2026-11-03T09:14Z': an instant in UTC, to the minute or to the second. */
export type At = string;
/** '2026-11-03'. */
export type Day = string;

/** An opportunity; what is not said is ordinary (world/company.ts). */
export interface Deal {
  created: At;
  /** Stages entered after the creation in Qualification. Nothing said: Proposal since 20 Nov. */
  stages?: [Stage, At][];
  /** In `currency`, USD unless said; null is unknown. */
  amount?: string | null;
  currency?: string;
  /** A customer of its own unless said; the name of a partner makes the partner the customer. */
  customer?: string;
  product?: 'Ledger' | 'Ledger Plus' | 'Forecast' | 'Fieldwork' | 'Insight Suite';
  type?: 'New Business' | 'Existing Business' | 'Renewal';
  leadSource?: 'Outbound' | 'Partner Referral' | 'Web';
  referredBy?: PartnerName;
  origin?: { name: 'AWS partner referral' | 'Microsoft partner-led'; by: PartnerName };
  partnerOfRecord?: PartnerName;
  /** Title of the case it was cloned or renewed from. */
  from?: string;
  override?: { type: string; reason: string | null; until: Day | null };
  /** How often the close date was moved to a later day. */
  pushes?: number;
  /** Key of the owner (sandbox/seed/people.ts); owners take turns. */
  owner?: string;
}

/** A deal registration; numbers begin with that of the case: 'DR-5A'. */
export interface Registration {
  number: string;
  by: PartnerName;
  state: RegistrationState;
  submitted?: At;
  decided?: At;
  protectedUntil?: Day;
  evidence?: At;
  confirmed?: At;
  reason?: string;
  resubmissions?: number;
  product?: Deal['product'];
  customer?: string;
}

/** One dated partner action. */
export interface Touch {
  by: PartnerName;
  kind: TouchKind;
  at: At;
}

/** An opportunity with what partners did on it. */
export interface Given {
  deal: Deal;
  registrations?: Registration[];
  touches?: Touch[];
}

/** What an opportunity must show; the sentence is the reason beside the fields. */
export interface Attribution {
  type: 'Sourced' | 'Influenced' | 'Delivered' | 'Fulfilled' | 'Direct' | 'Pending Review';
  status: 'Provisional' | 'Confirmed' | 'Locked' | 'Disputed' | 'Overridden';
  /** The rule of domain.md section 6: 'R3'. */
  rule: string;
  sentence: string;
  /** Nobody unless said. */
  sourcedBy?: PartnerName;
  /** In order of their names; nobody unless said. */
  influencedBy?: PartnerName[];
  /** Fields beside those, where the case is about them. */
  fields?: Partial<Record<FieldName, string | boolean | null>>;
  /** Shares of each pool in per cent, as 'Acme Sourcing 100'; where the case is about them. */
  credits?: string[];
}

/** Engine fields of an opportunity by canonical key; money and percent as decimal text. */
export type FieldName =
  | 'partner_sourced'
  | 'partner_influenced'
  | 'attribution_type'
  | 'attribution_status'
  | 'attribution_rule'
  | 'attribution_reason'
  | 'attribution_locked_at'
  | 'sourcing_partner'
  | 'influencing_partners'
  | 'credit_percent'
  | 'credited_amount'
  | 'credited_amount_corp'
  | 'fx_rate'
  | 'fx_date'
  | 'registration_id'
  | 'protection_expires_on'
  | 'channel_conflict'
  | 'channel_conflict_with'
  | 'last_touch_at'
  | 'last_touch_kind'
  | 'registration_submitted_at'
  | 'registration_approved_on'
  | 'protected_margin'
  /** HubSpot's labels of influencing partners; on Salesforce the text says it. */
  | 'influencing_labels'
  /** HubSpot's text beside the label; on Salesforce the lookup shows it. */
  | 'sourcing_partner_name'
  | 'stale';

/** What must be seen; each part is optional, but a case says at least one of them. */
export interface Outcome {
  /** null: nothing is written on the opportunity. */
  attribution?: Attribution | null;
  stale?: boolean;
  /** Fields of a partner by canonical key. */
  partner?: { name: PartnerName; fields: Record<string, string | null> };
  /** Open tasks about the opportunity or the partner: their whole subjects. */
  tasks?: string[];
  /** A part of one of those tasks' bodies. */
  taskBody?: string;
  /** Fields that each CRM shows in its own way; the case says why (mayDiffer). */
  apart?: Record<'salesforce' | 'hubspot', Partial<Record<FieldName, string | null>>>;
  /** Open tasks about all opportunities of the case, and the summary their owner gets beside them. */
  storm?: { tasks: number; summary: string | null };
  /** Parts of the sentence by which the row is listed among the failures; null: it is not. */
  failure?: { salesforce: string; hubspot: string } | null;
  /** Parts of the sentence that holds its registration back until it is mended. */
  quarantine?: { salesforce: string; hubspot: string } | null;
}

/** What a person (or the CRM itself) does on both CRMs. */
export type Change =
  | { edit: 'opportunity'; set: Partial<Record<OpportunityInput | FieldName, Value>> }
  | { edit: 'registration'; number: string; set: Partial<Record<RegistrationInput, Value>> }
  | { edit: 'partner'; name: PartnerName; set: Partial<Record<PartnerInput, Value>> }
  | { merge: 'partner'; gone: PartnerName; into: PartnerName }
  | { merge: 'customer'; gone: string; into: string }
  | { merge: 'opportunity'; gone: string }
  | { delete: 'partner'; name: PartnerName }
  | { lock: 'opportunity' }
  | { unlock: 'opportunity' }
  /** An admin's rule that refuses every write to the opportunity. */
  | { rule: 'refuses' }
  | { rule: 'lifted' }
  /** A new value in the list of registration states. */
  | { option: string }
  /** `partner-sync failures retry`, after the sync. */
  | { command: 'retry' };

export type Value = string | boolean | null;
export type OpportunityInput =
  | 'stage'
  | 'amount'
  | 'close_date'
  | 'override'
  | 'override_reason'
  | 'override_until';
export type RegistrationInput = 'state' | 'decided' | 'protected_until' | 'confirmed' | 'reason';
export type PartnerInput = 'status' | 'tier' | 'tier_since';

/** The instants of the later steps, in their order. */
export const days = {
  monday: '2026-11-30T09:00:00.000Z',
  tuesday: '2026-12-01T09:00:00.000Z',
  friday: '2026-12-04T09:00:00.000Z',
  thursday: '2026-12-10T09:00:00.000Z',
} as const;

/** Changes at one of those instants, and what both CRMs show after the next sync. */
export interface Step {
  on: keyof typeof days;
  change: Change[];
  shows: Outcome;
}

/** One example of a case of domain.md section 6. */
export interface Scenario {
  /** Its number there. */
  case: number;
  /** The case in domain.md's words, and what this example of it is about; unique. */
  title: string;
  given: Given & {
    /** Further opportunities of the case: '<name> (2)', '<name> (3)' ... */
    more?: Given[];
  };
  /** What people enter once the engine's fields are there, before the first plan. */
  before?: Change[];
  shows: Outcome;
  later?: Step[];
  /** Fields that the two CRMs cannot hold alike, and why; all others are equal on both. */
  mayDiffer?: { fields: FieldName[]; because: string };
}

/** A case, or a part of one, that the product does not decide yet. */
export interface NotYet {
  case: number;
  title: string;
  because: string;
}

/** The name of a case's opportunity and of its test. */
export function nameOf(one: Pick<Scenario, 'case' | 'title'>): string {
  return `case ${one.case}: ${one.title}`;
}
