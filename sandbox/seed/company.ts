/**
 * The sample company as plain facts, before any CRM's field names: what the Salesforce and HubSpot
 * orgs are made from.
 */

/** A CRM user; `key` is a slug other facts refer to. */
export interface Person {
  key: string;
  firstName: string;
  lastName: string;
  title: string;
  role: 'ae' | 'channel' | 'leader' | 'revops' | 'integration';
  region: Region;
  managerKey: string | null;
  active: boolean;
}

export type Region = 'Americas' | 'EMEA' | 'APAC';
export type Segment = 'Strategic' | 'Mid' | 'Long-tail';

export interface Partner {
  key: string;
  name: string;
  type: 'Referral' | 'Reseller' | 'Distributor' | 'SI' | 'Technology' | 'MSP';
  status: 'Active' | 'Pending' | 'Inactive' | 'Off-boarded';
  segment: Segment;
  region: Region;
  country: string;
  website: string;
  managerKey: string;
  /** Calendar day the agreement began. */
  startedOn: string;
  certifications: number;
  /** 0 to 10, one decimal, as text; null where never asked. */
  satisfaction: string | null;
  /** Merged into this partner, and gone since `mergedAt`. */
  mergedInto: { key: string; at: string } | null;
}

export interface Customer {
  key: string;
  name: string;
  industry: string;
  country: string;
  region: Region;
  website: string;
  employees: number;
  ownerKey: string;
  createdAt: string;
  parentKey: string | null;
  /** The partner this customer is as well (case 40). */
  mergedInto: { key: string; at: string } | null;
}

/** One state of an opportunity's history: entered or changed at `at`, by a person. */
export interface StageStep {
  stage: Stage;
  at: string;
  byKey: string;
  /** Amount and close date as they were from this step on. */
  amount: string | null;
  closeDate: string;
}

export const STAGES = [
  'Prospecting',
  'Qualification',
  'Needs Analysis',
  'Proposal',
  'Negotiation',
  'On Hold',
  'Closed Won',
  'Closed Lost',
] as const;
export type Stage = (typeof STAGES)[number];

export interface Opportunity {
  key: string;
  name: string;
  /** A customer's key, or a partner's where the partner itself buys (case 40). */
  customerKey: string | null;
  ownerKey: string;
  product: string;
  region: Region;
  type: 'New Business' | 'Existing Business' | 'Renewal';
  leadSource: string | null;
  currency: string;
  /** At least one step; the last is the present state. */
  steps: StageStep[];
  /** Last logged activity, a calendar day. */
  lastActivityOn: string | null;
  nextStep: string | null;
  lossReason: string | null;
  referralPartnerKey: string | null;
  origin: string | null;
  originPartnerKey: string | null;
  parentKey: string | null;
  partnerOfRecordKey: string | null;
  override: { type: string; reason: string | null; until: string | null } | null;
}

export const REGISTRATION_STATES = [
  'Draft',
  'Submitted',
  'In Review',
  'Action Required',
  'Approved',
  'Rejected',
  'Withdrawn',
  'Expired',
  'Converted',
  'Won',
  'Lost',
  'Revoked',
] as const;
export type RegistrationState = (typeof REGISTRATION_STATES)[number];

export interface Registration {
  key: string;
  /** Business number ('DR-01042'). */
  number: string;
  partnerKey: string;
  opportunityKey: string | null;
  customerKey: string | null;
  state: RegistrationState;
  product: string;
  region: Region;
  amount: string | null;
  currency: string;
  createdAt: string;
  submittedAt: string | null;
  decidedAt: string | null;
  /** Calendar day, inclusive; set by an approval. */
  protectedUntil: string | null;
  marginPercent: number | null;
  reason: string | null;
  reasonDetail: string | null;
  /** Dated proof that the introduction came before the opportunity (case 2). */
  evidenceAt: string | null;
  /** A neutral person's confirmation of a late registration (case 35). */
  confirmedAt: string | null;
  resubmissions: number;
  /** When anything last changed. */
  changedAt: string;
}

/** What a partner did, in the words of the touch's Kind. */
export const TOUCH_KINDS = [
  'Discovery',
  'Technical validation',
  'Executive introduction',
  'Reference',
  'Account overlap',
  'Marketplace purchase',
  'Referral link',
  'AWS partner referral',
  'Microsoft partner-led',
  'Reseller',
  'Distributor',
  'Implementation',
] as const;
export type TouchKind = (typeof TOUCH_KINDS)[number];

/** Kinds that are standing roles on a deal, and so are entered as partner roles too. */
export const ROLE_KINDS: readonly TouchKind[] = ['Reseller', 'Distributor', 'Implementation'];

export interface Touch {
  key: string;
  number: string;
  partnerKey: string;
  opportunityKey: string;
  kind: TouchKind;
  at: string;
}

/** A registration or touch before it has its number: numbers are given in order of time. */
export type UnnumberedRegistration = Omit<Registration, 'key' | 'number'>;
export type UnnumberedTouch = Omit<Touch, 'key' | 'number'>;

/** Units of `currency` for one unit of the corporate currency, from a day on. */
export interface Rate {
  currency: string;
  from: string;
  rate: string;
}

export interface Company {
  name: string;
  today: string;
  corporateCurrency: string;
  people: Person[];
  partners: Partner[];
  customers: Customer[];
  opportunities: Opportunity[];
  registrations: Registration[];
  touches: Touch[];
  rates: Rate[];
}

/** Reason codes of a refusal, a return or an expiry (domain.md section 4). */
export const REASON_CODES = [
  'DUPLICATE_PARTNER',
  'DUPLICATE_SELF',
  'DIRECT_ACTIVE',
  'EXISTING_CUSTOMER',
  'OUT_OF_TERRITORY',
  'PARTNER_NOT_AUTHORIZED',
  'INSUFFICIENT_INFO',
  'TOO_EARLY',
  'BELOW_MINIMUM',
  'RFP_OR_TENDER',
  'RENEWAL',
  'CUSTOMER_PREFERS_OTHER',
  'NO_RESPONSE',
  'OTHER',
] as const;
