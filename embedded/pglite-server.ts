/** Serves one PGlite on a Unix socket to any number of connections, each in its turn. */
import { createServer, type Server, type Socket } from 'node:net';
import type { PGlite } from '@electric-sql/pglite';
import { MessageReader, type Wish } from './protocol-messages.ts';

/** The answer to a wish for encryption: none here. */
const noEncryption = 'N';
/** Ends an unfinished query: Sync. */
const sync = Uint8Array.of(0x53, 0, 0, 0, 4);
/** ReadyForQuery outside a transaction: 'Z', a length of 5, 'I'. */
const idle = Buffer.of(0x5a, 0, 0, 0, 5, 0x49);

/**
 * PGlite is one session. A connection has it from its first message until PGlite is ready again
 * and in no transaction; the others wait, in the order they came. So a query that comes in several
 * reads, or a transaction, never mixes with another's.
 *
 * The server that comes with PGlite (pglite-socket 0.2.17) puts a message together anew for every
 * 64 KiB read of it, which took a third of the store's time with pages of 2 MB, and lets queries
 * of different connections mix.
 */
export class PGliteServer {
  private readonly db: PGlite;
  private readonly server: Server;
  private readonly onBroken: (error: unknown) => void;
  private readonly open = new Set<Connection>();
  private readonly waiting: Connection[] = [];
  private holder: Connection | null = null;
  private isWorking = false;
  private lastWork: Promise<void> = Promise.resolve();
  private isBroken = false;

  /** `onBroken` is called when PGlite itself fails: its memory is not to be trusted after that. */
  constructor(db: PGlite, onBroken: (error: unknown) => void = () => {}) {
    this.db = db;
    this.onBroken = onBroken;
    this.server = createServer((socket) => this.accept(socket));
  }

  /** Listens at a path that is free. Throws the system's error where it cannot. */
  async listen(path: string): Promise<void> {
    await this.db.waitReady;
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(path, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
  }

  /** Ends all connections and takes no more; PGlite is at rest after it. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const { socket } of this.open) socket.destroy();
    this.open.clear();
    this.work();
    await closed;
    await this.lastWork;
  }

  private accept(socket: Socket): void {
    const connection: Connection = { socket, reader: new MessageReader(), wish: null };
    this.open.add(connection);
    socket.on('data', (chunk: Buffer) => {
      connection.reader.push(chunk);
      this.look(connection);
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.open.delete(connection);
      this.work(); // It may have the turn, and leave its transaction behind.
    });
  }

  /** Sees what a connection wants next, and has it wait for its turn. */
  private look(connection: Connection): void {
    if (connection.wish !== null) return;
    try {
      connection.wish = connection.reader.next();
    } catch {
      connection.socket.destroy(); // Not PostgreSQL's protocol.
      return;
    }
    if (connection.wish?.kind === 'encryption') {
      connection.wish = null;
      connection.socket.write(noEncryption);
      this.look(connection);
    } else if (connection.wish?.kind === 'goodbye') {
      connection.socket.end();
    } else if (connection.wish !== null) {
      if (connection !== this.holder) this.waiting.push(connection);
      this.work();
    }
  }

  private work(): void {
    if (!this.isWorking) this.lastWork = this.workOn();
  }

  private async workOn(): Promise<void> {
    this.isWorking = true;
    try {
      for (;;) {
        const { holder } = this;
        if (holder && !this.open.has(holder)) {
          await this.cleanUp();
          this.holder = null;
        }
        const next = this.holder ?? this.waiting.shift();
        if (!next || this.isBroken) return;
        const { wish } = next;
        if (wish?.kind === 'startup' || wish?.kind === 'messages') {
          if (this.open.has(next)) await this.answer(next, wish);
        } else if (next === this.holder) {
          return; // Its next message is on the way.
        }
      }
    } catch (error) {
      this.isBroken = true;
      for (const { socket } of this.open) socket.destroy();
      this.onBroken(error);
    } finally {
      this.isWorking = false;
    }
  }

  private async answer(
    connection: Connection,
    { kind, bytes }: Extract<Wish, { bytes: Buffer }>,
  ): Promise<void> {
    const { socket } = connection;
    let tail: Uint8Array = Buffer.alloc(0);
    socket.cork();
    await this.run(bytes, (answer) => {
      const chunk = Buffer.from(answer); // PGlite's own memory, which it writes over.
      tail = Buffer.concat([tail, chunk.subarray(-idle.length)]).subarray(-idle.length);
      if (socket.writable) socket.write(chunk);
    });
    socket.uncork();
    this.holder = kind === 'startup' || idle.equals(tail) ? null : connection;
    connection.wish = null;
    this.look(connection);
  }

  /** Ends what a connection left unfinished when it went. */
  private async cleanUp(): Promise<void> {
    await this.run(sync, () => {});
    if (this.db.isInTransaction()) await this.db.exec('rollback');
  }

  private run(bytes: Uint8Array, onRawData: (answer: Uint8Array) => void): Promise<void> {
    return this.db.runExclusive(() => this.db.execProtocolRawStream(bytes, { onRawData }));
  }
}

interface Connection {
  socket: Socket;
  reader: MessageReader;
  /** What it wants and waits for; the next is looked for when it is done. */
  wish: Wish | null;
}
