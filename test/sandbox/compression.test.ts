/** Compressed requests and answers, as go-salesforce sends and reads them. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { openClient } from './client.ts';

const data = 'http://sandbox.test/services/data/v68.0';

test('a gzip body is read, and the answer comes back compressed to who asks for it', async () => {
  const { sandbox, token, query } = openClient();
  const send = (more: Record<string, string>) =>
    sandbox.fetch(
      new Request(`${data}/sobjects/Account`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'content-encoding': 'gzip',
          ...more,
        },
        body: gzipSync('{"Name":"Zipped"}'),
      }),
    );
  const plain = await send({});
  const zipped = await send({ 'accept-encoding': 'gzip' });
  const text = gunzipSync(Buffer.from(await zipped.arrayBuffer())).toString();

  expect([plain.status, zipped.status]).toEqual([201, 201]);
  expect(plain.headers.get('content-encoding')).toBeNull();
  expect(zipped.headers.get('content-encoding')).toBe('gzip');
  expect(JSON.parse(text)).toMatchObject({ success: true });
  expect(await query('SELECT Name FROM Account')).toMatchObject([
    { Name: 'Zipped' },
    { Name: 'Zipped' },
  ]);
});

test('a body that is not what its header says is refused', async () => {
  const { call } = openClient();
  const post = (coding: string) =>
    call('POST', '/sobjects/Account', { Name: 'A' }, { 'content-encoding': coding });

  expect((await post('gzip')).status).toBe(400);
  expect((await post('br')).status).toBe(415);
});
