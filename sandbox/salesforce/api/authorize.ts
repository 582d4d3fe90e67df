/** The web server flow's first step: consent, given at once, and back to the app with a code. */
import { createHash } from 'node:crypto';
import type { Context, Hono } from 'hono';
import type { Tenants } from '../../tenants.ts';

/** Mounts the authorization endpoint. */
export function mountAuthorize(app: Hono, tenants: Tenants): void {
  app.get('/services/oauth2/authorize', (c) => authorize(c, tenants));
}

/** The S256 challenge of a verifier (RFC 7636). */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

/** As the app's own user, or as the one `login_hint` names. */
function authorize(c: Context, tenants: Tenants): Response {
  const asked = c.req.query();
  const app = tenants.apps.get(asked['client_id'] ?? '');
  if (!app) return refused(c, 'invalid_client_id', 'client identifier invalid');
  if (asked['response_type'] !== 'code') {
    return refused(c, 'unsupported_response_type', 'response type not supported');
  }
  const redirectUri = asked['redirect_uri'];
  if (!redirectUri || !URL.canParse(redirectUri)) {
    return refused(c, 'redirect_uri_missing', 'redirect_uri not provided');
  }
  const hinted = tenants.userNamed(asked['login_hint'] ?? '', app.orgId);
  const code = tenants.openCode({
    orgId: app.orgId,
    userId: hinted?.userId ?? app.runAsUserId,
    clientId: app.clientId,
    redirectUri,
    challenge: asked['code_challenge'] ?? null,
  });
  const back = new URL(redirectUri);
  back.searchParams.set('code', code);
  if (asked['state'] !== undefined) back.searchParams.set('state', asked['state']);
  return c.redirect(back.toString());
}

function refused(c: Context, error: string, description: string): Response {
  return c.json({ error, error_description: description }, 400);
}
