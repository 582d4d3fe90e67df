/** Who may ask: a bearer token for the API, a key inside the link for pages opened from a CRM. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';

/** Refuses a request without the token. */
export function requireToken(token: string): MiddlewareHandler {
  return async (context, next) => {
    if (!holdsToken(token, context.req.header('authorization'))) {
      return context.json(
        { error: 'This server needs its bearer token: see the token file named by "up".' },
        401,
      );
    }
    await next();
  };
}

/** True when an `authorization` header carries the token. Compared in constant time. */
export function holdsToken(token: string, header: string | undefined): boolean {
  return header !== undefined && sameText(header, `Bearer ${token}`);
}

/** The key that opens one page and no other: no token in a browser's history. */
export function pageKey(token: string, page: string): string {
  return createHmac('sha256', token).update(`page:${page}`).digest('base64url').slice(0, 32);
}

/** True when `key` opens `page`. */
export function opensPage(token: string, page: string, key: string | undefined): boolean {
  return key !== undefined && sameText(key, pageKey(token, page));
}

function sameText(a: string, b: string): boolean {
  // Equal lengths for timingSafeEqual, whatever was sent.
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
