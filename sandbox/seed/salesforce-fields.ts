/**
 * The fields the sample company's Salesforce org has beside the standard ones, and its picklists.
 */
import type { DatasetField, ValidationRule } from '../dataset.ts';
import { REASON_CODES, REGISTRATION_STATES, type STAGES, TOUCH_KINDS } from './company.ts';
import { COUNTRIES, CUSTOMER_SECOND, PRODUCTS } from './names.ts';
import { CORPORATE_CURRENCY, CURRENCY_WITHOUT_RATE } from './rates.ts';

type Options = Partial<DatasetField>;

const field = (name: string, label: string, type: DatasetField['type'], more: Options = {}) => ({
  name,
  label,
  type,
  ...more,
});
const text = (name: string, label: string, length: number) =>
  field(name, label, 'string', { length });
const datetime = (name: string, label: string) => field(name, label, 'datetime');
const choice = (name: string, label: string, picklist: readonly string[], restricted = true) =>
  field(name, label, 'picklist', { picklist: [...picklist], restricted });
const lookup = (name: string, label: string, to: string) =>
  field(name, label, 'reference', { referenceTo: [to] });

const REGIONS = ['Americas', 'EMEA', 'APAC'];

/**
 * Every currency of the org; the one without a rate came in with an import and was never set up.
 */
export const CURRENCIES = [
  CORPORATE_CURRENCY,
  ...new Set(COUNTRIES.map((c) => c.currency as string).filter((c) => c !== CORPORATE_CURRENCY)),
  CURRENCY_WITHOUT_RATE,
];
const currency = choice('CurrencyIsoCode', 'Currency', CURRENCIES);

export const USER_FIELDS: DatasetField[] = [choice('Region__c', 'Region', REGIONS)];

export const ACCOUNT_FIELDS: DatasetField[] = [
  choice('Type', 'Type', ['Prospect', 'Customer', 'Partner', 'Other'], false),
  choice('Industry', 'Industry', [...Object.keys(CUSTOMER_SECOND), 'Technology'], false),
  currency,
  choice('Partner_Type__c', 'Partner Type', [
    'Referral',
    'Reseller',
    'Distributor',
    'SI',
    'Technology',
    'MSP',
  ]),
  choice('Partner_Status__c', 'Partner Status', ['Active', 'Pending', 'Inactive', 'Off-boarded']),
  choice('Partner_Segment__c', 'Partner Segment', ['Strategic', 'Mid', 'Long-tail']),
  choice('Partner_Region__c', 'Partner Region', REGIONS),
  field('Partner_Start_Date__c', 'Partner Start Date', 'date'),
  lookup('Partner_Manager__c', 'Partner Manager', 'User'),
  field('Partner_Certifications__c', 'Certifications', 'int'),
  field('Partner_Satisfaction__c', 'Satisfaction (0-10)', 'double', { precision: 3, scale: 1 }),
];

/**
 * Attribution's inputs. The three override fields are the ones `provision` would make (domain.md
 * 5.1, 17-18).
 */
export const OPPORTUNITY_FIELDS: DatasetField[] = [
  choice('Type', 'Type', ['New Business', 'Existing Business', 'Renewal'], false),
  choice('LeadSource', 'Lead Source', [
    'Web',
    'Phone Inquiry',
    'Partner Referral',
    'Trade Show',
    'Outbound',
    'Existing Customer',
  ]),
  currency,
  choice('Product__c', 'Product', PRODUCTS),
  choice('Region__c', 'Region', REGIONS),
  choice('Loss_Reason__c', 'Loss Reason', [
    'Price',
    'Lost to competitor',
    'No decision',
    'Missing feature',
    'Budget cut',
  ]),
  lookup('Referral_Partner__c', 'Referral Partner', 'Account'),
  choice('Cosell_Origin__c', 'Co-sell Origin', ['AWS partner referral', 'Microsoft partner-led']),
  lookup('Cosell_Partner__c', 'Co-sell Partner', 'Account'),
  lookup('Reseller__c', 'Partner of Record', 'Account'),
  lookup('Renewed_From__c', 'Renewed or Cloned From', 'Opportunity'),
  choice('Partner_Attribution_Override__c', 'Partner Attribution Override', [
    'None',
    'Sourced',
    'Influenced',
    'Delivered',
    'Fulfilled',
    'Direct',
    'Pending Review',
  ]),
  text('Partner_Attribution_Override_Reason__c', 'Override Reason', 255),
  field('Partner_Attribution_Override_Until__c', 'Override Until', 'date'),
];

export const REGISTRATION_FIELDS: DatasetField[] = [
  field('Name', 'Registration Number', 'string', { length: 80, autoNumber: 'DR-{00000}' }),
  currency,
  lookup('Partner__c', 'Partner', 'Account'),
  lookup('Opportunity__c', 'Opportunity', 'Opportunity'),
  lookup('Customer__c', 'Customer', 'Account'),
  choice('Product__c', 'Product', PRODUCTS),
  choice('Region__c', 'Region', REGIONS),
  field('Amount__c', 'Amount', 'currency', { precision: 18, scale: 2 }),
  choice('Status__c', 'Status', REGISTRATION_STATES),
  choice('Reason__c', 'Reason', REASON_CODES),
  text('Reason_Detail__c', 'Reason Detail', 255),
  datetime('Submitted_At__c', 'Submitted At'),
  datetime('Decided_At__c', 'Decided At'),
  field('Protection_Expiration_Date__c', 'Protection Expiration Date', 'date'),
  field('Protected_Margin_Percent__c', 'Protected Margin', 'percent', { precision: 5, scale: 2 }),
  datetime('Evidence_At__c', 'Evidence Dated'),
  datetime('Confirmed_At__c', 'Confirmed By Neutral Approver At'),
  field('Resubmissions__c', 'Resubmissions', 'int'),
];

export const TOUCH_FIELDS: DatasetField[] = [
  field('Name', 'Touch Number', 'string', { length: 80, autoNumber: 'PT-{00000}' }),
  lookup('Partner__c', 'Partner', 'Account'),
  lookup('Opportunity__c', 'Opportunity', 'Opportunity'),
  choice('Kind__c', 'Kind', TOUCH_KINDS),
  datetime('At__c', 'Happened At'),
];

/** Roles as sales people enter them in the partners list of an opportunity. */
export const ROLE_FIELDS: DatasetField[] = [
  choice('Role', 'Role', ['Reseller', 'Distributor', 'Implementation'], false),
];

/** label, probability, closed, won, forecast category. */
export const STAGE_ROWS: [(typeof STAGES)[number], number, boolean, boolean, string][] = [
  ['Prospecting', 10, false, false, 'Pipeline'],
  ['Qualification', 20, false, false, 'Pipeline'],
  ['Needs Analysis', 35, false, false, 'Pipeline'],
  ['Proposal', 55, false, false, 'Best Case'],
  ['Negotiation', 75, false, false, 'Commit'],
  ['On Hold', 5, false, false, 'Omitted'],
  ['Closed Won', 100, true, true, 'Closed'],
  ['Closed Lost', 0, true, false, 'Omitted'],
];

/** A rule as many orgs have one; every lost opportunity of the sample satisfies it. */
export const VALIDATION_RULES: ValidationRule[] = [
  {
    object: 'Opportunity',
    name: 'Loss_Reason_Required',
    when: {
      all: [
        { field: 'StageName', is: '=', value: 'Closed Lost' },
        { field: 'Loss_Reason__c', is: 'blank' },
      ],
    },
    message: 'Please give a loss reason when you close an opportunity as lost.',
    field: 'Loss_Reason__c',
  },
];
