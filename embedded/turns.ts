/** Lets several connections share one PGlite safely: each keeps its turn until its query is complete. */
import type { PGlite } from '@electric-sql/pglite';

/** ReadyForQuery: 'Z', a length of 5, and one status byte (PostgreSQL protocol, "Message Formats"). */
const readyForQuery = [0x5a, 0, 0, 0, 5];
const readyLength = readyForQuery.length + 1;

/** First byte of the one message that ends a connection without an answer: Terminate. */
const terminate = 0x58;

/**
 * The socket server queues single protocol messages and keeps a connection's turn only while a
 * transaction is open. The driver sends Parse, Bind, Execute, Sync as separate messages; when a Bind is
 * larger than one read of the socket (a batch of rows), another connection's Parse gets in between and
 * replaces the unnamed statement (tried: 0.2.17 with 300 kB parameters, "bind message supplies 2
 * parameters, but prepared statement requires 1"). So the view given to the server also reports "in
 * transaction" until PGlite has answered ReadyForQuery.
 * `onBroken` is called when PGlite itself fails: its memory is not to be trusted after that.
 */
export function inTurns(db: PGlite, onBroken: (error: unknown) => void): PGlite {
  let midQuery = false;
  const overrides = {
    isInTransaction: () => midQuery || db.isInTransaction(),
    exec: async (...args: Parameters<PGlite['exec']>) => {
      midQuery = false; // The server rolls back for a connection that left in mid-query.
      return db.exec(...args);
    },
    execProtocolRawStream: async (...args: Parameters<PGlite['execProtocolRawStream']>) => {
      const [message, options] = args;
      const tail = new Tail();
      try {
        await db.execProtocolRawStream(message, {
          ...options,
          onRawData: (data) => {
            tail.push(data);
            options?.onRawData(data);
          },
        });
      } catch (error) {
        onBroken(error);
        throw error;
      }
      if (message[0] !== terminate) midQuery = !tail.isReady();
    },
  };
  return new Proxy(db, {
    get(target, key) {
      if (key in overrides) return overrides[key as keyof typeof overrides];
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** The last bytes of an answer that arrives in chunks. */
class Tail {
  private bytes: number[] = [];

  push(data: Uint8Array): void {
    this.bytes = [...this.bytes, ...data.subarray(-readyLength)].slice(-readyLength);
  }

  isReady(): boolean {
    return this.bytes.length === readyLength && readyForQuery.every((b, i) => b === this.bytes[i]);
  }
}
