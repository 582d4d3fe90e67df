/** Faults of Bulk API 2.0 jobs: stuck, failed, complete with failed rows. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { type Client, openClient } from './client.ts';

test.each([{ state: 'UploadComplete' as const }, { state: 'InProgress' as const }])(
  'a bulk query stays $state until its time is over',
  async ({ state }) => {
    const client = withTwoAccounts();
    client.sandbox.faults.arm({ name: 'bulk-stuck', state, seconds: 60 });

    const { body } = await client.call('POST', '/jobs/query', {
      operation: 'query',
      query: 'SELECT Id FROM Account',
    });
    const stuck = await client.call('GET', `/jobs/query/${body.id}`);
    const early = await client.call('GET', `/jobs/query/${body.id}/results`);
    client.sandbox.clock.advance(60_000);
    const done = await client.call('GET', `/jobs/query/${body.id}`);

    expect([stuck.body.state, early.status, done.body.state]).toEqual([state, 400, 'JobComplete']);
  },
);

async function ingest(client: Client): Promise<string> {
  const { body } = await client.call('POST', '/jobs/ingest', {
    object: 'Account',
    operation: 'insert',
  });
  await client.call('PUT', `/jobs/ingest/${body.id}/batches`, 'Name\nA\nB\n');
  await client.call('PATCH', `/jobs/ingest/${body.id}`, { state: 'UploadComplete' });
  await sleep(10);
  return `/jobs/ingest/${body.id}`;
}

test('a stuck ingest job saves nothing until the fault is disarmed', async () => {
  const client = openClient();
  client.sandbox.faults.arm({ name: 'bulk-stuck', state: 'InProgress' });

  const job = await ingest(client);
  const stuck = await client.call('GET', job);
  const before = client.sandbox.tenants.defaultOrg.query('SELECT Id FROM Account');
  client.sandbox.faults.disarm();
  let done = await client.call('GET', job);
  while (done.body.state !== 'JobComplete') {
    await sleep(5);
    done = await client.call('GET', job);
  }

  expect([stuck.body.state, before.length]).toEqual(['InProgress', 0]);
  expect(done.body).toMatchObject({ state: 'JobComplete', numberRecordsProcessed: 2 });
});

test('a failed job says why and has saved nothing; a query job fails alike', async () => {
  const client = openClient();
  client.sandbox.faults.arm({ name: 'bulk-failed', count: 2, message: 'InternalServerError : no' });

  const failed = await client.call('GET', await ingest(client));
  const asked = { operation: 'query', query: 'SELECT Id FROM Account' };
  const { body } = await client.call('POST', '/jobs/query', asked);
  const query = await client.call('GET', `/jobs/query/${body.id}`);

  const ended = { state: 'Failed', errorMessage: 'InternalServerError : no' };
  expect([failed.body, query.body]).toMatchObject([ended, ended]);
  expect(client.sandbox.tenants.defaultOrg.query('SELECT Id FROM Account')).toEqual([]);
});

test('a job is JobComplete with failed rows', async () => {
  const client = openClient();
  client.sandbox.faults.arm({ name: 'bulk-rows-failed', match: { n: 2 } });

  const job = await ingest(client);
  let done = await client.call('GET', job);
  while (done.body.state !== 'JobComplete') {
    await sleep(5);
    done = await client.call('GET', job);
  }
  const failed = await client.call('GET', `${job}/failedResults`);

  expect(done.body).toMatchObject({ state: 'JobComplete', numberRecordsFailed: 1 });
  expect(failed.body).toContain('UNABLE_TO_LOCK_ROW:unable to obtain exclusive access');
  expect(failed.body).toContain('"B"');
});

function withTwoAccounts(): Client {
  const client = openClient();
  const org = client.sandbox.tenants.defaultOrg;
  org.insert('Account', [{ Name: 'A' }, { Name: 'B' }], org.admin);
  return client;
}
