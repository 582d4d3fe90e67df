/**
 * Records kept in order of a number and their id, in chunks, so that a million of them take writes
 * in microseconds and any place in the order is found without a walk.
 */
import type { CrmRecord } from './record.ts';

/** A chunk is split at twice this size. */
const chunkSize = 512;

export class SortedRecords {
  readonly #key: (record: CrmRecord) => number;
  #chunks: CrmRecord[][] = [];

  constructor(key: (record: CrmRecord) => number) {
    this.#key = key;
  }

  /** A copy that later writes do not change. */
  clone(): SortedRecords {
    const copy = new SortedRecords(this.#key);
    copy.#chunks = this.#chunks.map((chunk) => [...chunk]);
    return copy;
  }

  get size(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  add(record: CrmRecord): void {
    const key = this.#key(record);
    const at = this.#chunkOf(key, record.number);
    const chunk = this.#chunks[at];
    if (!chunk) {
      this.#chunks.push([record]);
      return;
    }
    chunk.splice(this.#within(chunk, key, record.number), 0, record);
    if (chunk.length > chunkSize * 2) this.#chunks.splice(at + 1, 0, chunk.splice(chunkSize));
  }

  delete(record: CrmRecord): void {
    const key = this.#key(record);
    const at = this.#chunkOf(key, record.number);
    const chunk = this.#chunks[at];
    const i = chunk ? this.#within(chunk, key, record.number) : 0;
    if (!chunk || chunk[i]?.number !== record.number) return;
    chunk.splice(i, 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  /** Records with low <= key <= high, in ascending order or descending. */
  *range(low: number, high: number, descending = false): Generator<CrmRecord> {
    if (descending) yield* this.#down(low, high);
    else yield* this.#up(low, high);
  }

  /** How many records have low <= key <= high. */
  count(low: number, high: number): number {
    if (high < low) return 0;
    const from = this.#position(low, Number.NEGATIVE_INFINITY);
    const to = this.#position(high, Number.POSITIVE_INFINITY);
    if (from.at === to.at) return Math.max(0, to.i - from.i);
    let sum = (this.#chunks[from.at]?.length ?? 0) - from.i + to.i;
    for (let at = from.at + 1; at < to.at; at += 1) sum += this.#chunks[at]!.length;
    return sum;
  }

  *#up(low: number, high: number): Generator<CrmRecord> {
    const from = this.#position(low, Number.NEGATIVE_INFINITY);
    for (let at = from.at; at < this.#chunks.length; at += 1) {
      const chunk = this.#chunks[at]!;
      for (let i = at === from.at ? from.i : 0; i < chunk.length; i += 1) {
        if (this.#key(chunk[i]!) > high) return;
        yield chunk[i]!;
      }
    }
  }

  *#down(low: number, high: number): Generator<CrmRecord> {
    const end = this.#position(high, Number.POSITIVE_INFINITY);
    for (let at = Math.min(end.at, this.#chunks.length - 1); at >= 0; at -= 1) {
      const chunk = this.#chunks[at]!;
      for (let i = (at === end.at ? end.i : chunk.length) - 1; i >= 0; i -= 1) {
        if (this.#key(chunk[i]!) < low) return;
        yield chunk[i]!;
      }
    }
  }

  /** The first place that is not before (key, number). */
  #position(key: number, number: number): { at: number; i: number } {
    const at = this.#chunkOf(key, number);
    const chunk = this.#chunks[at];
    return { at, i: chunk ? this.#within(chunk, key, number) : 0 };
  }

  #chunkOf(key: number, number: number): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#before(this.#chunks[middle]!.at(-1)!, key, number)) low = middle + 1;
      else high = middle;
    }
    return Math.max(low, 0);
  }

  #within(chunk: CrmRecord[], key: number, number: number): number {
    let low = 0;
    let high = chunk.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#before(chunk[middle]!, key, number)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #before(record: CrmRecord, key: number, number: number): boolean {
    const own = this.#key(record);
    return own === key ? record.number < number : own < key;
  }
}
