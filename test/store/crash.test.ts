/** kill -9 in the middle of page commits: every page is there with its cursor, or not at all. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';
import { openStore } from '../../store/open.ts';
import { connection } from '../support/records.ts';

const pageSize = 500;

test('a worker killed in the middle of page commits leaves no part of a page', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ps-crash-'));
  try {
    for (const afterPages of [1, 3]) {
      const known = await pagesUntilKilled(folder, afterPages);
      const { pages, rows, dirty } = await readBack(folder);

      expect(rows).toBe(pages * pageSize);
      expect(dirty).toBe(rows);
      expect(pages).toBeGreaterThanOrEqual(known);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}, 180_000);

/** Starts a writer, kills it once it has told of `count` more pages. Returns the pages told. */
async function pagesUntilKilled(folder: string, count: number): Promise<number> {
  const script = new URL('./crash-writer.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, folder, String(pageSize)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let told = 0;
  let first: number | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    told = Number(line);
    first ??= told;
    if (told >= first + count) {
      // A little into the next page, which takes some tens of milliseconds.
      await new Promise((resolve) => setTimeout(resolve, 7 * count));
      child.kill('SIGKILL');
      break;
    }
  }
  await ended;
  return told;
}

async function readBack(folder: string) {
  const { openEmbedded } = await import('./crash-writer.ts');
  const embedded = await openEmbedded(folder);
  const store = await openStore({ connectionString: embedded.connectionString, poolMax: 1 });
  try {
    const { resume } = await store.cursor(connection, 'opportunity');
    const counts = await store.mirrorCounts(connection);
    const due = await store.dueRecords(
      connection,
      'opportunity',
      '1970-01-01T00:00:00.000Z',
      1e6,
      null,
    );
    return { pages: Number(resume ?? 0), rows: counts.opportunity, dirty: due.length };
  } finally {
    await store.close();
    await embedded.stop();
  }
}
