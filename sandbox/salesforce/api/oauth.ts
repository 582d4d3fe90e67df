/** OAuth: tokens by every grant, introspection and revocation. */
import { createPublicKey } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { jwtVerify } from 'jose';
import type { ConnectedApp, Session, Tenants } from '../../tenants.ts';
import { challengeOf, mountAuthorize } from './authorize.ts';
import { origin } from './identity.ts';

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

/** A session's time-out (Salesforce's default): so long after its last use it would end. */
export const sessionSeconds = 7200;
/** What every token may do. */
const scopes = 'api id refresh_token';
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
  app.post('/services/oauth2/introspect', (c) => answer(c, () => introspect(c, tenants)));
  mountAuthorize(app, tenants);
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
    case 'authorization_code':
      return issueWithRefresh(c, tenants, byCode(c, tenants, form));
    case 'password': {
      const app = authenticate(c, tenants, form);
      const { username = '', password = '' } = form;
      const user = tenants.byPassword(username, password, app.orgId);
      if (!user) throw new OAuthError('invalid_grant', 'authentication failure');
      return issue(c, tenants, { ...user, clientId: app.clientId }, signed());
    }
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

/** A code is good once, and only for the app and the address it was made for. */
function byCode(c: Context, tenants: Tenants, form: Record<string, string>): Session {
  const code = tenants.takeCode(form['code'] ?? '');
  // With a proof key the secret may be left out, as apps that cannot keep one do.
  const proven = code !== null && code.challenge !== null && form['client_secret'] === undefined;
  const app = proven ? tenants.apps.get(form['client_id'] ?? '') : authenticate(c, tenants, form);
  if (!code || !app || code.clientId !== app.clientId) {
    throw new OAuthError('invalid_grant', 'invalid authorization code');
  }
  if (code.redirectUri !== form['redirect_uri']) {
    throw new OAuthError('redirect_uri_mismatch', 'redirect_uri must match configuration');
  }
  if (code.challenge !== null && code.challenge !== challengeOf(form['code_verifier'] ?? '')) {
    throw new OAuthError('invalid_grant', 'invalid code verifier');
  }
  return { orgId: code.orgId, userId: code.userId, clientId: app.clientId };
}

/** What a token is good for. Every use prolongs a session, this one too, so none runs out. */
async function introspect(c: Context, tenants: Tenants): Promise<object> {
  const form = await formOf(c);
  authenticate(c, tenants, form);
  const token = form['token'] ?? '';
  const access = tenants.sessions.get(token);
  const session = access ?? tenants.refreshTokens.get(token);
  if (!session) return { active: false };
  const user = tenants.orgs.get(session.orgId)!.get('User', session.userId)!;
  return {
    active: true,
    scope: scopes,
    client_id: session.clientId,
    username: user['Username'],
    sub: `${origin(c)}/id/${session.orgId}/${session.userId}`,
    token_type: access ? 'access_token' : 'refresh_token',
    ...(access ? timesOf(access) : {}),
  };
}

/** In seconds of the epoch, as RFC 7662 has them. */
function timesOf({ issuedAt = Date.now() }: Session) {
  const issued = Math.floor(issuedAt / 1000);
  return { iat: issued, nbf: issued, exp: Math.floor(Date.now() / 1000) + sessionSeconds };
}

async function byJwt(c: Context, tenants: Tenants, assertion: string): Promise<Session> {
  const app = tenants.apps.get(unverifiedIssuer(assertion));
  if (!app) throw new OAuthError('invalid_client_id', 'client identifier invalid');
  if (app.publicKeyPem === null) {
    throw new OAuthError('invalid_grant', "user hasn't approved this consumer");
  }
  const claims = await verify(c, assertion, app);
  const user = tenants.userNamed(String(claims.sub ?? ''), app.orgId);
  if (!user) throw new OAuthError('invalid_grant', "user hasn't approved this consumer");
  return { ...user, clientId: app.clientId };
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

function signed(): object {
  return {
    signature: Buffer.from(String(Date.now())).toString('base64'),
    issued_at: `${Date.now()}`,
  };
}

function issueWithRefresh(c: Context, tenants: Tenants, session: Session): object {
  const refresh_token = tenants.openRefreshToken(session);
  return issue(c, tenants, session, { refresh_token, ...signed() });
}

function issue(c: Context, tenants: Tenants, session: Session, more: object): object {
  return {
    access_token: tenants.openSession(session),
    ...more,
    scope: scopes,
    instance_url: origin(c),
    id: `${origin(c)}/id/${session.orgId}/${session.userId}`,
    token_type: 'Bearer',
  };
}
