/**
 * The company the bench measures with: N opportunities, a third of them open, a quarter touched by
 * partners. Every row follows from its number alone, so any slice can be made again anywhere.
 */
import type { Dataset, DatasetObject, DatasetRow } from '../sandbox/dataset.ts';
import { makeId } from '../sandbox/salesforce/ids.ts';
import { sampleCompany } from '../sandbox/seed/sample-company.ts';

/** How large, and at which instant; `at` is when its newest opportunity was last changed. */
export interface CompanySize {
  opportunities: number;
  at: string;
  /** Years over which closed opportunities were made; 2 unless said. */
  years?: number;
}

export const users = 50;
export const partners = 200;
/** Every tenth opportunity has a registration, every seventh a touch of a partner. */
export const registrationEvery = 10;
export const touchEvery = 7;
/** A company of N opportunities has N / 20 customers. */
const opportunitiesPerCustomer = 20;
const dayMs = 86_400_000;
/** Opportunities were last changed over the five minutes before `at`. */
const changedOverMs = 300_000;

const openStages = ['Prospecting', 'Qualification', 'Proposal', 'Negotiation'];

/** Everything but the opportunities: what a connection has read before they arrive. */
export function surroundings(size: CompanySize): Dataset {
  const rows: Record<string, DatasetRow[]> = {
    User: times(users, userRow),
    Account: [
      ...times(partners, (n) => partnerRow(n, size.at)),
      ...times(customersOf(size), (n) => customerRow(n, size.at)),
    ],
    Opportunity: [],
    Deal_Registration__c: times(Math.floor(size.opportunities / registrationEvery), (n) =>
      registrationRow(n * registrationEvery, size),
    ),
    Partner_Touch__c: times(Math.floor(size.opportunities / touchEvery), (n) =>
      touchRow(n * touchEvery, size),
    ),
  };
  return {
    today: size.at.slice(0, 10),
    objects: definitions().map((object) => ({
      ...object,
      rows: object.name === 'OpportunityStage' ? object.rows : (rows[object.name] ?? []),
    })),
  };
}

/** Opportunities number `from` to `to` (not included). */
export function opportunitySlice(size: CompanySize, from: number, to: number): Dataset {
  const [object] = definitions().filter(({ name }) => name === 'Opportunity');
  const rows = times(to - from, (n) => opportunityRow(from + n, size));
  return { today: size.at.slice(0, 10), objects: [{ ...object!, rows }] };
}

/** The id of opportunity number `n`. */
export const opportunityId = (n: number) => made('006', n);
/** The id of partner number `n`. */
export const partnerId = (n: number) => made('001', n);

/** One opportunity as Salesforce would give it. */
export function opportunityRow(n: number, size: CompanySize): DatasetRow {
  const open = isOpen(n);
  const created = Date.parse(size.at) - createdDaysAgo(n, size) * dayMs;
  const inStage = Math.floor(draw(n, 3) * (open ? 45 : (size.years ?? 2) * 150));
  const changed = Date.parse(size.at) - Math.floor(draw(n, 4) * changedOverMs);
  const entered = Math.max(created, Date.parse(size.at) - inStage * dayMs);
  return {
    Id: opportunityId(n),
    Name: `Opportunity ${n}: ${['renewal', 'platform', 'services', 'licences'][n % 4]}`,
    AccountId: made('001', partners + (n % customersOf(size))),
    OwnerId: made('005', n % users),
    StageName: open
      ? openStages[n % openStages.length]!
      : draw(n, 5) < 0.4
        ? 'Closed Won'
        : 'Closed Lost',
    Amount: 1_000 + Math.floor(draw(n, 6) * 90_000),
    CloseDate: iso(open ? Date.parse(size.at) + 30 * dayMs : entered).slice(0, 10),
    LeadSource: 'Web',
    Type: 'New Business',
    LastStageChangeDate: iso(entered),
    CreatedDate: iso(created),
    LastModifiedDate: iso(changed),
    SystemModstamp: iso(changed),
  };
}

