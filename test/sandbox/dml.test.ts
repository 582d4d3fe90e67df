/** Writing records: what Salesforce derives, refuses, deletes and merges. */
import { beforeEach, expect, test } from '@jest/globals';
import { type Client, openClient } from './client.ts';

let client: Client;
beforeEach(() => {
  client = openClient();
});

async function create(object: string, fields: Record<string, unknown>): Promise<string> {
  const { status, body } = await client.call('POST', `/sobjects/${object}`, fields);
  expect({ status, body }).toMatchObject({ status: 201, body: { success: true } });
  return body.id;
}
const deal = { Name: 'Deal', StageName: 'Prospecting', CloseDate: '2026-12-31', Amount: 1000 };

test('a stage change sets closed, won, probability, its date and a history row', async () => {
  const id = await create('Opportunity', deal);
  client.sandbox.clock.advance(3_600_000);

  await client.call('PATCH', `/sobjects/Opportunity/${id}`, { StageName: 'Closed Won' });

  const { body } = await client.call('GET', `/sobjects/Opportunity/${id}`);
  expect(body).toMatchObject({
    IsClosed: true,
    IsWon: true,
    Probability: 100,
    ExpectedRevenue: 1000,
    LastStageChangeDate: '2026-11-20T10:00:00.000+0000',
    SystemModstamp: '2026-11-20T10:00:00.000+0000',
    FiscalQuarter: 4,
  });
  const stages = await client.query(
    `SELECT StageName FROM OpportunityHistory WHERE OpportunityId = '${id}' ORDER BY CreatedDate`,
  );
  expect(stages.map((row) => row['StageName'])).toEqual(['Prospecting', 'Closed Won']);
});

test('a close date moved to a later month counts as a push, an earlier one does not', async () => {
  const id = await create('Opportunity', deal);

  await client.call('PATCH', `/sobjects/Opportunity/${id}`, { CloseDate: '2027-01-05' });
  await client.call('PATCH', `/sobjects/Opportunity/${id}`, { CloseDate: '2026-12-05' });

  expect(await client.query('SELECT PushCount FROM Opportunity')).toMatchObject([{ PushCount: 1 }]);
});

test.each([
  ['a missing name', {}, 'REQUIRED_FIELD_MISSING', 'Required fields are missing: [Name]'],
  ['an unknown field', { Name: 'A', X__c: 1 }, 'INVALID_FIELD', "No such column 'X__c'"],
  [
    'a read-only field',
    { Name: 'A', CreatedDate: '2026-01-01T00:00:00Z' },
    'INVALID_FIELD_FOR_INSERT_UPDATE',
    'Unable to create/update fields: CreatedDate',
  ],
  ['a long name', { Name: 'x'.repeat(256) }, 'STRING_TOO_LONG', '(max length=255)'],
  [
    'a number for text',
    { Name: 5 },
    'JSON_PARSER_ERROR',
    'Cannot deserialize instance of string from VALUE_NUMBER_INT',
  ],
  [
    'text for a number',
    { Name: 'A', AnnualRevenue: 'much' },
    'JSON_PARSER_ERROR',
    'instance of currency',
  ],
  [
    'a dangling owner',
    { Name: 'A', OwnerId: '005000000000zzz' },
    'INVALID_CROSS_REFERENCE_KEY',
    'invalid cross reference id',
  ],
  [
    'an id of another object',
    { Name: 'A', OwnerId: '001000000000001' },
    'FIELD_INTEGRITY_EXCEPTION',
    'id value of incorrect type',
  ],
  ['no id at all', { Name: 'A', OwnerId: 'me' }, 'MALFORMED_ID', 'id value of incorrect type: me'],
])('an account with %s is refused', async (_, fields, code, message) => {
  const { status, body } = await client.call('POST', '/sobjects/Account', fields);

  expect(status).toBe(400);
  expect(body).toMatchObject([{ errorCode: code }]);
  expect(body[0].message).toContain(message);
  expect(await client.query('SELECT Id FROM Account')).toEqual([]);
});

test('a validation rule refuses the save with its message and field', async () => {
  await client.call('POST', '/__sandbox/validation-rules', {
    object: 'Opportunity',
    name: 'Won needs an amount',
    message: 'Enter the amount first.',
    field: 'Amount',
    when: {
      all: [
        { field: 'IsWon', is: '=', value: true },
        { field: 'Amount', is: 'blank' },
      ],
    },
  });
  const id = await create('Opportunity', { ...deal, Amount: null });

  const { status, body } = await client.call('PATCH', `/sobjects/Opportunity/${id}`, {
    StageName: 'Closed Won',
  });

  expect(status).toBe(400);
  expect(body).toEqual([
    {
      errorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      message: 'Enter the amount first.',
      fields: ['Amount'],
    },
  ]);
});

test('a locked record refuses edits until it is unlocked', async () => {
  const id = await create('Opportunity', deal);
  await client.call('POST', '/__sandbox/locks', { ids: [id] });

  const refused = await client.call('PATCH', `/sobjects/Opportunity/${id}`, { NextStep: 'x' });
  await client.call('POST', '/__sandbox/locks', { ids: [id], locked: false });
  const accepted = await client.call('PATCH', `/sobjects/Opportunity/${id}`, { NextStep: 'x' });

  expect(refused.body[0].errorCode).toBe('ENTITY_IS_LOCKED');
  expect(accepted.status).toBe(204);
});

