/** One PGlite for all seeds of a process; each seed gets it empty. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import pg from 'pg';
import { openStore } from '../../store/open.ts';
import type { Store } from '../../store/types.ts';

/** Gives out empty stores, one after the other. */
export interface Database {
  withStore<T>(work: (store: Store) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Starts PGlite behind a socket of its own. */
export async function openSimulationDatabase(): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), 'ps-simulation-'));
  const path = join(folder, '.s.PGSQL.5432');
  const thread = new Worker(new URL('./database-thread.ts', import.meta.url), {
    workerData: { path },
  });
  await once(thread, 'message');
  const connectionString = `postgresql://postgres@/postgres?host=${folder}`;
  return {
    async withStore(work) {
      await emptied(connectionString);
      // One connection: transactions follow each other in the order in which they were asked for.
      const store = await openStore({ connectionString, poolMax: 1 });
      try {
        return await work(store);
      } finally {
        await store.close();
      }
    },
    async close() {
      const ended = once(thread, 'exit');
      thread.postMessage('stop');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function emptied(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query('drop schema public cascade; create schema public');
  await client.end();
}
