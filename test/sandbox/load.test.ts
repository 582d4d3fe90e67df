/** Records made after a dataset was loaded: their numbers and their ids. */
import { expect, test } from '@jest/globals';
import { openClient } from './client.ts';

test('after a load the org numbers on from the highest number there is', async () => {
  const { call, query, sandbox } = openClient();
  const numbered = { name: 'Name', label: 'Number', type: 'string', autoNumber: 'DR-{00000}' };
  const row = (Name: string) => ({ Name });
  await call('POST', '/__sandbox/load', {
    today: '2026-11-20',
    objects: [
      {
        name: 'Deal__c',
        label: 'Deal',
        fields: [numbered],
        rows: [row('DR-00007'), row('DR-01042'), row('imported'), row('DR-x9999')],
      },
    ],
  });

  const { body } = await call('POST', '/sobjects/Deal__c', {});

  expect(await query(`SELECT Name FROM Deal__c WHERE Id = '${body.id}'`)).toMatchObject([
    { Name: 'DR-01043' },
  ]);
  expect(sandbox.tenants.defaultOrg.query('SELECT Id FROM Deal__c')).toHaveLength(5);
});

test('ids given after a load never meet ids of the loaded rows', async () => {
  const { call, sandbox } = openClient();
  const made = openClient().sandbox.tenants.defaultOrg;
  const [first] = made.insert('Account', [{ Name: 'A' }], made.admin);
  const dataset = {
    today: '2026-11-20',
    objects: [
      { name: 'Account', label: 'Account', fields: [], rows: [{ Id: first!.id, Name: 'A' }] },
    ],
  };
  await call('POST', '/__sandbox/load', dataset);

  const { body } = await call('POST', '/sobjects/Account', { Name: 'B' });

  expect(body.id).not.toBe(first!.id);
  expect(sandbox.tenants.defaultOrg.query('SELECT Id FROM Account')).toHaveLength(2);
});
