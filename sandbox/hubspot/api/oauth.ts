/** OAuth: consent, tokens and what they stand for, v1 and dated (HubSpot, OAuth API). */
import { randomUUID } from 'node:crypto';
import type { Context, Hono } from 'hono';
import type { HubSpotApp } from '../hubspot-app.ts';
import { accessTokenSeconds, type Grant, type Portals } from '../portals.ts';
import { allScopes } from '../scopes.ts';

/** A refusal of the token endpoints; v1 and the newer ones write it differently. */
class OAuthRefusal extends Error {
  readonly code: string;
  readonly status: 400 | 401 | 404;

  constructor(code: string, message: string, status: 400 | 401 | 404 = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

const newer = ['/oauth/v3', '/oauth/:version{2026-0[39]}'];

/** Mounts consent, token, introspection and revocation; they take no bearer token. */
export function mountOAuth(app: Hono, portals: Portals): void {
  app.get('/oauth/authorize', (c) => authorize(c, portals));
  app.post('/oauth/v1/token', (c) => answer(c, () => token(c, portals)));
  app.get('/oauth/v1/access-tokens/:token', (c) =>
    answer(c, async () => c.json(accessInfo(portals, c.req.param('token')))),
  );
  app.get('/oauth/v1/refresh-tokens/:token', (c) =>
    answer(c, async () => c.json(refreshInfo(portals, c.req.param('token')))),
  );
  app.delete('/oauth/v1/refresh-tokens/:token', (c) => {
    portals.refreshTokens.delete(c.req.param('token'));
    return c.body(null, 204);
  });
  for (const base of newer) {
    app.post(`${base}/token`, (c) => answer(c, () => token(c, portals)));
    app.post(`${base}/token/introspect`, (c) => answer(c, () => introspect(c, portals)));
    app.post(`${base}/token/revoke`, async (c) => {
      portals.revoke((await form(c))['token'] ?? '');
      return c.body(null, 200);
    });
  }
  app.post('/oauth/v2/private-apps/get/access-token-info', async (c) => {
    const body = (await c.req.json()) as { tokenKey?: string };
    // It tells of apps' tokens; for service keys HubSpot documents no such call.
    const grant = portals.tokens.get(body.tokenKey ?? '');
    if (grant?.kind !== 'private-app') {
      return c.json({ status: 'error', message: 'Token not found' }, 404);
    }
    const { userId, portalId, appId, scopes } = grant;
    return c.json({ userId, hubId: Number(portalId), appId, scopes: scopes ?? allScopes });
  });
}

/** The consent page, agreed to at once: back to the app with a code. */
function authorize(c: Context, portals: Portals): Response {
  const { client_id, redirect_uri, scope, state } = c.req.query();
  const app = portals.apps.get(client_id ?? '');
  if (!app || !redirect_uri) {
    return c.json({ status: 'error', message: 'Unknown client_id, or no redirect_uri.' }, 400);
  }
  const portalId = portals.portals.has(c.req.query('portal') ?? '')
    ? c.req.query('portal')!
    : portals.defaultPortal.id;
  const code = randomUUID();
  const scopes = scope ? scope.split(/[ +]/) : null;
  const grant = { portalId, kind: 'oauth' as const, appId: app.appId, userId: 9001, scopes };
  portals.codes.set(code, { ...grant, expiresAt: null, redirectUri: redirect_uri });
  const back = new URL(redirect_uri);
  back.searchParams.set('code', code);
  if (state) back.searchParams.set('state', state);
  return c.redirect(back.toString());
}

async function form(c: Context): Promise<Record<string, string>> {
  const text = await c.req.text();
  return Object.fromEntries(new URLSearchParams(text));
}

async function answer(c: Context, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OAuthRefusal)) throw error;
    const { code, message, status } = error;
    const correlationId = randomUUID();
    if (c.req.path.startsWith('/oauth/v1/')) {
      return c.json({ status: code, message, correlationId }, status);
    }
    const names: Record<string, string> = {
      BAD_GRANT_TYPE: 'unsupported_grant_type',
      BAD_CLIENT_ID: 'invalid_client',
      BAD_CLIENT_SECRET: 'invalid_client',
    };
    const rfc = { error: names[code] ?? 'invalid_grant', error_description: message };
    return c.json({ ...rfc, status: code, message, correlationId }, status);
  }
}

