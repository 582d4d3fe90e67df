/** How often one caller may ask: token buckets by bearer and by address, refused with 429. */
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, MiddlewareHandler } from 'hono';
import { holdsToken } from './auth.ts';

/** `burst` requests at once, then `perSecond` for as long as one likes. */
export interface Rate {
  burst: number;
  perSecond: number;
}

/** What the server allows. `nowMs` is a clock that never goes back (tests give their own). */
export interface Limits {
  /** With the bearer token: far above what the command line asks for. */
  bearer: Rate;
  /** Without it, by address: a team that opens explanation pages behind one router. */
  address: Rate;
  /** Wrong tokens and wrong page keys, by address. */
  refused: Rate;
  /** Webhooks, by address: what HubSpot's ten senders can do, and an end to anything beyond. */
  webhook: Rate;
  nowMs: () => number;
}

/** A guess every two seconds: a token of 16 characters outlives any number of callers. */
export const defaultLimits: Limits = {
  bearer: { burst: 1_000, perSecond: 100 },
  address: { burst: 200, perSecond: 20 },
  refused: { burst: 20, perSecond: 0.5 },
  webhook: { burst: 500, perSecond: 100 },
  nowMs: () => performance.now(),
};

/** Callers remembered at a time; the one not heard of for longest is forgotten first. */
const callersMax = 10_000;

/** One token, but for what adding fractions up has lost. */
const whole = 1 - 1e-9;

/** Buckets of one rate, one a caller. */
export interface Buckets {
  /** Takes one request. 0: taken; else the milliseconds until there is one to take. */
  take(caller: string): number;
  /** The same without taking. */
  wait(caller: string): number;
}

/** Full buckets for callers never seen; memory is bounded. */
export function createBuckets(rate: Rate, nowMs: () => number, max = callersMax): Buckets {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const look = (caller: string) => {
    const now = nowMs();
    const known = buckets.get(caller);
    const tokens =
      known === undefined
        ? rate.burst
        : Math.min(rate.burst, known.tokens + ((now - known.at) / 1_000) * rate.perSecond);
    return { tokens, at: now };
  };
  const waitOf = (tokens: number) =>
    tokens >= whole ? 0 : Math.max(1, Math.ceil(((1 - tokens) / rate.perSecond) * 1_000));
  return {
    wait: (caller) => waitOf(look(caller).tokens),
    take(caller) {
      const { tokens, at } = look(caller);
      const wait = waitOf(tokens);
      // Set anew, so that the order of the map is the order of last use.
      buckets.delete(caller);
      buckets.set(caller, { tokens: wait === 0 ? tokens - 1 : tokens, at });
      if (buckets.size > max) {
        buckets.delete(buckets.keys().next().value as string);
      }
      return wait;
    },
  };
}

/**
 * Refuses with 429 and Retry-After. A caller who guesses is refused before the guess is looked at,
 * so that even the right token comes no faster.
 */
export function limitRate(token: string, limits: Limits): MiddlewareHandler {
  const bearer = createBuckets(limits.bearer, limits.nowMs);
  const address = createBuckets(limits.address, limits.nowMs);
  const refused = createBuckets(limits.refused, limits.nowMs);
  return async (context, next) => {
    const caller = addressOf(context);
    const guessing = refused.wait(caller);
    if (guessing > 0) {
      return tooMany(context, guessing, 'Too many refused requests came from this address');
    }
    const known = holdsToken(token, context.req.header('authorization'));
    const wait = known ? bearer.take('bearer') : address.take(caller);
    if (wait > 0) {
      return tooMany(context, wait, 'Too many requests came in a short time');
    }
    await next();
    if (context.res.status === 401 || context.res.status === 403) {
      refused.take(caller);
    }
  };
}

/**
 * Refuses webhooks beyond their rate with 429: HubSpot sends them again. Apart from all other
 * callers and guesses, so that who forges webhooks behind a proxy shuts out nobody but webhooks.
 */
export function limitWebhooks(limits: Limits): MiddlewareHandler {
  const address = createBuckets(limits.webhook, limits.nowMs);
  return async (context, next) => {
    const wait = address.take(addressOf(context));
    return wait > 0 ? tooMany(context, wait, 'Too many webhooks came in a short time') : next();
  };
}

function tooMany(context: Context, waitMs: number, what: string): Response {
  const seconds = Math.ceil(waitMs / 1_000);
  context.header('retry-after', String(seconds));
  return context.json({ error: `${what}. Try again in ${seconds} s.` }, 429);
}

/** The peer's address; an IPv6 caller owns a whole /64, so that counts as one. */
function addressOf(context: Context): string {
  let address: string | undefined;
  try {
    address = getConnInfo(context).remote.address;
  } catch {
    // In memory there is no peer: one caller.
  }
  const plain = (address ?? 'unknown').replace(/^::ffff:/i, '');
  return plain.includes(':') ? network64(plain) : plain;
}

/** '2001:db8::1' -> '2001:db8:0:0'; the zone of a link-local address is not part of it. */
function network64(address: string): string {
  const [head = '', tail = ''] = address.replace(/%.*$/, '').split('::');
  const before = head.split(':').filter(Boolean);
  const after = tail.split(':').filter(Boolean);
  const gap = Math.max(0, 8 - before.length - after.length);
  return [...before, ...Array<string>(gap).fill('0'), ...after].slice(0, 4).join(':');
}
