/** What the worker's server answers: explanations, plans, failures, commands; nothing as markup. */
import { rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type BackupView, type ErrorAnswer, paths } from '../../server/contract.ts';
import { linksOf } from '../../server/deps.ts';
import type { PlanRow } from '../../store/types.ts';
import { aRecord, connection, now, unread } from '../support/records.ts';
import { addPlan, fill, hostile, planId, withServer } from '../support/server.ts';

describe('what a record says', () => {
  test('a hostile name, reason or value is text on both pages, never markup', () =>
    withServer(async ({ app, get, store, deps }) => {
      await fill(store);
      await addPlan(store, 3);
      const url = new URL(linksOf(deps).page(connection, '006A'));

      const pages = [
        await (await app.request(url.pathname + url.search)).text(),
        await (await get(paths.planPage, { id: planId })).text(),
      ];

      for (const page of pages) {
        expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
        expect(page).not.toContain('<script');
        expect(page).not.toContain('<img');
      }
    }));

  test('every answer carries the guard headers, pages allow no script', () =>
    withServer(async ({ get, store, deps, app }) => {
      await fill(store);
      const url = new URL(linksOf(deps).page(connection, '006A'));
      const answers = [
        await app.request(url.pathname + url.search),
        await get(paths.health, {}, {}),
        await get(paths.connections),
        await get(paths.connections, {}, {}),
        await get('/nowhere'),
      ];

      for (const { headers } of answers) {
        const policy = headers.get('content-security-policy')!;
        expect(policy).toContain("default-src 'none'; style-src 'unsafe-inline'");
        expect(policy).toContain("frame-ancestors 'none'");
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('cache-control')).toBe('no-store');
        expect(headers.get('referrer-policy')).toBe('no-referrer');
      }
    }));

  test('explain answers one record, or 300 with those it could be, or 404 with what to do', () =>
    withServer(async ({ get, store }) => {
      await fill(store);

      const one = await get(paths.explain, { record: '006A' });
      expect(one.status).toBe(200);
      expect(await one.json()).toMatchObject({
        connection,
        object: 'opportunity',
        id: '006A',
        decisions: [{ kind: 'attribution', rule: 'R3', version: 'v1', sentence: hostile }],
        crmUrl: 'https://acme.example/lightning/r/opportunity/006A/view',
      });
      const twins = await get(paths.explain, { record: 'twin' });
      expect(twins.status).toBe(300);
      expect(await twins.json()).toEqual(
        ['006B', '006C'].map((id) => ({ connection, object: 'opportunity', id, name: 'Twin' })),
      );
      const none = await get(paths.explain, { record: 'Nobody' });
      expect(none.status).toBe(404);
      expect(await none.json()).toEqual({
        error: expect.stringMatching(
          /^No opportunity or partner "Nobody" is known\. Give its CRM id/,
        ),
      });
    }));

  test('a registration held back says so where its opportunity is explained', () =>
    withServer(async ({ get, store }) => {
      await fill(store);
      const problem = 'Status__c holds "Fast-tracked", which the mapping does not know.';
      await store.commitPage({
        connection,
        object: 'registration',
        source: 'registration:Deal_Registration__c',
        records: [aRecord('R1', { opportunity: '006B', partner: 'P1', $problem: problem })],
        expected: unread,
        next: unread,
        now,
      });

      const view = await (await get(paths.explain, { record: '006B' })).json();

      expect(view).toMatchObject({ problem: `Registration R1: ${problem}` });
    }));
});

