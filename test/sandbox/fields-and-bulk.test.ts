/** Making fields, granting them, and moving records in bulk. */
import { expect, test } from '@jest/globals';
import { type Client, openClient } from './client.ts';

const field = (more: object = {}) => ({
  FullName: 'Opportunity.Reason__c',
  Metadata: { label: 'Reason', type: 'Text', length: 20, ...more },
});

async function permissionSet({ call, sandbox }: Client): Promise<string> {
  const { body } = await call('POST', '/sobjects/PermissionSet', { Name: 'Sync', Label: 'Sync' });
  await call('POST', '/sobjects/PermissionSetAssignment', {
    PermissionSetId: body.id,
    AssigneeId: sandbox.tenants.defaultOrg.integrationUserId,
  });
  return body.id;
}
const grant = (ParentId: string, PermissionsEdit: boolean) => ({
  ParentId,
  SobjectType: 'Opportunity',
  Field: 'Opportunity.Reason__c',
  PermissionsRead: true,
  PermissionsEdit,
});
const deal = { Name: 'D', StageName: 'Prospecting', CloseDate: '2026-12-31' };

test('a field made by API is invisible to describe, SOQL and writes until it is granted', async () => {
  const client = openClient();
  const { call } = client;
  const made = await call('POST', '/tooling/sobjects/CustomField', field());
  const named = async () => {
    const { body } = await call('GET', '/sobjects/Opportunity/describe');
    return body.fields.some((one: { name: string }) => one.name === 'Reason__c');
  };

  const hidden = await call('GET', '/query?q=SELECT+Reason__c+FROM+Opportunity');
  const hiddenDescribe = await named();
  const hiddenWrite = await call('POST', '/sobjects/Opportunity', { ...deal, Reason__c: 'x' });
  await call('POST', '/sobjects/FieldPermissions', grant(await permissionSet(client), true));
  const seen = await call('GET', '/query?q=SELECT+Reason__c+FROM+Opportunity');

  expect(made).toMatchObject({ status: 201, body: { success: true } });
  expect(hidden.body[0]).toMatchObject({ errorCode: 'INVALID_FIELD' });
  expect(hiddenDescribe).toBe(false);
  expect(hiddenWrite.body[0]).toMatchObject({ errorCode: 'INVALID_FIELD' });
  expect(seen.status).toBe(200);
  expect(await named()).toBe(true);
});

test('a field granted for reading only cannot be written', async () => {
  const client = openClient();
  await client.call('POST', '/tooling/sobjects/CustomField', field());
  await client.call(
    'POST',
    '/sobjects/FieldPermissions',
    grant(await permissionSet(client), false),
  );

  const { body } = await client.call('POST', '/sobjects/Opportunity', { ...deal, Reason__c: 'x' });

  expect(body[0]).toMatchObject({
    errorCode: 'INVALID_FIELD_FOR_INSERT_UPDATE',
    fields: ['Reason__c'],
  });
});

test('a field on Activity appears on Task and is an upsert key', async () => {
  const client = openClient();
  const { call, query } = client;
  await call('POST', '/tooling/sobjects/CustomField', {
    FullName: 'Activity.Key__c',
    Metadata: { label: 'Key', type: 'Text', length: 80, externalId: true, unique: true },
  });
  const ParentId = await permissionSet(client);
  await call('POST', '/sobjects/FieldPermissions', {
    ...grant(ParentId, true),
    SobjectType: 'Task',
    Field: 'Task.Key__c',
  });
  const record = { attributes: { type: 'Task' }, Key__c: 'k1', Subject: 'Call' };

  const first = await call('PATCH', '/composite/sobjects/Task/Key__c', { records: [record] });
  const again = await call('PATCH', '/composite/sobjects/Task/Key__c', {
    records: [{ ...record, Status: 'Completed' }, record],
  });

  expect(first.body).toMatchObject([{ success: true, created: true }]);
  expect(again.body).toMatchObject([
    { success: true, created: false },
    { success: false, errors: [{ statusCode: 'DUPLICATE_VALUE' }] },
  ]);
  expect(await query('SELECT IsClosed, Key__c FROM Task')).toMatchObject([
    { IsClosed: true, Key__c: 'k1' },
  ]);
});

test.each([
  ['a name that is taken', field(), 'DUPLICATE_DEVELOPER_NAME'],
  [
    'a text without a length',
    { ...field({ length: undefined }), FullName: 'Opportunity.B__c' },
    'FIELD_INTEGRITY_EXCEPTION',
  ],
  ['an unknown object', { ...field(), FullName: 'Nope__c.B__c' }, 'FIELD_INTEGRITY_EXCEPTION'],
  ['a formula', { ...field({ formula: '1' }), FullName: 'Opportunity.C__c' }, 'INVALID_OPERATION'],
])('a custom field with %s is refused', async (_, body, code) => {
  const { call } = openClient();
  await call('POST', '/tooling/sobjects/CustomField', field());

  const answer = await call('POST', '/tooling/sobjects/CustomField', body);

  expect(answer.status).toBe(400);
  expect(answer.body[0].errorCode).toBe(code);
});

