/**
 * The canonical types every part of the house speaks: records, facts, policy and decisions.
 *
 * Glossary (one word for one thing):
 * - opportunity: a sales deal (HubSpot deals included). partner: a partner account or company.
 * - registration: a deal registration, a partner's time-limited claim on one opportunity.
 * - touch: one dated partner action on an opportunity. stage: where an opportunity stands.
 * - mapping: the YAML of one connection. connection: one CRM org or portal we sync with.
 * - policy: what the partner team has decided, as data. decision: what a rule says of a record.
 *
 * Values: an `Instant` is ISO 8601 in UTC with milliseconds ('2026-11-21T09:00:00.000Z'), a
 * `CalendarDate` is 'YYYY-MM-DD', a `Decimal` is a plain decimal string ('1234.5', never a float),
 * percentages are integers in basis points (10000 = 100 %).
 */

export type Instant = string;
export type CalendarDate = string;
export type Decimal = string;

export type CrmName = 'salesforce' | 'hubspot';

/** The objects the engine mirrors. `account` is a customer; `user` a CRM user (HubSpot: owner). */
export type ObjectName = 'opportunity' | 'partner' | 'account' | 'registration' | 'touch' | 'user';
/** The objects the engine writes. */
export type WritableObject = 'opportunity' | 'partner' | 'task';
/** The objects a decision is about. */
export type DecidedObject = 'opportunity' | 'partner';

/** One field's value in canonical form; null means empty. Compare with `===` only. */
export type CanonicalValue = string | number | boolean | null;
/** Values by canonical field key, as the mapping names them (`close_date`, `partner_sourced`). */
export type FieldValues = Record<string, CanonicalValue>;

/**
 * A partner named by a text, where the mapping says `names_partner_by`: the field of the partner's
 * record that holds the same text, '=', the text ('gs_partner_key__c=northgate'). It stands where
 * a partner's id would; ids hold no '='. Which partner it means is known when facts are gathered.
 */
export type PartnerReference = `${string}=${string}`;
/** Where a partner's own record keeps the text of such a field: 'named_by:gs_partner_key__c'. */
export type NamedByKey = `named_by:${string}`;

/** A record of a CRM in canonical form: mapped fields and the engine's own fields, one bag. */
export interface CanonicalRecord {
  id: string;
  createdAt: Instant | null;
  modifiedAt: Instant;
  /** CRM user id of the last modifier; null where the CRM does not say. */
  modifiedBy: string | null;
  deleted: boolean;
  /** The surviving record's id after a merge. */
  mergedInto: string | null;
  fields: FieldValues;
}

// ---- facts: what the rules read ------------------------------------------------------------

export interface OpportunityFact {
  id: string;
  name: string;
  accountId: string | null;
  ownerId: string | null;
  stage: string;
  isClosed: boolean;
  isWon: boolean;
  amount: Decimal | null;
  currency: string | null;
  closeDate: CalendarDate | null;
  createdAt: Instant;
  /** When the present stage was entered; null where the CRM has no such field. */
  stageEnteredAt: Instant | null;
  /** W of the rules: entry into the closed stage (not the close date); null while open. */
  closedAt: Instant | null;
  leadSource: string | null;
  /** Partner named by lead source or referral link, where mapped. */
  referralPartnerId: string | null;
  /** Trusted origin as mapped ('AWS partner referral', ...), and its partner. */
  origin: string | null;
  originPartnerId: string | null;
  /** 'New', 'Renewal' ... as mapped; policy names the renewal types. */
  type: string | null;
  parentId: string | null;
  partnerOfRecordId: string | null;
  pushCount: number | null;
  lastActivityAt: Instant | null;
  override: OverrideFact | null;
  deleted: boolean;
}

/** A person's override of the attribution; without a reason it is not valid (R1). */
export interface OverrideFact {
  type: string;
  reason: string | null;
  until: CalendarDate | null;
  by: string | null;
}

/** States of a deal registration (domain.md section 4). */
export type RegistrationState =
  | 'draft'
  | 'submitted'
  | 'in_review'
  | 'action_required'
  | 'approved'
  | 'rejected'
  | 'withdrawn'
  | 'expired'
  | 'converted'
  | 'won'
  | 'lost'
  | 'revoked';