test('a deleted record and its children leave query, stay in queryAll, and come back', async () => {
  const account = await create('Account', { Name: 'Acme' });
  const opportunity = await create('Opportunity', { ...deal, AccountId: account });

  expect((await client.call('DELETE', `/sobjects/Account/${account}`)).status).toBe(204);

  expect(await client.query('SELECT Id FROM Opportunity')).toEqual([]);
  const all = await client.call('GET', '/queryAll?q=SELECT+Id,IsDeleted+FROM+Opportunity');
  expect(all.body.records).toMatchObject([{ Id: opportunity, IsDeleted: true }]);
  const gone = await client.call('GET', `/sobjects/Account/${account}`);
  expect(gone).toMatchObject({ status: 404, body: [{ errorCode: 'ENTITY_IS_DELETED' }] });
  await client.call('POST', '/__sandbox/dml', { operation: 'undelete', ids: [account] });
  expect(await client.query('SELECT Id FROM Opportunity')).toMatchObject([{ Id: opportunity }]);
});

test('a merge moves the children and leaves the loser deleted with MasterRecordId', async () => {
  const master = await create('Account', { Name: 'Acme' });
  const loser = await create('Account', { Name: 'ACME Inc' });
  await create('Opportunity', { ...deal, AccountId: loser });
  client.sandbox.clock.advance(1000);

  const merged = await client.call('POST', '/__sandbox/dml', {
    operation: 'merge',
    object: 'Account',
    masterId: master,
    duplicateIds: [loser],
  });

  expect(merged.body).toMatchObject({ id: master, success: true });
  expect(await client.query('SELECT AccountId, SystemModstamp FROM Opportunity')).toMatchObject([
    { AccountId: master, SystemModstamp: '2026-11-20T09:00:01.000+0000' },
  ]);
  const all = await client.call(
    'GET',
    `/queryAll?q=${encodeURIComponent('SELECT Id, MasterRecordId FROM Account WHERE IsDeleted = true')}`,
  );
  expect(all.body.records).toMatchObject([{ Id: loser, MasterRecordId: master }]);
});

test('a converted lead names the account, contact and opportunity it became', async () => {
  const lead = await create('Lead', { LastName: 'Doe', Company: 'Acme', LeadSource: 'Web' });

  const { body } = await client.call('POST', '/__sandbox/dml', {
    operation: 'convertLead',
    leadId: lead,
  });

  expect(
    await client.query('SELECT IsConverted, ConvertedOpportunityId, ConvertedAccountId FROM Lead'),
  ).toMatchObject([
    {
      IsConverted: true,
      ConvertedOpportunityId: body.opportunityId,
      ConvertedAccountId: body.accountId,
    },
  ]);
  expect(await client.query('SELECT Name, LeadSource FROM Opportunity')).toMatchObject([
    { Name: 'Acme', LeadSource: 'Web' },
  ]);
});

test('the write log names who changed which field from what to what', async () => {
  const id = await create('Account', { Name: 'Acme' });
  await client.call('PATCH', `/sobjects/Account/${id}`, { Name: 'Acme Ltd' });

  const { body } = await client.call('GET', '/__sandbox/writes?object=Account&since=1');

  expect(body.entries).toMatchObject([
    {
      operation: 'update',
      id,
      byName: 'Partner Sync Integration',
      via: 'rest',
      changes: [{ field: 'Name', from: 'Acme', to: 'Acme Ltd' }],
    },
  ]);
});

test('money is rounded half up to the scale of its field', async () => {
  await create('Opportunity', { ...deal, Amount: 100.255 });

  expect(await client.query('SELECT Amount FROM Opportunity')).toMatchObject([{ Amount: 100.26 }]);
});

test('TaskStatus says which statuses are closed, and a task follows it', async () => {
  const { call, query } = openClient();
  await call('POST', '/sobjects/Task', { Subject: 'A', Status: 'Completed' });
  await call('POST', '/sobjects/Task', { Subject: 'B', Status: 'Deferred' });

  const statuses = await query(
    'SELECT MasterLabel, ApiName, IsClosed, IsDefault FROM TaskStatus ORDER BY SortOrder',
  );
  const tasks = await query('SELECT Subject, IsClosed FROM Task ORDER BY Subject');

  expect(statuses.map(({ ApiName }) => ApiName)).toEqual([
    'Not Started',
    'In Progress',
    'Completed',
    'Waiting on someone else',
    'Deferred',
  ]);
  expect(statuses.filter(({ IsClosed }) => IsClosed)).toMatchObject([{ ApiName: 'Completed' }]);
  expect(statuses.filter(({ IsDefault }) => IsDefault)).toMatchObject([{ ApiName: 'Not Started' }]);
  expect(tasks).toMatchObject([{ IsClosed: true }, { IsClosed: false }]);
});

test('look-ups a deletion emptied come back with the record, unless they were set anew', async () => {
  const { call, query } = openClient();
  const parent = {
    name: 'Deal__c',
    type: 'reference',
    label: 'Deal',
    referenceTo: ['Opportunity'],
  };
  await call('POST', '/__sandbox/objects', { name: 'Note__c', label: 'Note', fields: [parent] });
  const opportunity = { StageName: 'Prospecting', CloseDate: '2026-12-31' };
  const make = async (Name: string) =>
    (await call('POST', '/sobjects/Opportunity', { ...opportunity, Name })).body.id;
  const [gone, other] = [await make('Gone'), await make('Other')];
  for (const Name of ['A', 'B']) await call('POST', '/sobjects/Note__c', { Name, Deal__c: gone });
  const notes = () => query('SELECT Id, Deal__c FROM Note__c ORDER BY Name');
  await call('DELETE', `/sobjects/Opportunity/${gone}`);
  const [, b] = await notes();
  await call('PATCH', `/sobjects/Note__c/${b!['Id']}`, { Deal__c: other });

  await call('POST', '/__sandbox/dml', { operation: 'undelete', ids: [gone] });

  expect(b).toMatchObject({ Deal__c: null });
  expect(await notes()).toMatchObject([{ Deal__c: gone }, { Deal__c: other }]);
});
