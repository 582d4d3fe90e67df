/** Bulk API 1.0 as its clients speak it: JSON jobs, CSV jobs with XML around them, refusals. */
import { expect, test } from '@jest/globals';
import { openClient } from './client.ts';

const path = '/services/async/65.0';

function open() {
  const { sandbox, token, call } = openClient();
  // The API has a header of its own for the token.
  const ask = (method: string, to: string, body?: unknown, type = 'application/json') =>
    call(method, `${path}${to}`, body, {
      authorization: '',
      'x-sfdc-session': token,
      'content-type': type,
    });
  const settled = async (job: string, batch: string) => {
    for (let tries = 0; tries < 100; tries += 1) {
      const { body } = await ask('GET', `/job/${job}/batch/${batch}`);
      const text = JSON.stringify(body);
      if (!/Queued|InProgress/.test(text)) return { body, text };
      await new Promise(setImmediate);
    }
    throw new Error('The batch did not settle.');
  };
  return { sandbox, call, ask, settled };
}

test('a JSON job saves each row, says what became of it, and counts it', async () => {
  const { ask, settled } = open();
  const job = { operation: 'insert', object: 'account', contentType: 'JSON' };
  const { status, headers, body } = await ask('POST', '/job', job);
  const rows = [{ Name: 'One' }, { Website: 'two.example' }];
  const batch = (await ask('POST', `/job/${body.id}/batch`, rows)).body;
  const closed = (await ask('POST', `/job/${body.id}`, { state: 'Closed' })).body;

  expect(status).toBe(201);
  expect(headers.get('content-type')).toBe('application/json');
  expect(body).toMatchObject({ object: 'Account', state: 'Open', apiVersion: 65 });
  expect(closed.state).toBe('Closed');
  expect((await settled(body.id, batch.id)).body.state).toBe('Completed');
  expect((await ask('GET', `/job/${body.id}/batch/${batch.id}/result`)).body).toMatchObject([
    { success: true, created: true, errors: [] },
    { success: false, id: null, errors: [{ statusCode: 'REQUIRED_FIELD_MISSING' }] },
  ]);
  expect((await ask('GET', `/job/${body.id}`)).body).toMatchObject({
    numberBatchesCompleted: 1,
    numberRecordsProcessed: 2,
    numberRecordsFailed: 1,
  });
  expect((await ask('POST', `/job/${body.id}/batch`, rows)).body).toMatchObject({
    exceptionCode: 'InvalidJobState',
  });
});

test('a CSV job is spoken of in XML; its lines tell id, success, creation and error', async () => {
  const { ask, settled, call } = open();
  const xml = 'application/xml; charset=UTF-8';
  const made = await ask(
    'POST',
    '/job',
    '<?xml version="1.0"?><jobInfo xmlns="x"><operation>insert</operation>' +
      '<object>Account</object><contentType>CSV</contentType></jobInfo>',
    xml,
  );
  const id = /<id>(\w+)<\/id>/.exec(made.body)![1]!;
  const csv = 'Name,Description\n"Ex & Co",\n,"no name"\n';
  const batch = /<id>(\w+)</.exec(
    (await ask('POST', `/job/${id}/batch`, csv, 'text/csv')).body,
  )![1]!;
  const { text } = await settled(id, batch);
  const [{ Id: accountId }] = (await call('GET', '/query?q=SELECT+Id+FROM+Account')).body.records;

  expect(made.headers.get('content-type')).toBe('application/xml');
  expect(text).toContain('<state>Completed</state>');
  expect((await ask('GET', `/job/${id}/batch/${batch}/result`)).body).toBe(
    '"Id","Success","Created","Error"\n' +
      `"${accountId}","true","true",""\n` +
      '"","false","false","REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"\n',
  );
  expect((await ask('GET', `/job/${id}/batch/${batch}/request`)).body).toBe(csv);
  expect((await ask('GET', `/job/${id}/batch`)).body).toContain('<batchInfoList xmlns=');
});

test('a query answers the ids of its results; instants are epochs in JSON and text in CSV', async () => {
  const { ask, settled, call } = open();
  await call('POST', '/sobjects/Account', { Name: 'Found' });
  const run = async (contentType: string, soql: string) => {
    const job = { operation: 'query', object: 'Account', contentType };
    const { id } = (await ask('POST', '/job', job)).body;
    const type = contentType === 'JSON' ? 'application/json' : 'text/csv';
    const added = (await ask('POST', `/job/${id}/batch`, soql, type)).body;
    const batch = added.id ?? /<id>(\w+)</.exec(added)![1];
    const info = await settled(id, batch);
    const listed = (await ask('GET', `/job/${id}/batch/${batch}/result`)).body;
    const result = listed[0]?.length > 1 ? listed[0] : /<result>(\w+)</.exec(`${listed}`)?.[1];
    const rows = await ask('GET', `/job/${id}/batch/${batch}/result/${result}`);
    return { info, rows: rows.body };
  };
  const soql = 'SELECT Name, CreatedDate FROM Account';

  expect((await run('JSON', soql)).rows).toMatchObject([
    { Name: 'Found', CreatedDate: Date.parse('2026-11-20T09:00:00Z') },
  ]);
  expect((await run('CSV', soql)).rows).toBe(
    '"Name","CreatedDate"\n"Found","2026-11-20T09:00:00.000Z"\n',
  );
  expect((await run('CSV', `${soql} WHERE Name = 'x'`)).rows).toBe(
    'Records not found for this query',
  );
  expect((await run('JSON', 'SELECT Nope FROM Account')).info.body).toMatchObject({
    state: 'Failed',
    stateMessage: expect.stringContaining('InvalidBatch : Failed to process query: INVALID_FIELD'),
  });
});

test('an unknown token, job or object is refused in the form of the API', async () => {
  const { ask, call } = open();
  const headers = { authorization: '', 'x-sfdc-session': 'nobody' };
  const refused = await call('GET', `${path}/job/750000000000001`, undefined, headers);
  const bad = { operation: 'insert', object: 'Nope', contentType: 'CSV' };

  expect(refused.status).toBe(401);
  expect(refused.body).toContain('<exceptionCode>InvalidSessionId</exceptionCode>');
  expect((await ask('GET', '/job/750000000000001')).body.exceptionCode).toBe('InvalidJob');
  expect((await ask('POST', '/job', bad)).body.exceptionMessage).toContain('Nope');
  expect((await ask('POST', '/job', { ...bad, contentType: 'XML' })).status).toBe(501);
});
