// biome-ignore-all lint/suspicious/noExplicitAny: bodies are what the tests look into.
/** Tokens, properties, pipelines, owners, custom objects: what a portal is set up by. */

import { Client } from '@hubspot/api-client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { callerOf, type HubSpotBench, openPortal } from './client.ts';

let bench: HubSpotBench;

beforeAll(async () => {
  bench = await openPortal();
});
afterAll(() => bench.close());

const families = (resource: string) => [
  [`/crm/v3/${resource}`],
  [`/crm/${resource}/2026-03`],
  [`/crm/${resource}/2026-09`],
];
const control = (method: string, path: string, body?: unknown) =>
  bench.call(method, `/__sandbox/hubspot${path}`, body);

test('a code becomes tokens, a refresh token new ones; each says what it is', async () => {
  const { url } = bench.running;
  const consent = await fetch(
    `${url}/oauth/authorize?client_id=sandbox&redirect_uri=http://app.example/cb&state=7`,
    { redirect: 'manual' },
  );
  const back = new URL(consent.headers.get('location')!);
  expect(back.searchParams.get('state')).toBe('7');
  const client = new Client({ basePath: url });
  const app = ['sandbox', 'sandbox-secret'] as const;
  const code = back.searchParams.get('code')!;
  const { tokensApi, accessTokensApi, refreshTokensApi } = client.oauth;
  const first = await tokensApi.create('authorization_code', code, 'http://app.example/cb', ...app);
  expect(first).toMatchObject({ tokenType: 'bearer', expiresIn: 1800 });
  const next = await tokensApi.create(
    'refresh_token',
    undefined,
    undefined,
    ...app,
    first.refreshToken,
  );
  const info = await accessTokensApi.get(next.accessToken);
  expect(info).toMatchObject({ hubId: Number(bench.portal.id), appId: 1001 });
  expect((await refreshTokensApi.get(first.refreshToken)).clientId).toBe('sandbox');
  await expect(
    tokensApi.create('authorization_code', code, 'http://app.example/cb', ...app),
  ).rejects.toMatchObject({ code: 400 });
});

