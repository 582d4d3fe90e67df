/** The REST API's envelope: tokens, versions, headers, pages, rows, windows. */
import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { SignJWT } from 'jose';
import { accounts, withAccounts } from './accounts.ts';
import { openClient } from './client.ts';

const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' };
const jwtGrant = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

test('client credentials give a token without expires_in whose instance_url follows the proxy', async () => {
  const { call } = openClient();
  const { status, body } = await call(
    'POST',
    '/services/oauth2/token',
    form({
      grant_type: 'client_credentials',
      client_id: 'sandbox',
      client_secret: 'sandbox-secret',
    }),
    { ...formHeaders, host: 'acme.my.salesforce.com', 'x-forwarded-proto': 'https' },
  );

  expect(status).toBe(200);
  expect(body).toMatchObject({ token_type: 'Bearer' });
  expect(body.instance_url).toMatch(/^https:\/\//);
  expect(body).not.toHaveProperty('expires_in');
  const versions = await call('GET', '/sobjects', undefined, {
    authorization: `Bearer ${body.access_token}`,
  });
  expect(versions.status).toBe(200);
});

async function jwtCase(claims: { aud?: string; sub?: string; expiresIn?: string; alg?: string }) {
  const client = openClient();
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await client.call('POST', '/__sandbox/apps', {
    clientId: 'engine',
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }),
  });
  const assertion = await new SignJWT({})
    .setProtectedHeader({ alg: claims.alg ?? 'RS256' })
    .setIssuer('engine')
    .setSubject(claims.sub ?? 'partnersync.integration@sandbox.example')
    .setAudience(claims.aud ?? 'https://login.salesforce.com')
    .setExpirationTime(claims.expiresIn ?? '3m')
    .sign(privateKey);
  const body = form({ grant_type: jwtGrant, assertion });
  return client.call('POST', '/services/oauth2/token', body, formHeaders);
}

test('a JWT signed by the registered key gives a token for its subject', async () => {
  const { status, body } = await jwtCase({});

  expect(status).toBe(200);
  expect(body.id).toMatch(/\/id\/00D\w{15}\/005\w{15}$/);
});

test.each([
  ['for another audience', { aud: 'https://elsewhere.example' }, 'audience is invalid'],
  ['that has expired', { expiresIn: '-1m' }, 'expired authorization code'],
  ['for an unknown user', { sub: 'nobody@x.example' }, "user hasn't approved this consumer"],
  ['signed with another algorithm', { alg: 'RS512' }, 'invalid assertion'],
])('a JWT %s is an invalid grant', async (_, claims, description) => {
  const { status, body } = await jwtCase(claims);

  expect(status).toBe(400);
  expect(body).toEqual({ error: 'invalid_grant', error_description: description });
});

