/** Draws a company: partners, opportunities in every stage of life, registrations, touches. */
import type { Dataset, DatasetRow } from '../../sandbox/dataset.ts';
import type { Random } from '../../sandbox/seed/random.ts';
import {
  id,
  type SmallOpportunity,
  type SmallRegistration,
  type SmallTouch,
  smallCompany,
} from '../support/small-company.ts';

export const dayMs = 86_400_000;
export const hourMs = 3_600_000;

export const openStages = ['Prospecting', 'Qualification', 'Proposal', 'Negotiation', 'On Hold'];
export const touchKinds = [
  'Discovery',
  'Technical validation',
  'Reference',
  'Referral link',
  'AWS partner referral',
  'Implementation',
  'Reseller',
  'Marketplace purchase',
  'Account overlap',
];
export const partnerCount = 5;

/** What a company was drawn with. */
export interface Company {
  dataset: Dataset;
  opportunities: number;
}

/** The company of a seed as it stands at `now` (ms). */
export function drawCompany(random: Random, now: number): Company {
  const n = random.pick([3, 6, 10, 16, 24, 40]);
  const opportunities = Array.from({ length: n }, (_, i) => drawOpportunity(random, i + 1));
  const registrations = drawMany(random, n, 0.5, (at, opportunity) =>
    drawRegistration(random, at, opportunity, opportunities[opportunity - 1]!),
  );
  const touches = drawMany(random, n, 0.8, (at, opportunity) => drawTouch(random, at, opportunity));
  const dataset = smallCompany({ opportunities, registrations, touches }, now);
  const accounts = dataset.objects.find(({ name }) => name === 'Account')!;
  addPartners(accounts.rows as DatasetRow[]);
  const rows = dataset.objects.find(({ name }) => name === 'Deal_Registration__c')!.rows;
  for (const row of rows as DatasetRow[]) {
    addEvidence(random, row);
  }
  return { dataset, opportunities: n };
}

function drawOpportunity(random: Random, n: number): SmallOpportunity {
  const created = random.int(1, 300) + random.next();
  const stage = random.chance(0.25)
    ? random.pick(['Closed Won', 'Closed Lost'])
    : random.pick(openStages);
  const more: DatasetRow = {};
  if (stage === 'Closed Lost') {
    more['Loss_Reason__c'] = 'Price';
  }
  if (random.chance(0.08)) {
    more['Referral_Partner__c'] = id.account(random.int(1, partnerCount));
  }
  if (random.chance(0.05)) {
    more['Reseller__c'] = id.account(random.int(1, partnerCount));
  }
  if (random.chance(0.05)) {
    more['Cosell_Origin__c'] = 'AWS partner referral';
    more['Cosell_Partner__c'] = id.account(random.int(1, partnerCount));
  }
  const amount = random.chance(0.1) ? null : random.int(1, 90) * 500;
  const inStage = created * random.next();
  return { n, stage, created, inStage, amount, owner: random.int(1, 2), more };
}

const registrationStates = [
  'Approved',
  'Approved',
  'Approved',
  'Submitted',
  'In Review',
  'Rejected',
  'Expired',
  'Draft',
  'Revoked',
];

function drawRegistration(
  random: Random,
  n: number,
  opportunity: number,
  { created = 60 }: SmallOpportunity,
): SmallRegistration {
  // Around the creation of its opportunity: before, within the grace, or long after.
  const submitted = Math.max(
    0.1,
    created + random.pick([40, 10, 1, -0.2, -3, -20]) * random.next(),
  );
  const decided = Math.max(0.05, submitted - 2 * random.next());
  const status = random.pick(registrationStates);
  return { n, partner: random.int(1, partnerCount), opportunity, status, submitted, decided };
}

function drawTouch(random: Random, n: number, opportunity: number): SmallTouch {
  const partner = random.int(1, partnerCount);
  return { n, partner, opportunity, kind: random.pick(touchKinds), at: 200 * random.next() + 0.1 };
}

function drawMany<T>(
  random: Random,
  opportunities: number,
  each: number,
  draw: (n: number, opportunity: number) => T,
): T[] {
  const count = Math.round(opportunities * each);
  return Array.from({ length: count }, (_, i) => draw(i + 1, random.int(1, opportunities)));
}

/** Two more partners than the small company has. */
function addPartners(accounts: DatasetRow[]): void {
  const first = accounts.find((row) => row['Id'] === id.account(1))!;
  for (const n of [4, 5]) {
    const Name = n === 4 ? 'Eastgate Software' : 'Midgate Cloud';
    accounts.push({ ...first, Id: id.account(n), Name });
  }
}

/** What is not decided has neither a decision's date nor protection; some have dated proof. */
function addEvidence(random: Random, row: DatasetRow): void {
  const submitted = Date.parse(String(row['Submitted_At__c']));
  if (['Submitted', 'In Review', 'Draft'].includes(String(row['Status__c']))) {
    row['Decided_At__c'] = null;
    row['Protection_Expiration_Date__c'] = null;
  }
  if (random.chance(0.3)) {
    row['Evidence_At__c'] = new Date(submitted - random.int(1, 20) * dayMs).toISOString();
  }
  if (random.chance(0.15)) {
    row['Confirmed_At__c'] = row['Decided_At__c'] ?? null;
  }
}
