/** How much the server takes: requests a second, guesses, bytes; and when it does not start at all. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { createApi } from '../../client/api.ts';
import { childEnv } from '../../env.ts';
import { createServer } from '../../server/app.ts';
import { paths } from '../../server/contract.ts';
import { createBuckets, defaultLimits, type Limits } from '../../server/rate-limit.ts';
import { startServer } from '../../server/start.ts';
import { serverToken } from '../../server/token.ts';
import { bearer, type TestServer, token, withServer } from '../support/server.ts';

jest.setTimeout(120_000);

/** A server whose clock moves by hand. */
function limited(change: Partial<Limits>, work: (s: TestServer, clock: Clock) => Promise<void>) {
  const clock = { nowMs: 0 };
  const limits = { ...defaultLimits, ...change, nowMs: () => clock.nowMs };
  return withServer((server) => {
    const app = createServer({ ...server.deps, limits });
    const get: TestServer['get'] = async (path, query = {}, headers = bearer) =>
      app.request(`${path}?${new URLSearchParams(query)}`, { headers });
    return work({ ...server, app, get }, clock);
  });
}

interface Clock {
  nowMs: number;
}

const wrong = { authorization: 'Bearer a-guess-of-more-than-sixteen-characters' };

describe('rate limits', () => {
  test('with the token: the burst is answered, then 429 with Retry-After until it has passed', () =>
    limited({ bearer: { burst: 5, perSecond: 0.25 } }, async ({ get }, clock) => {
      for (let i = 0; i < 5; i += 1) {
        expect((await get(paths.connections)).status).toBe(200);
      }

      const refused = await get(paths.connections);

      expect(refused.status).toBe(429);
      expect(refused.headers.get('retry-after')).toBe('4');
      expect(refused.headers.get('cache-control')).toBe('no-store');
      expect(await refused.json()).toEqual({
        error: 'Too many requests came in a short time. Try again in 4 s.',
      });
      clock.nowMs += 4_000;
      expect((await get(paths.connections)).status).toBe(200);
      expect((await get(paths.connections)).status).toBe(429);
    }));

  test('without a token: by address, and a flood of them does not shut out who has the token', () =>
    limited({ address: { burst: 3, perSecond: 1 } }, async ({ get }) => {
      const asked = [];
      for (let i = 0; i < 5; i += 1) {
        asked.push((await get(paths.health, {}, {})).status);
      }

      expect(asked).toEqual([200, 200, 200, 429, 429]);
      expect((await get(paths.connections)).status).toBe(200);
    }));

  test('who guesses tokens is refused before the guess is looked at: the right one comes no faster', () =>
    limited({ refused: { burst: 3, perSecond: 0.5 } }, async ({ get }, clock) => {
      for (let i = 0; i < 3; i += 1) {
        expect((await get(paths.connections, {}, wrong)).status).toBe(401);
      }

      const right = await get(paths.connections);

      expect(right.status).toBe(429);
      expect(right.headers.get('retry-after')).toBe('2');
      expect(((await right.json()) as { error: string }).error).toBe(
        'Too many refused requests came from this address. Try again in 2 s.',
      );
      clock.nowMs += 2_000;
      expect((await get(paths.connections)).status).toBe(200);
      expect((await get(paths.connections, {}, wrong)).status).toBe(401);
      expect((await get(paths.connections, {}, wrong)).status).toBe(429);
    }));

  test('wrong keys of pages count as guesses too', () =>
    limited({ refused: { burst: 2, perSecond: 0.1 } }, async ({ get }) => {
      const guess = () => get(paths.explainPage, { connection: 'c', record: 'r', key: 'k' }, {});

      expect([(await guess()).status, (await guess()).status]).toEqual([403, 403]);
      expect((await guess()).status).toBe(429);
    }));

  test('another address is another caller: guesses from one do not shut out the other', () =>
    withServer(async ({ deps }) => {
      const limits = { ...defaultLimits, refused: { burst: 2, perSecond: 0.001 } };
      const given = { ...deps, limits, publicUrl: null };
      const server = await startServer(given, { host: '127.0.0.1', port: 0 });
      try {
        const ask = (localAddress: string, headers: Record<string, string>) =>
          statusOf(server.port, { localAddress, headers });

        expect(await ask('127.0.0.2', wrong)).toBe(401);
        expect(await ask('127.0.0.2', wrong)).toBe(401);
        expect(await ask('127.0.0.2', bearer)).toBe(429);
        expect(await ask('127.0.0.3', bearer)).toBe(200);
        // A header that claims another address is not believed.
        expect(await ask('127.0.0.2', { ...bearer, 'x-forwarded-for': '10.0.0.1' })).toBe(429);
      } finally {
        await server.close();
      }
    }));

  test('the command line waits as long as it is asked to, then goes on', () =>
    withServer(async ({ deps }) => {
      const limits = { ...defaultLimits, bearer: { burst: 1, perSecond: 2 } };
      const given = { ...deps, limits, publicUrl: null };
      const server = await startServer(given, { host: '127.0.0.1', port: 0 });
      try {
        const api = createApi(server.url, token);

        expect(await api.get(paths.connections)).toEqual([]);
        expect(await api.get(paths.connections)).toEqual([]);
      } finally {
        await server.close();
      }
    }));

  test('over any stretch a caller gets at most the burst and what the time refills', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 200 });
    const rates = fc.record({
      burst: fc.integer({ min: 1, max: 20 }),
      perSecond: fc.integer({ min: 1, max: 50 }),
    });

    fc.assert(
      fc.property(rates, steps, (rate, gapsMs) => {
        let nowMs = 0;
        const buckets = createBuckets(rate, () => nowMs);
        let taken = 0;
        for (const gap of gapsMs) {
          nowMs += gap;
          const wait = buckets.take('a');
          taken += wait === 0 ? 1 : 0;
          if (wait > 0) {
            const refusedAt = nowMs;
            nowMs = refusedAt + wait; // What it says is true: then there is one to take ...
            expect(buckets.wait('a')).toBe(0);
            nowMs = Math.max(refusedAt, refusedAt + wait - 2); // ... and not before.
            expect(buckets.wait('a')).toBeGreaterThan(0);
            nowMs = refusedAt;
          }
        }
        expect(taken).toBeLessThanOrEqual(rate.burst + (nowMs / 1_000) * rate.perSecond + 1e-6);
      }),
    );
  });

  test('callers are forgotten, longest unheard of first, so that a flood of addresses costs no memory', () => {
    const buckets = createBuckets({ burst: 1, perSecond: 0.001 }, () => 0, 3);

    for (const caller of ['a', 'b', 'c', 'a', 'd']) {
      buckets.take(caller);
    }

    expect(buckets.wait('a')).toBeGreaterThan(0);
    expect(buckets.wait('b')).toBe(0);
  });
});

