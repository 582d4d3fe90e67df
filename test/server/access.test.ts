/** Who may ask the worker's server, and what it says when something is missing or breaks. */
import { describe, expect, test } from '@jest/globals';
import { paths } from '../../server/contract.ts';
import { linksOf } from '../../server/deps.ts';
import { connection } from '../support/records.ts';
import { addPlan, bearer, fill, planId, token, withServer } from '../support/server.ts';

describe('who may ask', () => {
  const guarded = Object.values(paths).filter(
    (path) => path.startsWith('/v1/') || path === '/metrics',
  );

  test('every path but health is refused without the token, with another one, and half of it', () =>
    withServer(async ({ get }) => {
      const wrong: Record<string, string>[] = [
        {},
        { authorization: token },
        { authorization: `Bearer ${token.slice(0, -1)}` },
        { authorization: `Bearer ${token}x` },
        { authorization: `Basic ${Buffer.from(`a:${token}`).toString('base64')}` },
      ];
      expect(guarded.length).toBeGreaterThanOrEqual(15);
      for (const path of guarded) {
        for (const headers of wrong) {
          const answer = await get(path, {}, headers);
          expect([path, answer.status]).toEqual([path, 401]);
          expect(await answer.json()).toEqual({
            error: 'This server needs its bearer token: see the token file named by "up".',
          });
        }
        expect((await get(path, {}, bearer)).status).not.toBe(401);
      }
    }));

  test('health is open to all and holds nothing of a record', () =>
    withServer(async ({ get, store }) => {
      await fill(store);

      const answer = await get(paths.health, {}, {});

      expect(answer.status).toBe(200);
      const body = (await answer.json()) as Record<string, unknown>;
      expect(body).toMatchObject({ ok: true, store: { kind: 'pglite' }, connections: 1 });
      expect(JSON.stringify(body)).not.toContain('Twin');
    }));

  test('health says 503 and no more when the store does not answer', () =>
    withServer(
      async ({ get }) => {
        const answer = await get(paths.health, {}, {});

        expect(answer.status).toBe(503);
        expect(await answer.json()).toEqual({ ok: false, error: 'The store does not answer.' });
      },
      { health: () => Promise.reject(new Error('password authentication failed for "acme"')) },
    ));

  test("a link's key opens its own page and no other", () =>
    withServer(async ({ app, store, deps }) => {
      await fill(store);
      await addPlan(store, 1);
      const own = new URL(linksOf(deps).page(connection, '006A'));
      const open = (url: URL) => app.request(url.pathname + url.search);
      expect(own.origin).toBe('https://sync.acme.example');
      expect((await open(own)).status).toBe(200);

      const other = new URL(own);
      other.searchParams.set('record', '006B');
      const plan = new URL(linksOf(deps).plan(planId));
      plan.searchParams.set('key', own.searchParams.get('key')!);
      const keyless = new URL(own);
      keyless.searchParams.delete('key');
      for (const url of [other, plan, keyless]) {
        const answer = await open(url);
        expect(answer.status).toBe(403);
        expect(await answer.text()).toContain('This link is not valid.');
      }
      expect((await open(new URL(linksOf(deps).plan(planId)))).status).toBe(200);
      expect(own.href).not.toContain(token);
    }));

  test("a plan's page opens with the bearer token too, for plan --html", () =>
    withServer(async ({ get, store }) => {
      await fill(store);
      await addPlan(store, 1);

      expect((await get(paths.planPage, { id: planId })).status).toBe(200);
      const wrong = { authorization: 'Bearer nope' };
      expect((await get(paths.planPage, { id: planId }, wrong)).status).toBe(403);
    }));
});

describe('what is not there, and what breaks', () => {
  test('a path that is not served is 404 with a sentence', () =>
    withServer(async ({ get }) => {
      for (const path of ['/', '/v1', '/v1/nothing', '/explain/x', '/.env', '/v1/../health/x']) {
        const answer = await get(path);

        expect([path, answer.status]).toEqual([path, 404]);
        expect(await answer.json()).toEqual({ error: expect.stringMatching(/^Nothing is served/) });
      }
    }));

  test('an id that is not known is 404, and says of what', () =>
    withServer(async ({ get }) => {
      for (const [path, what] of [
        [paths.run, 'run'],
        [paths.plan, 'plan'],
        [paths.command, 'command'],
        [paths.summary, 'connection'],
        [paths.examples, 'connection'],
      ] as const) {
        const answer = await get(path, { id: 'nope', connection: 'nope' });

        expect([path, answer.status]).toEqual([path, 404]);
        const error = expect.stringMatching(new RegExp(`^There is no such ${what}\\.`));
        expect(await answer.json()).toEqual({ error });
      }
    }));

  test('an error inside is one sentence: no stack, no secret, no words of the database', () => {
    const inner = new Error(`connect ECONNREFUSED postgres://acme:s3cret@db/prod ${token}`);
    return withServer(
      async ({ get }) => {
        const answer = await get(paths.connections);
        const text = await answer.text();

        expect(answer.status).toBe(500);
        expect(JSON.parse(text)).toEqual({
          error: 'The server could not answer; its log has the details.',
        });
        expect(text).not.toMatch(/s3cret|ECONNREFUSED|at .*\.ts/);
      },
      { connections: () => Promise.reject(inner) },
    );
  });

  test('no answer holds the token', () =>
    withServer(async ({ get, store }) => {
      await fill(store);
      for (const path of Object.values(paths)) {
        const query = { connection, id: connection, record: '006A' };
        const answer = await get(path, query, bearer);
        expect(await answer.text()).not.toContain(token);
        expect(JSON.stringify([...answer.headers])).not.toContain(token);
      }
    }));

  test('metrics are Prometheus text with the outbox of each connection', () =>
    withServer(async ({ get, store }) => {
      await fill(store);

      const text = await (await get(paths.metrics)).text();

      expect(text).toContain(`partner_sync_outbox_rows{connection="${connection}",state="due"} 1`);
      expect(text).toContain('partner_sync_http_requests_total');
    }));
});
