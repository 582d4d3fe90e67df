// biome-ignore-all lint/suspicious/noExplicitAny: bodies are what the tests look into.
/** HubSpot's search: what each operator finds, and what is refused. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type HubSpotBench, openPortal, toolsOf } from './client.ts';

let bench: HubSpotBench;

beforeAll(async () => {
  bench = await openPortal();
});
afterAll(() => bench.close());

const { control } = toolsOf(() => bench);

test.each([
  ['EQ', { value: 'ALPHA beta' }, ['1']],
  ['NEQ', { value: 'alpha beta' }, ['2']],
  ['IN', { values: ['alpha beta', 'nothing'] }, ['1']],
  ['IN', { values: ['Alpha Beta'] }, []],
  ['NOT_IN', { values: ['alpha beta'] }, ['2']],
  ['CONTAINS_TOKEN', { value: 'gam*' }, ['2']],
  ['NOT_CONTAINS_TOKEN', { value: 'alpha' }, ['2']],
  ['HAS_PROPERTY', {}, ['1', '2']],
  ['NOT_HAS_PROPERTY', {}, ['3']],
])('a filter %s %j on a text', async (operator, more, expected) => {
  const records = ['Alpha Beta', 'Gamma', null].map((name, i) => ({
    id: String(i + 1),
    createdAt: '2026-01-01T00:00:00Z',
    properties: { name },
  }));
  await control('POST', '/load', { objects: [{ type: 'companies', records }] });
  const { body } = await bench.call('POST', '/crm/v3/objects/companies/search', {
    filterGroups: [{ filters: [{ propertyName: 'name', operator, ...more }] }],
  });
  expect(body.results.map((one: any) => one.id)).toEqual(expected);
});

test('what HubSpot refuses in a search is refused: size, sorts, groups, properties', async () => {
  const search = (body: unknown) => bench.call('POST', '/crm/v3/objects/deals/search', body);
  const filter = { propertyName: 'amount', operator: 'EQ', value: '1' };
  const bad = [
    { limit: 201 },
    { sorts: [{ propertyName: 'amount' }, { propertyName: 'dealname' }] },
    { filterGroups: Array.from({ length: 6 }, () => ({ filters: [filter] })) },
    { filterGroups: [{ filters: [{ ...filter, propertyName: 'no_such' }] }] },
    { filterGroups: [{ filters: [{ ...filter, operator: 'BETWEEN' }] }] },
    { query: 'x'.repeat(3001) },
    { after: 'abc' },
  ];
  for (const body of bad) expect((await search(body)).status).toBe(400);
  expect((await search({ properties: ['no_such'] })).status).toBe(200);
});
