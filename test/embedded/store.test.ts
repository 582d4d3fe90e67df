/** The embedded store: one opener, connections that do not mix, kill -9, backup, long paths. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { type EmbeddedStore, startEmbeddedStore } from '../../embedded/store.ts';

let home: string;
let store: EmbeddedStore;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'partner-sync-test-'));
  store = await startEmbeddedStore({ dir: join(home, 'store') });
}, 60_000);

afterAll(async () => {
  await store.stop();
  rmSync(home, { recursive: true, force: true });
});

async function withPool<T>(
  { connectionString }: { connectionString: string },
  body: (pool: pg.Pool) => Promise<T>,
  max = 4,
): Promise<T> {
  const pool = new pg.Pool({ connectionString, max });
  try {
    return await body(pool);
  } finally {
    await pool.end();
  }
}

test('queries of several connections never mix, however large their parameters are', async () => {
  const large = 'x'.repeat(300_000); // More than one read of a socket.

  const rows = await withPool(store, (pool) =>
    Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        const result = await (n % 2 === 0
          ? pool.query('select length($1::text) as size, $2::int as n', [large, n])
          : pool.query('select $1::int as n', [n]));
        return result.rows[0].n;
      }),
    ),
  );

  expect(rows).toEqual(Array.from({ length: 40 }, (_, n) => n));
});

test('transactions of several connections run one after the other', async () => {
  await withPool(store, async (pool) => {
    await pool.query('create table counter (n int)');
    await pool.query('insert into counter values (0)');
    const addOne = async () => {
      const client = await pool.connect();
      try {
        await client.query('begin');
        const { rows } = await client.query('select n from counter');
        await new Promise((resolve) => setTimeout(resolve, 2));
        await client.query('update counter set n = $1', [rows[0].n + 1]);
        await client.query('commit');
      } finally {
        client.release();
      }
    };

    await Promise.all(Array.from({ length: 20 }, addOne));

    expect((await pool.query('select n from counter')).rows).toEqual([{ n: 20 }]);
  });
});

test('a connection that vanishes in mid-transaction leaves nothing and blocks nobody', async () => {
  await withPool(store, async (pool) => {
    await pool.query('create table vanished (n int)');
    const client = new pg.Client({ connectionString: store.connectionString });
    client.on('error', () => {});
    await client.connect();
    await client.query('begin');
    await client.query('insert into vanished values ($1)', [1]);
    const { stream } = (client as unknown as { connection: { stream: { destroy(): void } } })
      .connection;

    stream.destroy();

    expect((await pool.query('select * from vanished')).rows).toEqual([]);
  });
});

test('a failing statement does not disturb the next one', async () => {
  await withPool(
    store,
    async (pool) => {
      await expect(pool.query('select $1::int / 0', [1])).rejects.toThrow('division by zero');

      expect((await pool.query('select $1::int as n', [7])).rows).toEqual([{ n: 7 }]);
    },
    1,
  );
});

test('a second opener is refused with the holder and the remedy', async () => {
  const dir = join(home, 'store');

  await expect(startEmbeddedStore({ dir })).rejects.toThrow(
    `The embedded store ${dir} is open in process ${process.pid}. Stop that process first ` +
      `(kill ${process.pid}), or set PARTNER_SYNC_HOME to another folder. ` +
      'To run several workers, set DATABASE_URL to a PostgreSQL server.',
  );
});

test('only its owner can enter the folder', () => {
  expect(statSync(join(home, 'store')).mode & 0o777).toBe(0o700);
});

test('a backup taken while the store runs opens with the same rows', async () => {
  const folder = join(home, 'backup');
  await withPool(store, async (pool) => {
    await pool.query('create table saved as select generate_series(1, 1000) as n');
    await store.backup(folder);
    await pool.query('delete from saved');
  });

  const copy = await startEmbeddedStore({ dir: folder });
  const count = await withPool(copy, (pool) => pool.query('select count(*)::int as n from saved'));
  await copy.stop();

  expect(count.rows).toEqual([{ n: 1000 }]);
  await expect(store.backup(folder)).rejects.toThrow(`The backup ${folder} exists already.`);
});

test('what was committed survives kill -9, and the dead holder loses its lock', async () => {
  const dir = join(home, 'killed');
  const { child, committed } = await startHolder(dir);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(JSON.parse(readFileSync(`${dir}.lock`, 'utf8'))).toMatchObject({ pid: child.pid });

  const reopened = await startEmbeddedStore({ dir });
  const { rows } = await withPool(reopened, (pool) =>
    pool.query('select count(*)::int as n, max(n) as last from kept'),
  );
  await reopened.stop();

  expect(rows[0].n).toBeGreaterThanOrEqual(committed());
  expect(rows[0].last).toBe(rows[0].n);
  expect(existsSync(`${dir}.lock`)).toBe(false);
}, 60_000);

/** Starts test/support/holder.ts and waits for its 50th committed row. */
async function startHolder(dir: string): Promise<{ child: ChildProcess; committed: () => number }> {
  const script = fileURLToPath(new URL('../support/holder.ts', import.meta.url));
  const child = spawn(process.execPath, [script, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let last = 0;
  await new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      last = Number(line);
      if (last >= 50) resolve();
    });
  });
  return { child, committed: () => last };
}

test('a folder whose path is too long for a Unix socket works all the same', async () => {
  const deep = join(home, 'd'.repeat(60), 'e'.repeat(60));
  mkdirSync(deep, { recursive: true });
  const folder = join(deep, 'store');
  const source = join(home, 'backup'); // Copying a store is quicker than making one.
  cpSync(source, folder, { recursive: true });

  const far = await startEmbeddedStore({ dir: folder });
  const { rows } = await withPool(far, (pool) => pool.query('select 1 as one'));
  await far.stop();

  expect(rows).toEqual([{ one: 1 }]);
});