/** The registration of opportunity `n`: approved, submitted before the opportunity was made. */
export function registrationRow(n: number, size: CompanySize): DatasetRow {
  const submitted = Date.parse(size.at) - (createdDaysAgo(n, size) + 5) * dayMs;
  return {
    Id: made('a0R', n),
    Partner__c: partnerId(Math.floor(draw(n, 8) * partners)),
    Opportunity__c: opportunityId(n),
    Status__c: 'Approved',
    Submitted_At__c: iso(submitted),
    Decided_At__c: iso(submitted + 2 * dayMs),
    Protection_Expiration_Date__c: iso(submitted + 92 * dayMs).slice(0, 10),
    Resubmissions__c: 0,
    ...stamps(iso(submitted), iso(submitted + 2 * dayMs)),
  };
}

/** The touch of opportunity `n`: a discovery meeting ten days before it was made. */
export function touchRow(n: number, size: CompanySize): DatasetRow {
  const at = iso(Date.parse(size.at) - (createdDaysAgo(n, size) + 10) * dayMs);
  return {
    Id: made('a0T', n),
    Partner__c: partnerId(Math.floor(draw(n, 9) * partners)),
    Opportunity__c: opportunityId(n),
    Kind__c: 'Discovery',
    At__c: at,
    ...stamps(at, at),
  };
}

/** A third is open, as in a company with a few years behind it. */
export function isOpen(n: number): boolean {
  return draw(n, 1) < 0.35;
}

function createdDaysAgo(n: number, { years = 2 }: CompanySize): number {
  return 1 + Math.floor(draw(n, 2) * (isOpen(n) ? 150 : years * 350));
}

function userRow(n: number): DatasetRow {
  const Username = `owner${n}@bench.example`;
  return { Id: made('005', n), Name: `Owner ${n}`, Username, IsActive: true };
}

function partnerRow(n: number, at: string): DatasetRow {
  const before = iso(Date.parse(at) - 900 * dayMs);
  return {
    Id: partnerId(n),
    Name: `Partner ${n}`,
    Type: 'Partner',
    OwnerId: made('005', n % users),
    Partner_Status__c: 'Active',
    Partner_Type__c: 'Referral',
    Partner_Segment__c: ['Strategic', 'Mid', 'Long-tail'][n % 3]!,
    Partner_Start_Date__c: before.slice(0, 10),
    ...stamps(before, before),
  };
}

function customerRow(n: number, at: string): DatasetRow {
  const before = iso(Date.parse(at) - 900 * dayMs);
  return {
    Id: made('001', partners + n),
    Name: `Customer ${n}`,
    Type: 'Customer',
    OwnerId: made('005', n % users),
    ...stamps(before, before),
  };
}

function customersOf({ opportunities }: CompanySize): number {
  return Math.max(10, Math.floor(opportunities / opportunitiesPerCustomer));
}

let defined: DatasetObject[] | undefined;

/** Objects and fields are the sample company's, in one currency. */
function definitions(): DatasetObject[] {
  const wanted = ['OpportunityStage', 'User', 'Account', 'Opportunity'];
  wanted.push('Deal_Registration__c', 'Partner_Touch__c');
  defined ??= sampleCompany(1, '2026-03-02')
    .objects.filter(({ name }) => wanted.includes(name))
    .map((object) => ({
      ...object,
      fields: object.fields.filter(({ name }) => name !== 'CurrencyIsoCode'),
    }));
  return defined;
}

/** A number in [0, 1) that depends on the record and the purpose only (a 32-bit mix, splitmix). */
function draw(n: number, purpose: number): number {
  let x = Math.imul(n + 1, 0x9e3779b1) ^ Math.imul(purpose, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
}

function made(prefix: string, n: number): string {
  // Far from the ids that the sandbox gives to records made later.
  return makeId(prefix, 50_000_000 + n);
}

function stamps(created: string, modified: string): DatasetRow {
  return { CreatedDate: created, LastModifiedDate: modified, SystemModstamp: modified };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function times<T>(n: number, make: (n: number) => T): T[] {
  return Array.from({ length: n }, (_, index) => make(index));
}
