/** Changes in an org: at once over the control plane, or armed to come before a call. */
import { expect, test } from '@jest/globals';
import { type Client, openClient, testNow } from './client.ts';

const stamp = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}.000+0000`;

/** Accounts made an hour ago; their ids. */
function withAccounts(client: Client, count: number): string[] {
  const { clock, tenants } = client.sandbox;
  const org = tenants.defaultOrg;
  clock.advance(-3_600_000);
  const rows = Array.from({ length: count }, (_, i) => ({ Name: `A${i}`, Phone: '1' }));
  const ids = org.insert('Account', rows, org.admin).map(({ id }) => id!);
  clock.advance(3_600_000);
  return ids;
}
async function make(client: Client, change: object) {
  const { status, body } = await client.call('POST', '/__sandbox/changes', change);
  expect([status, body]).toEqual([200, expect.anything()]);
  return body.result;
}
const fields = { object: 'Account', field: 'Tier__c' };

/** A custom picklist of accounts, and a formula. */
async function withFields(client: Client): Promise<void> {
  await client.call('POST', '/__sandbox/objects', {
    name: 'Account',
    fields: [
      { name: 'Tier__c', label: 'Tier', type: 'picklist', picklist: ['Gold', 'Silver'] },
      { name: 'Score__c', label: 'Score', type: 'double', calculated: true },
    ],
  });
}

test('SystemModstamp moves and nothing else does', async () => {
  const client = openClient();
  const [a] = withAccounts(client, 2);
  await make(client, { name: 'modstamp-bumped', object: 'Account', ids: [a] });

  const rows = await client.query(
    'SELECT Id, SystemModstamp, LastModifiedDate FROM Account ORDER BY SystemModstamp DESC',
  );

  const old = stamp(testNow - 3_600_000);
  expect(rows).toMatchObject([
    { Id: a, SystemModstamp: stamp(testNow), LastModifiedDate: old },
    { SystemModstamp: old, LastModifiedDate: old },
  ]);
  expect(client.sandbox.tenants.defaultOrg.writeLog()).toHaveLength(2);
});

test('2,500 rows share one instant', async () => {
  const client = openClient();
  withAccounts(client, 2_600);
  await make(client, { name: 'timestamps-equal', object: 'Account', at: '2026-11-19T10:00:00Z' });

  const soql = 'SELECT Id FROM Account WHERE SystemModstamp = 2026-11-19T10:00:00Z';
  const { body } = await client.call('GET', `/query?q=${encodeURIComponent(soql)}`);

  expect([body.totalSize, body.records.length, body.done]).toEqual([2_500, 2_000, false]);
});

test('a calculated field changes without a stamp, is described so, and cannot be set', async () => {
  const client = openClient();
  await withFields(client);
  const [a] = withAccounts(client, 1);
  const change = { name: 'formula-changed', object: 'Account', field: 'Score__c' };
  await make(client, { ...change, value: 7.5, where: "Name = 'A0'" });

  const rows = await client.query('SELECT Score__c, SystemModstamp FROM Account');
  const { body } = await client.call('GET', '/sobjects/Account/describe');
  const set = await client.call('PATCH', `/sobjects/Account/${a}`, { Score__c: 1 });
  const plain = await client.call('POST', '/__sandbox/changes', {
    ...change,
    field: 'Name',
    value: 'x',
  });

  expect(rows).toMatchObject([{ Score__c: 7.5, SystemModstamp: stamp(testNow - 3_600_000) }]);
  const described = body.fields.find(({ name }: { name: string }) => name === 'Score__c');
  expect(described).toMatchObject({ calculated: true, updateable: false, createable: false });
  expect(set.body[0].errorCode).toBe('INVALID_FIELD_FOR_INSERT_UPDATE');
  expect(plain.body[0].message).toBe('Name is not a calculated field.');
});

test('a field hidden in mid-read is as if it did not exist, until it is shown', async () => {
  const client = openClient();
  await withFields(client);
  withAccounts(client, 1);
  client.sandbox.faults.arm({ name: 'field-hidden', ...fields, after: 1 });
  const read = () => client.call('GET', '/query?q=SELECT+Tier__c+FROM+Account');

  const [before, hidden] = [await read(), await read()];
  await make(client, { name: 'field-shown', ...fields });
  const shown = await read();

  expect([before.status, hidden.status, shown.status]).toEqual([200, 400, 200]);
  expect(hidden.body[0]).toMatchObject({
    errorCode: 'INVALID_FIELD',
    message: expect.stringContaining("No such column 'Tier__c' on entity 'Account'"),
  });
});

test('a field whose right to edit is taken stays readable where it was granted', async () => {
  const client = openClient();
  await withFields(client);
  const [a] = withAccounts(client, 1);
  const org = client.sandbox.tenants.defaultOrg;
  const [set] = org.insert('PermissionSet', [{ Name: 'P', Label: 'P' }], org.admin);
  const parent = set!.id!;
  const right = { ParentId: parent, SobjectType: 'Account', Field: 'Account.Tier__c' };
  const both = { PermissionsRead: true, PermissionsEdit: true };
  org.insert('FieldPermissions', [{ ...right, ...both }], org.admin);
  const assigned = { AssigneeId: org.integrationUserId, PermissionSetId: parent };
  org.insert('PermissionSetAssignment', [assigned], org.admin);

  await make(client, { name: 'field-hidden', ...fields, right: 'edit' });
  const read = await client.call('GET', '/query?q=SELECT+Tier__c+FROM+Account');
  const set2 = await client.call('PATCH', `/sobjects/Account/${a}`, { Tier__c: 'Gold' });

  expect([read.status, set2.body[0].errorCode]).toEqual([200, 'INVALID_FIELD_FOR_INSERT_UPDATE']);
});

test('a renamed field keeps its values; a deleted one is gone; standard ones stay', async () => {
  const client = openClient();
  await withFields(client);
  const [a] = withAccounts(client, 1);
  await client.call('PATCH', `/sobjects/Account/${a}`, { Tier__c: 'Gold' });

  await make(client, { name: 'field-renamed', ...fields, to: 'Level__c' });
  const renamed = await client.query('SELECT Level__c FROM Account');
  const old = await client.call('GET', '/query?q=SELECT+Tier__c+FROM+Account');
  await make(client, { name: 'field-deleted', object: 'Account', field: 'Level__c' });
  const gone = await client.call('GET', '/query?q=SELECT+Level__c+FROM+Account');
  const standard = { name: 'field-renamed', object: 'Account', field: 'Name', to: 'N__c' };
  const refused = await client.call('POST', '/__sandbox/changes', standard);

  expect(renamed).toMatchObject([{ Level__c: 'Gold' }]);
  expect([old.status, gone.status, refused.status]).toEqual([400, 400, 400]);
});

test('a retired picklist value stays on its records and is refused from then on', async () => {
  const client = openClient();
  await withFields(client);
  const [a, b] = withAccounts(client, 2);
  await client.call('PATCH', `/sobjects/Account/${a}`, { Tier__c: 'Gold' });
  await make(client, { name: 'picklist-retired', ...fields, value: 'Gold' });

  const kept = await client.query("SELECT Id FROM Account WHERE Tier__c = 'Gold'");
  const other = await client.call('PATCH', `/sobjects/Account/${b}`, { Tier__c: 'Gold' });
  const { body } = await client.call('GET', '/sobjects/Account/describe');

  expect(kept).toMatchObject([{ Id: a }]);
  expect(other.body[0].errorCode).toBe('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST');
  const described = body.fields.find(({ name }: { name: string }) => name === 'Tier__c');
  expect(described.picklistValues.map(({ value }: { value: string }) => value)).toEqual(['Silver']);
});

test('a stage is retired with its row of OpportunityStage', async () => {
  const client = openClient();
  const change = { name: 'picklist-retired', object: 'Opportunity', field: 'StageName' };
  await make(client, { ...change, value: 'Qualification' });

  expect(await client.query('SELECT ApiName FROM OpportunityStage WHERE IsActive = false')).toEqual(
    [expect.objectContaining({ ApiName: 'Qualification' })],
  );
});

test('a new field appears in mid-run', async () => {
  const client = openClient();
  const field = { name: 'New__c', label: 'New', type: 'string', required: true };
  client.sandbox.faults.arm({ name: 'field-added', object: 'Account', field, after: 1 });
  const insert = () => client.call('POST', '/sobjects/Account', { Name: 'A' });

  const [before, after] = [await insert(), await insert()];

  expect([before.status, after.body[0].errorCode]).toEqual([201, 'REQUIRED_FIELD_MISSING']);
});

test('a rule becomes active in mid-run', async () => {
  const client = openClient();
  const when = { field: 'Phone', is: 'blank' };
  const rule = { object: 'Account', when, message: 'A phone, please.', after: 1 };
  client.sandbox.faults.arm({ name: 'rule-added', ...rule });
  const insert = () => client.call('POST', '/sobjects/Account', { Name: 'A' });

  const [before, after] = [await insert(), await insert()];

  expect([before.status, after.body[0].message]).toEqual([201, 'A phone, please.']);
});

test('somebody edits, deletes and undeletes records between two calls', async () => {
  const client = openClient();
  const [a] = withAccounts(client, 1);
  client.sandbox.faults.arm({
    name: 'row-changed',
    object: 'Account',
    ids: [a],
    values: { Phone: '2' },
  });
  const read = () => client.query('SELECT Phone FROM Account');

  const edited = await read();
  await make(client, { name: 'rows-deleted', object: 'Account' });
  const deleted = await read();
  await make(client, { name: 'rows-undeleted', ids: [a] });

  expect([edited, deleted, await read()]).toMatchObject([[{ Phone: '2' }], [], [{ Phone: '2' }]]);
});

test('two accounts are merged, the same for the same seed', async () => {
  const merged = async () => {
    const client = openClient();
    withAccounts(client, 20);
    const result = await make(client, { name: 'ids-merged', seed: 4 });
    const [loser] = await client
      .call('GET', '/queryAll?q=SELECT+Id,MasterRecordId+FROM+Account+WHERE+IsDeleted=true')
      .then(({ body }) => body.records);
    expect(loser).toMatchObject({ Id: result.duplicateIds[0], MasterRecordId: result.masterId });
    return result;
  };

  expect(await merged()).toEqual(await merged());
});

test('a quota nearly used leaves the calls it says', async () => {
  const client = openClient();
  await make(client, { name: 'quota-nearly-used', left: 2 });

  const answers = [1, 2, 3].map(() => client.call('GET', '/limits'));

  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 403]);
});

test('an unknown change, or one without what it needs, is refused', async () => {
  const { call } = openClient();

  const unknown = await call('POST', '/__sandbox/changes', { name: 'field-hide' });
  const lacking = await call('POST', '/__sandbox/changes', { name: 'field-hidden' });
  const nowhere = await call('POST', '/__sandbox/changes', {
    name: 'field-hidden',
    object: 'Account',
    field: 'X__c',
  });

  expect(unknown.body[0].message).toContain('There is no change "field-hide".');
  expect(lacking.body[0].message).toContain('→ at object');
  expect(nowhere.body[0].message).toBe('Account has no field X__c.');
});
