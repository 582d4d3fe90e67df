/** HubSpot's faults, armed by name over the control plane, seen by a client. */
// biome-ignore-all lint/suspicious/noExplicitAny: bodies are what the tests look into.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type HubSpotBench, openPortal, toolsOf } from './client.ts';

let bench: HubSpotBench;

beforeEach(async () => {
  bench = await openPortal();
});
afterEach(() => bench.close());

const { arm, control, change, search, deals } = toolsOf(() => bench);

test.each([
  ['ten-secondly-limit', 'TEN_SECONDLY_ROLLING'],
  ['secondly-limit', 'SECONDLY'],
  ['daily-limit', 'DAILY'],
])('%s answers 429 once, in the documented words', async (name, policyName) => {
  await arm({ name });
  const { status, body, headers } = await search();
  expect(status).toBe(429);
  expect(body).toMatchObject({ status: 'error', errorType: 'RATE_LIMIT', policyName });
  expect(headers.get('retry-after')).toBeNull();
  expect((await search()).status).toBe(200);
});

test('477 says when to come back, 423 and an HTML 502 say nothing', async () => {
  await arm({ name: 'portal-migrating', retryAfterSeconds: 7 });
  const moving = await search();
  expect([moving.status, moving.headers.get('retry-after')]).toEqual([477, '7']);
  await arm({ name: 'portal-locked' });
  expect((await search()).status).toBe(423);
  await arm({ name: 'bad-gateway', match: { object: 'deals' } });
  const response = await fetch(`${bench.running.url}/crm/v3/objects/deals`, {
    headers: { Authorization: 'Bearer pat-na1-sandbox' },
  });
  expect(response.status).toBe(502);
  expect(await response.text()).toContain('<html>');
});

test('real limits refuse the sixth search of a second and the call past the burst', async () => {
  let now = 0;
  bench.portal.limiter.realNow = () => now;
  await control('PUT', '/limits', { enforced: true, privateBurst: 20 });
  const searches = await Promise.all(Array.from({ length: 8 }, () => search()));
  expect(searches.filter(({ status }) => status === 200)).toHaveLength(5);
  expect(searches.find(({ status }) => status === 429)!.body.policyName).toBe('SECONDLY');
  const owners = () => bench.call('GET', '/crm/v3/owners');
  const reads = await Promise.all(Array.from({ length: 25 }, owners));
  expect(reads.filter(({ status }) => status === 200)).toHaveLength(20);
  expect(reads[0]!.headers.get('x-hubspot-ratelimit-max')).toBe('20');
  expect(searches[0]!.headers.get('x-hubspot-ratelimit-max')).toBeNull();
  now = 1001;
  expect((await search()).status).toBe(200);
  expect((await owners()).body.policyName).toBe('TEN_SECONDLY_ROLLING');
  now = 10_001;
  expect((await owners()).status).toBe(200);
  await control('PUT', '/limits', { usedToday: 1_000_000 });
  expect((await owners()).body.policyName).toBe('DAILY');
  await bench.call('POST', '/__sandbox/clock/advance', { days: 1 });
  expect((await owners()).headers.get('x-hubspot-ratelimit-daily-remaining')).toBe('999999');
});

test('a refused record is an entry of a 207 with trace ids, else a batch', async () => {
  const ids = await deals(3);
  const inputs = ids.map((id) => ({
    id,
    properties: { amount: '7' },
    objectWriteTraceId: `t${id}`,
  }));
  await arm({ name: 'record-refused', match: { n: 2, operation: 'update' } });
  const mixed = await bench.call('POST', '/crm/v3/objects/deals/batch/update', { inputs });
  expect(mixed.status).toBe(207);
  expect(mixed.body.results).toHaveLength(2);
  expect(mixed.body.errors[0].context.objectWriteTraceId).toEqual([`t${ids[1]}`]);
  await arm({ name: 'record-refused', match: { n: 2 } });
  const bare = inputs.map(({ id }) => ({ id, properties: { amount: '8' } }));
  const whole = await bench.call('POST', '/crm/v3/objects/deals/batch/update', { inputs: bare });
  expect(whole.status).toBe(400);
  const amounts = bench.portal.store('deals').properties.get('amount')!.slot;
  const values = ids.map((id) => bench.portal.store('deals').live(id)!.values[amounts]);
  expect(values).toEqual(['7', '1', '7']);
});

test('a batch is refused, comes in another order, or leaves a result out', async () => {
  const ids = await deals(2);
  const read = () =>
    bench.call('POST', '/crm/v3/objects/deals/batch/read', { inputs: ids.map((id) => ({ id })) });
  await arm({ name: 'batch-refused' });
  expect(
    (await bench.call('POST', '/crm/v3/objects/deals/batch/archive', { inputs: [{ id: ids[0] }] }))
      .status,
  ).toBe(400);
  await arm({ name: 'batch-reordered', count: 1 });
  expect((await read()).body.results.map((row: any) => row.id)).toEqual(ids.toReversed());
  await arm({ name: 'batch-result-missing' });
  expect((await read()).body.results).toHaveLength(1);
});

