/** The canonical keys a mapping may read, by object: what each means and what kind it is. */
import type { ObjectName } from '../rules/types.ts';
import type { CanonicalKind } from './types.ts';

export interface ReadKey {
  kind: CanonicalKind;
  description: string;
  /** A Salesforce field it is often mapped to, for the reference. */
  example: string;
  /** What would not work without it; set only where the object is useless without the key. */
  neededBy?: string;
}

/** Keys that name a partner: by its id, or by a text of its own (`names_partner_by`). */
const partnerKeys: Partial<Record<ObjectName, readonly string[]>> = {
  opportunity: ['referral_partner', 'origin_partner', 'partner_of_record'],
  registration: ['partner'],
  touch: ['partner'],
};

/** True for a key that names a partner. */
export function namesPartner(object: ObjectName, key: string): boolean {
  return partnerKeys[object]?.includes(key) ?? false;
}

type Row = [kind: CanonicalKind, description: string, example: string, neededBy?: string];

const opportunity: Record<string, Row> = {
  name: ['text', 'Name people know the opportunity by.', 'Name', 'explanations and tasks'],
  account: ['id', 'The customer.', 'AccountId'],
  owner: ['id', 'The user who owns it: tasks go there.', 'OwnerId'],
  stage: ['text', 'Where it stands, as the CRM names it.', 'StageName', 'stale stages'],
  is_closed: ['boolean', 'Closed, won or lost.', 'IsClosed', 'attribution'],
  is_won: ['boolean', 'Closed and won.', 'IsWon', 'attribution'],
  amount: ['decimal', 'Its value, in its own currency.', 'Amount'],
  currency: ['text', 'ISO code of the amount. Unset: corporate currency.', 'CurrencyIsoCode'],
  close_date: ['date', 'Expected or actual day of closing.', 'CloseDate'],
  created_at: ['datetime', 'When it was created.', 'CreatedDate', 'attribution windows'],
  stage_entered_at: ['datetime', 'When the present stage was entered.', 'LastStageChangeDate'],
  closed_at: ['datetime', 'When the closed stage was entered, if kept apart.', 'Closed_At__c'],
  lead_source: ['text', 'Where the lead came from (rule R5).', 'LeadSource'],
  referral_partner: ['id', 'Partner of the lead source or referral link.', 'Referral_Partner__c'],
  origin: ['text', 'Trusted origin, such as an AWS referral (R4).', 'Cosell_Origin__c'],
  origin_partner: ['id', 'Partner of that origin.', 'Origin_Partner__c'],
  type: ['text', 'New business, renewal and the like.', 'Type'],
  parent: ['id', 'The opportunity it renews or was cloned from.', 'Parent_Opportunity__c'],
  partner_of_record: ['id', 'Reseller or partner of record.', 'Reseller__c'],
  push_count: ['integer', 'How often the close date was pushed into a later month.', 'PushCount'],
  last_activity_at: ['datetime', 'Last logged activity.', 'LastActivityDate'],
  probability: ['percent', 'The probability the CRM gives it.', 'Probability'],
  next_step: ['text', 'What sales does next.', 'NextStep'],
  loss_reason: ['text', 'Why it was lost.', 'Loss_Reason__c'],
  region: ['text', 'Sales region.', 'Region__c'],
  scope: ['text', 'Product or scope it is about.', 'Product__c'],
  override: ['text', "A person's own attribution type (R1).", 'Partner_Attribution_Override__c'],
  override_reason: ['text', 'Why; without it the override does not count.', 'Override_Reason__c'],
  override_until: ['date', 'Last day on which the override holds.', 'Override_Until__c'],
};

