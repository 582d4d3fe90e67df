/** The way of every API call through the sandbox: latency, armed faults, the clock, the log. */
import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import type { CallLog } from './call-log.ts';
import type { Clock } from './clock.ts';
import { ConnectionCut, type FaultCall } from './faults/call.ts';
import type { FaultRegistry } from './faults.ts';
import { type Random, random } from './seed/random.ts';
import type { VendorSide } from './vendor-sides.ts';

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
  side: VendorSide;
  faults: FaultRegistry;
  calls: CallLog;
  knobs: Knobs;
}

/** Status the log has for a call whose connection was cut. */
const cutStatus = 0;

/** The middleware. A cut connection throws ConnectionCut in memory and ends the socket on a port. */
export function apiCalls(way: CallWay): MiddlewareHandler {
  const { clock, side, faults, calls, knobs } = way;
  return async (c, next) => {
    if ((c.env as { subrequest?: boolean } | undefined)?.subrequest) return next();
    const { latencyMs, jitterMs } = knobs;
    if (latencyMs + jitterMs > 0) {
      const ms = latencyMs + (jitterMs > 0 ? knobs.jitter.next() * jitterMs : 0);
      await new Promise((resolve) => setTimeout(resolve, ms));
    }
    const { pathname } = new URL(c.req.url);
    const operation = side.operationOf(c.req.method, pathname);
    const token = side.tokenOf(c.req.raw);
    const tenant = side.tenantOf(token);
    const tenantId = tenant.org?.id ?? tenant.portal?.id ?? null;
    const log = (status: number) =>
      calls.add({ at: clock.iso(), tenantId, operation, path: pathname, status });
    const proceed = async () => {
      await next();
      return c.res;
    };
    if (faults.idle) await proceed();
    else {
      try {
        const { vendor } = side;
        const known = { vendor, operation, path: pathname, token, ...tenant };
        c.res = await faults.run(faultCall(c, known), proceed);
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
  known: Pick<FaultCall, 'vendor' | 'operation' | 'path' | 'token' | 'org' | 'portal'>,
): FaultCall {
  const effects: FaultCall['effects'] = {};
  c.set('effects', effects);
  const request = { request: c.req.raw, body: () => c.req.text() };
  return { ...known, ...request, effects, hangUp: () => hangUp(c) };
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
