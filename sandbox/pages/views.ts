/**
 * The list views: which records, which columns, in which order. Data, so that a view is one entry.
 */
import type { Org } from '../salesforce/org.ts';
import type { Row, Value } from '../salesforce/values.ts';

/** Reads a field of a row by its API name; null where the org has no such field. */
export type Read = (field: string) => Value;

export interface ListView {
  /** As in `filterName=`. */
  name: string;
  label: string;
  /** `today` is the org's calendar day in UTC. */
  shows: (read: Read, today: string) => boolean;
  /** Field to sort by; '-' in front for the largest first. */
  sort: string;
}

const everything = () => true;
const recent = (name: string, label: string): ListView => ({
  name,
  label,
  shows: everything,
  sort: '-LastModifiedDate',
});

const open = (read: Read) => read('IsClosed') !== true;
const waiting: Value[] = ['Submitted', 'In Review', 'Action Required'];
/** Names of the hand-made cases of the sample company. */
const caseName = /^(Case \d\d|Rule R\d+) /;

const VIEWS: Record<string, ListView[]> = {
  Opportunity: [
    { name: 'AllOpen', label: 'All open', shows: open, sort: 'CloseDate' },
    {
      name: 'ClosingThisMonth',
      label: 'Closing this month',
      shows: (read, today) => open(read) && String(read('CloseDate')).startsWith(today.slice(0, 7)),
      sort: 'CloseDate',
    },
    {
      name: 'PartnerSourced',
      label: 'Partner sourced',
      shows: (read) => read('Partner_Sourced__c') === true,
      sort: '-LastModifiedDate',
    },
    {
      name: 'PendingReview',
      label: 'Pending review',
      shows: (read) => read('Partner_Attribution_Type__c') === 'Pending Review',
      sort: '-LastModifiedDate',
    },
    {
      name: 'Stale',
      label: 'Stale',
      shows: (read) => open(read) && read('Partner_Deal_Stale__c') === true,
      sort: 'LastStageChangeDate',
    },
    recent('RecentlyModified', 'Recently modified'),
    {
      name: 'NamedCases',
      label: 'Named cases',
      shows: (read) => caseName.test(String(read('Name'))),
      sort: 'Name',
    },
    { name: 'All', label: 'All', shows: everything, sort: 'Name' },
  ],
  Account: [
    { name: 'Partners', label: 'Partners', shows: (r) => r('Type') === 'Partner', sort: 'Name' },
    { name: 'Customers', label: 'Customers', shows: (r) => r('Type') !== 'Partner', sort: 'Name' },
    recent('RecentlyModified', 'Recently modified'),
  ],
  Deal_Registration__c: [
    {
      name: 'Waiting',
      label: 'Waiting for a decision',
      shows: (read) => waiting.includes(read('Status__c')),
      sort: 'Submitted_At__c',
    },
    {
      name: 'Approved',
      label: 'Approved',
      shows: (read) => read('Status__c') === 'Approved',
      sort: '-Submitted_At__c',
    },
    { name: 'All', label: 'All', shows: everything, sort: '-Submitted_At__c' },
  ],
  Task: [
    { name: 'Open', label: 'Open', shows: open, sort: 'ActivityDate' },
    { name: 'Closed', label: 'Closed', shows: (r) => !open(r), sort: '-LastModifiedDate' },
  ],
};

const COLUMNS: Record<string, string[]> = {
  Opportunity: [
    'Name',
    'AccountId',
    'StageName',
    'Amount',
    'CloseDate',
    'Partner_Attribution_Type__c',
    'OwnerId',
  ],
  Account: [
    'Name',
    'Partner_Type__c',
    'Partner_Tier__c',
    'Partner_Segment__c',
    'Partner_Status__c',
    'BillingCountry',
    'OwnerId',
  ],
  Deal_Registration__c: [
    'Name',
    'Status__c',
    'Partner__c',
    'Opportunity__c',
    'Customer__c',
    'Submitted_At__c',
    'Protection_Expiration_Date__c',
  ],
  Partner_Touch__c: ['Name', 'Kind__c', 'Partner__c', 'Opportunity__c', 'At__c'],
  Task: ['Subject', 'WhatId', 'ActivityDate', 'Status', 'OwnerId', 'Priority'],
  OpportunityHistory: ['StageName', 'Amount', 'CloseDate', 'CreatedDate', 'CreatedById'],
  OpportunityPartner: ['AccountToId', 'Role', 'IsPrimary', 'CreatedDate'],
  User: ['Name', 'Title', 'Email', 'IsActive'],
};

/** The views of an object; every object has at least "All". */
export function viewsOf(object: string): ListView[] {
  return VIEWS[object] ?? [{ name: 'All', label: 'All', shows: everything, sort: '-CreatedDate' }];
}

/**
 * Columns that the org has, the name first. An unknown object shows its name and its first own
 * fields.
 */
export function columnsOf(org: Org, object: string): string[] {
  const definition = org.describe(object);
  const name = definition.nameField?.name ?? 'Id';
  const own = definition.fields.filter((field) => field.custom).map((field) => field.name);
  const wanted = COLUMNS[object] ?? [name, ...own.slice(0, 5), 'LastModifiedDate'];
  return wanted.filter((column) => definition.field(column));
}

/** A reader of one row by field names. */
export function reader(org: Org, object: string): (row: Row) => Read {
  const definition = org.describe(object);
  return (row) => (field) => {
    const slot = definition.field(field)?.slot;
    return slot === undefined ? null : (row[slot] ?? null);
  };
}
