/** Associations and their labels through the real client and by both path families. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type HubSpotBench, openPortal } from './client.ts';

let bench: HubSpotBench;
let label: { typeId: number };

beforeAll(async () => {
  bench = await openPortal();
  const made = await bench.client.crm.associations.v4.schema.definitionsApi.create(
    'deals',
    'companies',
    { label: 'Sourcing partner', name: 'sourcing_partner', inverseLabel: 'Sourced deal' },
  );
  label = made.results[0]!;
});
afterAll(() => bench.close());

async function company(name: string) {
  const properties = { name };
  return (await bench.client.crm.companies.basicApi.create({ properties, associations: [] })).id;
}
async function deal(name: string, companyId: string, typeId: number) {
  const made = await bench.client.crm.deals.basicApi.create({
    properties: { dealname: name },
    associations: [
      {
        to: { id: companyId },
        types: [{ associationCategory: 'HUBSPOT_DEFINED' as never, associationTypeId: typeId }],
      },
    ],
  });
  return made.id;
}
const read = (path: string, ids: string[]) =>
  bench.call('POST', path, { inputs: ids.map((id) => ({ id })) });

test('a label comes with the plain association and leaves the primary company alone', async () => {
  const [customer, partner] = [await company('Customer'), await company('Partner')];
  const id = await deal('Labelled', customer, 5);
  const put = await bench.client.crm.associations.v4.basicApi.create(
    'deals',
    id,
    'companies',
    partner,
    [{ associationCategory: 'USER_DEFINED' as never, associationTypeId: label.typeId }],
  );
  expect(put.labels).toEqual(['Sourcing partner']);
  const { body } = await read('/crm/v4/associations/deals/companies/batch/read', [id]);
  const types = Object.fromEntries(
    body.results[0].to.map(
      (link: { toObjectId: number; associationTypes: { typeId: number }[] }) => [
        link.toObjectId,
        link.associationTypes.map((type) => type.typeId).sort((a, b) => a - b),
      ],
    ),
  );
  expect(types).toEqual({
    [customer]: [5, 341],
    [partner]: [label.typeId, 341],
  });
});

test('the same association is seen from the company, by the inverse label', async () => {
  const partner = await company('Seen from the other side');
  const id = await deal('Inverse', partner, 341);
  const inputs = [
    {
      from: { id },
      to: { id: partner },
      types: [{ associationCategory: 'USER_DEFINED', associationTypeId: label.typeId }],
    },
  ];
  const made = await bench.call('POST', '/crm/associations/2026-03/deals/companies/batch/create', {
    inputs,
  });
  expect(made.status).toBe(201);
  const { body } = await read('/crm/associations/2026-03/0-2/0-3/batch/read', [partner]);
  expect(body.results[0].to).toEqual([
    {
      toObjectId: id,
      associationTypes: expect.arrayContaining([
        { category: 'HUBSPOT_DEFINED', typeId: 342, label: null },
        { category: 'USER_DEFINED', typeId: label.typeId + 1, label: 'Sourced deal' },
      ]),
    },
  ]);
});

test('type 5 where 341 was meant silently takes the primary company away', async () => {
  const [first, second] = [await company('First'), await company('Second')];
  const id = await deal('Primary', first, 5);
  await bench.call('PUT', `/crm/v4/objects/deals/${id}/associations/companies/${second}`, [
    { associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 5 },
  ]);
  const { body } = await bench.call('GET', `/crm/v4/objects/deals/${id}/associations/companies`);
  const primary = body.results.filter((link: { associationTypes: { label: string }[] }) =>
    link.associationTypes.some((type) => type.label === 'Primary'),
  );
  expect(primary.map((link: { toObjectId: number }) => String(link.toObjectId))).toEqual([second]);
});

test('a record without associations is an error of its own kind in a 207', async () => {
  const lonely = await bench.call('POST', '/crm/v3/objects/deals', {
    properties: { dealname: 'Lonely' },
  });
  const { status, body } = await read('/crm/v4/associations/deals/companies/batch/read', [
    lonely.body.id,
  ]);
  expect(status).toBe(207);
  expect(body).toMatchObject({
    results: [],
    numErrors: 1,
    errors: [{ subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND' }],
  });
});

test('labels are taken away one by one, the association as a whole', async () => {
  const partner = await company('Comes and goes');
  const id = await deal('Labels', partner, 341);
  const type = { associationCategory: 'USER_DEFINED', associationTypeId: label.typeId };
  const pair = { from: { id }, to: { id: partner } };
  const base = '/crm/v4/associations/deals/companies/batch';
  await bench.call('POST', `${base}/create`, { inputs: [{ ...pair, types: [type] }] });
  await bench.call('POST', `${base}/labels/archive`, { inputs: [{ ...pair, types: [type] }] });
  const left = await read(`${base}/read`, [id]);
  expect(left.body.results[0].to[0].associationTypes).toEqual([
    { category: 'HUBSPOT_DEFINED', typeId: 341, label: null },
  ]);
  await bench.call('POST', `${base}/archive`, {
    inputs: [{ from: { id }, to: [{ id: partner }] }],
  });
  expect((await read(`${base}/read`, [id])).status).toBe(207);
});

test('an inline association names its type, in v3 words', async () => {
  const customer = await company('Inline');
  const id = await deal('Inline', customer, 5);
  const { body } = await bench.call('GET', `/crm/v3/objects/deals/${id}?associations=companies`);
  expect(body.associations.companies.results).toEqual(
    expect.arrayContaining([
      { id: customer, type: 'deal_to_company' },
      { id: customer, type: 'deal_to_company_unlabeled' },
    ]),
  );
});