export interface RegistrationFact {
  id: string;
  /** Business number people know ('DR-1042'); the id where the CRM has none. */
  name: string;
  partnerId: string | null;
  opportunityId: string | null;
  state: RegistrationState;
  submittedAt: Instant | null;
  decidedAt: Instant | null;
  /** Last day of protection, inclusive, in UTC. */
  protectedUntil: CalendarDate | null;
  reasonCode: string | null;
  marginBasisPoints: number | null;
  /** Dated evidence that the introduction predates the opportunity (case 2). */
  evidenceAt: Instant | null;
  /** A neutral person's confirmation of a late registration (R2). */
  confirmedAt: Instant | null;
  scope: string | null;
  region: string | null;
  customerId: string | null;
  deleted: boolean;
}

export interface TouchFact {
  id: string;
  partnerId: string | null;
  opportunityId: string | null;
  /** As mapped; policy says which kinds qualify, overlap, deliver, fulfil or refer. */
  kind: string;
  at: Instant | null;
  deleted: boolean;
}

export interface PartnerFact {
  id: string;
  name: string;
  type: string | null;
  status: string | null;
  segment: string | null;
  region: string | null;
  tier: string | null;
  tierSince: CalendarDate | null;
  startDate: CalendarDate | null;
  managerId: string | null;
  /** Not deleted and its status is not one of the policy's off-boarded ones. */
  deleted: boolean;
  certifications: number | null;
  satisfaction: Decimal | null;
}

/** Value of one unit of `currency` in the corporate currency, from `validFrom` on. */
export interface FxRate {
  currency: string;
  rate: Decimal;
  validFrom: CalendarDate;
}

// ---- policy: what the partner team decided ---------------------------------------------------

/** What an attribution can be; one value an opportunity, so that totals reconcile. */
export type AttributionType =
  | 'Sourced'
  | 'Influenced'
  | 'Delivered'
  | 'Fulfilled'
  | 'Direct'
  | 'Pending Review';
export type AttributionStatus = 'Provisional' | 'Confirmed' | 'Locked' | 'Disputed' | 'Overridden';

/** What a touch kind means to the rules. */
export type TouchMeaning =
  | 'qualifying'
  | 'referral'
  | 'trusted_origin'
  | 'delivery'
  | 'fulfilment'
  | 'overlap'
  | 'ignored';

export interface AttributionPolicy {
  sourcedWindowDays: number;
  influenceWindowDays: number;
  lateGraceDays: number;
  backfillGuardHours: number;
  confirmAfterDays: number;
  lock: 'at_close' | 'never' | 'manual';
  correctionBusinessDays: number;
  reopenWithinDays: number;
  expiredRegistrationKeepsSourced: boolean;
  /** Touch kind (as mapped, compared without case) -> meaning. Unlisted kinds: `defaultTouch`. */
  touches: Record<string, TouchMeaning>;
  defaultTouch: TouchMeaning;
  /** Lead sources that mean a partner's referral (R5). */
  referralLeadSources: string[];
  /** Origins that are trusted (R4). */
  trustedOrigins: string[];
  /** Opportunity types that are renewals (case 14). */
  renewalTypes: string[];
  /** Basis points of influence credit: split over the partners equally or by touch count. */
  influenceSplit: 'equal' | 'by_touches';
  offboardedStatuses: string[];
}

export interface StalePolicy {
  defaultDays: number;
  stageDays: Record<string, number>;
  /** Segment of the sourcing or first touching partner -> days; the stage's own value wins. */
  segmentDays: Record<string, number>;
  ignoreStages: string[];
  /** Returns to a stage it had left count as bounces; flagged from this many on. */
  bounceLimit: number;
  pushLimit: number;
}

export interface TierCriteria {
  revenue: Decimal | null;
  wonDeals: number | null;
  registrations: number | null;
  certifications: number | null;
  satisfaction: Decimal | null;
  /** true: any one criterion is enough. */
  anyOf: boolean;
}

export interface TierLevel {
  name: string;
  criteria: TierCriteria;
}

/** Tier levels in force from a date on, lowest first. */
export interface TierTable {
  effectiveFrom: CalendarDate;
  levels: TierLevel[];
}

export interface TierPolicy {
  tables: TierTable[];
  sourcedWeightBasisPoints: number;
  influencedWeightBasisPoints: number;
  windowMonths: number;
  demotionAfterMonths: number;
  demotionNoticeDays: number;
  warnWithinBasisPoints: number;
  newPartnerMonths: number;
}