const partner: Record<string, Row> = {
  name: ['text', 'Name of the partner.', 'Name', 'every sentence'],
  website: ['text', 'Its web site.', 'Website'],
  country: ['text', 'Country.', 'BillingCountry'],
  region: ['text', 'Region: chooses the business calendar.', 'Partner_Region__c'],
  type: ['text', 'Referral, Reseller, Distributor, SI, Technology, MSP.', 'Partner_Type__c'],
  status: ['text', 'Active, Pending, Inactive, Off-boarded.', 'Partner_Status__c'],
  segment: ['text', 'Strategic, Mid, Long-tail.', 'Partner_Segment__c'],
  tier: ['text', 'The tier it holds.', 'Partner_Tier__c'],
  tier_since: ['date', 'Since when.', 'Partner_Tier_Since__c'],
  start_date: ['date', 'First day of the partnership.', 'Partner_Start_Date__c'],
  manager: ['id', 'Its partner manager.', 'Partner_Manager__c'],
  owner: ['id', 'Owner of the record: tasks go there without a manager.', 'OwnerId'],
  certifications: ['integer', 'Certifications it holds.', 'Partner_Certifications__c'],
  satisfaction: ['decimal', 'Partner satisfaction (PSAT).', 'Partner_Satisfaction__c'],
  external_id: ['text', 'Key of the partner in another system.', 'Partner_External_ID__c'],
};

const account: Record<string, Row> = {
  name: ['text', 'Name of the customer.', 'Name', 'explanations'],
  parent: ['id', 'Parent company.', 'ParentId'],
  owner: ['id', 'Owner of the record.', 'OwnerId'],
  website: ['text', 'Its web site.', 'Website'],
  country: ['text', 'Country.', 'BillingCountry'],
  region: ['text', 'Region.', 'Region__c'],
};

const registration: Record<string, Row> = {
  name: ['text', 'Number people know it by.', 'Name'],
  partner: ['id', 'Who registered.', 'Partner__c', 'attribution'],
  opportunity: ['id', 'The opportunity it is about.', 'Opportunity__c', 'attribution'],
  customer: ['id', 'The customer it is about.', 'Customer__c'],
  status: ['text', 'Its state; values map to draft, submitted ...', 'Status__c', 'attribution'],
  submitted_at: ['datetime', 'When it was submitted (S).', 'Submitted_At__c', 'attribution'],
  decided_at: ['datetime', 'When it was approved or rejected.', 'Decided_At__c'],
  protected_until: ['date', 'Last day of protection (E).', 'Protection_Expiration_Date__c'],
  reason: ['text', 'Reason code of a rejection or return.', 'Reason__c'],
  reason_detail: ['text', 'The reason in words.', 'Reason_Detail__c'],
  margin: ['percent', 'Margin protected at approval.', 'Protected_Margin_Percent__c'],
  evidence_at: ['datetime', 'Dated proof of the introduction (case 2).', 'Evidence_At__c'],
  confirmed_at: ['datetime', "A neutral person's confirmation (R2).", 'Confirmed_At__c'],
  scope: ['text', 'Product or scope claimed.', 'Product__c'],
  region: ['text', 'Region claimed.', 'Region__c'],
  amount: ['decimal', 'Expected value.', 'Amount__c'],
  currency: ['text', 'ISO code of the amount.', 'CurrencyIsoCode'],
  extensions: ['integer', 'Extensions granted.', 'Extensions__c'],
  resubmissions: ['integer', 'Times it was handed in again.', 'Resubmissions__c'],
};

const touch: Record<string, Row> = {
  partner: ['id', 'Who acted.', 'Partner__c', 'attribution'],
  opportunity: ['id', 'On which opportunity.', 'Opportunity__c', 'attribution'],
  kind: ['text', 'What was done; the policy says what each kind means.', 'Kind__c', 'attribution'],
  at: ['datetime', 'When.', 'At__c', 'attribution'],
};

const user: Record<string, Row> = {
  name: ['text', 'Name of the user.', 'Name'],
  email: ['text', 'E-mail address.', 'Email'],
  is_active: ['boolean', 'May log in: tasks go to active users only.', 'IsActive'],
  manager: ['id', 'Their manager.', 'ManagerId'],
};

const rows: Record<ObjectName, Record<string, Row>> = {
  opportunity,
  partner,
  account,
  registration,
  touch,
  user,
};

function named([kind, description, example, neededBy]: Row): ReadKey {
  return neededBy === undefined
    ? { kind, description, example }
    : { kind, description, example, neededBy };
}

/** Every key a mapping may read, by object. */
export const readKeys = Object.fromEntries(
  Object.entries(rows).map(([object, keys]) => [
    object,
    Object.fromEntries(Object.entries(keys).map(([key, row]) => [key, named(row)])),
  ]),
) as Record<ObjectName, Record<string, ReadKey>>;
