/** PGlite in a thread: its own timers read `Date`, and must not see the simulation's. */
import { parentPort, workerData } from 'node:worker_threads';
import { PGliteServer } from '../../embedded/pglite-server.ts';
import { createPGlite } from '../support/prepared-pglite.ts';

const { path } = workerData as { path: string };
const db = await createPGlite();
const server = new PGliteServer(db);
await server.listen(path);
parentPort!.on('message', async () => {
  await server.stop();
  await db.close();
  parentPort!.close();
});
parentPort!.postMessage('ready');
