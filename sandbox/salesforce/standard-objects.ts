/**
 * The standard objects of an org, one line a field: `Name | Label | type | flags`; read by
 * metadata.ts.
 */

/**
 * `key prefix, label, lines`. Types: `string 255`, `currency`, `picklist A,B`, `reference
 * Account`.
 */
export interface StandardObject {
  name: string;
  label: string;
  keyPrefix: string;
  /** False: no DML through the API (Salesforce writes it itself). */
  writable?: boolean;
  fields: string;
}

const address = (prefix: string) => `
${prefix}Street | ${prefix} Street | textarea 255
${prefix}City | ${prefix} City | string 40
${prefix}State | ${prefix} State/Province | string 80
${prefix}PostalCode | ${prefix} Zip/Postal Code | string 20
${prefix}Country | ${prefix} Country | string 80`;

const activityDates = `
LastActivityDate | Last Activity | date | readonly
LastViewedDate | Last Viewed Date | datetime | readonly
LastReferencedDate | Last Referenced Date | datetime | readonly`;

const owner = 'OwnerId | Owner ID | reference User | required rel=Owner';
const recordType = 'RecordTypeId | Record Type ID | reference RecordType';
const roles = 'OpportunityContactRoles';
const sources = 'Web,Phone Inquiry,Partner Referral,Purchased List,Other';
const industries =
  'Agriculture,Banking,Consulting,Education,Energy,Finance,Government,Healthcare,Insurance,' +
  'Manufacturing,Media,Retail,Technology,Telecommunications,Transportation,Utilities,Other';
const leadStatuses =
  'Open - Not Contacted,Working - Contacted,Closed - Converted,Closed - Not Converted';
const contactRoles =
  'Business User,Decision Maker,Economic Buyer,Evaluator,Executive Sponsor,Influencer,Other';
/** Salesforce's own statuses of a task; only Completed is closed. */
export const taskStatuses = [
  'Not Started',
  'In Progress',
  'Completed',
  'Waiting on someone else',
  'Deferred',
];
const categories = 'Omitted,Pipeline,BestCase,MostLikely,Forecast,Closed';
const partnerRoles =
  'System Integrator,Agency,Advertiser,VAR/Reseller,Distributor,Developer,Broker';