async function token(c: Context, portals: Portals): Promise<Response> {
  const body = await form(c);
  const app = appOf(portals, body);
  const grant = grantOf(portals, app, body);
  const refresh =
    body['grant_type'] === 'refresh_token' ? body['refresh_token']! : portals.openRefresh(grant);
  const access = portals.openAccess(grant);
  const common = {
    token_type: 'bearer',
    refresh_token: refresh,
    access_token: access,
    expires_in: accessTokenSeconds,
  };
  if (c.req.path.startsWith('/oauth/v1/')) return c.json(common);
  const { portalId, scopes, userId } = grant;
  return c.json({
    ...common,
    hub_id: Number(portalId),
    scopes: scopes ?? allScopes,
    user_id: userId,
    token_use: 'access_token',
  });
}

function appOf(portals: Portals, body: Record<string, string>): HubSpotApp {
  const app = portals.apps.get(body['client_id'] ?? '');
  if (!app) throw new OAuthRefusal('BAD_CLIENT_ID', 'missing or unknown client id');
  if (app.clientSecret !== body['client_secret']) {
    throw new OAuthRefusal('BAD_CLIENT_SECRET', 'missing or invalid client secret');
  }
  return app;
}

function grantOf(portals: Portals, app: HubSpotApp, body: Record<string, string>): Grant {
  switch (body['grant_type']) {
    case 'refresh_token': {
      const grant = portals.refreshTokens.get(body['refresh_token'] ?? '');
      if (grant && grant.appId === app.appId) return grant;
      throw new OAuthRefusal('BAD_REFRESH_TOKEN', 'missing or invalid refresh token');
    }
    case 'authorization_code': {
      const grant = portals.codes.get(body['code'] ?? '');
      portals.codes.delete(body['code'] ?? '');
      if (!grant || grant.appId !== app.appId) {
        throw new OAuthRefusal('BAD_AUTH_CODE', 'missing or unknown auth code');
      }
      if (grant.redirectUri === body['redirect_uri']) return grant;
      throw new OAuthRefusal('BAD_REDIRECT_URI', 'missing or invalid redirect uri');
    }
    default:
      throw new OAuthRefusal('BAD_GRANT_TYPE', 'missing or unknown grant type');
  }
}

function accessInfo(portals: Portals, text: string) {
  const grant = portals.tokens.get(text);
  const expiresIn = grant && ((grant.expiresAt ?? Infinity) - portals.clock.now()) / 1000;
  if (!grant || expiresIn === undefined || expiresIn <= 0 || grant.kind !== 'oauth') {
    throw new OAuthRefusal('BAD_ACCESS_TOKEN', 'missing or invalid access token', 404);
  }
  return {
    token: text,
    user: 'partner.sync.integration@halden.example',
    hub_domain: 'halden.example',
    scopes: grant.scopes ?? allScopes,
    hub_id: Number(grant.portalId),
    app_id: grant.appId,
    expires_in: Math.floor(expiresIn),
    user_id: grant.userId,
    token_type: 'access',
  };
}

function refreshInfo(portals: Portals, text: string) {
  const grant = portals.refreshTokens.get(text);
  if (!grant) throw new OAuthRefusal('BAD_REFRESH_TOKEN', 'missing or invalid refresh token', 404);
  return {
    token: text,
    user: 'partner.sync.integration@halden.example',
    hub_domain: 'halden.example',
    scopes: grant.scopes ?? allScopes,
    hub_id: Number(grant.portalId),
    client_id: portals.appOf(grant.appId)?.clientId ?? '',
    user_id: grant.userId,
    token_type: 'refresh',
  };
}

async function introspect(c: Context, portals: Portals): Promise<Response> {
  const body = await form(c);
  appOf(portals, body);
  const text = body['token'] ?? '';
  const grant = portals.tokens.get(text) ?? portals.refreshTokens.get(text);
  const over = grant?.expiresAt != null && grant.expiresAt <= portals.clock.now();
  if (!grant || over) return c.json({ active: false });
  const info = portals.tokens.has(text) ? accessInfo(portals, text) : refreshInfo(portals, text);
  return c.json({ active: true, token_use: `${info.token_type}_token`, ...info });
}
