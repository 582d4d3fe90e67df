/** Faults of rows: refusals, keys that fit twice, and commits that are seen late. */
import { expect, test } from '@jest/globals';
import { type Client, openClient, testNow } from './client.ts';

/** Three accounts with Names A, B, C; their ids. */
function withAccounts(client: Client): string[] {
  const org = client.sandbox.tenants.defaultOrg;
  const results = org.insert(
    'Account',
    ['A', 'B', 'C'].map((Name) => ({ Name })),
    org.admin,
  );
  return results.map(({ id }) => id!);
}
const phones = (ids: string[]) => ({
  records: ids.map((id) => ({ attributes: { type: 'Account' }, id, Phone: '1' })),
});

test.each([
  ['row-locked', 'UNABLE_TO_LOCK_ROW', 'unable to obtain exclusive access to this record'],
  ['row-rejected', 'FIELD_CUSTOM_VALIDATION_EXCEPTION', 'The record does not meet our rules.'],
  ['row-trigger-failed', 'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', 'PartnerTrigger: execution of'],
])('%s on the second row of a collection fails that row only', async (name, code, message) => {
  const client = openClient();
  const ids = withAccounts(client);
  client.sandbox.faults.arm({ name, match: { object: 'Account', n: 2 } });

  const { status, body } = await client.call('PATCH', '/composite/sobjects', phones(ids));

  expect(status).toBe(200);
  expect(body.map(({ success }: { success: boolean }) => success)).toEqual([true, false, true]);
  expect(body[1].errors).toMatchObject([
    { statusCode: code, message: expect.stringContaining(message), fields: [] },
  ]);
  expect(await client.query('SELECT Phone FROM Account ORDER BY Name')).toMatchObject([
    { Phone: '1' },
    { Phone: null },
    { Phone: '1' },
  ]);
});

test('a locked row is 400 on a single record, and free at the next try', async () => {
  const client = openClient();
  const [id] = withAccounts(client);
  client.sandbox.faults.arm({ name: 'row-locked' });
  const patch = () => client.call('PATCH', `/sobjects/Account/${id}`, { Phone: '1' });

  const [locked, free] = [await patch(), await patch()];

  expect([locked.status, locked.body[0].errorCode]).toEqual([400, 'UNABLE_TO_LOCK_ROW']);
  expect(free.status).toBe(204);
});

test('a rule strikes only rows whose field changes, with its own words', async () => {
  const client = openClient();
  const [id] = withAccounts(client);
  client.sandbox.faults.arm({
    name: 'row-rejected',
    count: null,
    message: 'Phones are kept by the helpdesk.',
    fields: ['Phone'],
    match: { operation: 'update', field: 'Phone' },
  });

  const name = await client.call('PATCH', `/sobjects/Account/${id}`, { Name: 'D' });
  const phone = await client.call('PATCH', `/sobjects/Account/${id}`, { Phone: '1' });

  expect(name.status).toBe(204);
  expect(phone.body).toEqual([
    {
      errorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      message: 'Phones are kept by the helpdesk.',
      fields: ['Phone'],
    },
  ]);
});

test('a deletion that fails on a child leaves the parent', async () => {
  const client = openClient();
  const [id] = withAccounts(client);
  const org = client.sandbox.tenants.defaultOrg;
  org.insert('Contact', [{ LastName: 'X', AccountId: id }], org.admin);
  client.sandbox.faults.arm({ name: 'row-locked', match: { object: 'Contact' } });

  const { body } = await client.call('DELETE', `/composite/sobjects?ids=${id}`);

  expect(body).toMatchObject([{ success: false, errors: [{ statusCode: 'UNABLE_TO_LOCK_ROW' }] }]);
  expect(org.get('Account', id!)).toMatchObject({ IsDeleted: false });
});

test('a key that fits twice is 300 with addresses, and a row error in a collection', async () => {
  const client = openClient();
  const org = client.sandbox.tenants.defaultOrg;
  await client.call('POST', '/__sandbox/objects', {
    name: 'Account',
    fields: [{ name: 'Ext__c', label: 'Ext', type: 'string', externalId: true, unique: true }],
  });
  org.insert('Account', [{ Name: 'A', Ext__c: 'k' }], org.admin);
  client.sandbox.faults.arm({ name: 'several-matches', count: 2 });

  const single = await client.call('PATCH', '/sobjects/Account/Ext__c/k', { Name: 'B' });
  const rows = await client.call('PATCH', '/composite/sobjects/Account/Ext__c', {
    records: [{ attributes: { type: 'Account' }, Ext__c: 'k', Name: 'B' }],
  });

  expect(single.status).toBe(300);
  expect(single.body[0]).toMatch(/^\/services\/data\/v68\.0\/sobjects\/Account\/001/);
  expect(rows.body[0].errors[0].statusCode).toBe('DUPLICATE_EXTERNAL_ID');
  expect(org.query('SELECT Name FROM Account')).toMatchObject([{ Name: 'A' }]);
});

