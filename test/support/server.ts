/** The worker's server in memory over a real store, with a connection whose words are hostile. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll } from '@jest/globals';
import type { Hono } from 'hono';
import pino from 'pino';
import { createServer } from '../../server/app.ts';
import type { ServerDeps } from '../../server/deps.ts';
import { defaultLimits } from '../../server/rate-limit.ts';
import type { PlanRow, Store } from '../../store/types.ts';
import {
  aBatch,
  aDecision,
  anOpportunity,
  aRecord,
  aWrite,
  connection,
  now,
  sourcedBy,
  unread,
} from './records.ts';
import { withStore } from './store.ts';

export const token = 'a-token-of-more-than-sixteen-characters';
export const bearer = { authorization: `Bearer ${token}` };
const startMaxMs = 120_000;

beforeAll(() => withStore(async () => {}), startMaxMs);

export interface TestServer {
  app: Hono;
  store: Store;
  deps: ServerDeps;
  log: string[];
  get(
    path: string,
    query?: Record<string, string>,
    headers?: Record<string, string>,
  ): Promise<Response>;
  post(path: string, body: unknown): Promise<Response>;
}

/** Runs `work` on a server over a fresh store; `change` replaces parts of the store. */
export function withServer<T>(
  work: (server: TestServer) => Promise<T>,
  change: Partial<Store> = {},
): Promise<T> {
  return withStore(async ({ store }) => {
    const log: string[] = [];
    const deps: ServerDeps = {
      store: { ...store, ...change },
      token,
      log: pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }),
      publicUrl: () => 'https://sync.acme.example',
      crmUrl: (row, object, id) => `${row.recordUrlBase}/lightning/r/${object}/${id}/view`,
      backupFolder: join(tmpdir(), `ps-backups-${process.pid}`),
      // Tests knock on many doors with a wrong key; what limits do is in test/server/limits.test.ts.
      limits: { ...defaultLimits, refused: { burst: 10_000, perSecond: 1 } },
    };
    const app = createServer(deps);
    return work({
      app,
      store,
      deps,
      log,
      get: async (path, query = {}, headers = bearer) =>
        app.request(`${path}?${new URLSearchParams(query)}`, { headers }),
      post: async (path, body) =>
        app.request(path, {
          method: 'POST',
          headers: { ...bearer, 'content-type': 'application/json' },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
    });
  });
}

export const hostile = '<script>alert(1)</script>"\'><img src=x onerror=alert(2)>';

/** A connection with two opportunities of one name, decided, one of them hostile in every word. */
export async function fill(store: Store): Promise<void> {
  await store.upsertConnection({
    name: connection,
    crm: 'salesforce',
    recordUrlBase: 'https://acme.example',
    corporateCurrency: 'USD',
  });
  const page = { connection, expected: unread, next: unread, now };
  await store.commitPage({
    ...page,
    object: 'partner',
    source: 'partner:Account',
    records: [aRecord('P1', { name: 'Nordwind' })],
  });
  await store.commitPage({
    ...page,
    object: 'opportunity',
    source: 'opportunity:Opportunity',
    records: [
      anOpportunity('006A', { name: hostile, attribution_type: hostile }),
      anOpportunity('006B', { name: 'Twin' }),
      anOpportunity('006C', { name: 'Twin' }),
    ],
  });
  const decision = aDecision('006A', {
    reason: hostile,
    counterfactual: hostile,
    credits: sourcedBy('P1'),
    evidence: [{ kind: 'registration', id: hostile, at: now, text: hostile }],
    fields: { attribution_type: 'Sourced', attribution_reason: hostile },
  });
  const fields = { attribution_reason: { value: `${hostile}!`, before: hostile } };
  await store.saveDecided(aBatch([decision], [aWrite('006A', fields)]));
}

export const planId = `plan/${connection}/7`;

/** A plan of `n` records, the first with a hostile name. */
export async function addPlan(store: Store, n: number): Promise<void> {
  const version = `${connection}@2026.1-abc1234`;
  const rows = Array.from(
    { length: n },
    (_, i): Omit<PlanRow, 'plan'> => ({
      object: 'opportunity',
      recordId: `006-${String(i).padStart(3, '0')}`,
      recordName: i === 0 ? hostile : `Deal ${i}`,
      field: 'attribution_reason',
      old: null,
      new: i === 0 ? hostile : 'why',
      kind: 'attribution',
      reason: i === 0 ? hostile : 'because',
      rule: 'R3',
      inputHash: 'h1',
      moneyMoved: '0',
    }),
  );
  const head = { id: planId, connection, cause: 'version' as const, version };
  await store.createPlan({ ...head, runId: planId, createdAt: now });
  await store.saveDecided(aBatch([], [], { slot: planId, planRows: rows }));
  await store.finishPlan(planId);
}
