/** Cuts what a PostgreSQL client sends into whole messages (PostgreSQL docs, "Message Formats"). */

/** What a client may send before its first typed message, by the code behind the length. */
const startupCodes = { version3: 196_608, cancel: 80_877_102, ssl: 80_877_103, gss: 80_877_104 };

/** Type byte of the message that ends a connection. */
const terminate = 0x58;
/** PostgreSQL's own bound of a message: what is longer is no message (pqformat, MaxAllocSize). */
const messageBytesMax = 0x3fffffff;
/** The same of a first message (MAX_STARTUP_PACKET_LENGTH). */
const startupBytesMax = 10_000;

/**
 * What a client wants: its session to begin, encryption (which a local socket has not), its
 * messages to be answered, or to go (also by asking to cancel, for which there is nothing here).
 */
export type Wish =
  | { kind: 'startup' | 'messages'; bytes: Buffer }
  | { kind: 'encryption' }
  | { kind: 'goodbye' };

/**
 * Gathers chunks as they come and puts them together once, when a message is whole: a page of rows
 * is a message of megabytes that comes in many reads.
 */
export class MessageReader {
  private chunks: Buffer[] = [];
  private size = 0;
  /** Bytes of `size` from which on there may be a whole message. */
  private needed = 0;
  private isStarted = false;

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
  }

  /** The next thing asked for; null until more has come. Throws RangeError for what is no message. */
  next(): Wish | null {
    if (this.size === 0 || this.size < this.needed) return null;
    const bytes = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks);
    this.chunks = [bytes];
    return this.isStarted ? this.messages(bytes) : this.beginning(bytes);
  }

  private beginning(bytes: Buffer): Wish | null {
    this.needed = bytes.length < 8 ? 8 : checked(bytes.readInt32BE(0), 8, startupBytesMax);
    if (bytes.length < this.needed) return null;
    const message = this.cut(bytes, this.needed);
    const code = message.readInt32BE(4);
    if (code === startupCodes.cancel) return { kind: 'goodbye' };
    if (code === startupCodes.ssl || code === startupCodes.gss) return { kind: 'encryption' };
    if (code !== startupCodes.version3) throw new RangeError(`no protocol version: ${code}`);
    this.isStarted = true;
    return { kind: 'startup', bytes: message };
  }

  /** All whole messages there are, up to a goodbye. */
  private messages(bytes: Buffer): Wish | null {
    let end = 0;
    this.needed = 5;
    while (bytes.length - end >= 5) {
      if (bytes[end] === terminate) {
        if (end === 0) return { kind: 'goodbye' };
        break;
      }
      this.needed = 1 + checked(bytes.readInt32BE(end + 1), 4, messageBytesMax);
      if (bytes.length - end < this.needed) break;
      end += this.needed;
      this.needed = 5;
    }
    return end === 0 ? null : { kind: 'messages', bytes: this.cut(bytes, end) };
  }

  /** Takes the first bytes off; `needed` stays what the rest is waiting for. */
  private cut(bytes: Buffer, end: number): Buffer {
    const rest = bytes.subarray(end);
    this.chunks = rest.length > 0 ? [rest] : [];
    this.size = rest.length;
    if (!this.isStarted) this.needed = 0;
    return bytes.subarray(0, end);
  }
}

function checked(length: number, least: number, most: number): number {
  if (length < least || length > most) throw new RangeError(`no message: ${length}`);
  return length;
}
