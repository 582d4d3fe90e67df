/** OAuth: JWT bearer, client credentials, refresh, revoke, user info and the identity URL. */
import { createPublicKey } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { jwtVerify } from 'jose';
import type { ConnectedApp, Session, Tenants } from '../../tenants.ts';
import type { Org } from '../org.ts';

/** A refused token request: `{error, error_description}`, HTTP 400 unless told otherwise. */
class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly error: string;
  readonly status: 400 | 401;

  constructor(error: string, description: string, status: 400 | 401 = 400) {
    super(description);
    this.error = error;
    this.status = status;
  }
}

/** A JWT may live three minutes; a little more is allowed for clocks that differ. */
const jwtLifeSecondsMax = 300;

/**
 * Mounts the OAuth routes. Tokens are judged by wall time: the clients that sign them live there.
 */
export function mountOauth(app: Hono, tenants: Tenants): void {
  app.post('/services/oauth2/token', (c) => answer(c, () => token(c, tenants)));
  app.post('/services/oauth2/revoke', async (c) => {
    const form = await c.req.parseBody();
    const known = tenants.revoke(String(form['token'] ?? c.req.query('token') ?? ''));
    if (known) return c.body(null, 200);
    return c.json({ error: 'invalid_token', error_description: 'invalid token' }, 400);
  });
  app.on(['GET', 'POST'], '/services/oauth2/userinfo', (c) => userInfo(c, tenants));
  app.get('/id/:org/:user', (c) => identity(c, tenants));
}

async function answer(c: Context, work: () => Promise<object>): Promise<Response> {
  try {
    c.header('Cache-Control', 'no-cache, no-store');
    return c.json(await work());
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return c.json({ error: error.error, error_description: error.message }, error.status);
  }
}

async function token(c: Context, tenants: Tenants): Promise<object> {
  const form = await formOf(c);
  switch (form['grant_type']) {
    case 'urn:ietf:params:oauth:grant-type:jwt-bearer':
      return issue(c, tenants, await byJwt(c, tenants, form['assertion'] ?? ''), {});
    case 'client_credentials': {
      const app = authenticate(c, tenants, form);
      const session = { orgId: app.orgId, userId: app.runAsUserId, clientId: app.clientId };
      return issue(c, tenants, session, signed());
    }
    case 'refresh_token': {
      const app = authenticate(c, tenants, form);
      const session = tenants.refreshTokens.get(form['refresh_token'] ?? '');
      if (!session || session.clientId !== app.clientId) {
        throw new OAuthError('invalid_grant', 'expired access/refresh token');
      }
      return issue(c, tenants, session, signed());
    }
    case 'password':
      throw new OAuthError('invalid_grant', 'authentication failure');
    case undefined:
      throw new OAuthError('invalid_request', 'must specify grant_type');
    default:
      throw new OAuthError('unsupported_grant_type', 'grant type not supported');
  }
}

async function formOf(c: Context): Promise<Record<string, string>> {
  const body = Object.fromEntries(new URLSearchParams(await c.req.text()));
  return { ...c.req.query(), ...body };
}

function authenticate(c: Context, tenants: Tenants, form: Record<string, string>): ConnectedApp {
  const basic = /^Basic\s+(.+)$/i.exec(c.req.header('Authorization') ?? '')?.[1];
  const [basicId, basicSecret] = basic
    ? Buffer.from(basic, 'base64').toString('utf8').split(':')
    : [];
  const app = tenants.apps.get(basicId ?? form['client_id'] ?? '');
  if (!app) throw new OAuthError('invalid_client_id', 'client identifier invalid');
  if (app.clientSecret !== (basicSecret ?? form['client_secret'])) {
    throw new OAuthError('invalid_client', 'invalid client credentials');
  }
  return app;
}

async function byJwt(c: Context, tenants: Tenants, assertion: string): Promise<Session> {
  const app = tenants.apps.get(unverifiedIssuer(assertion));
  if (!app) throw new OAuthError('invalid_client_id', 'client identifier invalid');
  if (app.publicKeyPem === null) {
    throw new OAuthError('invalid_grant', "user hasn't approved this consumer");
  }
  const claims = await verify(c, assertion, app);
  const org = tenants.orgs.get(app.orgId)!;
  const userId = findUser(org, String(claims.sub ?? ''));
  if (userId === null) {
    throw new OAuthError('invalid_grant', "user hasn't approved this consumer");
  }
  return { orgId: org.id, userId, clientId: app.clientId };
}

function unverifiedIssuer(assertion: string): string {
  try {
    const payload = Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString('utf8');
    return String((JSON.parse(payload) as { iss?: unknown }).iss ?? '');
  } catch {
    throw new OAuthError('invalid_grant', 'invalid assertion');
  }
}

