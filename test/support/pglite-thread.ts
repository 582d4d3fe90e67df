/** The thread of shared-pglite.ts: a thread of its own, since PGlite's timers keep a process up. */
import { parentPort } from 'node:worker_threads';
import { PGliteServer } from '../../embedded/pglite-server.ts';
import { createPGlite } from './prepared-pglite.ts';

/** 'lend' has the emptied database listen at `path`; 'takeBack' ends every connection to it. */
export type PGliteRequest = { kind: 'lend'; path: string } | { kind: 'takeBack' };

/** One by one: together they would be a transaction. */
const cleaning = [
  'rollback',
  'discard all',
  'drop schema public cascade',
  'create schema public',
  // Nothing else vacuums them, and each test file makes and drops the same tables.
  'vacuum pg_class, pg_attribute, pg_depend, pg_index, pg_constraint, pg_type',
];

const db = await createPGlite();
let server: PGliteServer | undefined;

parentPort?.on('message', async (request: PGliteRequest) => {
  await server?.stop();
  server = undefined;
  if (request.kind === 'lend') {
    for (const statement of cleaning) await db.exec(statement);
    server = new PGliteServer(db);
    await server.listen(request.path);
  }
  parentPort?.postMessage('done');
});
