/** Whatever is sent to whichever HubSpot route: a refusal in HubSpot's words, never a breakdown. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type HubSpotBench, openPortal } from './client.ts';

let bench: HubSpotBench;
const bodies = [
  'garbage',
  '[]',
  '[null]',
  'null',
  '"text"',
  '{}',
  '{"inputs":{}}',
  '{"inputs":[null]}',
  '{"inputs":[{}]}',
  '{"inputs":["1"]}',
  '{"inputs":[{"from":null,"to":null,"types":null}]}',
  '{"inputs":[{"from":{"id":"1"},"to":{"id":"2"},"types":[null]}]}',
  '{"inputs":[{"from":{"id":"1"},"to":[null],"types":{}}]}',
  '{"inputs":[{"id":{},"properties":[]}]}',
  '{"inputs":[{"id":"1","idProperty":"no_such","properties":{}}]}',
  '{"properties":null}',
  '{"properties":{"dealname":{}},"associations":{}}',
  '{"properties":{"dealname":"x"},"associations":[null]}',
  '{"properties":{"dealname":"x"},"associations":[{"to":{"id":"1"},"types":[null]}]}',
  '{"properties":{"dealname":"x"},"associations":[{"to":null,"types":7}]}',
  '{"filterGroups":[{"filters":[{"propertyName":"associations.x","operator":"EQ","value":"1"}]}]}',
  '{"filterGroups":null,"sorts":[7]}',
  '{"label":7,"name":{},"stages":[null],"metadata":7}',
  '{"label":"L","stages":[{"label":"S","metadata":7}],"displayOrder":"x"}',
  '{"name":"thing","labels":null,"properties":[null]}',
  '{"name":"thing2","labels":{"singular":"a","plural":"b"},"properties":[null]}',
  '{"toObjectTypeId":null}',
  '{"fromCurrencyCode":"EUR","conversionRate":1,"effectiveAt":"soon"}',
];

beforeAll(async () => {
  bench = await openPortal();
  await bench.call('POST', '/crm/v3/objects/deals', { properties: { dealname: 'D' } });
});
afterAll(() => bench.close());

function routes(): [method: string, path: string][] {
  const known: Record<string, string> = {
    objectType: 'deals',
    toType: 'companies',
    version: '2026-09',
    pipeline: 'default',
    stage: 'closedwon',
    group: 'dealinformation',
    name: 'dealname',
  };
  const all = bench.running.sandbox.app.routes
    .filter(({ path }) => /^\/(crm|crm-object-schemas|settings|account-info)/.test(path))
    .filter(({ method }) => ['POST', 'PUT', 'PATCH'].includes(method))
    .map(({ method, path }) => {
      const filled = path.replace(/:(\w+)(\{[^}]*\})?/g, (_, name: string) => known[name] ?? '1');
      return `${method} ${filled}`;
    });
  return [...new Set(all)].map((one) => one.split(' ') as [string, string]);
}

test('no malformed body breaks a route', async () => {
  const broken: string[] = [];
  expect(routes().length).toBeGreaterThan(60);
  for (const [method, path] of routes()) {
    for (const body of bodies) {
      const request = new Request(`http://sandbox${path}`, {
        method,
        body,
        headers: { Authorization: 'Bearer pat-na1-sandbox', 'Content-Type': 'application/json' },
      });
      const { status } = await bench.running.sandbox.fetch(request);
      if (status >= 500 && status !== 501) broken.push(`${method} ${path} ${body}`);
    }
  }
  expect(broken).toEqual([]);
});
