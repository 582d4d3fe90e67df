/**
 * Every change made to an org, with who, when, from and to: the truth that tests hold an engine
 * to.
 */
import type { Value } from './values.ts';

/** What was done to a record. */
export type WriteOperation = 'insert' | 'update' | 'delete' | 'undelete' | 'merge' | 'hardDelete';

/** One field of a write. */
export interface LoggedChange {
  field: string;
  from: Value;
  to: Value;
}

/** One record written once. `at` is a stored datetime, `by` a user id. */
export interface WriteLogEntry {
  seq: number;
  at: string;
  by: string;
  byName: string;
  /** What the write came through: rest, bulk, page, control. */
  via: string;
  operation: WriteOperation;
  object: string;
  id: string;
  changes: LoggedChange[];
}

/** A change of one field, as a record page shows it. */
export interface FieldChange extends LoggedChange {
  at: string;
  by: string;
  byName: string;
  operation: WriteOperation;
}

export class WriteLog {
  #entries: WriteLogEntry[] = [];
  #byRecord = new Map<string, WriteLogEntry[]>();
  #next = 1;

  add(entry: Omit<WriteLogEntry, 'seq'>): void {
    const numbered = { seq: this.#next, ...entry };
    this.#next += 1;
    this.#entries.push(numbered);
    const own = this.#byRecord.get(entry.id);
    if (own) own.push(numbered);
    else this.#byRecord.set(entry.id, [numbered]);
  }

  entries(): readonly WriteLogEntry[] {
    return this.#entries;
  }

  /** Newest first. */
  history(id: string): FieldChange[] {
    const entries = this.#byRecord.get(id) ?? [];
    return entries
      .toReversed()
      .flatMap(({ at, by, byName, operation, changes }) =>
        changes.map((change) => ({ ...change, at, by, byName, operation })),
      );
  }

  get length(): number {
    return this.#entries.length;
  }

  /** Forgets everything after the first `length` entries (a rolled-back transaction). */
  truncate(length: number): void {
    this.take(length);
  }

  /** Takes out everything after the first `length` entries (a transaction that commits later). */
  take(length: number): WriteLogEntry[] {
    const taken = this.#entries.splice(length);
    for (const entry of taken) this.#byRecord.get(entry.id)?.pop();
    this.#next -= taken.length;
    return taken;
  }

  clear(): void {
    this.#entries = [];
    this.#byRecord.clear();
  }

  copy(): WriteLog {
    const copy = new WriteLog();
    for (const { seq: _, ...entry } of this.#entries) copy.add(entry);
    return copy;
  }
}
