/** The sandbox behind a port, as an unmodified jsforce and a parent process see it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Connection } from 'jsforce';
import { type RunningSandbox, startSandbox } from '../../sandbox/server.ts';

let running: RunningSandbox;
let connection: Connection;

beforeAll(async () => {
  running = await startSandbox({ control: true });
  const response = await fetch(`${running.url}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'sandbox',
      client_secret: 'sandbox-secret',
    }),
  });
  const token = (await response.json()) as { access_token: string; instance_url: string };
  connection = new Connection({
    instanceUrl: token.instance_url,
    accessToken: token.access_token,
    version: '68.0',
  });
});
afterAll(() => running.close());

test('jsforce creates, queries with a parent, updates and reads the limit header', async () => {
  const account = await connection.sobject('Account').create({ Name: 'Acme' });
  const made = await connection.sobject('Opportunity').create([
    { Name: 'D', StageName: 'Prospecting', CloseDate: '2026-12-31', AccountId: account.id },
    { Name: 'E', CloseDate: '2026-12-31' },
  ]);

  const found = await connection.query('SELECT Id, Account.Name FROM Opportunity');

  expect(made.map((one) => one.success)).toEqual([true, false]);
  expect(found.records).toMatchObject([{ Account: { Name: 'Acme' } }]);
  expect(connection.limitInfo.apiUsage?.limit).toBe(100_000);
});

test('jsforce throws the error code of a refused query', async () => {
  await expect(connection.query('SELECT Nope FROM Account')).rejects.toMatchObject({
    errorCode: 'INVALID_FIELD',
  });
});

test('jsforce describes, asks for its identity, and runs both bulk jobs', async () => {
  const described = await connection.describe('Opportunity');
  const identity = await connection.identity();
  connection.bulk2.pollInterval = 20;
  const loaded = await connection.bulk2.loadAndWaitForResults({
    object: 'Contact',
    operation: 'insert',
    input: [{ LastName: 'A' }, { LastName: 'B' }],
    pollInterval: 20,
  });
  const names: unknown[] = [];
  const records = await connection.bulk2.query('SELECT LastName FROM Contact ORDER BY LastName');
  for await (const record of records) names.push((record as { LastName: string }).LastName);

  expect(described.fields.some((field) => field.name === 'StageName')).toBe(true);
  expect(identity.username).toBe('partnersync.integration@sandbox.example');
  expect(loaded.successfulResults.length).toBe(2);
  expect(names).toEqual(['A', 'B']);
});

test('the process prints its address and ends when its parent closes its input', async () => {
  const child = spawn(
    process.execPath,
    ['sandbox/main.ts', '--port', '0', '--exit-with-parent', '--control'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { url } = JSON.parse(line.toString()) as { url: string };

  const answer = await fetch(`${url}/services/data`);
  child.stdin.end();
  const [code] = await once(child, 'exit');

  expect(answer.status).toBe(200);
  expect(code).toBe(0);
});

test('a busy port is refused with the reason', async () => {
  await expect(startSandbox({ port: running.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
