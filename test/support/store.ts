/** Stores for tests: a fresh one each time, on PGlite and, where there is one, on PostgreSQL. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import pg from 'pg';
import { openStore } from '../../store/open.ts';
import type { Store } from '../../store/types.ts';
import { emptyAgain, shapeOf } from './emptied.ts';

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

interface Database {
  connectionString: string;
  poolMax: number;
}

/** Compiling PGlite takes a second, and many on a machine that is busy with other tests. */
const startMaxMs = 120_000;

/** Runs `work` on a fresh, empty store and takes it away again. PGlite unless asked otherwise. */
export async function withStore<T>(
  work: (test: TestStore) => Promise<T>,
  kind: StoreKind = 'pglite',
): Promise<T> {
  const { connectionString, poolMax } = await emptyDatabase(kind);
  const store = await openStore({ connectionString, poolMax });
  const query = (text: string, values: unknown[] = []) =>
    withClient(connectionString, async (client) => (await client.query(text, values)).rows);
  try {
    shapes[kind] ??= await withClient(connectionString, shapeOf);
    return await work({ store, kind, connectionString, poolMax, query });
  } finally {
    await store.close();
  }
}

/** Runs `work` on an empty database that nobody has migrated. */
export async function withDatabase<T>(
  work: (database: Database) => Promise<T>,
  kind: StoreKind = 'pglite',
): Promise<T> {
  delete shapes[kind];
  if (kind === 'pglite') return work(await unmigrated());
  const database = await newSchema();
  try {
    return await work(database);
  } finally {
    await dropSchema(database.schema);
  }
}

/** Defines the same tests for every store there is; says so where PostgreSQL is missing. */
export function onEachStore(define: (withStore: WithStore, kind: StoreKind) => void): void {
  describe('on PGlite', () => {
    beforeAll(() => globalThis.lendDatabase(), startMaxMs);
    define((work) => withStore(work, 'pglite'), 'pglite');
  });
  if (process.env['TEST_DATABASE_URL']) {
    describe('on PostgreSQL', () => define((work) => withStore(work, 'postgresql'), 'postgresql'));
  } else {
    test.skip('on PostgreSQL: not run, TEST_DATABASE_URL is not set', () => {});
  }
}

/** What the migrations have made in this file's databases; unset while they must be run. */
const shapes: Partial<Record<StoreKind, string>> = {};
/** This file's schema on PostgreSQL, used again as long as its shape is the migrations'. */
let schema: Awaited<ReturnType<typeof newSchema>> | undefined;

afterAll(async () => {
  if (schema) await dropSchema(schema.schema);
});

/** Emptying takes a tenth of what the migrations take; whoever changed the schema gets a new one. */
async function emptyDatabase(kind: StoreKind): Promise<Database> {
  const shape = shapes[kind];
  if (kind === 'pglite') {
    const database = { connectionString: await globalThis.lendDatabase(), poolMax: 1 };
    const again = shape && (await emptied(database, shape));
    return again ? database : unmigrated();
  }
  if (schema && shape && (await emptied(schema, shape))) return schema;
  if (schema) await dropSchema(schema.schema);
  schema = await newSchema();
  return schema;
}

function emptied({ connectionString }: Database, shape: string): Promise<boolean> {
  return withClient(connectionString, (client) => emptyAgain(client, shape));
}

async function unmigrated(): Promise<Database> {
  const connectionString = await globalThis.lendDatabase();
  await withClient(connectionString, (client) =>
    client.query('drop schema public cascade; create schema public'),
  );
  return { connectionString, poolMax: 1 };
}

async function newSchema(): Promise<Database & { schema: string }> {
  const url = process.env['TEST_DATABASE_URL'] as string;
  const schema = `test_${randomBytes(6).toString('hex')}`;
  await withClient(url, (client) => client.query(`create schema ${schema}`));
  const separator = url.includes('?') ? '&' : '?';
  const connectionString = `${url}${separator}options=-csearch_path%3D${schema}`;
  return { connectionString, poolMax: 4, schema };
}

async function dropSchema(name: string): Promise<void> {
  const url = process.env['TEST_DATABASE_URL'] as string;
  await withClient(url, (client) => client.query(`drop schema ${name} cascade`));
}

/** Runs `work` with a connection of its own. */
export async function withClient<T>(
  connectionString: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
