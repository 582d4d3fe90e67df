/** HubSpot's search under faults: its index lags, its pages fall short, its results end. */
// biome-ignore-all lint/suspicious/noExplicitAny: bodies are what the tests look into.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type HubSpotBench, openPortal, toolsOf } from './client.ts';

let bench: HubSpotBench;

beforeEach(async () => {
  bench = await openPortal();
});
afterEach(() => bench.close());

const { arm, control, change, search, deals } = toolsOf(() => bench);

test('with a lag the index shows the values from before, and the truth in the end', async () => {
  const [id] = await deals(1, '1');
  await control('PUT', '/index-lag', { seconds: 30 });
  await bench.call('PATCH', `/crm/v3/objects/deals/${id}`, { properties: { amount: '2' } });
  await deals(1, '2');
  const two = [{ propertyName: 'amount', operator: 'EQ', value: '2' }];
  expect((await search(two)).body.total).toBe(0);
  const stale = await search([{ propertyName: 'amount', operator: 'EQ', value: '1' }]);
  expect(stale.body.results[0]).toMatchObject({ id, properties: { amount: '1' } });
  const list = await bench.call('GET', '/crm/v3/objects/deals?properties=amount');
  expect(list.body.results.map((row: any) => row.properties.amount)).toEqual(['2', '2']);
  await bench.call('POST', '/__sandbox/clock/advance', { seconds: 31 });
  expect((await search(two)).body.total).toBe(2);
});

test('the search-lag fault is late with single rows', async () => {
  await arm({ name: 'search-lag', seconds: 60, match: { n: 2 } });
  await deals(3);
  expect((await search()).body.total).toBe(2);
  await bench.call('POST', '/__sandbox/clock/advance', { seconds: 61 });
  expect((await search()).body.total).toBe(3);
});

test('a search shows stale values, stray rows, and refuses the result past its cap', async () => {
  const [id] = await deals(3, '1');
  await bench.call('PATCH', `/crm/v3/objects/deals/${id}`, { properties: { amount: '9' } });
  const nine = [{ propertyName: 'amount', operator: 'EQ', value: '9' }];
  await arm({ name: 'search-stale' });
  expect((await search(nine)).body.results[0].properties.amount).toBe('1');
  await arm({ name: 'search-stray', rows: 2 });
  expect((await search(nine)).body.results).toHaveLength(3);
  await arm({ name: 'search-cap', results: 2 });
  expect((await search([], { limit: 2 })).status).toBe(200);
  expect((await search([], { limit: 2, after: '2' })).status).toBe(400);
});

test('12,000 deals of one instant: result 10,001 is refused, ids lead to the end', async () => {
  const createdAt = '2026-01-05T08:00:00.000Z';
  const records = Array.from({ length: 12_000 }, (_, i) => ({
    id: String(500_000_000 + i),
    createdAt,
    properties: { dealname: `Deal ${i}` },
  }));
  await control('POST', '/load', { objects: [{ type: 'deals', records }] });
  await change({ name: 'timestamps-equal-portal', object: 'deals' });
  const { body } = await search([], { limit: 200, after: '9800' });
  expect(body.total).toBe(12_000);
  expect((await search([], { limit: 200, after: '9801' })).status).toBe(400);
  const at = bench.portal.store('deals').all().next().value!.updatedAt;
  let last = '0';
  let seen = 0;
  for (;;) {
    const page = await search(
      [
        {
          propertyName: 'hs_lastmodifieddate',
          operator: 'BETWEEN',
          value: `${at}`,
          highValue: `${at}`,
        },
        { propertyName: 'hs_object_id', operator: 'GT', value: last },
      ],
      { limit: 200, sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }] },
    );
    seen += page.body.results.length;
    if (page.body.results.length < 200) break;
    last = page.body.results.at(-1).id;
  }
  expect(seen).toBe(12_000);
});

test('a short page holds fewer rows than asked for, in lists and in searches', async () => {
  await deals(5);
  await arm({ name: 'short-page', rows: 2 });
  const list = await bench.call('GET', '/crm/v3/objects/deals?limit=100');
  expect(list.body.results).toHaveLength(2);
  expect(list.body.paging.next.after).toBe(list.body.results[1].id);
  const found = await search([], { limit: 100 });
  expect([found.body.total, found.body.results.length]).toEqual([5, 2]);
});
