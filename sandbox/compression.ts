/** Compressed bodies, as Salesforce takes and gives them (REST API: Use Compression). */
import { promisify } from 'node:util';
import { gunzip, gzip, inflate } from 'node:zlib';
import type { MiddlewareHandler } from 'hono';

/** What a client may send with `Content-Encoding`. */
const readers: Record<string, (body: Uint8Array) => Promise<Uint8Array>> = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
};

/**
 * Reads compressed requests. Answers are compressed for clients that compress themselves and take
 * gzip: Salesforce promises no more, and the rest is spared the work.
 */
export function compression(): MiddlewareHandler {
  return async (c, next) => {
    const coding = c.req.header('Content-Encoding')?.trim().toLowerCase();
    if (coding === undefined || coding === 'identity') return next();
    const reader = readers[coding];
    if (!reader) {
      const message = `The sandbox reads no Content-Encoding "${coding}".`;
      return c.json([{ errorCode: 'UNSUPPORTED_MEDIA_TYPE', message }], 415);
    }
    const sent = new Uint8Array(await c.req.arrayBuffer());
    if (sent.length > 0) {
      let body: Uint8Array;
      try {
        body = await reader(sent);
      } catch (error) {
        const message = `The body is no ${coding}: ${error instanceof Error ? error.message : error}`;
        return c.json([{ errorCode: 'INVALID_CONTENT_ENCODING', message }], 400);
      }
      const headers = new Headers(c.req.raw.headers);
      headers.delete('Content-Encoding');
      headers.delete('Content-Length');
      const { method, url } = c.req.raw;
      c.req.raw = new Request(url, { method, headers, body: new Blob([new Uint8Array(body)]) });
      // What Hono kept of the compressed body.
      c.req.bodyCache = {};
    }
    await next();
    const wanted = /\bgzip\b/i.test(c.req.raw.headers.get('Accept-Encoding') ?? '');
    // Refusals stay as they are: clients that compress read them without a look at the header.
    if (wanted && c.res.ok) {
      const body = new Uint8Array(await c.res.arrayBuffer());
      if (body.length === 0) return;
      const { status, headers } = c.res;
      c.res = undefined;
      c.res = new Response(new Uint8Array(await promisify(gzip)(body)), { status, headers });
      c.res.headers.set('Content-Encoding', 'gzip');
      c.res.headers.delete('Content-Length');
    }
  };
}