async function verify(c: Context, assertion: string, app: ConnectedApp) {
  const accepted = [
    'https://login.salesforce.com',
    'https://test.salesforce.com',
    origin(c),
    new URL(origin(c)).origin.replace('https:', 'http:'),
  ];
  try {
    const { payload } = await jwtVerify(assertion, createPublicKey(app.publicKeyPem!), {
      algorithms: ['RS256'],
      audience: [...accepted, ...accepted.map((one) => `${one}/services/oauth2/token`)],
      requiredClaims: ['exp', 'sub'],
    });
    if ((payload.exp ?? 0) > Date.now() / 1000 + jwtLifeSecondsMax) {
      throw new OAuthError('invalid_grant', 'expiration date is too far in the future');
    }
    return payload;
  } catch (error) {
    if (error instanceof OAuthError) throw error;
    const code = (error as { code?: string }).code ?? '';
    const claim = (error as { claim?: string }).claim;
    if (code === 'ERR_JWT_EXPIRED')
      throw new OAuthError('invalid_grant', 'expired authorization code');
    if (claim === 'aud') throw new OAuthError('invalid_grant', 'audience is invalid');
    throw new OAuthError('invalid_grant', 'invalid assertion');
  }
}

function findUser(org: Org, username: string): string | null {
  const user = org.object('User');
  const rows = org.table(user).matching(user.field('Username')!.slot, username);
  const active = rows.find((row) => row[user.field('IsActive')!.slot] === true);
  return active ? String(active[0]) : null;
}

/** The address the client reached the sandbox at, TLS in front of it included. */
export function origin(c: Context): string {
  const url = new URL(c.req.url);
  const protocol = c.req.header('X-Forwarded-Proto') ?? url.protocol.replace(':', '');
  const host = c.req.header('X-Forwarded-Host') ?? c.req.header('Host') ?? url.host;
  return `${protocol}://${host}`;
}

function signed(): object {
  return {
    signature: Buffer.from(String(Date.now())).toString('base64'),
    issued_at: `${Date.now()}`,
  };
}

function issue(c: Context, tenants: Tenants, session: Session, more: object): object {
  return {
    access_token: tenants.openSession(session),
    ...more,
    scope: 'api id refresh_token',
    instance_url: origin(c),
    id: `${origin(c)}/id/${session.orgId}/${session.userId}`,
    token_type: 'Bearer',
  };
}

function sessionOf(c: Context, tenants: Tenants): Session | null {
  const header = c.req.header('Authorization') ?? '';
  const bearer = /^(?:Bearer|OAuth)\s+(.+)$/i.exec(header)?.[1];
  const inUrl = c.req.query('oauth_token') ?? c.req.query('access_token');
  return tenants.sessions.get(bearer ?? inUrl ?? '') ?? null;
}

function userInfo(c: Context, tenants: Tenants): Response {
  const session = sessionOf(c, tenants);
  if (!session) return c.text('Bad_OAuth_Token', 403);
  const user = tenants.orgs.get(session.orgId)!.get('User', session.userId)!;
  return c.json({
    sub: `${origin(c)}/id/${session.orgId}/${session.userId}`,
    user_id: session.userId,
    organization_id: session.orgId,
    preferred_username: user['Username'],
    nickname: user['Alias'],
    name: user['Name'],
    email: user['Email'],
    email_verified: true,
    given_name: user['FirstName'],
    family_name: user['LastName'],
    zoneinfo: user['TimeZoneSidKey'],
    active: user['IsActive'],
    user_type: 'STANDARD',
    language: user['LanguageLocaleKey'],
    locale: user['LocaleSidKey'],
    utcOffset: 0,
    urls: urls(origin(c), session),
  });
}

function identity(c: Context, tenants: Tenants): Response {
  const session = sessionOf(c, tenants);
  if (!session) return c.text('Bad_OAuth_Token', 403);
  const org = tenants.orgs.get(session.orgId)!;
  const user = org.get('User', c.req.param('user') ?? '');
  if (!user || c.req.param('org') !== org.id) return c.text('Bad_Id', 404);
  return c.json({
    id: `${origin(c)}/id/${org.id}/${user['Id']}`,
    asserted_user: user['Id'] === session.userId,
    user_id: user['Id'],
    organization_id: org.id,
    username: user['Username'],
    nick_name: user['Alias'],
    display_name: user['Name'],
    email: user['Email'],
    email_verified: true,
    first_name: user['FirstName'],
    last_name: user['LastName'],
    timezone: user['TimeZoneSidKey'],
    active: user['IsActive'],
    user_type: 'STANDARD',
    language: user['LanguageLocaleKey'],
    locale: user['LocaleSidKey'],
    utcOffset: 0,
    last_modified_date: user['LastModifiedDate'],
    urls: urls(origin(c), session),
  });
}

function urls(at: string, session: Session): Record<string, string> {
  const data = `${at}/services/data/v{version}/`;
  return {
    rest: data,
    sobjects: `${data}sobjects/`,
    query: `${data}query/`,
    recent: `${data}recent/`,
    tooling_rest: `${data}tooling/`,
    profile: `${at}/${session.userId}`,
    custom_domain: at,
  };
}
