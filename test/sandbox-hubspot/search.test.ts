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

test('ids and times bounded in any way give the records, the order and the total of a plain filter', async () => {
  const start = Date.parse('2026-01-01T00:00:00Z');
  // Changed in another order than made, several at one instant.
  const made = Array.from({ length: 60 }, (_, i) => ({
    id: 1_001 + i,
    at: start + ((i * 37) % 23),
  }));
  const records = made.map(({ id, at }) => ({
    id: String(id),
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: new Date(at).toISOString(),
    properties: { name: `Company ${id}` },
  }));
  await control('POST', '/load', { objects: [{ type: 'companies', records }] });
  const after = (id: number) => ({ propertyName: 'hs_object_id', operator: 'GT', value: `${id}` });
  const between = (low: number, high: number) => ({
    propertyName: 'hs_lastmodifieddate',
    operator: 'BETWEEN',
    value: String(start + low),
    highValue: String(start + high),
  });
  for (const [id, low, high] of [
    [1_000, 0, 30],
    [1_000, 5, 9],
    [1_030, 0, 30],
    [1_030, 5, 9],
    [1_055, 7, 7],
    [1_060, 0, 30],
    [1_010, 25, 30],
  ] as const) {
    const expected = made
      .filter((one) => one.id > id && one.at >= start + low && one.at <= start + high)
      .map((one) => String(one.id));
    const { body } = await bench.call('POST', '/crm/v3/objects/companies/search', {
      limit: 10,
      sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }],
      filterGroups: [{ filters: [between(low, high), after(id)] }],
    });
    expect([body.total, body.results.map((one: any) => one.id)]).toEqual([
      expected.length,
      expected.slice(0, 10),
    ]);
  }
});