test('rules of admins hold from 2026-09 on, for records that meet their condition', async () => {
  await change({
    name: 'required-rule-added',
    requires: ['closed_lost_reason'],
    when: { property: 'dealstage', values: ['closedlost'] },
  });
  const [id] = await deals(1);
  const lose = (version: string) =>
    bench.call('PATCH', `/crm/objects/${version}/deals/${id}`, {
      properties: { dealstage: 'closedlost' },
    });
  const refused = await lose('2026-09');
  expect(refused.status).toBe(400);
  expect(refused.body.errors[0].context.propertyName).toEqual(['closed_lost_reason']);
  expect((await lose('2026-03')).status).toBe(200);
});

test('deals are archived, restored and merged under the eyes of a client', async () => {
  const ids = await deals(3);
  await change({ name: 'records-archived', ids: [ids[0]] });
  expect((await search()).body.total).toBe(2);
  await change({ name: 'records-restored', ids: [ids[0]] });
  const merged = await change({ name: 'records-merged', primaryId: ids[0], mergedId: ids[1] });
  const read = await bench.call('GET', `/crm/v3/objects/deals/${ids[1]}`);
  expect(read.body.id).toBe(merged.body.result.id);
  expect((await search()).body.total).toBe(2);
});

test('an association changes and no timestamp moves; a label is gone', async () => {
  const [id] = await deals(1);
  const company = await bench.call('POST', '/crm/v3/objects/companies', {
    properties: { name: 'P' },
  });
  await bench.call('POST', '/crm/v4/associations/deals/companies/labels', {
    label: 'Sourcing partner',
    name: 'sourcing_partner',
  });
  const before = await bench.call('GET', `/crm/v3/objects/deals/${id}`);
  const pair = { id, toId: company.body.id, label: 'Sourcing partner' };
  await change({ name: 'association-changed', ...pair });
  const after = await bench.call('GET', `/crm/v3/objects/deals/${id}?associations=companies`);
  expect(after.body.updatedAt).toBe(before.body.updatedAt);
  expect(after.body.associations.companies.results).toHaveLength(2);
  await change({ name: 'label-missing' });
  const labels = await bench.call('GET', '/crm/v4/associations/deals/companies/labels');
  expect(labels.body.results.map((row: any) => row.label)).not.toContain('Sourcing partner');
});

test('an expired token is refused until the refresh; a cut commit wrote', async () => {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: 'sandbox',
    client_secret: 'sandbox-secret',
    refresh_token: 'sandbox-refresh-token',
  });
  const login = async () => {
    const { url } = bench.running;
    const response = await fetch(`${url}/oauth/v1/token`, { method: 'POST', body: form });
    return (await response.json()) as { access_token: string };
  };
  const get = async (token: string) =>
    (
      await fetch(`${bench.running.url}/crm/v3/owners`, {
        headers: { Authorization: `Bearer ${token}` },
      })
    ).status;
  const { access_token: token } = await login();
  await arm({ name: 'token-expired' });
  expect(await get(token)).toBe(401);
  expect(await get((await login()).access_token)).toBe(200);
  await arm({ name: 'cut-after-commit', match: { object: 'deals' } });
  const written = bench.call('POST', '/crm/v3/objects/deals', { properties: { dealname: 'Cut' } });
  await expect(written).rejects.toThrow();
  expect(bench.portal.store('deals').liveCount).toBe(1);
});

test('the same seed strikes the same rows', async () => {
  const strike = async () => {
    const armed = await arm({ name: 'record-refused', seed: 7, probability: 0.3, count: null });
    const inputs = Array.from({ length: 50 }, (_, i) => ({
      properties: { dealname: `${i}` },
      objectWriteTraceId: `${i}`,
    }));
    const { body } = await bench.call('POST', '/crm/v3/objects/deals/batch/create', { inputs });
    await bench.call('DELETE', `/__sandbox/faults/${armed.body.id}`);
    return body.errors.map((row: any) => row.context.objectWriteTraceId[0]);
  };
  const first = await strike();
  expect(first.length).toBeGreaterThan(3);
  expect(await strike()).toEqual(first);
});

test('a taken unique value, a scope, a login: refused in documented words', async () => {
  await arm({ name: 'unique-value-taken' });
  const write = () =>
    bench.call('POST', '/crm/v3/objects/deals', { properties: { dealname: 'U' } });
  const taken = await write();
  expect([taken.status, taken.body.category]).toEqual([409, 'CONFLICT']);
  await arm({ name: 'scope-missing' });
  expect((await write()).body.category).toBe('MISSING_SCOPES');
  await arm({ name: 'token-refused' });
  const response = await fetch(`${bench.running.url}/oauth/v1/token`, { method: 'POST' });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ status: 'BAD_REFRESH_TOKEN' });
  expect((await write()).status).toBe(201);
});
