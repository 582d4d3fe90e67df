/** The thread of the embedded store: PGlite behind a Unix socket, so that a long query never stops
 *  the heartbeats of the main thread. Speaks `StoreRequest` and `StoreReply` with store.ts. */
import { chmodSync, cpSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { messageOf } from './errors.ts';
import { PGliteServer } from './pglite-server.ts';

/** What the thread is started with. */
export interface StoreThreadData {
  dataDir: string;
  socketPath: string;
}

/** What the main thread asks; `id` comes back in the reply. */
export type StoreRequest =
  | { id: number; kind: 'stop' }
  | { id: number; kind: 'backup'; folder: string };

/** What the thread says: ready or broken once, then one reply a request. */
export type StoreReply =
  | { kind: 'ready' }
  | { kind: 'broken'; message: string }
  | { kind: 'done'; id: number }
  | { kind: 'failed'; id: number; message: string };

const { dataDir, socketPath } = workerData as StoreThreadData;
const say = (reply: StoreReply) => parentPort?.postMessage(reply);

const db = await PGlite.create({ dataDir });
const server = new PGliteServer(db, (error) => say({ kind: 'broken', message: messageOf(error) }));
rmSync(socketPath, { force: true }); // Left behind by a holder that was killed; we hold the lock.
await server.listen(socketPath);
chmodSync(socketPath, 0o600);

parentPort?.on('message', async (request: StoreRequest) => {
  try {
    await answer(request);
    say({ kind: 'done', id: request.id });
  } catch (error) {
    say({ kind: 'failed', id: request.id, message: messageOf(error) });
  }
  if (request.kind === 'stop') parentPort?.close();
});
say({ kind: 'ready' });

async function answer(request: StoreRequest): Promise<void> {
  switch (request.kind) {
    case 'stop':
      await server.stop();
      await db.close();
      return;
    case 'backup':
      await db.exec('CHECKPOINT');
      await db.runExclusive(async () => copyData(request.folder));
      return;
  }
}

/** Copies the data folder while no query runs: to the copy this looks like a crash, which the
 *  write-ahead log repairs on opening. The name appears only once the copy is whole. */
function copyData(folder: string): void {
  const draft = `${folder}.part`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  cpSync(dataDir, draft, { recursive: true });
  renameSync(draft, folder);
}
