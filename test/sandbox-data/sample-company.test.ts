/** The sample company: the same for one seed, realistic in its shares, with every case by name. */
import { expect, test } from '@jest/globals';
import type { Dataset, DatasetRow } from '../../sandbox/dataset.ts';
import { Org } from '../../sandbox/salesforce/org.ts';
import { CASES, caseName } from '../../sandbox/seed/cases.ts';
import { REGISTRATION_STATES } from '../../sandbox/seed/company.ts';
import { companyFacts, sampleCompany } from '../../sandbox/seed/sample-company.ts';

const today = '2026-11-27';
const company = sampleCompany(7, today);
const facts = companyFacts(7, today);

const rowsOf = (dataset: Dataset, name: string): DatasetRow[] =>
  dataset.objects.find((object) => object.name === name)!.rows;
const opportunities = rowsOf(company, 'Opportunity');
const named = (name: string) => opportunities.find((row) => row['Name'] === name)!;

test('one seed and day give the same company, another seed another one', () => {
  expect(sampleCompany(7, today)).toEqual(company);
  expect(rowsOf(sampleCompany(8, today), 'Opportunity')).not.toEqual(opportunities);
});

test('another day gives the same company, moved', () => {
  const later = rowsOf(sampleCompany(7, '2026-11-28'), 'Opportunity');

  expect(later.map((row) => row['Name'])).toEqual(opportunities.map((row) => row['Name']));
  expect(later[0]?.['CreatedDate']).not.toBe(opportunities[0]?.['CreatedDate']);
});

test('nothing in the company has happened on its day or later', () => {
  const instants = JSON.stringify(company).match(/\d{4}-\d\d-\d\dT[\d:.]+Z/g) ?? [];

  expect(instants.length).toBeGreaterThan(10_000);
  expect(instants.toSorted().at(-1)! < `${today}T00:00:00.000Z`).toBe(true);
});

test('it has the size of a real team: 3,000 opportunities, 60 partners, 900 customers', () => {
  const accounts = rowsOf(company, 'Account').filter((row) => !row['IsDeleted']);

  expect(opportunities.length).toBeGreaterThan(2_900);
  expect(accounts.filter((row) => row['Type'] === 'Partner')).toHaveLength(60);
  expect(accounts.filter((row) => row['Type'] === 'Customer').length).toBeGreaterThan(900);
  expect(new Set(accounts.map((row) => row['Name'])).size).toBe(accounts.length);
});

test('of three segments, strategic partners carry 60 to 80 % of won registrations', () => {
  const stageOf = new Map(facts.opportunities.map((one) => [one.key, one.steps.at(-1)!]));
  const segmentOf = new Map(facts.partners.map((one) => [one.key, one.segment]));
  const won = facts.registrations.filter(
    (one) => one.decidedAt && stageOf.get(one.opportunityKey ?? '')?.stage === 'Closed Won',
  );
  const strategic = won.filter((one) => segmentOf.get(one.partnerKey) === 'Strategic');
  const count = (segment: string) =>
    facts.partners.filter((one) => one.segment === segment && !one.mergedInto).length;

  expect([count('Strategic'), count('Mid'), count('Long-tail')]).toEqual([9, 27, 24]);
  expect(strategic.length / won.length).toBeGreaterThan(0.6);
  expect(strategic.length / won.length).toBeLessThan(0.8);
});

test('there are registrations in every state, and decided ones have their dates in order', () => {
  const states = new Set(facts.registrations.map((one) => one.state));

  expect([...states].sort()).toEqual([...REGISTRATION_STATES].sort());
  for (const one of facts.registrations) {
    expect(one.decidedAt === null || one.decidedAt >= one.submittedAt!).toBe(true);
    expect(one.state === 'Draft').toBe(one.submittedAt === null);
    expect(one.state === 'Rejected' && one.reason === null).toBe(false);
  }
});

