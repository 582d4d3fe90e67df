/** Lets a call in by its bearer token, counts it against the limits, and marks the answer. */
import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { HubSpotError } from '../errors.ts';
import { rateLimitBody } from '../limits.ts';
import type { Portals } from '../portals.ts';
import { type HubSpotVariables, versionOf } from './call.ts';

/** Throws HubSpotError 401; answers 429 itself. */
export function session(portals: Portals): MiddlewareHandler<{ Variables: HubSpotVariables }> {
  return async (c, next) => {
    const grant = grantOf(portals, c.req.header('Authorization'));
    const portal = portals.portals.get(grant.portalId)!;
    c.set('portal', portal);
    c.set('grant', grant);
    c.set('apiVersion', versionOf(c.req.path));
    const caller = { key: `${grant.kind}/${grant.appId}`, isPublic: grant.kind === 'oauth' };
    const isSearch = c.req.method === 'POST' && c.req.path.endsWith('/search');
    const refused = portal.limiter.take(caller, isSearch);
    if (refused) c.res = c.json(rateLimitBody(refused), 429);
    else await next();
    for (const [name, value] of Object.entries(portal.limiter.headers(caller, isSearch))) {
      c.res.headers.set(name, value);
    }
    c.res.headers.set('X-HubSpot-Correlation-Id', randomUUID());
  };
}

function grantOf(portals: Portals, header: string | undefined) {
  const token = /^Bearer\s+(\S+)$/i.exec(header ?? '')?.[1];
  const grant = portals.tokens.get(token ?? '');
  if (!grant) {
    throw new HubSpotError(
      401,
      'INVALID_AUTHENTICATION',
      'Authentication credentials not found. This API supports OAuth 2.0 authentication and you ' +
        'can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview',
    );
  }
  const overdue = portals.clock.now() - (grant.expiresAt ?? Number.POSITIVE_INFINITY);
  if (overdue >= 0) {
    const seconds = Math.floor(overdue / 1000);
    throw new HubSpotError(
      401,
      'EXPIRED_AUTHENTICATION',
      `The OAuth token used to make this call expired ${seconds} second(s) ago.`,
      { context: { expireTime: [new Date(grant.expiresAt!).toISOString()] } },
    );
  }
  return grant;
}
