/** Arming faults: who is struck, how often, and that one seed strikes the same calls. */
import { expect, test } from '@jest/globals';
import { type Client, openClient } from './client.ts';

const arm = async (client: Client, fault: object) => {
  const { status, body } = await client.call('POST', '/__sandbox/faults', fault);
  expect(status).toBe(201);
  return body;
};
const statuses = async (client: Client, calls: number, path = '/limits') => {
  const answers: number[] = [];
  for (let i = 0; i < calls; i += 1) answers.push((await client.call('GET', path)).status);
  return answers;
};

test.each([
  { name: 'once unless told otherwise', fault: {}, struck: [503, 200, 200, 200, 200, 200] },
  { name: 'count times', fault: { count: 2 }, struck: [503, 503, 200, 200, 200, 200] },
  { name: 'for ever', fault: { count: null }, struck: [503, 503, 503, 503, 503, 503] },
  { name: 'after some', fault: { after: 2 }, struck: [200, 200, 503, 200, 200, 200] },
  { name: 'the nth', fault: { match: { n: 4 } }, struck: [200, 200, 200, 503, 200, 200] },
  { name: 'several nths', fault: { match: { n: [2, 5] } }, struck: [200, 503, 200, 200, 503, 200] },
])('a fault strikes $name', async ({ fault, struck }) => {
  const client = openClient();
  await arm(client, { name: 'server-unavailable', ...fault });

  expect(await statuses(client, 6)).toEqual(struck);
});

test('one seed strikes the same calls, another seed others', async () => {
  const strikes = async (seed: number) => {
    const client = openClient();
    await arm(client, { name: 'server-error', seed, count: null, probability: 0.3 });
    return statuses(client, 40);
  };

  const [first, again, other] = [await strikes(7), await strikes(7), await strikes(8)];

  expect(first).toEqual(again);
  expect(first).not.toEqual(other);
  expect(first.filter((status) => status === 500).length).toBeGreaterThan(4);
  expect(first.filter((status) => status === 500).length).toBeLessThan(25);
});

test('a match narrows a fault to operation, object and field', async () => {
  const client = openClient();
  const { body } = await client.call('POST', '/sobjects/Account', { Name: 'A' });
  const fault = { name: 'server-unavailable', count: null };
  await arm(client, {
    ...fault,
    match: { operation: 'PATCH *', object: 'account', field: 'Phone' },
  });
  const patch = (values: object) =>
    client.call('PATCH', '/composite/sobjects', {
      records: [{ attributes: { type: 'Account' }, id: body.id, ...values }],
    });

  const other = await patch({ Name: 'B' });
  const struck = await patch({ Phone: '1' });
  const read = await client.call('GET', '/query?q=SELECT+Phone+FROM+Account');

  expect([other.status, struck.status, read.status]).toEqual([200, 503, 200]);
});

test('the object of a query, a locator, a bulk job and an id list is known', async () => {
  const client = openClient();
  const org = client.sandbox.tenants.defaultOrg;
  org.insert(
    'Account',
    Array.from({ length: 300 }, (_, i) => ({ Name: `A${i}` })),
    org.admin,
  );
  const soql = 'SELECT Id, (SELECT Id FROM Contacts) FROM Account';
  const first = await client.call('GET', `/query?q=${encodeURIComponent(soql)}`, undefined, {
    'Sforce-Query-Options': 'batchSize=200',
  });
  const job = await client.call('POST', '/jobs/query', {
    operation: 'query',
    query: 'SELECT Id FROM Account',
  });
  const [{ Id } = {}] = await client.query('SELECT Id FROM Account LIMIT 1');
  await arm(client, { name: 'server-unavailable', count: null, match: { object: 'Account' } });

  const answers = [
    await client.call('GET', `/query?q=${encodeURIComponent(soql)}`),
    await client.call('GET', first.body.nextRecordsUrl),
    await client.call('GET', `/jobs/query/${job.body.id}`),
    await client.call('POST', '/jobs/query', {
      operation: 'query',
      query: 'SELECT Id FROM Account',
    }),
    await client.call('DELETE', `/composite/sobjects?ids=${Id}`),
    await client.call('GET', `/sobjects/Account/${Id}`),
    await client.call('GET', '/query?q=SELECT+Id+FROM+Contact'),
  ];

  expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503, 503, 200]);
});

