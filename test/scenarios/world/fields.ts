/** What the scenarios read and change, by canonical key, in the words of both CRMs. */
import type { FieldName, OpportunityInput, PartnerInput, RegistrationInput } from '../scenario.ts';

/** A field on both CRMs; `kind` says how its value is compared. */
export interface Field {
  salesforce: string;
  hubspot: string;
  kind: 'text' | 'box' | 'number' | 'percent' | 'day' | 'instant' | 'partner';
}

const field = (salesforce: string, hubspot: string, kind: Field['kind'] = 'text'): Field => ({
  salesforce,
  hubspot,
  kind,
});

/** The engine's fields of an opportunity (domain.md section 5.1). */
export const engineFields: Record<
  Exclude<FieldName, 'influencing_labels' | 'sourcing_partner_name'>,
  Field
> = {
  partner_sourced: field('Partner_Sourced__c', 'partner_sourced', 'box'),
  partner_influenced: field('Partner_Influenced__c', 'partner_influenced', 'box'),
  attribution_type: field('Partner_Attribution_Type__c', 'partner_attribution_type'),
  attribution_status: field('Partner_Attribution_Status__c', 'partner_attribution_status'),
  attribution_rule: field('Partner_Attribution_Rule__c', 'partner_attribution_rule'),
  attribution_reason: field('Partner_Attribution_Reason__c', 'partner_attribution_reason'),
  attribution_locked_at: field(
    'Partner_Attribution_Locked_At__c',
    'partner_attribution_locked_at',
    'instant',
  ),
  sourcing_partner: field('Sourcing_Partner__c', 'companies:Sourcing partner', 'partner'),
  influencing_partners: field('Influencing_Partners__c', 'influencing_partners'),
  credit_percent: field('Partner_Credit_Percent__c', 'partner_credit_percent', 'percent'),
  credited_amount: field('Partner_Credited_Amount__c', 'partner_credited_amount', 'number'),
  credited_amount_corp: field(
    'Partner_Credited_Amount_Corp__c',
    'partner_credited_amount_corp',
    'number',
  ),
  fx_rate: field('Partner_FX_Rate__c', 'partner_fx_rate', 'number'),
  fx_date: field('Partner_FX_Date__c', 'partner_fx_date', 'day'),
  registration_submitted_at: field(
    'Deal_Registration_Submitted_At__c',
    'deal_registration_submitted_at',
    'instant',
  ),
  registration_approved_on: field(
    'Deal_Registration_Date_Approved__c',
    'deal_registration_date_approved',
    'day',
  ),
  protected_margin: field('Protected_Margin_Percent__c', 'protected_margin_percent', 'percent'),
  registration_id: field('Deal_Registration_ID__c', 'deal_registration_id'),
  protection_expires_on: field(
    'Protection_Expiration_Date__c',
    'protection_expiration_date',
    'day',
  ),
  channel_conflict: field('Channel_Conflict__c', 'channel_conflict', 'box'),
  channel_conflict_with: field('Channel_Conflict_With__c', 'channel_conflict_with'),
  last_touch_at: field('Last_Partner_Touch_At__c', 'last_partner_touch_at', 'instant'),
  last_touch_kind: field('Last_Partner_Touch_Type__c', 'last_partner_touch_type'),
  stale: field('Partner_Deal_Stale__c', 'partner_deal_stale', 'box'),
};

/** The tier itself is people's: the engine only says what would be right. */
export const tierField = field('Partner_Tier__c', 'partner_tier');

/** The engine's fields of a partner (5.2). */
export const partnerFields: Record<string, Field> = {
  tier_qualified: field('Partner_Tier_Qualified__c', 'partner_tier_qualified'),
  tier_status: field('Partner_Tier_Status__c', 'partner_tier_status'),
  tier_next_requirement: field('Partner_Tier_Next_Requirement__c', 'partner_tier_next_requirement'),
  tier_below_since: field('Partner_Tier_Below_Since__c', 'partner_tier_below_since', 'day'),
  tier_demotion_on: field('Partner_Tier_Demotion_Date__c', 'partner_tier_demotion_date', 'day'),
  deals_won_t12m: field('Partner_Deals_Won_T12M__c', 'partner_deals_won_t12m', 'number'),
  sourced_revenue_t12m: field(
    'Partner_Sourced_Revenue_T12M__c',
    'partner_sourced_revenue_t12m',
    'number',
  ),
  influenced_revenue_t12m: field(
    'Partner_Influenced_Revenue_T12M__c',
    'partner_influenced_revenue_t12m',
    'number',
  ),
};

/** What people enter. */
export const inputs: {
  opportunity: Record<OpportunityInput, Field>;
  registration: Record<RegistrationInput, Field>;
  partner: Record<PartnerInput, Field>;
} = {
  opportunity: {
    stage: field('StageName', 'dealstage'),
    amount: field('Amount', 'amount', 'number'),
    close_date: field('CloseDate', 'closedate', 'day'),
    override: field('Partner_Attribution_Override__c', 'partner_attribution_override'),
    override_reason: field(
      'Partner_Attribution_Override_Reason__c',
      'partner_attribution_override_reason',
    ),
    override_until: field(
      'Partner_Attribution_Override_Until__c',
      'partner_attribution_override_until',
      'day',
    ),
  },
  registration: {
    state: field('Status__c', 'status'),
    decided: field('Decided_At__c', 'decided_at', 'instant'),
    protected_until: field('Protection_Expiration_Date__c', 'protection_expiration_date', 'day'),
    confirmed: field('Confirmed_At__c', 'confirmed_at', 'instant'),
    reason: field('Reason__c', 'reason'),
  },
  partner: {
    status: field('Partner_Status__c', 'partner_status'),
    tier: tierField,
    tier_since: field('Partner_Tier_Since__c', 'partner_tier_since', 'day'),
  },
};

/** Lines for `write` of both mappings: every field above, beside the core set. */
export function writtenFields(crm: 'salesforce' | 'hubspot'): string {
  const lines = (fields: Record<string, Field>) =>
    Object.entries(fields).map(([key, names]) => `    ${key}: ${names[crm]}\n`);
  return `  opportunity:\n${lines(engineFields).join('')}  partner:\n${lines(partnerFields).join('')}`;
}
