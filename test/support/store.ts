/** Stores for tests: a fresh one each time, on PGlite and, where there is one, on PostgreSQL. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import pg from 'pg';
import { openStore } from '../../store/open.ts';
import type { Store } from '../../store/types.ts';

export type StoreKind = 'pglite' | 'postgresql';

export interface TestStore {
  store: Store;
  kind: StoreKind;
  connectionString: string;
  poolMax: number;
  /** Looks behind the interface. */
  query(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
}

export type WithStore = <T>(work: (test: TestStore) => Promise<T>) => Promise<T>;

/** Runs `work` on a fresh, empty store and takes it away again. PGlite unless asked otherwise. */
export async function withStore<T>(
  work: (test: TestStore) => Promise<T>,
  kind: StoreKind = 'pglite',
): Promise<T> {
  return withDatabase(async ({ connectionString, poolMax }) => {
    const store = await openStore({ connectionString, poolMax });
    const query = async (text: string, values: unknown[] = []) => {
      const client = new pg.Client({ connectionString });
      await client.connect();
      try {
        return (await client.query(text, values)).rows;
      } finally {
        await client.end();
      }
    };
    try {
      return await work({ store, kind, connectionString, poolMax, query });
    } finally {
      await store.close();
    }
  }, kind);
}

/** Runs `work` on an empty database that nobody has migrated. */
export async function withDatabase<T>(
  work: (database: { connectionString: string; poolMax: number }) => Promise<T>,
  kind: StoreKind = 'pglite',
): Promise<T> {
  return kind === 'pglite' ? withEmbedded(work) : withSchema(work);
}

/** Defines the same tests for every store there is; says so where PostgreSQL is missing. */
export function onEachStore(define: (withStore: WithStore, kind: StoreKind) => void): void {
  describe('on PGlite', () => {
    beforeAll(async () => {
      await startedOnce();
    }, startMaxMs);
    define((work) => withStore(work, 'pglite'), 'pglite');
  });
  if (process.env['TEST_DATABASE_URL']) {
    describe('on PostgreSQL', () => define((work) => withStore(work, 'postgresql'), 'postgresql'));
  } else {
    test.skip('on PostgreSQL: not run, TEST_DATABASE_URL is not set', () => {});
  }
}

interface Embedded {
  db: PGlite;
  server: PGLiteSocketServer;
  folder: string;
  connectionString: string;
}

/** Compiling PGlite takes a second, and many on a machine that is busy with other tests. */
const startMaxMs = 120_000;

// One PGlite a test file: emptying it takes milliseconds.
let embedded: Promise<Embedded> | undefined;

function startedOnce(): Promise<Embedded> {
  embedded ??= startEmbedded();
  return embedded;
}

afterAll(async () => {
  const running = await embedded;
  embedded = undefined;
  if (running) {
    await running.server.stop();
    await running.db.close();
    await rm(running.folder, { recursive: true });
  }
});

async function withEmbedded<T>(
  work: (database: { connectionString: string; poolMax: number }) => Promise<T>,
): Promise<T> {
  const { db, connectionString } = await startedOnce();
  await db.exec('drop schema public cascade; create schema public');
  return work({ connectionString, poolMax: 1 });
}

async function startEmbedded(): Promise<Embedded> {
  const folder = await mkdtemp(join(tmpdir(), 'ps-store-'));
  const db = await PGlite.create({ relaxedDurability: true });
  const server = new PGLiteSocketServer({
    db,
    path: join(folder, '.s.PGSQL.5432'),
    maxConnections: 10,
  });
  await server.start();
  return { db, server, folder, connectionString: `postgresql://postgres@/postgres?host=${folder}` };
}

async function withSchema<T>(
  work: (database: { connectionString: string; poolMax: number }) => Promise<T>,
): Promise<T> {
  const url = process.env['TEST_DATABASE_URL'] as string;
  const schema = `test_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create schema ${schema}`);
  try {
    const separator = url.includes('?') ? '&' : '?';
    const connectionString = `${url}${separator}options=-csearch_path%3D${schema}`;
    return await work({ connectionString, poolMax: 4 });
  } finally {
    await client.query(`drop schema ${schema} cascade`);
    await client.end();
  }
}
