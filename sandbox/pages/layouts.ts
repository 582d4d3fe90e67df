/**
 * What stands where on a record page: highlights, details, the Partner Sync section. Data by
 * object.
 */
import type { FieldDef } from '../salesforce/field-def.ts';
import type { Org } from '../salesforce/org.ts';

interface Layout {
  highlights: string[];
  details: string[];
  /** Fields of the sync engine, most telling first. */
  sync: string[];
  /** The sentence that says why, and what to show beside it. */
  reason: { sentence: string; badges: string[]; small: string[] } | null;
}

const LAYOUTS: Record<string, Layout> = {
  Opportunity: {
    highlights: ['AccountId', 'CloseDate', 'Amount', 'OwnerId'],
    details: [
      'Name',
      'AccountId',
      'OwnerId',
      'StageName',
      'Amount',
      'CurrencyIsoCode',
      'CloseDate',
      'Probability',
      'Type',
      'LeadSource',
      'Product__c',
      'Region__c',
      'NextStep',
      'Loss_Reason__c',
      'Referral_Partner__c',
      'Cosell_Origin__c',
      'Cosell_Partner__c',
      'Reseller__c',
      'Renewed_From__c',
      'Partner_Attribution_Override__c',
      'Partner_Attribution_Override_Reason__c',
      'Partner_Attribution_Override_Until__c',
      'PushCount',
      'LastStageChangeDate',
      'LastActivityDate',
      'Description',
    ],
    sync: [
      'Partner_Attribution_Type__c',
      'Partner_Attribution_Status__c',
      'Partner_Sourced__c',
      'Partner_Influenced__c',
      'Sourcing_Partner__c',
      'Influencing_Partners__c',
      'Partner_Credit_Percent__c',
      'Partner_Credited_Amount__c',
      'Partner_Credited_Amount_Corp__c',
      'Partner_FX_Rate__c',
      'Partner_FX_Date__c',
      'Partner_Attribution_Reason__c',
      'Partner_Attribution_Rule__c',
      'Partner_Attribution_Evaluated_At__c',
      'Partner_Attribution_Locked_At__c',
      'Deal_Registration_ID__c',
      'Deal_Registration_Status__c',
      'Deal_Registration_Reason__c',
      'Deal_Registration_Reason_Detail__c',
      'Deal_Registration_Submitted_At__c',
      'Deal_Registration_Decided_At__c',
      'Deal_Registration_Date_Approved__c',
      'Protection_Expiration_Date__c',
      'Number_of_Deal_Registration_Extensions__c',
      'Protected_Margin_Percent__c',
      'Registration_SLA_Due_At__c',
      'Registration_SLA_State__c',
      'Channel_Conflict__c',
      'Channel_Conflict_With__c',
      'Partner_Dispute_Status__c',
      'Partner_Stage_Entered_At__c',
      'Partner_Deal_Stale__c',
      'Partner_Days_In_Stage__c',
      'Partner_Alert__c',
      'Last_Partner_Touch_At__c',
      'Last_Partner_Touch_Type__c',
      'AE_Partner_Spiff_Eligible__c',
      'Partner_Sync_Status__c',
      'Partner_Sync_Error__c',
      'Partner_Sync_At__c',
      'Partner_Sync_Run_URL__c',
    ],
    reason: {
      sentence: 'Partner_Attribution_Reason__c',
      badges: ['Partner_Attribution_Type__c', 'Partner_Attribution_Status__c'],
      small: [
        'Sourcing_Partner__c',
        'Partner_Attribution_Rule__c',
        'Partner_Attribution_Evaluated_At__c',
        'Partner_Alert__c',
      ],
    },
  },
  Account: {
    highlights: ['Type', 'Partner_Type__c', 'Partner_Status__c', 'BillingCountry', 'OwnerId'],
    details: [
      'Name',
      'Type',
      'ParentId',
      'OwnerId',
      'Industry',
      'Website',
      'Phone',
      'BillingCountry',
      'AnnualRevenue',
      'NumberOfEmployees',
      'CurrencyIsoCode',
      'Partner_Type__c',
      'Partner_Status__c',
      'Partner_Segment__c',
      'Partner_Region__c',
      'Partner_Start_Date__c',
      'Partner_Manager__c',
      'Partner_Certifications__c',
      'Partner_Satisfaction__c',
      'MasterRecordId',
      'Description',
    ],
    sync: [
      'Partner_Tier__c',
      'Partner_Tier_Since__c',
      'Partner_Tier_Qualified__c',
      'Partner_Tier_Status__c',
      'Partner_Tier_Progress__c',
      'Partner_Tier_Next_Requirement__c',
      'Partner_Tier_Below_Since__c',
      'Partner_Tier_Demotion_Date__c',
      'Partner_Sourced_Revenue_T12M__c',
      'Partner_Influenced_Revenue_T12M__c',
      'Partner_Sourced_Pipeline__c',
      'Partner_Influenced_Pipeline__c',
      'Partner_Deals_Won_T12M__c',
      'Partner_Registrations_T12M__c',
      'Partner_Win_Rate_T12M__c',
      'Partner_Registration_Approval_Rate__c',
      'Partner_Health_Score__c',
      'Partner_Health_Reason__c',
      'Partner_Last_Registration_At__c',
      'Partner_First_Deal_At__c',
      'Partner_Time_To_First_Deal__c',
      'Partner_External_ID__c',
    ],
    reason: {
      sentence: 'Partner_Tier_Next_Requirement__c',
      badges: ['Partner_Tier__c', 'Partner_Tier_Status__c'],
      small: ['Partner_Tier_Qualified__c', 'Partner_Tier_Progress__c', 'Partner_Tier_Since__c'],
    },
  },
  Deal_Registration__c: {
    highlights: ['Partner__c', 'Status__c', 'Opportunity__c', 'Submitted_At__c'],
    details: [],
    sync: [],
    reason: null,
  },
  Task: {
    highlights: ['WhatId', 'ActivityDate', 'Status', 'OwnerId'],
    details: ['Subject', 'WhatId', 'OwnerId', 'ActivityDate', 'Status', 'Priority', 'Description'],
    sync: [],
    reason: null,
  },
  User: {
    highlights: ['Title', 'Email', 'IsActive'],
    details: [
      'Name',
      'Title',
      'Email',
      'Username',
      'ManagerId',
      'Department',
      'Region__c',
      'IsActive',
    ],
    sync: [],
    reason: null,
  },
};

