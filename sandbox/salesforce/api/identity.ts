/** Who a token belongs to: user info and the identity URL, and the address they are given at. */
import type { Context, Hono } from 'hono';
import type { Session, Tenants } from '../../tenants.ts';

/** Mounts both; they take the token as a bearer or in the URL. */
export function mountIdentity(app: Hono, tenants: Tenants): void {
  app.on(['GET', 'POST'], '/services/oauth2/userinfo', (c) => userInfo(c, tenants));
  app.get('/id/:org/:user', (c) => identity(c, tenants));
}

/** The address the client reached the sandbox at, TLS in front of it included. */
export function origin(c: Context): string {
  const url = new URL(c.req.url);
  const protocol = c.req.header('X-Forwarded-Proto') ?? url.protocol.replace(':', '');
  const host = c.req.header('X-Forwarded-Host') ?? c.req.header('Host') ?? url.host;
  return `${protocol}://${host}`;
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