test('some opportunities are stale, some on hold, and some moved back and forth', () => {
  const open = facts.opportunities.filter((one) => !one.steps.at(-1)!.stage.startsWith('Closed'));
  const monthAgo = '2026-10-28T00:00:00.000Z';
  const stale = open.filter((one) => one.steps.at(-1)!.at < monthAgo);

  expect(stale.length / open.length).toBeGreaterThan(0.2);
  expect(stale.length / open.length).toBeLessThan(0.6);
  expect(open.some((one) => one.steps.at(-1)!.stage === 'On Hold')).toBe(true);
});

test('every id is unique in its object and every look-up finds its record', () => {
  const ids = new Set<unknown>();
  for (const { rows } of company.objects) {
    for (const row of rows) {
      if (row['Id'] === undefined) continue;
      expect(ids.has(row['Id'])).toBe(false);
      ids.add(row['Id']);
    }
  }
  for (const { name, rows } of company.objects) {
    for (const row of rows) {
      for (const [field, value] of Object.entries(row)) {
        const lookup = typeof value === 'string' && /^(001|005|006)HS\w{13}$/.test(value);
        if (lookup && !ids.has(value)) throw new Error(`${name}.${field} ${value} is nowhere`);
      }
    }
  }
});

test.each(CASES.map((one) => ({ name: caseName(one), one })))('$name', ({ name, one }) => {
  const row = named(name);
  const registrations = rowsOf(company, 'Deal_Registration__c').filter(
    (registration) => registration['Opportunity__c'] === row['Id'],
  );
  const touches = rowsOf(company, 'Partner_Touch__c').filter(
    (touch) => touch['Opportunity__c'] === row['Id'],
  );

  expect(registrations.map((r) => r['Status__c']).sort()).toEqual(
    (one.registrations ?? []).map((r) => r.state).sort(),
  );
  expect(touches.map((t) => t['Kind__c']).sort()).toEqual(
    (one.touches ?? []).map((t) => t.kind).sort(),
  );
});

test('the facts of case 03 lie as it says: submitted, opened, approved', () => {
  const row = named('Case 03 Opportunity opened after submission, before approval');
  const registration = rowsOf(company, 'Deal_Registration__c').find(
    (one) => one['Opportunity__c'] === row['Id'],
  )!;

  expect(registration).toMatchObject({
    Submitted_At__c: '2026-10-13T09:30:00.000Z',
    Decided_At__c: '2026-10-18T09:30:00.000Z',
    Protection_Expiration_Date__c: '2027-01-16',
  });
  expect(row['CreatedDate']).toBe('2026-10-15T09:30:00.000Z');
});

test('case titles are unique, and every case of section 6 that is a plain fact has one', () => {
  const names = CASES.map(caseName);
  const numbers = new Set(CASES.map((one) => one.number));

  expect(new Set(names).size).toBe(names.length);
  for (const number of '01 02 03 04 05 06 07 08 09 10 12 13 14 15 17 18 19 20 21 22 26 27 28 29'
    .concat(' 33 34 35 36 38 40 41 42 43 44 52')
    .split(' ')) {
    expect(numbers.has(number)).toBe(true);
  }
});

test('an org loads it: merged accounts, currencies, stage history, a rule that refuses', () => {
  const org = new Org('00D5g0000000001EAA', 'Halden Software');
  org.load(company);
  const lost = opportunities.find((row) => row['StageName'] === 'Proposal')!;
  const count = (soql: string, all = false) => org.query(soql, { all })[0]?.['n'];

  expect(count("SELECT COUNT(Id) n FROM Account WHERE Type = 'Partner'")).toBe(60);
  expect(count('SELECT COUNT(Id) n FROM Account WHERE IsDeleted = true', true)).toBe(2);
  expect(org.query('SELECT IsoCode FROM CurrencyType WHERE IsCorporate = true')).toMatchObject([
    { IsoCode: 'USD' },
  ]);
  const history = `SELECT StageName FROM OpportunityHistory WHERE OpportunityId = '${lost['Id']}'`;
  expect(org.query(history).length).toBeGreaterThan(0);
  const change = { Id: lost['Id'], StageName: 'Closed Lost' };
  const [refused] = org.update('Opportunity', [change], { userId: org.adminId });
  expect(refused?.errors[0]?.message).toBe(
    'Please give a loss reason when you close an opportunity as lost.',
  );
});
