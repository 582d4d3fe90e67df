/** What the sandbox says to a request it has no route for: 501, with the nearest routes it has. */
import { distance } from 'fastest-levenshtein';
import type { Context, Hono } from 'hono';
import { hubspotRoots } from './hubspot/api/app.ts';
import { HubSpotError } from './hubspot/errors.ts';

/** Routes named in an answer. */
const suggestionsMax = 3;

/** 501, never a plausible lie. Pages that do not exist (no API path) are a plain 404. */
export function notImplemented(c: Context, app: Hono): Response {
  const { pathname } = new URL(c.req.url);
  const asked = `${c.req.method} ${pathname}`;
  const nearest = routesOf(app)
    .map((route) => ({ route, far: distance(asked, route) }))
    .sort((a, b) => a.far - b.far)
    .slice(0, suggestionsMax)
    .map(({ route }) => route);
  const message = `The sandbox has no ${asked}. Nearest: ${nearest.join(', ')}.`;
  if (isHubSpot(pathname)) {
    const error = new HubSpotError(501, 'NOT_IMPLEMENTED', message);
    return c.json({ ...error.body(), nearest }, 501);
  }
  return c.json([{ errorCode: 'NOT_IMPLEMENTED', message, nearest }], 501);
}

/** HubSpot's own paths, and those of its APIs the sandbox has nothing of: `/deals/v1/…`. */
function isHubSpot(pathname: string): boolean {
  const ofRoot = hubspotRoots.some((root) => pathname.startsWith(`${root}/`));
  return ofRoot || /^\/[a-z-]+\/(?:v\d|20\d\d-\d\d)(?:\/|$)/.test(pathname);
}

function routesOf(app: Hono): string[] {
  const routes = app.routes
    .filter((route) => route.method !== 'ALL')
    .map((route) => `${route.method} ${route.path}`);
  return [...new Set(routes)];
}