describe('lists', () => {
  test('failures say the record, the reason and the remedy', () =>
    withServer(async ({ get, store }) => {
      await fill(store);
      const claim = { connection, object: 'opportunity' as const, runId: 'sync/a/1', now };
      const lease = { leaseId: 'L1', limit: 10, leaseMs: 60_000 };
      const [row] = await store.claimWrites({ ...claim, ...lease });
      const failure = { code: 'LOCKED', fields: ['Reason__c'], remedy: 'Unlock it.' };
      await store.settleWrites(
        connection,
        'L1',
        'sync/a/1',
        [
          {
            seq: row!.seq,
            outcome: 'failed',
            failure: { ...failure, retryable: false },
            nextTryAt: null,
          },
        ],
        now,
      );

      const rows = (await (await get(paths.failures)).json()) as unknown[];

      expect(rows).toEqual([
        expect.objectContaining({
          connection,
          object: 'opportunity',
          record: '006A',
          state: 'failed',
          code: 'LOCKED',
          remedy: 'Unlock it.',
          fields: ['attribution_reason'],
          crmUrl: 'https://acme.example/lightning/r/opportunity/006A/view',
        }),
      ]);
      expect(await (await get(paths.failures, { connection: 'other' })).json()).toEqual([]);
    }));

  test("a plan's rows come in pages, each row once, in one order", () =>
    withServer(async ({ get, store }) => {
      await fill(store);
      await addPlan(store, 7);
      const seen: string[] = [];
      let after: string | null = null;
      let pages = 0;
      do {
        const query: Record<string, string> = {
          id: planId,
          limit: '3',
          ...(after ? { after } : {}),
        };
        const page = (await (await get(paths.planRows, query)).json()) as {
          rows: PlanRow[];
          next: string | null;
        };
        seen.push(...page.rows.map(({ recordId }) => recordId));
        after = page.next;
        pages += 1;
      } while (after !== null && pages < 10);

      expect(seen).toEqual(
        ['000', '001', '002', '003', '004', '005', '006'].map((n) => `006-${n}`),
      );
      expect(pages).toBeLessThanOrEqual(4);
    }));

  test('a plan is found by its id and by its connection while it is open', () =>
    withServer(async ({ get, store }) => {
      await fill(store);
      await addPlan(store, 2);

      const byId = await (await get(paths.plan, { id: planId })).json();
      const byConnection = await (await get(paths.plan, { id: connection })).json();

      expect(byId).toEqual(byConnection);
      expect(byId).toMatchObject({ id: planId, state: 'open', records: 2, fields: 2 });
      await store.closePlan(planId, 'superseded', null, now);
      expect((await get(paths.plan, { id: connection })).status).toBe(404);
    }));

  test('a limit that is no number is answered as a list, not as an error', () =>
    withServer(async ({ get, store }) => {
      await fill(store);
      for (const limit of ['0', '-1', 'a', '1e9', '1; drop table run']) {
        const answer = await get(paths.runs, { limit });

        expect(answer.status).toBe(200);
        expect(await answer.json()).toEqual([]);
      }
    }));

  test('versions come without the texts of their files', () =>
    withServer(async ({ get, store }) => {
      await store.saveVersion({
        id: `${connection}@1`,
        connection,
        state: 'candidate',
        label: '1',
        hash: 'h',
        rulesVersion: '1',
        sources: [{ path: 'a.yaml', text: 'connection: acme' }],
        createdAt: now,
        activatedAt: null,
      });

      const body = JSON.stringify(await (await get(paths.versions, { connection })).json());

      expect(body).toContain('"files":1');
      expect(body).not.toContain('connection: acme');
    }));
});

describe('commands', () => {
  const command = { kind: 'sync', connection, actor: 'ana@acme.example', args: { full: true } };

  test('a command is stored with its actor and given an id', () =>
    withServer(async ({ post, get }) => {
      const answer = await post(paths.commands, command);

      expect(answer.status).toBe(201);
      const { id } = (await answer.json()) as { id: string };
      expect(await (await get(paths.command, { id })).json()).toMatchObject({ id, ...command });
    }));

  test('a command that is none is refused with 400 and a sentence', () =>
    withServer(async ({ post }) => {
      const wrong = [
        '{"kind":',
        [],
        { ...command, actor: '' },
        { ...command, role: 'admin' },
        { ...command, kind: 'x'.repeat(41) },
      ];
      for (const body of wrong) {
        const answer = await post(paths.commands, body);

        expect(answer.status).toBe(400);
        expect(await answer.json()).toEqual({
          error: 'A command needs kind, connection, actor and args.',
        });
      }
    }));

  test('a backup is a new file in the folder of backups, or the file that is named', () =>
    withServer(async ({ post, deps }) => {
      const folder = deps.backupFolder;
      try {
        const made = (await (await post(paths.backup, {})).json()) as BackupView;
        expect(made.path.startsWith(`${folder}/store-`)).toBe(true);
        expect(made.bytes).toBe(statSync(made.path).size);

        const path = join(folder, 'mine.ndjson.gz');
        expect(await (await post(paths.backup, { path })).json()).toMatchObject({ path });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }));

  test('a backup that cannot be written there is refused with 400 and a sentence', () =>
    withServer(async ({ post }) => {
      for (const [body, why] of [
        ['{', 'A backup is written to an absolute path.'],
        [{ path: '' }, 'A backup is written to an absolute path.'],
        [{ path: 'here.gz' }, 'A backup is written to an absolute path.'],
        [{ path: '/nowhere/x.gz' }, 'the worker finds no folder /nowhere.'],
        [{ path: '/dev/null/x.gz' }, '/dev/null is no folder.'],
        [{ path: tmpdir() }, `${tmpdir()} is a folder. Name a file in it.`],
      ] as const) {
        const answer = await post(paths.backup, body);

        expect([body, answer.status]).toEqual([body, 400]);
        expect(((await answer.json()) as ErrorAnswer).error).toContain(why);
      }
    }));

  test('a body of more than 64 KB is refused before it is read, with a sentence', () =>
    withServer(async ({ post }) => {
      const answer = await post(paths.commands, { ...command, args: { text: 'x'.repeat(70_000) } });

      expect(answer.status).toBe(413);
      expect(await answer.json()).toEqual({
        error: 'A request may carry 65536 bytes, not more.',
      });
    }));
});
