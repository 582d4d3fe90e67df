/** One PGlite a jest process, lent to one test file after the other: starting one takes seconds. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { PGliteRequest } from './pglite-thread.ts';

let thread: Worker | undefined;
let lent: { folder: string; connectionString: Promise<string> } | undefined;

/** Lends the database, emptied, and answers its connection string; the same until `takeBack`. */
export function lend(): Promise<string> {
  if (lent === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'ps-store-'));
    const connectionString = ask({ kind: 'lend', path: join(folder, '.s.PGSQL.5432') }).then(
      () => `postgresql://postgres@/postgres?host=${folder}`,
    );
    lent = { folder, connectionString };
  }
  return lent.connectionString;
}

/** Ends every connection of the test file that had it. */
export async function takeBack(): Promise<void> {
  if (lent === undefined) return;
  const { folder, connectionString } = lent;
  lent = undefined;
  await connectionString.then(() => ask({ kind: 'takeBack' })).catch(() => undefined);
  rmSync(folder, { recursive: true, force: true });
}

/** A thread that fails, or does not answer, is given up; the next file starts another one. */
async function ask(request: PGliteRequest): Promise<void> {
  thread ??= new Worker(new URL('pglite-thread.ts', import.meta.url), { execArgv: [] });
  const asked = thread;
  asked.ref();
  try {
    const answer = once(asked, 'message', { signal: AbortSignal.timeout(answerMaxMs) });
    asked.postMessage(request);
    await answer;
    asked.unref(); // It ends with the process.
  } catch (error) {
    if (thread === asked) thread = undefined;
    await asked.terminate();
    throw error;
  }
}

/** Compiling PGlite takes a second, and many on a machine that is busy with other tests. */
const answerMaxMs = 100_000;
