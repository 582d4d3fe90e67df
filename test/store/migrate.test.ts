/** Migrations: in order, once, all or nothing; a newer or foreign schema is refused. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { openDatabase } from '../../store/database.ts';
import { migrate, migrations } from '../../store/migrate.ts';
import {
  openStore,
  restoreStore,
  SchemaMismatchError,
  SchemaTooNewError,
} from '../../store/open.ts';
import { anOpportunity, connection, now } from '../support/records.ts';
import { type StoreKind, withDatabase } from '../support/store.ts';

const newest = migrations.at(-1)!;
const next = { number: newest.number + 1, name: 'next', sql: 'create table later (id integer)' };
const kinds: StoreKind[] = process.env['TEST_DATABASE_URL'] ? ['pglite', 'postgresql'] : ['pglite'];

async function withHandle<T>(
  kind: StoreKind,
  work: (db: ReturnType<typeof openDatabase>, connectionString: string) => Promise<T>,
): Promise<T> {
  return withDatabase(async (database) => {
    const db = openDatabase(database);
    try {
      return await work(db, database.connectionString);
    } finally {
      await db.destroy();
    }
  }, kind);
}

async function query(connectionString: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

if (kinds.length === 1) {
  test.skip('on PostgreSQL: not run, TEST_DATABASE_URL is not set', () => {});
}

describe.each(kinds)('on %s', (kind) => {
  test(
    'every step is applied once and recorded',
    () =>
      withHandle(kind, async (db, url) => {
        const said: string[] = [];
        const log = { info: (text: string) => said.push(text), warn: () => {} };

        expect(await migrate(db, { kind, log })).toBe(newest.number);
        expect(await migrate(db, { kind, log })).toBe(newest.number);

        expect(said).toHaveLength(1);
        const rows = await query(url, 'select number, name from schema_migration order by number');
        expect(rows).toEqual(migrations.map(({ number, name }) => ({ number, name })));
      }),
    120_000,
  );

  test('workers that start together migrate once', () =>
    withDatabase(async ({ connectionString, poolMax }) => {
      const open = () => openStore({ connectionString, poolMax });
      const stores = await Promise.all(kind === 'pglite' ? [open()] : [open(), open(), open()]);
      const health = await Promise.all(stores.map((store) => store.health()));
      await Promise.all(stores.map((store) => store.close()));

      expect(health.map((h) => [h.ok, h.kind, h.schemaVersion])).toEqual(
        stores.map(() => [true, kind, newest.number]),
      );
    }, kind));

  test('a step that fails leaves the schema as it was', () =>
    withHandle(kind, async (db, url) => {
      await migrate(db, { kind });
      const bad = { ...next, sql: `${next.sql}; select no_such_function()` };

      await expect(migrate(db, { kind, steps: [...migrations, bad] })).rejects.toThrow(
        'no_such_function',
      );

      const rows = await query(url, 'select max(number) as n from schema_migration');
      expect(rows).toEqual([{ n: newest.number }]);
      expect(await query(url, `select to_regclass('later') as t`)).toEqual([{ t: null }]);
    }));

  test('a store used by a newer version is refused with a sentence', () =>
    withHandle(kind, async (db, connectionString) => {
      await migrate(db, { kind, steps: [...migrations, next] });

      const open = openStore({ connectionString, poolMax: 1 });

      await expect(open).rejects.toThrow(SchemaTooNewError);
      await expect(open).rejects.toThrow(
        `The store has schema ${next.number}, this program knows up to ${newest.number}. It was ` +
          'used by a newer version: start that version, or restore a backup.',
      );
    }));

  test('a store whose step differs from ours is refused', () =>
    withHandle(kind, async (db, connectionString) => {
      await migrate(db, { kind });
      await query(connectionString, `update schema_migration set checksum = 'other'`);

      await expect(openStore({ connectionString, poolMax: 1 })).rejects.toThrow(
        SchemaMismatchError,
      );
    }));

  test('an existing store is given for backup before it is changed, a new one is not', () =>
    withHandle(kind, async (db) => {
      const steps: { from: number; to: number }[] = [];
      const beforeChange = async (step: { from: number; to: number }) => {
        steps.push(step);
      };

      await migrate(db, { kind, beforeChange });
      await migrate(db, { kind, beforeChange });
      await migrate(db, { kind, beforeChange, steps: [...migrations, next] });

      expect(steps).toEqual([{ from: newest.number, to: next.number }]);
    }));

  test('a backup restores into an empty store: same rows, same next numbers', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'store.ndjson.gz');
      const before = await withDatabase(async (database) => {
        const store = await openStore(database);
        await store.upsertConnection({ name: connection, crm: 'salesforce' });
        const odd = { amount: '12345678901234567.1', note: '{"table":"x"}\n"\\ é 😀' };
        const records = Array.from({ length: 4_500 }, (_, n) => anOpportunity(`006${n}`, odd));
        await store.upsertRecords(connection, 'opportunity', records, now);
        await store.saveRates(
          connection,
          [{ currency: 'EUR', rate: '1.08', validFrom: '2026-01-01' }],
          now,
        );
        const { bytes } = await store.backup(path);
        expect(bytes).toBeGreaterThan(1000);
        const [row] = await store.mirror(connection, 'opportunity', ['0064499']);
        await store.close();
        return row!;
      }, kind);
      expect(await readdir(folder)).toEqual(['store.ndjson.gz']);

      await withDatabase(async (database) => {
        const restored = await restoreStore({ ...database, path });
        const store = await openStore(database);
        expect(restored.rows).toBe(1 + 4_500 + 4_500 + 1);
        expect((await store.mirror(connection, 'opportunity', ['0064499']))[0]).toEqual(before);
        expect(await store.rates(connection)).toHaveLength(1);
        await store.upsertRecords(connection, 'opportunity', [anOpportunity('new')], now);
        const [added] = await store.mirror(connection, 'opportunity', ['new']);
        expect(added?.dirty).toBeGreaterThan(before.dirty as number);
        await store.close();
        await expect(restoreStore({ ...database, path })).rejects.toThrow('is not empty');
      }, kind);
    }));
});

async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'ps-backup-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
