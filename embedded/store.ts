/** The store when DATABASE_URL is unset: PGlite in a thread of its own, reached by the `pg` driver. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { messageOf, StackError } from './errors.ts';
import { acquireLock, type Holder, isElsewhere, type Lock, LockHeld } from './process-lock.ts';
import type { StoreReply, StoreRequest, StoreThreadData } from './store-thread.ts';

/**
 * An open embedded store.
 *
 * Connections: any number may be open; queries of different connections never mix (pglite-server.ts). PGlite is
 * one session all the same: while one connection is in a transaction all others wait, and session state
 * (SET, temporary tables, session-level advisory locks, named prepared statements, LISTEN) is shared. So a
 * pool of 1 to 4 is right, transactions must be short, and code that holds a transaction must not wait
 * for a query on another connection: that never ends.
 */
export interface EmbeddedStore {
  connectionString: string;
  /** Copies the store, while it runs, into a new folder that startEmbeddedStore can open. */
  backup(folder: string): Promise<void>;
  /** Closes it cleanly and gives up the lock. End the driver's pool first. Twice is harmless. */
  stop(): Promise<void>;
}

/** Where the store lives, and what happens when PGlite itself fails (the worker must end then). */
export interface EmbeddedStoreOptions {
  dir: string;
  onBroken?: (error: Error) => void;
}

/** sun_path holds 104 bytes on macOS and 108 on Linux, its end marker included. */
const socketPathBytesMax = 103;

/** The name under which the `pg` driver looks for a socket in the folder given as host. */
const socketName = '.s.PGSQL.5432';

/** Opens the store, creating it on first use. A living second holder is a StackError naming it. */
export async function startEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const dir = resolve(options.dir);
  mkdirSync(dirname(dir), { recursive: true, mode: 0o700 });
  const lock = takeLock(dir);
  try {
    return await open(dir, lock, options.onBroken ?? (() => {}));
  } catch (error) {
    lock.release();
    throw error;
  }
}

function takeLock(dir: string): Lock {
  try {
    return acquireLock(`${dir}.lock`);
  } catch (error) {
    if (error instanceof LockHeld) throw new StackError(heldSentence(dir, error.holder));
    throw error;
  }
}

function heldSentence(dir: string, holder: Holder): string {
  if (isElsewhere(holder)) {
    const [host] = holder.where.split(' ');
    return (
      `The embedded store ${dir} is open in process ${holder.pid} on ${host}, in another ` +
      `container or on another machine. When that is surely gone, remove ${dir}.lock. ` +
      'To run several workers, set DATABASE_URL to a PostgreSQL server.'
    );
  }
  return (
    `The embedded store ${dir} is open in process ${holder.pid}. ` +
    `Stop that process first (kill ${holder.pid}), or set PARTNER_SYNC_HOME to another folder. ` +
    'To run several workers, set DATABASE_URL to a PostgreSQL server.'
  );
}

async function open(
  dir: string,
  lock: Lock,
  onBroken: (error: Error) => void,
): Promise<EmbeddedStore> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700);
  const socketFolder = chooseSocketFolder(dir);
  const data: StoreThreadData = {
    dataDir: join(dir, 'data'),
    socketPath: join(socketFolder, socketName),
  };
  const worker = new Worker(new URL('store-thread.ts', import.meta.url), { workerData: data });
  const thread = new StoreThread(worker, onBroken);
  await thread.ready(dir);

  let stopping: Promise<void> | undefined;
  const leave = () => {
    rmSync(data.socketPath, { force: true });
    if (socketFolder !== dir) rmSync(socketFolder, { recursive: true, force: true });
    lock.release();
  };
  process.once('exit', leave);
  const stop = async () => {
    await thread.close();
    process.off('exit', leave);
    leave();
  };
  return {
    connectionString: `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(socketFolder)}`,
    backup: async (folder) => {
      if (existsSync(folder)) {
        throw new StackError(`The backup ${folder} exists already. Name a new folder.`);
      }
      await thread.ask((id) => ({ id, kind: 'backup', folder: join(resolve(folder), 'data') }));
    },
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** Inside the store's folder, or in a private temporary one when that path is too long. */
function chooseSocketFolder(dir: string): string {
  if (Buffer.byteLength(join(dir, socketName)) <= socketPathBytesMax) return dir;
  return mkdtempSync(join(tmpdir(), 'partner-sync-')); // mkdtemp makes it 0700.
}

/** The main thread's end of store-thread.ts. */
class StoreThread {
  readonly ended: Promise<void>;
  private readonly worker: Worker;
  private readonly waiting = new Map<number, (reply: StoreReply) => void>();
  private failure: Error | undefined;
  private opened: (error?: Error) => void = () => {};
  private nextId = 1;

  constructor(worker: Worker, onBroken: (error: Error) => void) {
    this.worker = worker;
    this.ended = new Promise((resolve) => worker.once('exit', () => resolve()));
    const fail = (message: string) => {
      this.failure ??= new StackError(`The embedded store failed: ${message}`);
      this.opened(this.failure);
      for (const [id, settle] of this.waiting) settle({ kind: 'failed', id, message });
      onBroken(this.failure);
    };
    worker.on('error', (error) => fail(messageOf(error)));
    worker.on('message', (reply: StoreReply) => {
      if (reply.kind === 'ready') this.opened();
      else if (reply.kind === 'broken') fail(reply.message);
      else this.waiting.get(reply.id)?.(reply);
    });
  }

  async ready(dir: string): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.opened = (error) => (error ? reject(error) : resolve());
        if (this.failure) reject(this.failure);
      });
    } catch (error) {
      await this.worker.terminate();
      throw new StackError(
        `The embedded store ${dir} cannot be opened (${messageOf(error)}). ` +
          'Put a backup in its place, or move the folder away to start with an empty store.',
        { cause: error },
      );
    }
  }

  /** A broken thread is ended by force: onBroken has told why, and the log repairs the data. */
  async close(): Promise<void> {
    if (this.failure) await this.worker.terminate();
    else await this.ask((id) => ({ id, kind: 'stop' }));
    await this.ended;
  }

  async ask(request: (id: number) => StoreRequest): Promise<void> {
    if (this.failure) throw this.failure;
    const id = this.nextId++;
    const reply = await new Promise<StoreReply>((resolve) => {
      this.waiting.set(id, resolve);
      this.worker.postMessage(request(id));
    });
    this.waiting.delete(id);
    if (reply.kind === 'failed') throw new StackError(`The embedded store: ${reply.message}`);
  }
}
