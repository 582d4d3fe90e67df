/** The tricky cases of the sample company, on both CRMs: the same fields, the same sentences. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { linksOf } from '../../sandbox/hubspot/links.ts';
import { smallCompany } from '../support/cases-company.ts';
import { hubspot, salesforce, type TwoCrms, withTwoCrms } from '../support/two-crms.ts';

jest.setTimeout(300_000);

const written = [
  ['partner_sourced', 'Partner_Sourced__c'],
  ['partner_influenced', 'Partner_Influenced__c'],
  ['partner_attribution_type', 'Partner_Attribution_Type__c'],
  ['partner_attribution_status', 'Partner_Attribution_Status__c'],
  ['influencing_partners', 'Influencing_Partners__c'],
  ['partner_attribution_reason', 'Partner_Attribution_Reason__c'],
  ['partner_attribution_rule', 'Partner_Attribution_Rule__c'],
  ['partner_deal_stale', 'Partner_Deal_Stale__c'],
] as const;

/** A box HubSpot never had ticked is blank; Salesforce calls it false. */
const boxes = new Set(['partner_sourced', 'partner_influenced', 'partner_deal_stale']);

type Fields = Record<string, unknown>;

function onSalesforce({ sandbox }: TwoCrms): Map<string, Fields> {
  const org = sandbox.tenants.defaultOrg;
  const names = written.map(([, name]) => name).join(',');
  const rows = org.query(`SELECT Name, Sourcing_Partner__r.Name, ${names} FROM Opportunity`);
  return new Map(
    rows.map((row) => {
      const sourcing = (row['Sourcing_Partner__r'] as { Name?: unknown } | null)?.Name ?? null;
      const values = written.map(([key, name]) => [key, row[name] ?? null] as const);
      return [String(row['Name']), { ...Object.fromEntries(values), sourcing }];
    }),
  );
}

function onHubSpot({ portal }: TwoCrms, look: TwoCrms['look']): Map<string, Fields> {
  const [deals, companies] = [portal.store('deals'), portal.store('companies')];
  return new Map(
    [...deals.all()].map(({ id }) => {
      const { dealname, ...values } = look('deals', id, [
        'dealname',
        ...written.map(([name]) => name),
      ]);
      const sourcing = linksOf(portal, { store: deals, id }, companies).find(({ types }) =>
        types.some(({ label }) => label === 'Sourcing partner'),
      );
      const fields: Fields = {};
      for (const [name, value] of Object.entries(values)) {
        fields[name] = boxes.has(name) ? value === 'true' : value;
      }
      const name = sourcing ? look('companies', String(sourcing.to), ['name'])['name'] : null;
      return [String(dealname), { ...fields, sourcing: name }];
    }),
  );
}

let facts: { salesforce: Map<string, Fields>; hubspot: Map<string, Fields>; again: number[] };

beforeAll(async () => {
  const company = smallCompany(40);
  // Ids in another order: nothing that is shown may depend on which is less.
  const turned = {
    ...company,
    partners: company.partners.toReversed(),
    registrations: company.registrations.toReversed(),
    touches: company.touches.toReversed(),
    opportunities: company.opportunities.toReversed(),
  };
  await withTwoCrms({ salesforce: company, hubspot: turned }, async (world) => {
    await world.begin(salesforce);
    await world.begin(hubspot);
    const before = world.portal.writes.length;
    const run = await world.job(hubspot, 'sync');
    facts = {
      salesforce: onSalesforce(world),
      hubspot: onHubSpot(world, world.look),
      again: [world.portal.writes.length - before, run.outcome === 'green' ? 0 : 1],
    };
  });
}, 300_000);

afterAll(() => {
  facts.salesforce.clear();
});

test('every opportunity has the same fields and the same sentence on both CRMs', () => {
  const differing = [...facts.salesforce].flatMap(([name, fields]) => {
    const other = facts.hubspot.get(name);
    const same = JSON.stringify(sorted(fields)) === JSON.stringify(sorted(other ?? {}));
    return same ? [] : [{ name, salesforce: fields, hubspot: other }];
  });

  expect(facts.salesforce.size).toBeGreaterThan(50);
  expect(differing).toEqual([]);
});

test('the sentences are there: sourced and influenced deals among them', () => {
  const types = new Set([...facts.hubspot.values()].map((one) => one['partner_attribution_type']));

  expect([...types].filter(Boolean).length).toBeGreaterThan(3);
  const sourced = [...facts.hubspot.values()].filter(({ sourcing }) => sourcing !== null);
  expect(sourced.length).toBeGreaterThan(5);
});

test('a sync after the apply writes nothing and is green', () => {
  expect(facts.again).toEqual([0, 0]);
});

function sorted(fields: Fields): [string, unknown][] {
  return Object.entries(fields).sort(([a], [b]) => a.localeCompare(b));
}
