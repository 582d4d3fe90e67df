/**
 * Child process of crash.test.ts: commits pages for ever and says the number of each one, or
 * stands still in the middle of a migration. argv: where (a folder or a URL), then the page's
 * size or "migrate".
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { PGliteServer } from '../../embedded/pglite-server.ts';
import { openDatabase } from '../../store/database.ts';
import { migrate, migrations } from '../../store/migrate.ts';
import { openStore } from '../../store/open.ts';
import { anOpportunity, connection, now, unread } from '../support/records.ts';

/** PGlite on disk in a folder, behind a socket; or a PostgreSQL by its URL. */
export async function openEmbedded(where: string) {
  if (where.startsWith('postgres')) {
    return { connectionString: where, stop: async () => {} };
  }
  const db = await PGlite.create(join(where, 'data'));
  const path = join(where, '.s.PGSQL.5432');
  await rm(path, { force: true });
  const server = new PGliteServer(db);
  await server.listen(path);
  return {
    connectionString: `postgresql://postgres@/postgres?host=${where}`,
    async stop() {
      await server.stop();
      await db.close();
    },
  };
}

/** The steps of the release after this one: `sql` is what its last step does in the end. */
export function nextSteps(sql: string) {
  const number = migrations.at(-1)!.number + 1;
  const first = { number, name: 'next', sql: 'create table later (id integer)' };
  const last = { number: number + 1, name: 'last', sql: `create table last (id integer); ${sql}` };
  return [...migrations, first, last];
}

/** Says "migrating" and hangs in the last step's transaction for a while. */
async function migrateSlowly(where: string): Promise<void> {
  const { connectionString } = await openEmbedded(where);
  const kind = where.startsWith('postgres') ? 'postgresql' : 'pglite';
  const db = openDatabase({ connectionString, poolMax: 1 });
  await migrate(db, { kind });
  const query = pg.Client.prototype.query as (...args: unknown[]) => unknown;
  pg.Client.prototype.query = function told(this: pg.Client, ...args: unknown[]) {
    if (JSON.stringify(args[0]).includes('pg_sleep')) {
      process.stdout.write('migrating\n');
    }
    return query.apply(this, args);
  } as typeof pg.Client.prototype.query;
  await migrate(db, { kind, steps: nextSteps('select pg_sleep(5)') });
  process.stdout.write('migrated\n');
}

async function writePages(folder: string, size: number): Promise<void> {
  const { connectionString } = await openEmbedded(folder);
  const store = await openStore({ connectionString, poolMax: 1 });
  let cursor = await store.cursor(connection, 'opportunity');
  for (let page = Number(cursor.resume ?? 0) + 1; ; page += 1) {
    const records = Array.from({ length: size }, (_, n) => anOpportunity(`006-${page}-${n}`));
    const next = { ...unread, windowUntil: now, resume: String(page) };
    await store.commitPage({
      connection,
      object: 'opportunity',
      source: 'opportunity',
      records,
      expected: cursor,
      next,
      now,
    });
    cursor = next;
    process.stdout.write(`${page}\n`);
  }
}

if (import.meta.main) {
  const [, , where = '', what = ''] = process.argv;
  await (what === 'migrate' ? migrateSlowly(where) : writePages(where, Number(what)));
}