describe('size of a request', () => {
  test.each([
    ['with its length told', { 'content-length': String(70_000) }],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('a body of more than 64 KiB is 413, %s', (_, framing) =>
    withServer(async ({ deps }) => {
      const saved: unknown[] = [];
      const saveCommand = async (row: unknown) => void saved.push(row);
      const given = { ...deps, store: { ...deps.store, saveCommand }, publicUrl: null };
      const server = await startServer(given, { host: '127.0.0.1', port: 0 });
      try {
        const body = JSON.stringify({
          kind: 'sync',
          connection: null,
          actor: 'someone',
          args: { text: 'x'.repeat(70_000) },
        }).slice(0, 70_000);
        const headers = { ...bearer, 'content-type': 'application/json', ...framing };

        const status = await statusOf(server.port, {
          path: paths.commands,
          method: 'POST',
          headers,
          body,
        });

        expect(status).toBe(413);
        expect(saved).toEqual([]);
      } finally {
        await server.close();
      }
    }),
  );

  test('a body within it is taken', () =>
    withServer(async ({ post }) => {
      const body = { kind: 'sync', connection: null, actor: 'a', args: { t: 'x'.repeat(60_000) } };

      expect((await post(paths.commands, body)).status).toBe(201);
    }));
});

describe('headers', () => {
  test('every answer forbids frames, scripts, sniffing, caching and referrers', () =>
    withServer(async ({ get }) => {
      for (const path of [paths.health, paths.connections, paths.explainPage, '/nothing']) {
        const { headers } = await get(path);
        const csp = headers.get('content-security-policy');

        expect(csp).toContain("default-src 'none'");
        expect(csp).toContain("frame-ancestors 'none'");
        expect(headers.get('x-frame-options')).toBe('DENY');
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('cache-control')).toBe('no-store');
        expect(headers.get('referrer-policy')).toBe('no-referrer');
        expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
        expect(headers.get('access-control-allow-origin')).toBeNull();
      }
    }));
});

describe('a server without a token', () => {
  const ofHome = () => 'token-of-the-home-folder';

  test.each(['127.0.0.1', '127.0.0.9', '::1', 'localhost'])(
    'on loopback (%s) it takes the one of the home folder',
    (host) => {
      expect(serverToken({ given: undefined, host, ofHome })).toBe('token-of-the-home-folder');
    },
  );

  test.each(['0.0.0.0', '::', '192.168.1.7', 'sync.acme.example', '127.0.0.1.example.com'])(
    'on %s it does not start, and says what to set',
    (host) => {
      expect(() => serverToken({ given: undefined, host, ofHome })).toThrow(
        `The server would listen on ${host}, where other machines reach it, and has no token`,
      );
      expect(serverToken({ given: 'a-token-that-was-chosen', host, ofHome })).toBe(
        'a-token-that-was-chosen',
      );
    },
  );

  test('the worker itself ends with that sentence before it touches the store or Temporal', async () => {
    const home = mkdtempSync(join(tmpdir(), 'ps-open-'));
    const script = fileURLToPath(new URL('../../worker.ts', import.meta.url));
    try {
      const child = spawn(process.execPath, ['--no-warnings', script], {
        cwd: home,
        env: childEnv({
          PARTNER_SYNC_HOME: home,
          PARTNER_SYNC_HOST: '0.0.0.0',
          PARTNER_SYNC_TOKEN: undefined,
          TEMPORAL_ADDRESS: '127.0.0.1:1',
          DATABASE_URL: undefined,
          NODE_OPTIONS: undefined,
        }),
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let err = '';
      child.stderr.on('data', (chunk: Buffer) => {
        err += chunk.toString();
      });

      const [code] = await once(child, 'close');

      expect(code).toBe(1);
      expect(err).toContain('The server would listen on 0.0.0.0');
      expect(err).toContain('Set PARTNER_SYNC_TOKEN');
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});

interface Asked {
  path?: string;
  method?: string;
  headers: Record<string, string>;
  body?: string;
  localAddress?: string;
}

function statusOf(port: number, asked: Asked): Promise<number> {
  const { path = paths.connections, body, ...rest } = asked;
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, agent: false, ...rest }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
