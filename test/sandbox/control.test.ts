/** The control plane: what moves the sandbox from outside. */
import { expect, test } from '@jest/globals';
import { openClient } from './client.ts';

test('without control there is no control plane', async () => {
  const { call } = openClient({ control: false });

  expect((await call('GET', '/__sandbox/clock')).status).toBe(501);
});

test('the clock can be read, advanced, set and let go', async () => {
  const { call } = openClient();

  const advanced = await call('POST', '/__sandbox/clock/advance', { days: 1, hours: 2 });
  const set = await call('POST', '/__sandbox/clock/set', { at: '2027-01-01T00:00:00Z' });
  const running = await call('POST', '/__sandbox/clock/resume');

  expect(advanced.body).toEqual({ now: '2026-11-21T11:00:00.000Z', frozen: true });
  expect(set.body.now).toBe('2027-01-01T00:00:00.000Z');
  expect(running.body.frozen).toBe(false);
});

test('a restored snapshot has the records, fields and log of its moment', async () => {
  const { call, query } = openClient();
  await call('POST', '/sobjects/Account', { Name: 'Before' });
  await call('POST', '/__sandbox/snapshot', { name: 's' });
  await call('POST', '/sobjects/Account', { Name: 'After' });
  await call('POST', '/__sandbox/objects', { name: 'Thing__c', label: 'Thing' });

  await call('POST', '/__sandbox/restore', { name: 's' });

  expect(await query('SELECT Name FROM Account')).toMatchObject([{ Name: 'Before' }]);
  expect((await call('GET', '/__sandbox/writes')).body.total).toBe(1);
  expect((await call('GET', '/sobjects/Thing__c/describe')).status).toBe(404);
});

test('each tenant has its own records; a token reaches one of them only', async () => {
  const { call, query } = openClient();
  const other = await call('POST', '/__sandbox/tenants', { name: 'Other' });
  const made = await call('POST', `/__sandbox/tokens?org=${other.body.id}`, {});
  await call(
    'POST',
    '/sobjects/Account',
    { Name: 'Theirs' },
    { authorization: `Bearer ${made.body.token}` },
  );

  expect(await query('SELECT Id FROM Account')).toEqual([]);
  const theirs = `/__sandbox/query?org=${other.body.id}&q=SELECT+Name+FROM+Account`;
  expect((await call('GET', theirs)).body).toMatchObject([{ Name: 'Theirs' }]);
});

test('calls are counted by operation, without ids and versions', async () => {
  const { call } = openClient();
  const { body } = await call('POST', '/sobjects/Account', { Name: 'A' });
  await call('POST', '/__sandbox/calls/reset');
  await call('GET', `/sobjects/Account/${body.id}`);
  await call('GET', '/query?q=SELECT+Id+FROM+Account');

  const counted = await call('GET', '/__sandbox/calls');

  expect(counted.body).toMatchObject({
    total: 2,
    byOperation: { 'GET /sobjects/Account/{id}': 1, 'GET /query': 1 },
  });
});

test('an armed fault answers a call in place of the API', async () => {
  const { call, sandbox } = openClient();
  sandbox.faults.arm({
    name: 'server-unavailable',
    count: null,
    match: { operation: 'GET /limits' },
  });

  const struck = await call('GET', '/limits');
  sandbox.faults.disarm('server-unavailable');
  const healed = await call('GET', '/limits');

  expect([struck.status, healed.status]).toEqual([503, 200]);
});

test('seeding brings the sample company, the same for the same number', async () => {
  const [one, two] = [openClient(), openClient()];

  const first = await one.call('POST', '/__sandbox/seed', { seed: 7 });
  const second = await two.call('POST', '/__sandbox/seed', { seed: 7 });

  expect(first.body.objects.Opportunity).toBeGreaterThan(1000);
  expect(second.body.objects).toEqual(first.body.objects);
});

test('a person can write as themselves, past field-level security', async () => {
  const { call, query } = openClient();

  await call('POST', '/__sandbox/dml', {
    operation: 'insert',
    object: 'Account',
    as: 'sandbox.admin@sandbox.example',
    records: [{ Name: 'A' }],
  });

  expect(await query('SELECT LastModifiedBy.Name FROM Account')).toMatchObject([
    { LastModifiedBy: { Name: 'Sandbox Admin' } },
  ]);
});