/** The fields of one record page that the org has. */
export interface RecordLayout {
  highlights: FieldDef[];
  details: FieldDef[];
  sync: FieldDef[];
  reason: { sentence: FieldDef; badges: FieldDef[]; small: FieldDef[] } | null;
}

/**
 * The layout of an object. Fields made through the API stand in the Partner Sync section, whatever
 * their names; custom fields that no list names follow the details.
 */
export function layoutOf(org: Org, object: string): RecordLayout {
  const definition = org.describe(object);
  const layout = LAYOUTS[object] ?? { highlights: [], details: [], sync: [], reason: null };
  const pick = (names: string[]) => names.flatMap((name) => definition.field(name) ?? []);
  const made = definition.fields.filter((field) => field.gated);
  const sync = [...new Set([...pick(layout.sync), ...made])];
  const named = pick(layout.details).filter((field) => !sync.includes(field));
  const rest = definition.fields.filter(
    (field) => (field.custom || isOwn(field)) && !sync.includes(field) && !named.includes(field),
  );
  const sentence = layout.reason && definition.field(layout.reason.sentence);
  return {
    highlights: pick(layout.highlights),
    details: [...named, ...rest],
    sync,
    reason:
      layout.reason && sentence
        ? { sentence, badges: pick(layout.reason.badges), small: pick(layout.reason.small) }
        : null,
  };
}

/** Name, owner and currency of a custom object are standard fields, but belong to its details. */
function isOwn(field: FieldDef): boolean {
  return field.nameField || field.name === 'OwnerId' || field.name === 'CurrencyIsoCode';
}