const isoNow = new Date(testNow).toISOString().replace('Z', '+0000');

test('a late row is stamped now and seen later, behind a cursor that has passed it', async () => {
  const client = openClient();
  const { sandbox } = client;
  sandbox.faults.arm({ name: 'row-late', seconds: 90 });

  const { body } = await client.call('POST', '/sobjects/Account', { Name: 'A' });
  sandbox.clock.advance(89_000);
  const before = await client.query('SELECT Id FROM Account');
  sandbox.clock.advance(1_000);
  const after = await client.query('SELECT Id, SystemModstamp FROM Account');

  expect(before).toEqual([]);
  expect(after).toMatchObject([{ Id: body.id, SystemModstamp: isoNow }]);
});

test('until it commits, a late update shows the old values and holds the row', async () => {
  const client = openClient();
  const [id] = withAccounts(client);
  client.sandbox.faults.arm({ name: 'row-late', seconds: 90 });
  const patch = (Phone: string) => client.call('PATCH', `/sobjects/Account/${id}`, { Phone });
  const phone = async () => (await client.call('GET', `/sobjects/Account/${id}`)).body.Phone;

  const late = await patch('1');
  const [before, log] = [await phone(), client.sandbox.tenants.defaultOrg.writeLog().length];
  const held = await patch('2');
  client.sandbox.clock.advance(90_000);
  const after = await phone();
  const free = await patch('3');

  expect([late.status, before, held.body[0].errorCode]).toEqual([204, null, 'UNABLE_TO_LOCK_ROW']);
  expect([after, free.status, await phone()]).toEqual(['1', 204, '3']);
  // The log tells of a change when it can be seen.
  expect([log, client.sandbox.tenants.defaultOrg.writeLog().length]).toEqual([3, 5]);
});

test('a unique key of a row not yet committed cannot be taken', async () => {
  const client = openClient();
  const { sandbox } = client;
  await client.call('POST', '/__sandbox/objects', {
    name: 'Account',
    fields: [{ name: 'Ext__c', label: 'Ext', type: 'string', externalId: true, unique: true }],
  });
  sandbox.faults.arm({ name: 'row-late', seconds: 90 });
  const upsert = () => client.call('PATCH', '/sobjects/Account/Ext__c/k', { Name: 'A' });

  const [late, held] = [await upsert(), await upsert()];
  sandbox.clock.advance(90_000);
  const again = await upsert();

  expect([late.status, held.body[0].errorCode]).toEqual([201, 'UNABLE_TO_LOCK_ROW']);
  expect(again.body).toMatchObject({ id: late.body.id, created: false });
});

test('a transaction commits late as a whole; what it rolls back never comes', async () => {
  const client = openClient();
  const ids = withAccounts(client);
  client.sandbox.faults.arm({ name: 'row-late', seconds: 60, match: { n: 1 } });
  client.sandbox.faults.arm({ name: 'row-locked', match: { n: 2 } });

  await client.call('PATCH', '/composite/sobjects', phones(ids));
  const before = await client.query("SELECT Id FROM Account WHERE Phone = '1'");
  client.sandbox.clock.advance(60_000);
  const after = await client.query("SELECT Name FROM Account WHERE Phone = '1' ORDER BY Name");

  expect(before).toEqual([]);
  expect(after).toMatchObject([{ Name: 'A' }, { Name: 'C' }]);
});

test('commits are late by a write, and by the knob for an object', async () => {
  const client = openClient();
  const insert = { operation: 'insert', records: [{ Name: 'A' }] };
  const dml = (more: object) => client.call('POST', '/__sandbox/dml', { ...insert, ...more });
  const count = async () => (await client.query('SELECT Id FROM Account')).length;

  await dml({ object: 'Account', commitDelaySeconds: 30 });
  const counts = [await count()];
  client.sandbox.clock.advance(30_000);
  counts.push(await count());
  await client.call('PUT', '/__sandbox/commit-delay', { seconds: 30, object: 'Account' });
  await dml({ object: 'Account' });
  await dml({ object: 'Campaign' });
  counts.push(await count());
  const campaigns = await client.query('SELECT Id FROM Campaign');
  client.sandbox.clock.advance(30_000);
  counts.push(await count());

  expect([counts, campaigns.length]).toEqual([[0, 1, 1, 2], 1]);
});

test('a snapshot keeps what waits to be committed', async () => {
  const client = openClient();
  const { call, sandbox } = client;
  await call('POST', '/__sandbox/dml', {
    operation: 'insert',
    object: 'Account',
    records: [{ Name: 'A' }],
    commitDelaySeconds: 30,
  });
  await call('POST', '/__sandbox/snapshot', { name: 's' });
  sandbox.clock.advance(30_000);
  const once = await client.query('SELECT Id FROM Account');
  await call('POST', '/__sandbox/restore', { name: 's' });
  const again = await client.query('SELECT Id FROM Account');

  expect([once.length, again.length]).toEqual([1, 1]);
});
