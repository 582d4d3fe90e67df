/** Child process of crash.test.ts: commits pages for ever and says the number of each one. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { openStore } from '../../store/open.ts';
import { anOpportunity, connection, now, unread } from '../support/records.ts';

/** PGlite on disk in `folder`, behind a socket. */
export async function openEmbedded(folder: string) {
  const db = await PGlite.create(join(folder, 'data'));
  const path = join(folder, '.s.PGSQL.5432');
  await rm(path, { force: true });
  const server = new PGLiteSocketServer({ db, path });
  await server.start();
  return {
    connectionString: `postgresql://postgres@/postgres?host=${folder}`,
    async stop() {
      await server.stop();
      await db.close();
    },
  };
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
  await writePages(process.argv[2] as string, Number(process.argv[3]));
}