test('the dated token endpoints issue, introspect and revoke', async () => {
  const app = { client_id: 'sandbox', client_secret: 'sandbox-secret' };
  const post = async (path: string, fields: Record<string, string>) => {
    const body = new URLSearchParams({ ...app, ...fields });
    const response = await fetch(`${bench.running.url}/oauth/2026-03${path}`, {
      method: 'POST',
      body,
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  };
  const made = await post('/token', {
    grant_type: 'refresh_token',
    refresh_token: 'sandbox-refresh-token',
  });
  expect(made.body).toMatchObject({ token_type: 'bearer', hub_id: Number(bench.portal.id) });
  const token = made.body.access_token;
  expect((await post('/token/introspect', { token })).body.active).toBe(true);
  expect((await post('/token/revoke', { token })).status).toBe(200);
  expect((await post('/token/introspect', { token })).body.active).toBe(false);
  const wrong = await post('/token', { grant_type: 'refresh_token', refresh_token: 'no' });
  expect(wrong).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
});

test('an access token expires by the clock of the sandbox, a service key does not', async () => {
  const made = await control('POST', '/tokens', { kind: 'oauth' });
  const call = callerOf(bench.running.url, made.body.token);
  expect((await call('GET', '/crm/v3/owners')).status).toBe(200);
  await bench.call('POST', '/__sandbox/clock/advance', { minutes: 31 });
  const over = await call('GET', '/crm/v3/owners');
  expect(over).toMatchObject({ status: 401, body: { category: 'EXPIRED_AUTHENTICATION' } });
  const key = callerOf(bench.running.url, 'sk-na1-sandbox');
  expect((await key('GET', '/crm/v3/owners')).status).toBe(200);
});

test('a token without a scope is told which one it lacks', async () => {
  const made = await control('POST', '/tokens', { scopes: ['crm.objects.deals.read'] });
  const call = callerOf(bench.running.url, made.body.token);
  expect((await call('GET', '/crm/v3/objects/deals')).status).toBe(200);
  const refused = await call('POST', '/crm/v3/objects/deals', { properties: {} });
  expect(refused.status).toBe(403);
  expect(refused.body).toMatchObject({
    category: 'MISSING_SCOPES',
    errors: [{ context: { requiredGranularScopes: ['crm.objects.deals.write'] } }],
  });
});

test('another portal is another world, chosen by its token', async () => {
  const portal = await control('POST', '/portals', { name: 'Second' });
  const made = await bench.call('POST', `/__sandbox/hubspot/tokens?portal=${portal.body.id}`, {});
  const call = callerOf(bench.running.url, made.body.token);
  await call('POST', '/crm/v3/objects/deals', { properties: { dealname: 'Only there' } });
  const there = await call('GET', '/crm/v3/objects/deals');
  expect(there.body.results).toHaveLength(1);
  const { body } = await bench.call('GET', '/account-info/v3/details');
  expect(String(body.portalId)).toBe(bench.portal.id);
  expect((await bench.call('GET', '/crm/v3/objects/deals')).body.results).toHaveLength(0);
});

test.each(families('properties'))(
  'properties are made, changed and archived at %s',
  async (base) => {
    const name = `made_${base.replace(/\W/g, '_')}`;
    const group = `group_${base.replace(/\W/g, '_')}`;
    await bench.call('POST', `${base}/deals/groups`, { name: group, label: 'Partner Sync' });
    const property = {
      name,
      label: 'Kind',
      groupName: group,
      type: 'enumeration',
      fieldType: 'select',
      options: [{ label: 'A', value: 'a', displayOrder: 0, hidden: false }],
    };
    const made = await bench.call('POST', `${base}/deals`, property);
    expect(made.status).toBe(201);
    expect(made.body.modificationMetadata).toMatchObject({
      readOnlyValue: false,
      archivable: true,
    });
    const again = await bench.call('POST', `${base}/deals`, property);
    expect(again).toMatchObject({ status: 409, body: { category: 'OBJECT_ALREADY_EXISTS' } });
    const more = [...property.options, { label: 'B', value: 'b', displayOrder: 1, hidden: false }];
    const changed = await bench.call('PATCH', `${base}/deals/${name}`, { options: more });
    expect(changed.body.options).toHaveLength(2);
    const nogroup = await bench.call('POST', `${base}/deals`, {
      ...property,
      name: 'x',
      groupName: 'no',
    });
    expect(nogroup.status).toBe(400);
    await bench.call('DELETE', `${base}/deals/${name}`);
    expect((await bench.call('GET', `${base}/deals/${name}`)).status).toBe(404);
    expect((await bench.call('GET', `${base}/deals/${name}?archived=true`)).status).toBe(200);
  },
);

test('read-only properties are refused on a write, and described as such', async () => {
  const { status, body } = await bench.call('POST', '/crm/v3/objects/deals', {
    properties: { hs_lastmodifieddate: '2026-01-01T00:00:00Z' },
  });
  expect([status, body.errors[0].code]).toEqual([400, 'READ_ONLY_VALUE']);
  const def = await bench.call('GET', '/crm/v3/properties/deals/hs_lastmodifieddate');
  expect(def.body).toMatchObject({ hubspotDefined: true, type: 'datetime' });
  expect(def.body.modificationMetadata.readOnlyValue).toBe(true);
});

test('dates are midnight, texts clear with "", multi-checkboxes append with ";"', async () => {
  const made = (body: object) =>
    bench.call('POST', '/crm/v3/properties/deals', { groupName: 'dealinformation', ...body });
  await made({ name: 'day', label: 'Day', type: 'date', fieldType: 'date' });
  const options = ['a', 'b', 'c'].map((value) => ({ label: value, value }));
  await made({ name: 'many', label: 'Many', type: 'enumeration', fieldType: 'checkbox', options });
  const write = (properties: object) => bench.call('POST', '/crm/v3/objects/deals', { properties });
  expect((await write({ day: '2026-11-21T10:00:00Z' })).status).toBe(400);
  const deal = await write({ day: String(Date.UTC(2026, 10, 21)), many: 'a;b' });
  expect(deal.body.properties).toMatchObject({ day: '2026-11-21', many: 'a;b' });
  const path = `/crm/v3/objects/deals/${deal.body.id}`;
  const patched = await bench.call('PATCH', path, { properties: { day: '', many: ';c' } });
  expect(patched.body.properties).toMatchObject({ day: null, many: 'a;b;c' });
});

test.each(families('pipelines'))('pipelines tell what is won and lost at %s', async (base) => {
  const { body } = await bench.call('GET', `${base}/deals`);
  const stages = body.results[0].stages;
  const won = stages.filter(
    (one: any) => one.metadata.isClosed === 'true' && one.metadata.probability === '1.0',
  );
  expect(won.map((one: any) => one.id)).toEqual(['closedwon']);
  expect((await bench.call('GET', `${base}/companies`)).status).toBe(400);
});

test('stage properties follow a deal through its stages', async () => {
  await bench.call('POST', '/__sandbox/clock/freeze', { at: '2026-11-22T08:00:00Z' });
  const made = await bench.call('POST', '/crm/v3/objects/deals', {
    properties: { dealname: 'Stages', dealstage: 'qualifiedtobuy' },
  });
  await bench.call('POST', '/__sandbox/clock/advance', { days: 2 });
  const path = `/crm/v3/objects/deals/${made.body.id}`;
  await bench.call('PATCH', path, { properties: { dealstage: 'closedwon' } });
  const names = [
    'hs_v2_date_entered_qualifiedtobuy',
    'hs_v2_date_exited_qualifiedtobuy',
    'hs_v2_cumulative_time_in_qualifiedtobuy',
    'hs_v2_date_entered_closedwon',
    'hs_v2_date_exited_closedwon',
    'hs_date_entered_closedwon',
    'hs_is_closed_won',
  ];
  const { body } = await bench.call(
    'GET',
    `${path}?properties=${names}&propertiesWithHistory=dealstage`,
  );
  await bench.call('POST', '/__sandbox/clock/resume', {});
  expect(body.properties).toMatchObject({
    hs_v2_date_entered_qualifiedtobuy: '2026-11-22T08:00:00.000Z',
    hs_v2_date_exited_qualifiedtobuy: '2026-11-24T08:00:00.000Z',
    hs_v2_cumulative_time_in_qualifiedtobuy: String(2 * 86_400_000),
    hs_v2_date_entered_closedwon: '2026-11-24T08:00:00.000Z',
    hs_v2_date_exited_closedwon: null,
    hs_date_entered_closedwon: '2026-11-24T08:00:00.000Z',
    hs_is_closed_won: 'true',
  });
  expect(body.propertiesWithHistory.dealstage.map((one: any) => one.value)).toEqual([
    'closedwon',
    'qualifiedtobuy',
  ]);
});

test('a custom object answers to its id and full name, and has associations', async () => {
  const schema = await bench.client.crm.schemas.coreApi.create({
    name: 'registration',
    labels: { singular: 'Registration', plural: 'Registrations' },
    primaryDisplayProperty: 'number',
    requiredProperties: ['number'],
    associatedObjects: ['DEAL'],
    properties: [
      { name: 'number', label: 'Number', type: 'string' as never, fieldType: 'text' } as never,
    ],
  } as never);
  expect(schema.objectTypeId).toMatch(/^2-\d+$/);
  const path = `/crm/v3/objects/${schema.fullyQualifiedName}`;
  const missing = await bench.call('POST', path, { properties: {} });
  expect([missing.status, missing.body.context.properties]).toEqual([400, ['number']]);
  const made = await bench.call('POST', path, { properties: { number: 'DR-1' } });
  const read = await bench.call(
    'GET',
    `/crm/objects/2026-03/${schema.objectTypeId}/${made.body.id}?properties=number`,
  );
  expect(read.body.properties.number).toBe('DR-1');
  const deal = await bench.call('POST', '/crm/v3/objects/deals', { properties: { dealname: 'D' } });
  const from = `/crm/v4/objects/${schema.objectTypeId}/${made.body.id}`;
  const put = await bench.call('PUT', `${from}/associations/default/deals/${deal.body.id}`);
  expect(put.body.results).toHaveLength(2);
});

test.each(families('owners'))(
  'owners are listed by page and e-mail, archived ones apart (%s)',
  async (base) => {
    await control('POST', '/load', {
      objects: [],
      owners: [1, 2, 3].map((n) => ({
        id: String(n),
        userId: 100 + n,
        email: `p${n}@halden.example`,
        firstName: 'P',
        lastName: String(n),
        archived: n === 3,
      })),
    });
    const first = await bench.call('GET', `${base}?limit=1`);
    expect(first.body.results[0]).toMatchObject({ id: '1', userId: 101, type: 'PERSON' });
    const rest = await bench.call('GET', `${base}?limit=1&after=${first.body.paging.next.after}`);
    expect(rest.body.results.map((one: any) => one.id)).toEqual(['2']);
    const gone = await bench.call('GET', `${base}?archived=true`);
    expect(gone.body.results.map((one: any) => one.id)).toEqual(['3']);
    const named = await bench.call('GET', `${base}?email=P2%40halden.example`);
    expect(named.body.results).toHaveLength(1);
  },
);

test('what the sandbox does not have answers 501, with the nearest routes', async () => {
  const { status, body } = await bench.call('GET', '/crm/v3/lists');
  expect(status).toBe(501);
  expect(body).toMatchObject({ status: 'error', category: 'NOT_IMPLEMENTED' });
  expect(body.nearest.length).toBeGreaterThan(0);
});
