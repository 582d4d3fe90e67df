/**
 * The records of one object, with indexes that are built on first use and kept up by every write.
 */
import { SortedIndex } from './sorted-index.ts';
import { isDeletedSlot } from './system-fields.ts';
import type { Row } from './values.ts';

export class Table {
  #rows = new Map<string, Row>();
  #sorted = new Map<number, SortedIndex>();
  #equal = new Map<number, Map<string, Set<string>>>();
  #deleted = 0;

  /** By 18-character id, deleted rows included. */
  get(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  /** All rows in order of creation, deleted ones included. */
  rows(): Iterable<Row> {
    return this.#rows.values();
  }

  /** Rows, deleted ones included. */
  get size(): number {
    return this.#rows.size;
  }

  get liveCount(): number {
    return this.#rows.size - this.#deleted;
  }

  /** Inserts the row, or replaces the one with its id. */
  put(row: Row): void {
    const id = row[0] as string;
    const before = this.#rows.get(id);
    this.#rows.set(id, row);
    this.#deleted += Number(row[isDeletedSlot] === true) - Number(before?.[isDeletedSlot] === true);
    for (const index of this.#sorted.values()) {
      if (before) index.replace(before, row);
      else index.add(row);
    }
    for (const [slot, index] of this.#equal) {
      if (before && keyOf(before[slot]) === keyOf(row[slot])) continue;
      if (before) unlink(index, before, slot);
      link(index, row, slot);
    }
  }

  /** Takes the row out for good (a rolled-back insert, an emptied recycle bin). */
  remove(id: string): void {
    const row = this.#rows.get(id);
    if (!row) return;
    this.#rows.delete(id);
    if (row[isDeletedSlot] === true) this.#deleted -= 1;
    for (const index of this.#sorted.values()) index.delete(row);
    for (const [slot, index] of this.#equal) unlink(index, row, slot);
  }

  /** The index in order of (this slot, Id). The slot must never be null. */
  sorted(slot: number): SortedIndex {
    const present = this.#sorted.get(slot);
    if (present) return present;
    const index = new SortedIndex(slot, this.#rows.values());
    this.#sorted.set(slot, index);
    return index;
  }

  /** The rows whose slot holds this value (text without regard to case). */
  matching(slot: number, value: string): Row[] {
    let index = this.#equal.get(slot);
    if (!index) {
      index = new Map();
      for (const row of this.#rows.values()) link(index, row, slot);
      this.#equal.set(slot, index);
    }
    return [...(index.get(keyOf(value)!) ?? [])].map((id) => this.#rows.get(id)!);
  }

  /** A copy that shares the rows: rows never change in place. */
  copy(): Table {
    const copy = new Table();
    copy.#rows = new Map(this.#rows);
    copy.#deleted = this.#deleted;
    return copy;
  }
}

function keyOf(value: Row[number]): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value.toLowerCase() : String(value);
}

function link(index: Map<string, Set<string>>, row: Row, slot: number): void {
  const key = keyOf(row[slot]);
  if (key === null) return;
  const ids = index.get(key);
  if (ids) ids.add(row[0] as string);
  else index.set(key, new Set([row[0] as string]));
}

function unlink(index: Map<string, Set<string>>, row: Row, slot: number): void {
  const key = keyOf(row[slot]);
  if (key === null) return;
  const ids = index.get(key);
  ids?.delete(row[0] as string);
  if (ids?.size === 0) index.delete(key);
}
