/** The ways to sign in to the sandbox's org beside JWT and client credentials, as clients use them. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Connection } from 'jsforce';
import { type RunningSandbox, startSandbox } from '../../sandbox/server.ts';

const username = 'partnersync.integration@sandbox.example';
const password = 'sandbox-password';
const app = { client_id: 'sandbox', client_secret: 'sandbox-secret' };
const redirect_uri = 'http://app.test/callback';

let running: RunningSandbox;
beforeAll(async () => {
  running = await startSandbox();
});
afterAll(() => running.close());

async function post(path: string, form: Record<string, string>) {
  const body = new URLSearchParams(form);
  const response = await fetch(`${running.url}/services/oauth2/${path}`, { method: 'POST', body });
  return { status: response.status, body: await response.json() };
}

/** The code a user's consent leads back to the app with. */
async function consent(more: Record<string, string> = {}) {
  const asked = { response_type: 'code', client_id: 'sandbox', redirect_uri, state: 's', ...more };
  const url = `${running.url}/services/oauth2/authorize?${new URLSearchParams(asked)}`;
  const response = await fetch(url, { redirect: 'manual' });
  const back = new URL(response.headers.get('location') ?? 'http://nowhere.test');
  expect(back.searchParams.get('state')).toBe('s');
  return back.searchParams.get('code') ?? '';
}

test('SOAP login() opens a session up to version 64 and names what is wrong', async () => {
  const login = (version: string, secret: string) =>
    new Connection({ loginUrl: running.url, version }).login(username, secret);
  const connection = new Connection({ loginUrl: running.url, version: '64.0' });
  const user = await connection.login(username, `${password}SandboxSecurityToken0001`);
  const { records } = await connection.query('SELECT Username FROM User ORDER BY Username');

  expect(user.id).toMatch(/^005/);
  expect(connection.instanceUrl).toBe(running.url);
  expect(records).toContainEqual(expect.objectContaining({ Username: username }));
  expect(await connection.soap.getUserInfo()).toMatchObject({ userName: username });
  await connection.logout();
  await expect(login('64.0', 'wrong')).rejects.toThrow('INVALID_LOGIN');
  await expect(login('65.0', password)).rejects.toThrow(
    'INVALID_OPERATION: The SOAP Login operation is not available in the API version specified ' +
      '(65.0)',
  );
});

test('the username-password grant needs the right password', async () => {
  const grant = { grant_type: 'password', username, ...app };

  expect((await post('token', { ...grant, password })).body).toMatchObject({
    instance_url: running.url,
    token_type: 'Bearer',
  });
  expect(await post('token', { ...grant, password: 'x' })).toEqual({
    status: 400,
    body: { error: 'invalid_grant', error_description: 'authentication failure' },
  });
});

test('the web server flow gives a code that is good once, and a refresh token', async () => {
  const code = await consent();
  const grant = { grant_type: 'authorization_code', code, redirect_uri, ...app };
  const first = await post('token', grant);
  const refresh = { grant_type: 'refresh_token', ...app };
  const { refresh_token } = first.body as { refresh_token: string };

  expect((await post('token', { ...refresh, refresh_token })).status).toBe(200);
  expect((await post('token', grant)).body).toMatchObject({ error: 'invalid_grant' });
  const elsewhere = { ...grant, code: await consent(), redirect_uri: 'http://other.test/' };
  expect((await post('token', elsewhere)).body).toMatchObject({ error: 'redirect_uri_mismatch' });
});

test('a proof key stands for the secret, and must be the right one', async () => {
  const code_verifier = 'v'.repeat(64);
  const code_challenge = createHash('sha256').update(code_verifier).digest('base64url');
  const more = { code_challenge, code_challenge_method: 'S256' };
  const change = async (verifier: string) =>
    post('token', {
      grant_type: 'authorization_code',
      client_id: 'sandbox',
      code: await consent(more),
      redirect_uri,
      code_verifier: verifier,
    });

  expect((await change(code_verifier)).status).toBe(200);
  expect((await change('another')).body).toMatchObject({ error: 'invalid_grant' });
});

test('introspection tells who a token belongs to, and that a revoked one is dead', async () => {
  const { access_token } = (
    await post('token', { grant_type: 'password', username, password, ...app })
  ).body as { access_token: string };
  const asked = { token: access_token, ...app };

  expect((await post('introspect', asked)).body).toMatchObject({
    active: true,
    username,
    client_id: 'sandbox',
    token_type: 'access_token',
    exp: expect.any(Number),
  });
  const body = new URLSearchParams({ token: access_token });
  await fetch(`${running.url}/services/oauth2/revoke`, { method: 'POST', body });
  expect((await post('introspect', asked)).body).toEqual({ active: false });
});

test('jsforce renews a dead session by the refresh token that is there from the start', async () => {
  const connection = new Connection({
    oauth2: { loginUrl: running.url, clientId: 'sandbox', clientSecret: 'sandbox-secret' },
    instanceUrl: running.url,
    accessToken: 'dead',
    refreshToken: 'sandbox-refresh-token',
    version: '68.0',
  });

  expect((await connection.query('SELECT Id FROM Account')).totalSize).toBe(0);
  expect(connection.accessToken).not.toBe('dead');
});