/** Sales objects: what opportunities and partners live in. */
export const salesObjects: StandardObject[] = [
  {
    name: 'Account',
    label: 'Account',
    keyPrefix: '001',
    fields: `
Name | Account Name | string 255 | required name
Type | Account Type | picklist Prospect,Customer - Direct,Customer - Channel,Partner,Other
ParentId | Parent Account ID | reference Account | children=ChildAccounts
MasterRecordId | Master Record ID | reference Account | readonly
${owner}
Website | Website | url 255
Phone | Account Phone | phone 40
Fax | Account Fax | phone 40
AccountNumber | Account Number | string 40
Site | Account Site | string 80
AccountSource | Account Source | picklist ${sources}
Industry | Industry | picklist ${industries}
AnnualRevenue | Annual Revenue | currency
NumberOfEmployees | Employees | int
Ownership | Ownership | picklist Public,Private,Subsidiary,Other
Rating | Account Rating | picklist Hot,Warm,Cold
Description | Account Description | textarea 32000
IsPartner | Partner Account | boolean | nocreate
IsCustomerPortal | Customer Portal Account | boolean | nocreate
${recordType}${address('Billing')}${address('Shipping')}${activityDates}`,
  },
  {
    name: 'Contact',
    label: 'Contact',
    keyPrefix: '003',
    fields: `
AccountId | Account ID | reference Account | children=Contacts
MasterRecordId | Master Record ID | reference Contact | readonly
FirstName | First Name | string 40
LastName | Last Name | string 80 | required
Name | Full Name | string 121 | name readonly
Salutation | Salutation | picklist Mr.,Ms.,Mrs.,Dr.,Prof.,Mx.
Title | Title | string 128
Department | Department | string 80
Email | Email | email 80 | lookup
Phone | Business Phone | phone 40
MobilePhone | Mobile Phone | phone 40
ReportsToId | Reports To ID | reference Contact
LeadSource | Lead Source | picklist ${sources}
Description | Contact Description | textarea 32000
${owner}${address('Mailing')}${activityDates}`,
  },
  {
    name: 'Lead',
    label: 'Lead',
    keyPrefix: '00Q',
    fields: `
FirstName | First Name | string 40
LastName | Last Name | string 80 | required
Name | Full Name | string 121 | name readonly
Company | Company | string 255 | required
Title | Title | string 128
Email | Email | email 80 | lookup
Phone | Phone | phone 40
Website | Website | url 255
Status | Lead Status | picklist ${leadStatuses} | required default=Open - Not Contacted
LeadSource | Lead Source | picklist ${sources}
Industry | Industry | picklist ${industries}
Rating | Rating | picklist Hot,Warm,Cold
Description | Description | textarea 32000
${owner}
IsConverted | Converted | boolean | readonly
ConvertedDate | Converted Date | date | readonly
ConvertedAccountId | Converted Account ID | reference Account | readonly
ConvertedContactId | Converted Contact ID | reference Contact | readonly
ConvertedOpportunityId | Converted Opportunity ID | reference Opportunity | readonly
MasterRecordId | Master Record ID | reference Lead | readonly
PartnerAccountId | Partner Account ID | reference Account | readonly${address('')}${activityDates}`,
  },
  {
    name: 'Opportunity',
    label: 'Opportunity',
    keyPrefix: '006',
    fields: `
AccountId | Account ID | reference Account | children=Opportunities
Name | Name | string 120 | required name
Description | Description | textarea 32000
StageName | Stage | picklist | required
Amount | Amount | currency
Probability | Probability (%) | percent
ExpectedRevenue | Expected Amount | currency | readonly
TotalOpportunityQuantity | Quantity | double
CloseDate | Close Date | date | required
Type | Opportunity Type | picklist Existing Business,New Business
NextStep | Next Step | string 255
LeadSource | Lead Source | picklist ${sources}
IsClosed | Closed | boolean | readonly
IsWon | Won | boolean | readonly
ForecastCategory | Forecast Category | picklist ${categories} | readonly
ForecastCategoryName | Forecast Category | picklist Omitted,Pipeline,Best Case,Commit,Closed
CampaignId | Campaign ID | reference Campaign
${owner}
LastStageChangeDate | Last Stage Change Date | datetime | readonly
PushCount | Push Count | int | readonly
FiscalQuarter | Fiscal Quarter | int | readonly
FiscalYear | Fiscal Year | int | readonly
Fiscal | Fiscal Period | string 6 | readonly
ContactId | Contact ID | reference Contact | noupdate
PartnerAccountId | Partner Account ID | reference Account | rel=PartnerAccount
RecordTypeId | Record Type ID | reference RecordType
HasOpportunityLineItem | Has Line Item | boolean | readonly${activityDates}`,
  },
  {
    name: 'OpportunityHistory',
    label: 'Opportunity History',
    keyPrefix: '008',
    writable: false,
    fields: `
OpportunityId | Opportunity ID | reference Opportunity | children=OpportunityHistories
StageName | Stage | picklist
Amount | Amount | currency
ExpectedRevenue | Expected Revenue | currency
CloseDate | Close Date | date
Probability | Probability | percent
ForecastCategory | Forecast Category | picklist
PrevAmount | Prev Amount | currency
PrevCloseDate | Prev Close Date | date`,
  },
  {
    name: 'OpportunityPartner',
    label: 'Opportunity Partner',
    keyPrefix: '00I',
    writable: false,
    fields: `
OpportunityId | Opportunity ID | reference Opportunity | children=OpportunityPartnersFrom
AccountToId | Account ID | reference Account | rel=AccountTo children=OpportunityPartnersTo
Role | Role | picklist ${partnerRoles}
IsPrimary | Primary | boolean
ReversePartnerId | Reverse Partner ID | reference Partner`,
  },
  {
    name: 'Partner',
    label: 'Partner',
    keyPrefix: '00P',
    fields: `
OpportunityId | Opportunity ID | reference Opportunity | noupdate children=Partners
AccountFromId | Account ID | reference Account | rel=AccountFrom noupdate children=PartnersFrom
AccountToId | Account ID | reference Account | required rel=AccountTo noupdate children=PartnersTo
Role | Role | picklist ${partnerRoles} | noupdate
IsPrimary | Primary | boolean | noupdate
ReversePartnerId | Reverse Partner ID | reference Partner | readonly`,
  },
  {
    name: 'OpportunityContactRole',
    label: 'Opportunity Contact Role',
    keyPrefix: '00K',
    fields: `
OpportunityId | Opportunity ID | reference Opportunity | required noupdate children=${roles}
ContactId | Contact ID | reference Contact | required children=OpportunityContactRoles
Role | Role | picklist ${contactRoles}
IsPrimary | Primary | boolean`,
  },
  {
    name: 'Task',
    label: 'Task',
    keyPrefix: '00T',
    fields: `
WhoId | Name ID | reference Contact,Lead | rel=Who children=Tasks
WhatId | Related To ID | reference Account,Opportunity,Campaign,* | rel=What children=Tasks
AccountId | Account ID | reference Account | readonly
Subject | Subject | string 255 | name
ActivityDate | Due Date Only | date
Status | Status | picklist ${taskStatuses.join(',')} | required default=Not Started
Priority | Priority | picklist High,Normal,Low | required default=Normal
Description | Description | textarea 32000
Type | Type | picklist Call,Email,Meeting,Other
TaskSubtype | Task Subtype | picklist Task,Email,Call,List Email,LinkedIn | default=Task noupdate
IsClosed | Closed | boolean | readonly
IsHighPriority | High Priority | boolean | readonly
IsArchived | Archived | boolean | readonly
CompletedDateTime | Completed Date | datetime | readonly
IsReminderSet | Reminder Set | boolean
ReminderDateTime | Reminder Date/Time | datetime
${owner}`,
  },
  {
    name: 'Campaign',
    label: 'Campaign',
    keyPrefix: '701',
    fields: `
Name | Name | string 80 | required name
Type | Type | picklist Conference,Webinar,Partners,Email,Other
Status | Status | picklist Planned,In Progress,Completed,Aborted
StartDate | Start Date | date
EndDate | End Date | date
IsActive | Active | boolean
${owner}`,
  },
];
