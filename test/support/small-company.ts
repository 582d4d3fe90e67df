/** A company small enough to know by heart: two owners, three partners, a dozen opportunities. */
import type { Dataset, DatasetObject, DatasetRow } from '../../sandbox/dataset.ts';
import { makeId } from '../../sandbox/salesforce/ids.ts';
import type { Company } from '../../sandbox/seed/company.ts';
import { toSalesforce } from '../../sandbox/seed/to-salesforce.ts';

/** Id of the n-th user, account (partners 1 to 3, customer 10), opportunity ... of the company. */
export const id = {
  user: (n: number) => made('005', n),
  account: (n: number) => made('001', n),
  opportunity: (n: number) => made('006', n),
  registration: (n: number) => made('a0R', n),
  touch: (n: number) => made('a0T', n),
};

/** What of an opportunity matters to a test; ages in days before now. */
export interface SmallOpportunity {
  n: number;
  name?: string;
  stage?: string;
  created?: number;
  inStage?: number;
  amount?: number | null;
  owner?: number;
  more?: DatasetRow;
}

export interface SmallRegistration {
  n: number;
  partner: number;
  opportunity: number;
  status?: string;
  submitted?: number;
  decided?: number;
}

export interface SmallTouch {
  n: number;
  partner: number;
  opportunity: number;
  kind?: string;
  at?: number;
}

/** Everything of the company that tests vary. */
export interface SmallCompany {
  opportunities: SmallOpportunity[];
  registrations?: SmallRegistration[];
  touches?: SmallTouch[];
}

/** The company at the instant `now` (ms): objects and fields are those of the sample company. */
export function smallCompany(company: SmallCompany, now = Date.now()): Dataset {
  const ago = (days: number) => new Date(now - days * dayMs).toISOString();
  const rows: Record<string, DatasetRow[]> = {
    User: [1, 2, 3].map((n) => userRow(n)),
    Account: [...[1, 2, 3].map((n) => partnerRow(n, ago)), customerRow(ago)],
    Opportunity: company.opportunities.map((one) => opportunityRow(one, ago)),
    Deal_Registration__c: (company.registrations ?? []).map((one) => registrationRow(one, ago)),
    Partner_Touch__c: (company.touches ?? []).map((one) => touchRow(one, ago)),
  };
  return {
    today: ago(0).slice(0, 10),
    objects: definitions().map((object) => ({
      ...object,
      rows: object.name === 'OpportunityStage' ? object.rows : (rows[object.name] ?? []),
    })),
  };
}

const dayMs = 86_400_000;
type Ago = (days: number) => string;

function made(prefix: string, n: number): string {
  // Far from the ids that the sandbox gives to records made later.
  return makeId(prefix, 1_000_000 + n);
}

let defined: DatasetObject[] | undefined;

/** A company of which only the objects and their fields are wanted. */
const nobody: Company = {
  name: 'Nobody',
  today: '2026-03-02',
  corporateCurrency: 'USD',
  people: [],
  partners: [],
  customers: [],
  opportunities: [],
  registrations: [],
  touches: [],
  rates: [{ currency: 'EUR', from: '2026-01-01', rate: '1' }],
};

/** One currency: no rates are asked for. */
function definitions(): DatasetObject[] {
  const wanted = ['OpportunityStage', 'User', 'Account', 'Opportunity'];
  wanted.push('Deal_Registration__c', 'Partner_Touch__c');
  defined ??= toSalesforce(nobody)
    .objects.filter(({ name }) => wanted.includes(name))
    .map((object) => ({
      ...object,
      fields: object.fields.filter(({ name }) => name !== 'CurrencyIsoCode'),
    }));
  return defined;
}

function userRow(n: number): DatasetRow {
  const name = ['', 'Ana Ortega', 'Ben Osei', 'Gone Person'][n]!;
  const handle = name.toLowerCase().replace(' ', '.');
  return {
    Id: id.user(n),
    Name: name,
    Username: `${handle}@small.example`,
    Email: `${handle}@small.example`,
    IsActive: n !== 3,
  };
}

function partnerRow(n: number, ago: Ago): DatasetRow {
  return {
    Id: id.account(n),
    Name: ['', 'Northgate Consulting', 'Southgate Systems', 'Westgate Partners'][n]!,
    Type: 'Partner',
    OwnerId: id.user(1),
    Partner_Status__c: 'Active',
    Partner_Type__c: 'Referral',
    Partner_Segment__c: 'Mid',
    Partner_Start_Date__c: ago(900).slice(0, 10),
    ...stamps(ago(900), ago(400)),
  };
}

function customerRow(ago: Ago): DatasetRow {
  return {
    Id: id.account(10),
    Name: 'Pinewood Foods',
    Type: 'Customer',
    OwnerId: id.user(1),
    ...stamps(ago(900), ago(400)),
  };
}

function opportunityRow(one: SmallOpportunity, ago: Ago): DatasetRow {
  const { n, stage = 'Proposal', created = 60, inStage = 5, amount = 1_000, owner = 1 } = one;
  return {
    Id: id.opportunity(n),
    Name: one.name ?? `Opportunity ${n}`,
    AccountId: id.account(10),
    OwnerId: id.user(owner),
    StageName: stage,
    Amount: amount,
    CloseDate: ago(stage.startsWith('Closed') ? inStage : -30).slice(0, 10),
    LeadSource: 'Web',
    Type: 'New Business',
    LastStageChangeDate: ago(inStage),
    ...stamps(ago(created), ago(inStage)),
    ...one.more,
  };
}

function registrationRow(one: SmallRegistration, ago: Ago): DatasetRow {
  const { submitted = 80, decided = 78 } = one;
  return {
    Id: id.registration(one.n),
    Partner__c: id.account(one.partner),
    Opportunity__c: id.opportunity(one.opportunity),
    Customer__c: id.account(10),
    Status__c: one.status ?? 'Approved',
    Submitted_At__c: ago(submitted),
    Decided_At__c: ago(decided),
    Protection_Expiration_Date__c: ago(decided - 90).slice(0, 10),
    Resubmissions__c: 0,
    ...stamps(ago(submitted), ago(decided)),
  };
}

function touchRow(one: SmallTouch, ago: Ago): DatasetRow {
  const at = ago(one.at ?? 10);
  return {
    Id: id.touch(one.n),
    Partner__c: id.account(one.partner),
    Opportunity__c: id.opportunity(one.opportunity),
    Kind__c: one.kind ?? 'Discovery',
    At__c: at,
    ...stamps(at, at),
  };
}

function stamps(created: string, modified: string): DatasetRow {
  return { CreatedDate: created, LastModifiedDate: modified, SystemModstamp: modified };
}
