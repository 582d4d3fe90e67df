/** The way of every API call through the sandbox: latency, armed faults, the clock, the log. */
import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import type { CallLog } from './call-log.ts';
import type { Clock } from './clock.ts';
import { ConnectionCut, type FaultCall } from './faults/call.ts';
import type { FaultRegistry } from './faults.ts';
import type { CallEffects } from './salesforce/api/call.ts';
import { type Random, random } from './seed/random.ts';
import type { Tenants } from './tenants.ts';

/** Settings that hold for every call. */
export interface Knobs {
  /** Waited before each API call, in milliseconds. */
  latencyMs: number;
  /** Up to so much more is waited, drawn from the seed. */
  jitterMs: number;
  jitter: Random;
}

/** No latency. */
export function defaultKnobs(): Knobs {
  return { latencyMs: 0, jitterMs: 0, jitter: random(1, 'latency') };
}

/** What the middleware works with. */
interface CallWay {
  clock: Clock;
  tenants: Tenants;
  faults: FaultRegistry;
  calls: CallLog;
  knobs: Knobs;
}

/** Status the log has for a call whose connection was cut. */
const cutStatus = 0;

/** The middleware. A cut connection throws ConnectionCut in memory and ends the socket on a port. */
export function apiCalls(way: CallWay): MiddlewareHandler {
  const { clock, tenants, faults, calls, knobs } = way;
  return async (c, next) => {
    if ((c.env as { subrequest?: boolean } | undefined)?.subrequest) return next();
    const { latencyMs, jitterMs } = knobs;
    if (latencyMs + jitterMs > 0) {
      const ms = latencyMs + (jitterMs > 0 ? knobs.jitter.next() * jitterMs : 0);
      await new Promise((resolve) => setTimeout(resolve, ms));
    }
    const { pathname } = new URL(c.req.url);
    const operation = operationOf(c.req.method, pathname);
    const token = tokenOf(c);
    const tenantId = tenants.sessions.get(token ?? '')?.orgId ?? null;
    const log = (status: number) =>
      calls.add({ at: clock.iso(), tenantId, operation, path: pathname, status });
    const proceed = async () => {
      await next();
      return c.res;
    };
    if (faults.idle) await proceed();
    else {
      try {
        const org = tenants.orgs.get(tenantId ?? '') ?? null;
        c.res = await faults.run(faultCall(c, { operation, path: pathname, token, org }), proceed);
      } catch (error) {
        if (!(error instanceof ConnectionCut)) throw error;
        log(cutStatus);
        return cut(c, error);
      }
    }
    c.res.headers.set('Date', new Date(clock.now()).toUTCString());
    log(c.res.status);
  };
}

function faultCall(
  c: Context,
  known: Pick<FaultCall, 'operation' | 'path' | 'token' | 'org'>,
): FaultCall {
  const effects: CallEffects = {};
  c.set('effects', effects);
  const request = { request: c.req.raw, body: () => c.req.text() };
  return { vendor: 'salesforce', ...known, ...request, effects, hangUp: () => hangUp(c) };
}

/** On a port the socket ends without an answer; in memory there is only an error to give. */
function cut(c: Context, error: ConnectionCut): Response {
  if (!hangUp(c)) throw error;
  return new Response(null, { headers: { 'x-hono-already-sent': 'true' } });
}

function hangUp(c: Context): boolean {
  const { incoming } = (c.env ?? {}) as Partial<HttpBindings>;
  incoming?.socket.destroy();
  return incoming !== undefined;
}

/** `PATCH /composite/sobjects/Task/Key__c` and its like with ids and versions left out. */
function operationOf(method: string, path: string): string {
  const short = path
    // A slash at the end, as some clients send it, is the same route.
    .replace(/^\/services\/data\/v\d+\.\d(.*?)\/?$/, '$1')
    .replace(/\/[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?(?=\/|$)/g, '/{id}')
    .replace(/\/01g[^/]*$/, '/{locator}');
  return `${method} ${short === '' ? '/' : short}`;
}

function tokenOf(c: Context): string | null {
  return /^(?:Bearer|OAuth)\s+(.+)$/i.exec(c.req.header('Authorization') ?? '')?.[1] ?? null;
}