/** Ends of business of one region, expanded from zone, working days and holidays on load. */
export interface BusinessCalendar {
  name: string;
  zone: string;
  /** Hash of what it was expanded from: kept beside what was computed with it. */
  version: string;
  /** Every end of business from 2015 to 2036, ascending. */
  endsOfBusiness: Instant[];
}

export interface AlertPolicy {
  maxNewTasksPerOwnerPerDay: number;
  /** Owner of a task when the record has none that is active. */
  fallbackOwnerId: string | null;
  dueBusinessDays: number;
}

export interface GuardPolicy {
  maxRecords: number;
  maxBasisPointsOfObject: number;
}

/** Everything rules decide by. Expanded, validated, frozen; `label` is the policy's `version`. */
export interface Policy {
  label: string;
  corporateCurrency: string;
  attribution: AttributionPolicy;
  stale: StalePolicy;
  tiers: TierPolicy | null;
  alerts: AlertPolicy;
  guard: GuardPolicy;
  calendars: Record<string, BusinessCalendar>;
  defaultCalendar: string;
  /** Partner region (without case) -> calendar name. */
  calendarOfRegion: Record<string, string>;
}

/** Which records a decision may be written to (design.md, First day). */
export interface WriteScope {
  closedBeforeActivation: 'skip' | 'write';
  direct: 'open_only' | 'write' | 'skip';
}

// ---- decisions -------------------------------------------------------------------------------

/** A record of one kind of decision: each kind owns its fields and has its own history. */
export type DecisionKind = 'attribution' | 'stale' | 'tier';

/** One thing the decision rests on; `id` is a CRM record id, `text` has no free text of people. */
export interface Evidence {
  kind: 'registration' | 'touch' | 'opportunity' | 'partner' | 'override' | 'rate' | 'policy';
  id: string | null;
  at: Instant | null;
  text: string;
}

/** A partner's credit on an opportunity; basis points sum to 10000 within one pool. */
export interface PartnerCredit {
  partnerId: string;
  role: 'Sourcing' | 'Influencing' | 'Implementation' | 'Distributor' | 'Reseller';
  pool: 'sourced' | 'influence' | 'none';
  basisPoints: number;
}

/** A condition a person should act on; becomes one task an episode. Null text never. */
export interface AlertCondition {
  kind: 'stale' | 'pending_review' | 'tier_at_risk' | 'tier_demotion' | 'missing_rate';
  /** Since when it holds: what is older than activation is baseline and makes no task. */
  since: Instant;
  ownerId: string | null;
  subject: string;
  body: string;
}

/** What the rules say of one record: fields, why, and when time alone may change it. */
export interface Decision {
  object: DecidedObject;
  id: string;
  kind: DecisionKind;
  /** 'R3', 'stale', 'tier' ... the rule that decided. */
  rule: string;
  /** Desired values by canonical engine field key. */
  fields: FieldValues;
  /** One sentence for people, at most 255 characters. */
  reason: string;
  evidence: Evidence[];
  /** 'Would be Sourced if registered before 3 Mar 2026.' or null. */
  counterfactual: string | null;
  /** The next instant at which time alone may change the decision; null: never. */
  dueAt: Instant | null;
  credits: PartnerCredit[];
  alert: AlertCondition | null;
}

/** What a rule needs of the last decision of the same kind (lock, episodes). */
export interface PriorDecision {
  rule: string;
  fields: FieldValues;
  reason: string;
  credits: PartnerCredit[];
  decidedAt: Instant;
  lockedAt: Instant | null;
}

// ---- who writes a field ------------------------------------------------------------------------

/** Where a field stands after the edits seen so far. */
export type Stance = 'restored' | 'yielded' | 'disputed' | 'automation' | 'broken';

/** What is remembered of the edits of one field of one record. */
export interface FieldHistory {
  stance: Stance;
  /** Edits by people, each counted once however often it is read before it is answered. */
  edits: number;
  /** The same by our own user: another automation that signs in as we do. */
  flips: number;
  /** Ledger row that was the last one when the latest edit was counted; 0: none was. */
  writtenSeq: number;
  /** The decided value at that time. */
  wanted: CanonicalValue;
}
