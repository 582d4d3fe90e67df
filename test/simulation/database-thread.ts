/** PGlite in a thread: its own timers read `Date`, and must not see the simulation's. */
import { parentPort, workerData } from 'node:worker_threads';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { createPGlite } from '../support/prepared-pglite.ts';

const { path } = workerData as { path: string };
const db = await createPGlite();
const server = new PGLiteSocketServer({ db, path, maxConnections: 10 });
await server.start();
parentPort!.on('message', async () => {
  await server.stop();
  await db.close();
  parentPort!.close();
});
parentPort!.postMessage('ready');
