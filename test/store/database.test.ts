/** A PostgreSQL that is gone, with or without a word: the next connection is another. */
import { randomUUID } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { type Db, openDatabase } from '../../store/database.ts';

const url = process.env['TEST_DATABASE_URL'];
const open: Db[] = [];
const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((db) => db.destroy()));
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** A way to PostgreSQL on which connections fall silent, as when a machine loses its power. */
async function wayTo(database: URL): Promise<{ url: string; fallSilent(): void; cut(): void }> {
  const server = createServer((near) => {
    const far = connect(Number(database.port || 5432), database.hostname);
    sockets.push(near, far);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => {});
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const way = new URL(database);
  way.hostname = '127.0.0.1';
  way.port = String((server.address() as { port: number }).port);
  return {
    url: way.href,
    fallSilent() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

if (url === undefined) {
  test.skip('a silent PostgreSQL: not run, TEST_DATABASE_URL is not set', () => {});
} else {
  test('a connection that is silent for too long is given up, and the next one works', async () => {
    const way = await wayTo(new URL(url));
    const db = openDatabase({ connectionString: way.url, poolMax: 1, silentMaxMs: 300 });
    open.push(db);
    const ask = () => sql<{ n: number }>`select 1 as n`.execute(db).then(({ rows }) => rows[0]!.n);
    expect(await ask()).toBe(1);

    way.fallSilent();

    await expect(ask()).rejects.toThrow();
    expect(await ask()).toBe(1);
  });

  test('a connection that is cut in a query fails that query and nothing else', async () => {
    const way = await wayTo(new URL(url));
    const db = openDatabase({ connectionString: way.url, poolMax: 2 });
    open.push(db);
    await sql`select 1`.execute(db);
    // PostgreSQL sleeps on when nobody waits any more.
    const text = `select pg_sleep(20) as "${randomUUID()}"`;
    const sleep = sql.raw(text);
    const asked = [sleep.execute(db), db.transaction().execute((trx) => sleep.execute(trx))].map(
      (query) => query.catch((error: Error) => error),
    );
    while ((await underWay(url, text)) < 2) await new Promise((resolve) => setTimeout(resolve, 20));

    way.cut();

    for (const error of await Promise.all(asked)) expect(error).toBeInstanceOf(Error);
    expect((await sql<{ n: number }>`select 1 as n`.execute(db)).rows).toEqual([{ n: 1 }]);
  });
}

/** How often PostgreSQL has the query in hand. */
async function underWay(connectionString: string, text: string): Promise<number> {
  const db = openDatabase({ connectionString, poolMax: 1 });
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from pg_stat_activity
    where query = ${text} and state = 'active'`
    .execute(db)
    .finally(() => db.destroy());
  return rows[0]!.n;
}
