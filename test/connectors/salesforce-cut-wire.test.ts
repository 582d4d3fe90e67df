/** Cut, hanging and refused connections, on real sockets. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import nock from 'nock';
import type { SalesforceAuth } from '../../connectors/salesforce/auth.ts';
import { clientCredentials, failure, open, token } from './wire.ts';

/** A real socket: nock cannot cut one after the request arrived. */
async function withServer(
  onRequest: Parameters<typeof createServer>[1] & object,
  work: (url: string) => Promise<void>,
): Promise<void> {
  nock.enableNetConnect('127.0.0.1');
  const server: Server = createServer(onRequest).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await work(url);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const write = [{ id: '006000000000001AAA', values: { Amount: 1 } }];
const authAt = (loginUrl: string): SalesforceAuth => ({ ...clientCredentials, loginUrl });

test('a connection cut after a write was sent leaves every row unclear, sent once', async () => {
  let writes = 0;
  await withServer(
    (request, response) => {
      if (request.url === '/services/oauth2/token') {
        const instance = `http://${request.headers.host}`;
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ ...token(), instance_url: instance }));
        return;
      }
      writes += 1;
      request.resume().on('end', () => request.socket.destroy());
    },
    async (url) => {
      const results = await open({ auth: authAt(url) }).writeRecords('Opportunity', write, 3);
      expect(results).toEqual([{ id: '006000000000001AAA', outcome: 'unclear' }]);
    },
  );
  expect(writes).toBe(1);
});

test('a read cut in mid-answer is unavailable after one attempt; so is one that hangs', async () => {
  const reads: string[] = [];
  await withServer(
    (request, response) => {
      if (request.url === '/services/oauth2/token') {
        const instance = `http://${request.headers.host}`;
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ ...token(), instance_url: instance }));
        return;
      }
      reads.push(request.url ?? '');
      if (request.url?.includes('Lead')) return; // never answers
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"totalSize":');
      setTimeout(() => request.socket.destroy(), 20);
    },
    async (url) => {
      const opened = open({ auth: authAt(url), timeoutMs: 300 });
      const cut = await failure(opened.count('Account'));
      const hung = await failure(opened.count('Lead'));
      expect([cut.kind, hung.kind, hung.call.code]).toEqual([
        'unavailable',
        'unavailable',
        'TIMEOUT',
      ]);
    },
  );
  expect(reads).toHaveLength(2);
});

test('a refused connection on a write throws: nothing was sent', async () => {
  let url = '';
  await withServer(
    (_request, response) => void response.end(),
    async (at) => {
      url = at;
    },
  );

  const error = await failure(open({ auth: authAt(url) }).writeRecords('Opportunity', write, 3));

  expect([error.kind, error.call.code, error.call.unclear]).toEqual([
    'unavailable',
    'ECONNREFUSED',
    undefined,
  ]);
});
