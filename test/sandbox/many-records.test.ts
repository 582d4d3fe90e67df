/** Many records in one call: collections, composites, batches and trees. */
import { expect, test } from '@jest/globals';
import { accounts, withAccounts } from './accounts.ts';
import { openClient } from './client.ts';

const account = (fields: object) => ({ attributes: { type: 'Account' }, ...fields });

test('a collection gives one result a record in order; allOrNone takes all back', async () => {
  const { call, query } = openClient();
  const records = [account({ Name: 'A' }), account({}), account({ Name: 'C' })];

  const none = await call('POST', '/composite/sobjects', { allOrNone: true, records });
  const rolledBack = await query('SELECT Id FROM Account');
  const some = await call('POST', '/composite/sobjects', { records });

  expect(
    none.body.map((r: { errors: { statusCode: string }[] }) => r.errors[0]?.statusCode),
  ).toEqual([
    'ALL_OR_NONE_OPERATION_ROLLED_BACK',
    'REQUIRED_FIELD_MISSING',
    'ALL_OR_NONE_OPERATION_ROLLED_BACK',
  ]);
  expect(rolledBack).toEqual([]);
  expect(some.body.map((r: { success: boolean }) => r.success)).toEqual([true, false, true]);
});

test('a collection refuses 201 records and more than ten chunks of types', async () => {
  const { call } = openClient();
  const many = Array.from({ length: 201 }, () => account({ Name: 'A' }));
  const mixed = Array.from({ length: 11 }, (_, i) =>
    i % 2 ? account({ Name: 'A' }) : { attributes: { type: 'Contact' }, LastName: 'L' },
  );

  const tooMany = await call('POST', '/composite/sobjects', { records: many });
  const tooMixed = await call('POST', '/composite/sobjects', { records: mixed });

  expect(tooMany).toMatchObject({ status: 400, body: [{ errorCode: 'EXCEEDED_ID_LIMIT' }] });
  expect(tooMixed.status).toBe(400);
});

test('a collection read gives null for ids that are not there', async () => {
  const { call } = withAccounts(1);
  const id = accounts(1)[0]?.['Id'];

  const { body } = await call('POST', '/composite/sobjects/Account', {
    ids: [id, '001000000000999'],
    fields: ['Name'],
  });

  expect(body).toMatchObject([{ Id: id, Name: 'Account 1' }, null]);
  expect(body[1]).toBeNull();
});

test('a collection delete answers for every id', async () => {
  const { call } = withAccounts(1);
  const id = accounts(1)[0]?.['Id'];

  const { body } = await call('DELETE', `/composite/sobjects?ids=${id},${id}`);

  expect(body).toMatchObject([
    { id, success: true },
    { success: false, errors: [{ statusCode: 'ENTITY_IS_DELETED' }] },
  ]);
});

const version = '/services/data/v68.0';
const compositeOf = (last: object) => [
  { method: 'POST', url: `${version}/sobjects/Account`, referenceId: 'a', body: { Name: 'A' } },
  {
    method: 'POST',
    url: `${version}/sobjects/Contact`,
    referenceId: 'c',
    body: { AccountId: '@{a.id}', ...last },
  },
];

test('a composite puts earlier ids into later requests and counts as one call', async () => {
  const { call, query, sandbox } = openClient();

  const { body } = await call('POST', '/composite', {
    compositeRequest: compositeOf({ LastName: 'L' }),
  });

  const ids = body.compositeResponse.map((r: { body: { id: string } }) => r.body.id);
  expect(await query('SELECT Id, AccountId FROM Contact')).toMatchObject([
    { Id: ids[1], AccountId: ids[0] },
  ]);
  expect(sandbox.tenants.defaultOrg.dailyCalls.used).toBe(2);
});

test('an all-or-none composite leaves nothing of a failed transaction', async () => {
  const { call, query } = openClient();

  const { body } = await call('POST', '/composite', {
    allOrNone: true,
    compositeRequest: compositeOf({}),
  });

  expect(
    body.compositeResponse.map((r: { body: { errorCode: string }[] }) => r.body[0]?.errorCode),
  ).toEqual(['PROCESSING_HALTED', 'REQUIRED_FIELD_MISSING']);
  expect(await query('SELECT Id FROM Account')).toEqual([]);
});

test('a batch answers each request by itself', async () => {
  const { call } = openClient();

  const { body } = await call('POST', '/composite/batch', {
    batchRequests: [
      { method: 'POST', url: 'v68.0/sobjects/Account', richInput: { Name: 'A' } },
      { method: 'GET', url: 'v68.0/sobjects/Nope/describe' },
    ],
  });

  expect(body).toMatchObject({
    hasErrors: true,
    results: [{ statusCode: 201 }, { statusCode: 404 }],
  });
});

test('a tree makes parents and children, or nothing', async () => {
  const { call, query } = openClient();
  const tree = (contact: object) => ({
    records: [
      {
        attributes: { type: 'Account', referenceId: 'r1' },
        Name: 'A',
        Contacts: { records: [{ attributes: { type: 'Contact', referenceId: 'r2' }, ...contact }] },
      },
    ],
  });

  const failed = await call('POST', '/composite/tree/Account', tree({}));
  const empty = await query('SELECT Id FROM Account');
  const made = await call('POST', '/composite/tree/Account', tree({ LastName: 'L' }));

  expect(failed).toMatchObject({ status: 400, body: { hasErrors: true } });
  expect(empty).toEqual([]);
  expect(made).toMatchObject({ status: 201, body: { hasErrors: false } });
  expect(await query('SELECT Account.Name FROM Contact')).toMatchObject([
    { Account: { Name: 'A' } },
  ]);
});
