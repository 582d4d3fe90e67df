/**
 * Rows kept in order of (one field, Id), in chunks, so that a million of them take writes in
 * microseconds.
 */
import type { Row } from './values.ts';

/**
 * A chunk is split at twice this size: small enough to splice, large enough to keep few of them.
 */
const chunkSize = 512;

/** A place in the order: after (or before) all rows of a key, or exactly at (key, id). */
export interface Bound {
  key: string;
  /** Undefined: the bound lies before all ids of the key; '~' sorts after every id. */
  id?: string;
  inclusive: boolean;
}

export class SortedIndex {
  readonly slot: number;
  #chunks: Row[][] = [];

  constructor(slot: number, rows: Iterable<Row>) {
    this.slot = slot;
    const sorted = [...rows].sort((a, b) => this.#compare(a, b));
    for (let i = 0; i < sorted.length; i += chunkSize) {
      this.#chunks.push(sorted.slice(i, i + chunkSize));
    }
  }

  add(row: Row): void {
    const at = this.#chunkOf(String(row[this.slot]), String(row[0]));
    const chunk = this.#chunks[at];
    if (!chunk) {
      this.#chunks.push([row]);
      return;
    }
    chunk.splice(this.#within(chunk, String(row[this.slot]), String(row[0])), 0, row);
    if (chunk.length > chunkSize * 2) {
      this.#chunks.splice(at + 1, 0, chunk.splice(chunkSize));
    }
  }

  delete(row: Row): void {
    const key = String(row[this.slot]);
    const at = this.#chunkOf(key, String(row[0]));
    const chunk = this.#chunks[at];
    const i = chunk ? this.#within(chunk, key, String(row[0])) : 0;
    if (!chunk || chunk[i]?.[0] !== row[0]) return;
    chunk.splice(i, 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  replace(before: Row, after: Row): void {
    this.delete(before);
    this.add(after);
  }

  /** The rows from `lower` to `upper` in ascending order (or descending). */
  *range(lower: Bound | null, upper: Bound | null, descending = false): Generator<Row> {
    if (descending) yield* this.#down(lower, upper);
    else yield* this.#up(lower, upper);
  }

  *#up(lower: Bound | null, upper: Bound | null): Generator<Row> {
    const from = lower ? this.#position(lower, lower.inclusive) : { at: 0, i: 0 };
    for (let at = from.at; at < this.#chunks.length; at += 1) {
      const chunk = this.#chunks[at]!;
      for (let i = at === from.at ? from.i : 0; i < chunk.length; i += 1) {
        const row = chunk[i]!;
        if (upper && this.#beyond(row, upper)) return;
        yield row;
      }
    }
  }

  *#down(lower: Bound | null, upper: Bound | null): Generator<Row> {
    const end = upper
      ? this.#position(upper, !upper.inclusive)
      : { at: this.#chunks.length - 1, i: this.#chunks.at(-1)?.length ?? 0 };
    for (let at = Math.min(end.at, this.#chunks.length - 1); at >= 0; at -= 1) {
      const chunk = this.#chunks[at]!;
      for (let i = (at === end.at ? end.i : chunk.length) - 1; i >= 0; i -= 1) {
        const row = chunk[i]!;
        if (lower && this.#before(row, lower)) return;
        yield row;
      }
    }
  }

  #beyond(row: Row, upper: Bound): boolean {
    const order = this.#order(row, upper.key, upper.id ?? (upper.inclusive ? '~' : ''));
    return order > 0 || (order === 0 && !upper.inclusive);
  }

  #before(row: Row, lower: Bound): boolean {
    const order = this.#order(row, lower.key, lower.id ?? (lower.inclusive ? '' : '~'));
    return order < 0 || (order === 0 && !lower.inclusive);
  }

  /** The first place whose row is at (when `atOk`) or after the bound. */
  #position(bound: Bound, atOk: boolean): { at: number; i: number } {
    // '!' sorts after '' and before every id; an exact id gets a tail to step over it.
    const id = bound.id ?? (atOk ? '' : '~');
    const probe = atOk || bound.id === undefined ? id : id + '!';
    const at = this.#chunkOf(bound.key, probe);
    const chunk = this.#chunks[at];
    return { at, i: chunk ? this.#within(chunk, bound.key, probe) : 0 };
  }

  /** The first chunk whose last row is not before (key, id); the last chunk if there is none. */
  #chunkOf(key: string, id: string): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#order(this.#chunks[middle]!.at(-1)!, key, id) < 0) low = middle + 1;
      else high = middle;
    }
    return Math.max(low, 0);
  }

  #within(chunk: Row[], key: string, id: string): number {
    let low = 0;
    let high = chunk.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#order(chunk[middle]!, key, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #order(row: Row, key: string, id: string): number {
    const own = row[this.slot] as string;
    if (own !== key) return own < key ? -1 : 1;
    const ownId = row[0] as string;
    return ownId === id ? 0 : ownId < id ? -1 : 1;
  }

  #compare(a: Row, b: Row): number {
    return this.#order(a, b[this.slot] as string, b[0] as string);
  }
}
