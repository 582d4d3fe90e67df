/**
 * kill -9 in the middle of page commits and of a migration: every page is there with its cursor or
 * not at all, and the store opens again with its schema whole.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { openDatabase } from '../../store/database.ts';
import { migrate } from '../../store/migrate.ts';
import { openStore } from '../../store/open.ts';
import { connection } from '../support/records.ts';
import { withDatabase } from '../support/store.ts';
import { nextSteps, openEmbedded } from './crash-writer.ts';

const pageSize = 500;
/** How PostgreSQL names the killed process's connections. */
const victim = 'crash_writer';

interface Place {
  kind: 'pglite' | 'postgresql';
  /** Folder of a PGlite store, or URL. */
  where: string;
}

if (process.env['TEST_DATABASE_URL'] === undefined) {
  test.skip('on PostgreSQL: not run, TEST_DATABASE_URL is not set', () => {});
}
const kinds = process.env['TEST_DATABASE_URL'] ? (['pglite', 'postgresql'] as const) : ['pglite'];

describe.each(kinds as Place['kind'][])('on %s', (kind) => {
  test(
    'a worker killed in the middle of page commits leaves no part of a page',
    () =>
      inPlace(kind, async (place) => {
        for (const afterPages of [1, 3]) {
          const known = await pagesUntilKilled(place, afterPages);
          const { pages, rows, dirty } = await readBack(place);

          expect(rows).toBe(pages * pageSize);
          expect(dirty).toBe(rows);
          expect(pages).toBeGreaterThanOrEqual(known);
        }
      }),
    180_000,
  );

  test(
    'a worker killed in the middle of a migration leaves the old schema; the next completes it',
    () =>
      inPlace(kind, async (place) => {
        expect(await killedAtFirst(place, 'migrate')).toBe('migrating');

        const opened = await openEmbedded(place.where);
        const db = openDatabase({ connectionString: opened.connectionString, poolMax: 1 });
        try {
          // The program of before still opens it: nothing of the steps is there.
          const steps = nextSteps('select 1');
          const old = await migrate(db, { kind });
          const moved: number[] = [];
          const beforeChange = async ({ from }: { from: number }) => void moved.push(from);
          const target = await migrate(db, { kind, steps, beforeChange });

          expect(target).toBe(old + 2);
          expect(moved).toEqual([old]);
          expect(await migrate(db, { kind, steps })).toBe(target);
        } finally {
          await db.destroy();
          await opened.stop();
        }
      }),
    180_000,
  );
});

async function inPlace(kind: Place['kind'], work: (place: Place) => Promise<void>): Promise<void> {
  if (kind === 'postgresql') {
    const named = (url: string) => `${url}&application_name=${victim}`;
    return withDatabase(
      ({ connectionString }) => work({ kind, where: named(connectionString) }),
      'postgresql',
    );
  }
  const folder = await mkdtemp(join(tmpdir(), 'ps-crash-'));
  try {
    await work({ kind, where: folder });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Starts a writer, kills it once it has told of `count` more pages. Returns the pages told. */
async function pagesUntilKilled(place: Place, count: number): Promise<number> {
  let first: number | undefined;
  const told = await killed(place, String(pageSize), async (line) => {
    first ??= Number(line);
    const isDue = Number(line) >= first + count;
    if (isDue) {
      // A little into the next page, which takes some tens of milliseconds.
      await new Promise((resolve) => setTimeout(resolve, 7 * count));
    }
    return isDue;
  });
  return Number(told);
}

/** Killed when it has just sent the statement that its first line tells of. */
const killedAtFirst = (place: Place, what: string) =>
  killed(place, what, async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    return true;
  });

/** Runs the writer until `isDue` says so of a line, and kills it. Returns that line. */
async function killed(
  place: Place,
  what: string,
  isDue: (line: string) => Promise<boolean>,
): Promise<string> {
  const script = new URL('./crash-writer.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, place.where, what], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    if (await isDue(line)) {
      child.kill('SIGKILL');
      break;
    }
  }
  await ended;
  await serverHasNoticed(place);
  return last;
}

/** PostgreSQL ends a dead client's transaction when it next looks at the connection. */
async function serverHasNoticed({ kind, where }: Place): Promise<void> {
  if (kind === 'pglite') {
    return;
  }
  const client = new pg.Client({
    connectionString: where.replace(`&application_name=${victim}`, ''),
  });
  await client.connect();
  try {
    for (const end = Date.now() + 60_000; Date.now() < end; ) {
      const { rows } = await client.query(
        'select from pg_stat_activity where application_name = $1',
        [victim],
      );
      if (rows.length === 0) {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('PostgreSQL still holds connections of the killed process.');
  } finally {
    await client.end();
  }
}

async function readBack({ where }: Place) {
  const opened = await openEmbedded(where);
  const store = await openStore({ connectionString: opened.connectionString, poolMax: 1 });
  try {
    const { resume } = await store.cursor(connection, 'opportunity');
    const counts = await store.mirrorCounts(connection);
    const long = '1970-01-01T00:00:00.000Z';
    const due = await store.dueRecords(connection, 'opportunity', long, 1e6, null);
    return { pages: Number(resume ?? 0), rows: counts.opportunity, dirty: due.length };
  } finally {
    await store.close();
    await opened.stop();
  }
}