test('a deleted field is gone from queries, and Tooling can be asked what there is', async () => {
  const { call } = openClient();
  const { body } = await call('POST', '/tooling/sobjects/CustomField', field());
  const q = encodeURIComponent(
    "SELECT Id, DeveloperName FROM CustomField WHERE TableEnumOrId = 'Opportunity'",
  );

  const before = await call('GET', `/tooling/query?q=${q}`);
  await call('DELETE', `/tooling/sobjects/CustomField/${body.id}`);
  const after = await call('GET', `/tooling/query?q=${q}`);

  expect(before.body.records).toMatchObject([{ Id: body.id, DeveloperName: 'Reason' }]);
  expect(after.body.records).toEqual([]);
});

async function ingest({ call }: Client, job: object, csv: string) {
  const { body } = await call('POST', '/jobs/ingest', job);
  const path = `/jobs/ingest/${body.id}`;
  const put = await call('PUT', `${path}/batches`, csv, { 'content-type': 'text/csv' });
  expect(put.status).toBe(201);
  await call('PATCH', path, { state: 'UploadComplete' });
  for (;;) {
    const { body: info } = await call('GET', path);
    if (['JobComplete', 'Failed'].includes(info.state)) return { path, info };
    await new Promise(setImmediate);
  }
}

test('a finished ingest job holds its good rows and its bad ones with the reason', async () => {
  const client = openClient();
  const csv = 'Name,Phone,OwnerId\n"A, Inc",1,\n"",2,\nC,3,#N/A\n';

  const { path, info } = await ingest(client, { object: 'Account', operation: 'insert' }, csv);
  const good = await client.call('GET', `${path}/successfulResults`);
  const bad = await client.call('GET', `${path}/failedResults`);

  expect(info).toMatchObject({
    state: 'JobComplete',
    numberRecordsProcessed: 3,
    numberRecordsFailed: 2,
  });
  expect(good.body).toMatch(
    /^"sf__Id","sf__Created","Name","Phone","OwnerId"\n"001\w{15}","true","A, Inc","1",""\n$/,
  );
  expect(bad.body).toContain('REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --');
});

test('in a bulk update #N/A clears a field and an empty cell leaves it', async () => {
  const client = openClient();
  const made = await client.call('POST', '/sobjects/Account', { Name: 'A', Phone: '1', Fax: '2' });

  const csv = `Id,Phone,Fax\r\n${made.body.id},#N/A,\r\n`;
  const job = { object: 'Account', operation: 'update', lineEnding: 'CRLF' };
  const { info } = await ingest(client, job, csv);

  expect(info.numberRecordsFailed).toBe(0);
  expect(await client.query('SELECT Phone, Fax FROM Account')).toMatchObject([
    { Phone: null, Fax: '2' },
  ]);
});

test('an ingest job whose line endings are not what it says fails as a whole', async () => {
  const job = { object: 'Account', operation: 'insert', lineEnding: 'CRLF' };

  const { info } = await ingest(openClient(), job, 'Name\nA\n');

  expect(info.state).toBe('Failed');
  expect(info.errorMessage).toContain('LineEnding is invalid');
});

test('a query job gives its result in pages by locator, each with a header line', async () => {
  const { call } = openClient();
  for (const Name of ['A', 'B "quoted"', 'C']) await call('POST', '/sobjects/Account', { Name });
  const query = 'SELECT Name, AnnualRevenue, CreatedDate, Owner.Name FROM Account ORDER BY Name';
  const { body: job } = await call('POST', '/jobs/query', { operation: 'query', query });
  const path = `/jobs/query/${job.id}`;

  const early = await call('GET', `${path}/results`);
  const polled = await call('GET', path);
  const first = await call('GET', `${path}/results?maxRecords=2`);
  const locator = first.headers.get('sforce-locator');
  const second = await call('GET', `${path}/results?maxRecords=2&locator=${locator}`);

  expect(early.status).toBe(400);
  expect(polled.body.state).toBe('JobComplete');
  expect(first.headers.get('sforce-numberofrecords')).toBe('2');
  expect(second.headers.get('sforce-locator')).toBe('null');
  expect(first.body.split('\n')).toEqual([
    '"Name","AnnualRevenue","CreatedDate","Owner.Name"',
    '"A",,"2026-11-20T09:00:00.000Z","Partner Sync Integration"',
    '"B ""quoted""",,"2026-11-20T09:00:00.000Z","Partner Sync Integration"',
    '',
  ]);
  expect(second.body.split('\n').length).toBe(3);
});

test('a query job refuses aggregates', async () => {
  const { call } = openClient();
  const query = 'SELECT COUNT(Id) FROM Account';

  const { status } = await call('POST', '/jobs/query', { operation: 'query', query });

  expect(status).toBe(400);
});