test('what is armed is listed with what it struck, and disarmed by id, by name, or all', async () => {
  const client = openClient();
  const { id } = await arm(client, { name: 'server-error', count: 2, match: { n: [2, 3] } });
  await arm(client, { name: 'hang', match: { object: 'Lead' } });
  await arm(client, { name: 'hang', match: { object: 'Contact' } });
  await statuses(client, 2);

  const listed = await client.call('GET', '/__sandbox/faults');
  const byId = await client.call('DELETE', `/__sandbox/faults/${id}`);
  const byName = await client.call('DELETE', '/__sandbox/faults/hang');
  const again = await client.call('DELETE', '/__sandbox/faults/hang');
  const all = await client.call('DELETE', '/__sandbox/faults');

  expect(listed.body[0]).toMatchObject({
    id: 'server-error-1',
    seed: 1,
    count: 2,
    seen: 2,
    struck: 1,
    spent: false,
    params: { done: false },
    strikes: [{ n: 2, operation: 'GET /limits', at: '2026-11-20T09:00:00.000Z' }],
  });
  expect([byId.body, byName.body, again.status, all.body]).toEqual([
    { disarmed: 1 },
    { disarmed: 2 },
    400,
    { disarmed: 0 },
  ]);
});

test.each([
  [{ name: 'row-loked' }, 'There is no fault "row-loked". Nearest: row-locked,'],
  [{ name: 'short-page', row: 3 }, 'Fault short-page: ✖ Unrecognized key: "row"'],
  [{ name: 'row-late' }, 'Fault row-late: ✖ Invalid input: expected number, received undefined'],
  [{ name: 'hang', count: 0 }, 'Fault hang: ✖ Too small: expected number to be >=1'],
  [{ name: 'hang', match: { objekt: 'A' } }, 'Unrecognized key: "objekt"'],
  [{}, 'Expected "name" as text.'],
])('arming %j is refused with what is wrong', async (fault, message) => {
  const { call } = openClient();

  const { status, body } = await call('POST', '/__sandbox/faults', fault);

  expect(status).toBe(400);
  expect(body[0].message).toContain(message);
});

test('every kind of fault is described with its parameters', async () => {
  const { call } = openClient();

  const { body } = await call('GET', '/__sandbox/faults/kinds');

  expect(body.length).toBeGreaterThan(30);
  for (const kind of body) {
    expect(kind).toMatchObject({ about: expect.any(String), source: expect.any(String) });
    expect(kind.params.type).toBe('object');
  }
});

test('the control plane and the record pages are never struck', async () => {
  const client = openClient();
  const { sandbox, call } = client;
  const org = sandbox.tenants.defaultOrg;
  await arm(client, { name: 'cut-before', count: null });
  await arm(client, { name: 'row-locked', count: null });
  await arm(client, { name: 'several-matches', count: null });

  const written = await call('POST', '/__sandbox/dml', {
    operation: 'insert',
    object: 'Account',
    records: [{ Name: 'A' }],
  });
  const page = await sandbox.fetch(new Request('http://sandbox.test/'));
  const actor = { userId: org.adminId, via: 'page', system: true };
  const [saved] = org.update('Account', [{ Id: written.body[0].id, Name: 'B' }], actor);

  expect([written.body[0].success, page.status < 400, saved!.success]).toEqual([true, true, true]);
});

test('faults strike together, in the order in which they were armed', async () => {
  const client = openClient();
  const org = client.sandbox.tenants.defaultOrg;
  org.insert('Account', [{ Name: 'A' }, { Name: 'B' }], org.admin);
  await arm(client, { name: 'short-page', rows: 1 });
  await arm(client, { name: 'slow-drip', chunkBytes: 200, everyMs: 1 });

  const { body } = await client.call('GET', '/query?q=SELECT+Name+FROM+Account+ORDER+BY+Name');

  expect(body).toMatchObject({ done: false, totalSize: 2, records: [{ Name: 'A' }] });
});
