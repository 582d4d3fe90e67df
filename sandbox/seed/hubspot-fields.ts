/** The properties, labels and objects the sample company's portal has beside HubSpot's own. */
import type { SchemaInput } from '../hubspot/custom-objects.ts';
import type { DatasetLabel, DatasetStage } from '../hubspot/dataset.ts';
import type { PropertyInput } from '../hubspot/property.ts';
import { optionsOf } from '../hubspot/property.ts';
import { REASON_CODES, REGISTRATION_STATES, type Stage, TOUCH_KINDS } from './company.ts';
import { PRODUCTS } from './names.ts';
import { CURRENCIES, STAGE_ROWS } from './salesforce-fields.ts';

type More = Partial<PropertyInput>;

const property = (name: string, label: string, type: PropertyInput['type'], more: More = {}) => ({
  name,
  label,
  type,
  fieldType:
    { bool: 'booleancheckbox', number: 'number', string: 'text' }[type as string] ?? 'date',
  ...more,
});
const choice = (name: string, label: string, values: readonly string[]): PropertyInput =>
  property(name, label, 'enumeration', { fieldType: 'select', options: optionsOf(values) });
const text = (name: string, label: string) => property(name, label, 'string');

const REGIONS = ['Americas', 'EMEA', 'APAC'];
/** Ids as portals give them: numbers that say nothing. */
const FIRST_STAGE_ID = 998_400_101;

/** The deal stages in the order of the sales process. */
export const DEAL_STAGES: DatasetStage[] = STAGE_ROWS.map(([label, percent, closed], i) => ({
  id: String(FIRST_STAGE_ID + i * 7),
  label,
  probability: String(percent / 100),
  closed,
}));

/** The id of a stage. */
export function stageId(stage: Stage): string {
  return DEAL_STAGES.find(({ label }) => label === stage)!.id;
}

export const COMPANY_PROPERTIES: PropertyInput[] = [
  property('is_partner', 'Is a Partner', 'bool'),
  choice('partner_type', 'Partner Type', [
    'Referral',
    'Reseller',
    'Distributor',
    'SI',
    'Technology',
    'MSP',
  ]),
  choice('partner_status', 'Partner Status', ['Active', 'Pending', 'Inactive', 'Off-boarded']),
  choice('partner_segment', 'Partner Segment', ['Strategic', 'Mid', 'Long-tail']),
  choice('partner_region', 'Partner Region', REGIONS),
  property('partner_start_date', 'Partner Start Date', 'date'),
  property('partner_manager', 'Partner Manager', 'enumeration', {
    fieldType: 'select',
    externalOptions: true,
    referencedObjectType: 'OWNER',
  }),
  property('partner_certifications', 'Certifications', 'number'),
  property('partner_satisfaction', 'Satisfaction (0-10)', 'number'),
];

/** The three override properties are the ones `provision` would make (domain.md 5.1, 17-18). */
export const DEAL_PROPERTIES: PropertyInput[] = [
  property('dealtype', 'Deal Type', 'enumeration', {
    fieldType: 'radio',
    hubspotDefined: true,
    options: [
      { value: 'newbusiness', label: 'New Business' },
      { value: 'existingbusiness', label: 'Existing Business' },
      { value: 'renewal', label: 'Renewal' },
    ],
  }),
  choice('lead_source', 'Lead Source', [
    'Web',
    'Phone Inquiry',
    'Partner Referral',
    'Trade Show',
    'Outbound',
    'Existing Customer',
  ]),
  choice('product', 'Product', PRODUCTS),
  choice('deal_region', 'Region', REGIONS),
  property('close_date_push_count', 'Close Date Pushes', 'number', {
    description: 'How often the close date was moved to a later day; kept by a workflow.',
  }),
  choice('cosell_origin', 'Co-sell Origin', ['AWS partner referral', 'Microsoft partner-led']),
  choice('partner_attribution_override', 'Partner Attribution Override', [
    'None',
    'Sourced',
    'Influenced',
    'Delivered',
    'Fulfilled',
    'Direct',
    'Pending Review',
  ]),
  text('partner_attribution_override_reason', 'Override Reason'),
  property('partner_attribution_override_until', 'Override Until', 'date'),
];

/** Roles on a deal, seen from the deal and from the partner. */
export const LABELS: DatasetLabel[] = [
  ['sourcing_partner', 'Sourcing partner', 'Sourced deal'],
  ['influencing_partner', 'Influencing partner', 'Influenced deal'],
  ['reseller', 'Reseller', 'Resold deal'],
  ['distributor', 'Distributor', 'Distributed deal'],
  ['implementation_partner', 'Implementation partner', 'Implemented deal'],
  ['referral_partner', 'Referral partner', 'Referred deal'],
  ['cosell_partner', 'Co-sell partner', 'Co-sell deal'],
].map(([name, label, inverseLabel]) => ({
  from: 'deals',
  to: 'companies',
  name: name!,
  label: label!,
  inverseLabel: inverseLabel!,
}));

const registrationTo = (to: string, name: string, label: string): DatasetLabel => ({
  from: 'deal_registration',
  to,
  name,
  label,
  inverseLabel: `${label} of registration`,
});

export const OTHER_LABELS: DatasetLabel[] = [
  registrationTo('companies', 'registering_partner', 'Registering partner'),
  registrationTo('companies', 'registered_customer', 'Registered customer'),
  {
    from: 'deals',
    to: 'deals',
    name: 'renewal_of',
    label: 'Renewal of',
    inverseLabel: 'Renewed by',
  },
];

export const REGISTRATION_SCHEMA: SchemaInput = {
  name: 'deal_registration',
  labels: { singular: 'Deal registration', plural: 'Deal registrations' },
  primaryDisplayProperty: 'registration_number',
  requiredProperties: ['registration_number'],
  searchableProperties: ['registration_number'],
  associatedObjects: ['deals', 'companies'],
  properties: [
    { ...text('registration_number', 'Registration Number'), hasUniqueValue: true },
    choice('status', 'Status', REGISTRATION_STATES),
    choice('product', 'Product', PRODUCTS),
    choice('region', 'Region', REGIONS),
    property('amount', 'Amount', 'number'),
    choice('currency', 'Currency', CURRENCIES),
    choice('reason', 'Reason', REASON_CODES),
    text('reason_detail', 'Reason Detail'),
    property('submitted_at', 'Submitted At', 'datetime'),
    property('decided_at', 'Decided At', 'datetime'),
    property('protection_expiration_date', 'Protection Expiration Date', 'date'),
    property('protected_margin_percent', 'Protected Margin', 'number'),
    property('evidence_at', 'Evidence Dated', 'datetime'),
    property('confirmed_at', 'Confirmed By Neutral Approver At', 'datetime'),
    property('resubmissions', 'Resubmissions', 'number'),
  ],
};

export const TOUCH_SCHEMA: SchemaInput = {
  name: 'partner_touch',
  labels: { singular: 'Partner touch', plural: 'Partner touches' },
  primaryDisplayProperty: 'touch_number',
  requiredProperties: ['touch_number'],
  searchableProperties: ['touch_number'],
  associatedObjects: ['deals', 'companies'],
  properties: [
    { ...text('touch_number', 'Touch Number'), hasUniqueValue: true },
    choice('kind', 'Kind', TOUCH_KINDS),
    property('happened_at', 'Happened At', 'datetime'),
  ],
};
