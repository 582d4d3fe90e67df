/** Logins on the wire: forms, assertions, and how often each is made. */
import { expect, test } from '@jest/globals';
import { decodeJwt, exportPKCS8, generateKeyPair, jwtVerify } from 'jose';
import nock from 'nock';
import type { SalesforceAuth } from '../../connectors/salesforce/auth.ts';
import {
  counted,
  countPath,
  failure,
  grants,
  logged,
  login,
  open,
  org,
  refused,
  token,
} from './wire.ts';

test('a client-credentials login sends the form and calls go to the granted instance', async () => {
  nock(login)
    .post('/services/oauth2/token', {
      grant_type: 'client_credentials',
      client_id: 'client-1',
      client_secret: 'hush-hush',
    })
    .matchHeader('content-type', 'application/x-www-form-urlencoded')
    .reply(200, token());
  nock(org).get(countPath).matchHeader('authorization', 'Bearer token-1').reply(200, counted);

  expect(await open().count('Account')).toBe(3);
});

test('a JWT login signs for the user, to the login host, for at most three minutes', async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const pem = await exportPKCS8(privateKey);
  let assertion = '';
  nock(login)
    .post('/services/oauth2/token', (body: Record<string, string>) => {
      assertion = body.assertion ?? '';
      return body.grant_type === 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    })
    .reply(200, token());
  nock(org).get(countPath).reply(200, counted);

  await open({
    auth: {
      flow: 'jwt-bearer',
      loginUrl: login,
      clientId: 'client-1',
      username: 'sync@acme.test',
      privateKey: pem,
    },
  }).count('Account');

  await jwtVerify(assertion, publicKey, { audience: login, algorithms: ['RS256'] });
  const claims = decodeJwt(assertion);
  expect(claims).toMatchObject({ iss: 'client-1', sub: 'sync@acme.test', aud: login });
  const livesFor = (claims.exp ?? 0) - Date.now() / 1000;
  expect(livesFor).toBeGreaterThan(60);
  expect(livesFor).toBeLessThanOrEqual(180);
});

test('a rotated refresh token is the one used for the next login', async () => {
  nock(login)
    .post('/services/oauth2/token', /refresh_token=first/)
    .reply(200, token('token-1', { refresh_token: 'second' }));
  nock(login)
    .post('/services/oauth2/token', /refresh_token=second/)
    .reply(200, token('token-2'));
  nock(org).get(countPath).reply(401, refused);
  nock(org).get(countPath).matchHeader('authorization', 'Bearer token-2').reply(200, counted);

  const auth: SalesforceAuth = {
    flow: 'refresh-token',
    loginUrl: login,
    clientId: 'client-1',
    refreshToken: 'first',
  };
  expect(await open({ auth }).count('Account')).toBe(3);
});

test('calls at the same time cause one login', async () => {
  const logins = grants(5);
  nock(org).get(countPath).times(5).reply(200, counted);

  const opened = open();
  await Promise.all(Array.from({ length: 5 }, () => opened.count('Account')));

  expect(logins()).toBe(1);
});

test('five calls refused at the same time renew the session once', async () => {
  const logins = grants(5);
  nock(org, { reqheaders: { authorization: 'Bearer token-1' } })
    .get(countPath)
    .times(5)
    .reply(401, refused);
  nock(org, { reqheaders: { authorization: 'Bearer token-2' } })
    .get(countPath)
    .times(5)
    .reply(200, counted);

  const opened = open();
  await Promise.all(Array.from({ length: 5 }, () => opened.count('Account')));

  expect(logins()).toBe(2);
});

test('a session refused for ever costs two calls and two logins, then is unauthorized', async () => {
  const logins = grants(9);
  let calls = 0;
  nock(org)
    .get(countPath)
    .times(9)
    .reply(() => {
      calls += 1;
      return [401, refused];
    });

  const error = await failure(open().count('Account'));

  expect({ calls, logins: logins(), kind: error.kind }).toEqual({
    calls: 2,
    logins: 2,
    kind: 'unauthorized',
  });
  expect(error.message).toBe(
    'Salesforce refused the session (INVALID_SESSION_ID): count on Account. Not retried. ' +
      'Check the connected app, its user and its key, then run "partner-sync resume".',
  );
});

test('invalid_grant is asked once, is unauthorized, and tells no secret', async () => {
  let asked = 0;
  nock(login)
    .post('/services/oauth2/token')
    .times(5)
    .reply(() => {
      asked += 1;
      return [400, { error: 'invalid_grant', error_description: 'user hush-hush not approved' }];
    });

  const error = await failure(open().count('Account'));

  expect(asked).toBe(1);
  expect(error.kind).toBe('unauthorized');
  expect(error.call.code).toBe('invalid_grant');
  expect(`${error.message}${JSON.stringify(error.call)}${logged.join()}`).not.toMatch(
    /hush-hush|token-1/,
  );
});