test('a refresh token gives a new session after the old one is revoked', async () => {
  const { call } = openClient();
  const made = await call('POST', '/__sandbox/tokens', { clientId: 'sandbox' });
  await call('POST', '/services/oauth2/revoke', form({ token: made.body.token }), formHeaders);
  const old = { authorization: `Bearer ${made.body.token}` };

  const refused = await call('GET', '/limits', undefined, old);
  const refreshed = await call(
    'POST',
    '/services/oauth2/token',
    form({
      grant_type: 'refresh_token',
      client_id: 'sandbox',
      client_secret: 'sandbox-secret',
      refresh_token: made.body.refreshToken,
    }),
    formHeaders,
  );

  expect(refused.status).toBe(401);
  expect(refused.body).toEqual([
    { errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' },
  ]);
  expect(refreshed.status).toBe(200);
});

test('every answer carries the CRM clock and the calls used today', async () => {
  const { call } = openClient();
  await call('GET', '/limits');

  const { headers } = await call('GET', '/limits');

  expect(headers.get('date')).toBe('Fri, 20 Nov 2026 09:00:00 GMT');
  expect(headers.get('sforce-limit-info')).toBe('api-usage=2/100000');
});

test('calls beyond the day are refused until the next day', async () => {
  const { call, sandbox } = openClient();
  await call('PUT', '/__sandbox/limits', { max: 1 });
  await call('GET', '/limits');

  const refused = await call('GET', '/limits');
  sandbox.clock.advance(86_400_000);
  const nextDay = await call('GET', '/limits');

  expect(refused.status).toBe(403);
  expect(refused.body[0].errorCode).toBe('REQUEST_LIMIT_EXCEEDED');
  expect(nextDay.status).toBe(200);
});

test('versions 31 to 68 are listed and answered, others are not found', async () => {
  const { call } = openClient();
  const { body } = await call('GET', '/services/data');

  expect(body.at(-1)).toMatchObject({ version: '68.0', label: "Winter '27" });
  expect(body.find((one: { version: string }) => one.version === '65.0').label).toBe("Winter '26");
  expect(body.find((one: { version: string }) => one.version === '66.0').label).toBe("Spring '26");
  expect((await call('GET', '/services/data/v31.0/limits')).status).toBe(200);
  expect((await call('GET', '/services/data/v69.0/limits')).status).toBe(404);
});

test('an unknown route is 501 and names the nearest ones', async () => {
  const { call } = openClient();

  const { status, body } = await call('GET', '/composite/graph');

  expect(status).toBe(501);
  expect(body[0].errorCode).toBe('NOT_IMPLEMENTED');
  expect(body[0].nearest.length).toBe(3);
});

test('a URI beyond 16,384 bytes is 414', async () => {
  const { call } = openClient();

  expect((await call('GET', `/query?q=${'x'.repeat(16_400)}`)).status).toBe(414);
});

test('pages hold 2,000 rows, or fewer when asked or armed, and go on by locator', async () => {
  const { call } = withAccounts(2500);
  const path = '/query?q=SELECT+Id+FROM+Account';

  const full = await call('GET', path);
  const small = await call('GET', path, undefined, { 'sforce-query-options': 'batchSize=50' });
  await call('PUT', '/__sandbox/short-page', { rows: 7 });
  const short = await call('GET', path);
  const next = await call('GET', full.body.nextRecordsUrl);

  expect(full.body).toMatchObject({ totalSize: 2500, done: false });
  expect(full.body.records.length).toBe(2000);
  expect(full.body.nextRecordsUrl).toMatch(/^\/services\/data\/v68\.0\/query\/01g\w{15}-2000$/);
  expect(small.body.records.length).toBe(200);
  expect(short.body.records.length).toBe(7);
  expect(next.body).toMatchObject({ totalSize: 2500, done: true });
  expect(next.body.records.length).toBe(500);
});

test('a locator dies after two days', async () => {
  const { call, sandbox } = withAccounts(2001);
  const { body } = await call('GET', '/query?q=SELECT+Id+FROM+Account');
  sandbox.clock.advance(2 * 86_400_000 + 1);

  const late = await call('GET', body.nextRecordsUrl);

  expect(late).toMatchObject({ status: 400, body: [{ errorCode: 'INVALID_QUERY_LOCATOR' }] });
});

test('money has a decimal point in the JSON text, as Salesforce writes doubles', async () => {
  const { call, sandbox, token } = openClient();
  await call('POST', '/sobjects/Account', { Name: 'A', AnnualRevenue: 5, NumberOfEmployees: 5 });
  const url =
    'http://sandbox.test/services/data/v68.0/query?q=SELECT+AnnualRevenue,NumberOfEmployees+FROM+Account';

  const text = await (
    await sandbox.fetch(new Request(url, { headers: { authorization: `Bearer ${token}` } }))
  ).text();

  expect(text).toContain('"AnnualRevenue":5.0,"NumberOfEmployees":5}');
});

test('If-Unmodified-Since refuses a write after a later change; describe answers 304', async () => {
  const { call, sandbox } = withAccounts(1);
  const id = accounts(1)[0]?.['Id'];
  await call('PATCH', `/sobjects/Account/${id}`, { Name: 'B' });
  const before = { 'if-unmodified-since': 'Fri, 20 Nov 2026 08:59:59 GMT' };

  const refused = await call('PATCH', `/sobjects/Account/${id}`, { Name: 'C' }, before);
  sandbox.clock.advance(60_000);
  const described = await call('GET', '/sobjects/Account/describe');
  const again = await call('GET', '/sobjects/Account/describe', undefined, {
    'if-modified-since': described.headers.get('last-modified') ?? '',
  });

  expect(refused.status).toBe(412);
  expect(again.status).toBe(304);
});

function keyed() {
  const fields = [
    { name: 'Key__c', label: 'Key', type: 'string' as const, externalId: true },
    { name: 'Unique__c', label: 'U', type: 'string' as const, externalId: true, unique: true },
  ];
  const rows = accounts(2).map((row) => ({ ...row, Key__c: 'twice' }));
  const object = { name: 'Account', label: 'Account', fields, rows };
  return openClient({ dataset: { today: '2026-11-20', objects: [object] } });
}

test('an upsert by external id creates with 201, updates with 200, and is 300 on two matches', async () => {
  const { call } = keyed();

  const made = await call('PATCH', '/sobjects/Account/Unique__c/a%2Fb', { Name: 'New' });
  const changed = await call('PATCH', '/sobjects/Account/Unique__c/a%2Fb', { Name: 'Newer' });
  const twice = await call('PATCH', '/sobjects/Account/Key__c/twice', { Name: 'X' });
  const only = await call('PATCH', '/sobjects/Account/Unique__c/c?updateOnly=true', { Name: 'X' });
  const repeated = await call('PATCH', '/sobjects/Account/Unique__c/d', { Unique__c: 'd' });

  expect(made).toMatchObject({ status: 201, body: { success: true, created: true } });
  expect(changed).toMatchObject({ status: 200, body: { id: made.body.id, created: false } });
  expect(twice.status).toBe(300);
  expect(twice.body).toEqual(
    accounts(2).map((r) => `/services/data/v68.0/sobjects/Account/${r['Id']}`),
  );
  expect(only.status).toBe(404);
  expect(repeated).toMatchObject({ status: 400, body: [{ errorCode: 'INVALID_FIELD' }] });
});

test('a unique value in use is DUPLICATE_VALUE with the id of its record', async () => {
  const { call } = keyed();
  const made = await call('POST', '/sobjects/Account', { Name: 'A', Unique__c: 'k' });

  const { body } = await call('POST', '/sobjects/Account', { Name: 'B', Unique__c: 'K' });

  expect(body[0].errorCode).toBe('DUPLICATE_VALUE');
  expect(body[0].message).toContain(made.body.id.slice(0, 15));
});

test('getUpdated and getDeleted name what changed in a window, seconds cut off', async () => {
  const { call, sandbox } = withAccounts(2);
  const [first, second] = accounts(2).map((row) => row['Id']);
  await call('PATCH', `/sobjects/Account/${first}`, { Name: 'B' });
  await call('DELETE', `/sobjects/Account/${second}`);
  sandbox.clock.advance(120_000);
  const window = 'start=2026-11-20T08:00:30%2B00:00&end=2026-11-20T09:02:00%2B00:00';

  const updated = await call('GET', `/sobjects/Account/updated?${window}`);
  const deleted = await call('GET', `/sobjects/Account/deleted?${window}`);
  const early = await call(
    'GET',
    '/sobjects/Account/deleted?start=2026-11-01T00:00:00Z&end=2026-11-20T00:00:00Z',
  );

  expect(updated.body).toEqual({ ids: [first], latestDateCovered: '2026-11-20T09:02:00.000+0000' });
  expect(deleted.body.deletedRecords).toEqual([
    { deletedDate: '2026-11-20T09:00:00.000+0000', id: second },
  ]);
  expect(early.body[0].errorCode).toBe('INVALID_REPLICATION_DATE');
});

test('a path with a slash at its end is the same path, as Python clients send it', async () => {
  const { call } = openClient();

  expect((await call('POST', '/sobjects/Account/', { Name: 'A' })).status).toBe(201);
});

test('_HttpMethod stands for the method a client cannot send', async () => {
  const { call, query } = openClient();
  const { id } = (await call('POST', '/sobjects/Account', { Name: 'A' })).body;

  expect((await call('POST', `/sobjects/Account/${id}`, {})).status).toBe(405);
  await call('POST', `/sobjects/Account/${id}?_HttpMethod=PATCH`, { Name: 'B' });
  expect(await query('SELECT Name FROM Account')).toMatchObject([{ Name: 'B' }]);
  expect((await call('POST', `/sobjects/Account/${id}?_HttpMethod=DELETE`)).status).toBe(204);
  expect(await query('SELECT Name FROM Account')).toEqual([]);
});

test('an upsert that updates has no body before version 46', async () => {
  const { call } = openClient();
  const { id } = (await call('POST', '/sobjects/Account', { Name: 'A' })).body;
  const upsert = (version: string) =>
    call('PATCH', `/services/data/${version}/sobjects/Account/Id/${id}`, { Name: 'B' });

  expect(await upsert('v45.0')).toMatchObject({ status: 204, body: '' });
  expect(await upsert('v46.0')).toMatchObject({ status: 200, body: { id, created: false } });
});

test('record counts leave deleted records out, and the schema answers a query', async () => {
  const { call, query } = openClient();
  const { id } = (await call('POST', '/sobjects/Account', { Name: 'A' })).body;
  await call('POST', '/sobjects/Account', { Name: 'B' });
  await call('DELETE', `/sobjects/Account/${id}`);

  expect((await call('GET', '/limits/recordCount?sObjects=Account')).body).toEqual({
    sObjects: [{ count: 1, name: 'Account' }],
  });
  expect(
    await query("SELECT Label FROM EntityDefinition WHERE QualifiedApiName = 'Account'"),
  ).toMatchObject([{ Label: 'Account' }]);
});

test('what an object has beside its records is 501, not a missing record', async () => {
  const { call, sandbox } = openClient();
  const userId = sandbox.tenants.defaultOrg.integrationUserId;

  const paths = [
    '/sobjects/Account/describe/layouts',
    '/sobjects/Account/listviews',
    '/tooling/sobjects/CustomField/describe',
  ];
  for (const path of paths) {
    expect((await call('GET', path)).status).toBe(501);
  }
  const password = await call('POST', `/sobjects/User/${userId}/password`, { NewPassword: 'x' });
  expect(password.status).toBe(501);
});
