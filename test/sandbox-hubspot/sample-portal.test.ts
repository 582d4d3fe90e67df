/** The sample company in a portal is the same company as in a Salesforce org. */
import { beforeAll, expect, test } from '@jest/globals';
import type { Dataset } from '../../sandbox/dataset.ts';
import type { HubSpotDataset } from '../../sandbox/hubspot/dataset.ts';
import type { Company } from '../../sandbox/seed/company.ts';
import { companyFacts } from '../../sandbox/seed/sample-company.ts';
import { toHubSpot } from '../../sandbox/seed/to-hubspot.ts';
import { toSalesforce } from '../../sandbox/seed/to-salesforce.ts';
import { createSandbox } from '../../sandbox/server.ts';

const today = '2026-11-21';
let company: Company;
let org: Dataset;
let portal: HubSpotDataset;

beforeAll(() => {
  company = companyFacts(1, today);
  org = toSalesforce(company);
  portal = toHubSpot(company);
});

const rows = (name: string) => org.objects.find((one) => one.name === name)!.rows;
const records = (type: string) => portal.objects.find((one) => one.type === type)!.records;
const linked = (from: string, to: string, label?: string) =>
  portal.associations.filter((one) => one.from === from && one.to === to && one.label === label);

test('both have the same deals by name, amount, stage and instants', () => {
  const stages = new Map(portal.dealPipelines[0]!.stages.map(({ id, label }) => [id, label]));
  const deals = records('deals').map(({ properties: p, createdAt }) => [
    p['dealname'],
    p['amount'] === null ? null : Number(p['amount']),
    stages.get(p['dealstage']!),
    createdAt,
    p['closedate']!.slice(0, 10),
    p['deal_currency_code'],
  ]);
  const opportunities = rows('Opportunity').map((row) => [
    row['Name'],
    row['Amount'],
    row['StageName'],
    row['CreatedDate'],
    row['CloseDate'],
    row['CurrencyIsoCode'],
  ]);
  expect(deals).toEqual(opportunities);
});

test('both have the same registrations and touches, with the same partners and deals', () => {
  expect(
    records('deal_registration').map(({ properties: p }) => [
      p['registration_number'],
      p['status'],
      p['submitted_at'],
    ]),
  ).toEqual(
    rows('Deal_Registration__c').map((row) => [
      row['Name'],
      row['Status__c'],
      row['Submitted_At__c'],
    ]),
  );
  expect(
    records('partner_touch').map(({ properties: p }) => [
      p['touch_number'],
      p['kind'],
      p['happened_at'],
    ]),
  ).toEqual(rows('Partner_Touch__c').map((row) => [row['Name'], row['Kind__c'], row['At__c']]));
  const count = (name: string, field: string) =>
    rows(name).filter((row) => row[field] !== null).length;
  expect(linked('deal_registration', 'companies', 'Registering partner')).toHaveLength(
    count('Deal_Registration__c', 'Partner__c'),
  );
  expect(linked('deal_registration', 'companies', 'Registered customer')).toHaveLength(
    count('Deal_Registration__c', 'Customer__c'),
  );
  expect(linked('deal_registration', 'deals')).toHaveLength(
    count('Deal_Registration__c', 'Opportunity__c'),
  );
  expect(linked('partner_touch', 'companies')).toHaveLength(
    count('Partner_Touch__c', 'Partner__c'),
  );
});

test("partners, roles, customers and people are the same; a merge is HubSpot's own", () => {
  const partners = records('companies').filter(
    ({ properties }) => properties['is_partner'] === 'true',
  );
  const live = rows('Account').filter((row) => row['IsDeleted'] !== true);
  expect(partners).toHaveLength(live.filter((row) => row['Type'] === 'Partner').length);
  expect(records('companies')).toHaveLength(live.length);
  expect(linked('deals', 'companies', 'Primary')).toHaveLength(
    rows('Opportunity').filter((row) => row['AccountId'] !== null).length,
  );
  const roles = rows('OpportunityPartner').filter((row) => row['Role'] === 'Distributor');
  expect(linked('deals', 'companies', 'Distributor')).toHaveLength(roles.length);
  const merged = records('companies').filter(({ mergedIds }) => mergedIds);
  expect(merged).toHaveLength(rows('Account').filter((row) => row['IsDeleted'] === true).length);
  expect(portal.owners).toHaveLength(company.people.length);
});

test('a loaded portal shows it all, and stage dates are those of the history', () => {
  const { portals } = createSandbox({ hubspotDataset: portal });
  const store = portals.defaultPortal.store('deals');
  expect(store.liveCount).toBe(company.opportunities.length);
  const [first] = company.opportunities;
  const record = store.live(records('deals')[0]!.id)!;
  const entered = first!.steps.findLast((step, i) => step.stage !== first!.steps[i - 1]?.stage)!;
  const def = store.properties.get('hs_v2_date_entered_current_stage')!;
  expect(def.derive!(record)).toBe(entered.at);
});

test('the same seed and day give the same portal', () => {
  // As text: comparing 20,000 objects one by one takes minutes of a busy machine.
  const again = JSON.stringify(toHubSpot(companyFacts(1, today)));
  expect(again === JSON.stringify(portal)).toBe(true);
});
