/** An org's metadata and records, and the one place where a record is written. */
import { Clock } from '../clock.ts';
import type { ValidationRule } from '../dataset.ts';
import { ApiError, lockMessage, RecordError } from './errors.ts';
import { makeId, toId18 } from './ids.ts';
import { type LateCommit, LateCommits } from './late-commits.ts';
import type { ObjectDef } from './schema.ts';
import { Table } from './table.ts';
import type { Row } from './values.ts';
import { toStored } from './values.ts';
import { noHooks } from './write-hooks.ts';
import { type LoggedChange, WriteLog, type WriteOperation } from './write-log.ts';

/** Who acts. `system` passes over field-level security, as set-up code in an org does. */
export interface Actor {
  userId: string;
  via?: string;
  system?: boolean;
}

/** A write that went into a table, kept while a transaction may have to be taken back. */
interface JournalEntry {
  object: string;
  id: string;
  before: Row | undefined;
}

/** What a deletion took away: a child, or (with `field`) a look-up's value `to`. */
export interface Gone {
  object: string;
  id: string;
  field?: string;
  to?: string;
}

/** A place in a transaction: entries of its journal and of the log so far. */
interface Place {
  journal: number;
  log: number;
}

export class OrgState {
  readonly id: string;
  readonly clock: Clock;
  name: string;
  multiCurrency = false;
  objects = new Map<string, ObjectDef>();
  tables = new Map<string, Table>();
  /** Lower-case object names and key prefixes to object names. */
  objectNames = new Map<string, string>();
  idCounters = new Map<string, number>();
  log = new WriteLog();
  validationRules: ValidationRule[] = [];
  /** Ids of records an approval holds: they cannot be edited. */
  lockedIds = new Set<string>();
  /** Children that went into the recycle bin with a parent, and look-ups that it emptied. */
  cascades = new Map<string, Gone[]>();
  /** Grows with each change of fields or permissions: caches hold on to it. */
  metadataVersion = 1;
  metadataChangedAt: number;
  /** Transactions that others do not see yet. */
  late = new LateCommits();
  /** Every write of this object (null: of any) commits so many ms late; 0: at once. */
  commitDelay: { ms: number; object: string | null } = { ms: 0, object: null };
  hooks = noHooks();
  #journal: JournalEntry[] | null = null;
  /** Of the running transaction: by how much it commits late, and where its log begins. */
  #lateMs = 0;
  #logFrom = 0;

  constructor(id: string, name: string, clock: Clock = new Clock()) {
    this.id = id;
    this.name = name;
    this.clock = clock;
    this.metadataChangedAt = clock.now();
  }

  /** Now as a stored datetime, whole seconds. */
  stamp(): string {
    return toStored(this.clock.now());
  }

  addObject(object: ObjectDef): void {
    this.objects.set(object.name, object);
    this.objectNames.set(object.name.toLowerCase(), object.name);
    this.objectNames.set(object.keyPrefix, object.name);
    if (!this.tables.has(object.name)) this.tables.set(object.name, new Table());
    this.touchMetadata();
  }

  touchMetadata(): void {
    this.metadataVersion += 1;
    this.metadataChangedAt = this.clock.now();
  }

  findObject(name: string): ObjectDef | undefined {
    return this.objects.get(this.objectNames.get(name.toLowerCase()) ?? name);
  }

  /** Throws NOT_FOUND (404) where there is no such object. */
  object(name: string): ObjectDef {
    const object = this.findObject(name);
    if (!object) throw new ApiError(404, 'NOT_FOUND', 'The requested resource does not exist');
    return object;
  }

  table(object: ObjectDef | string): Table {
    if (!this.late.none && this.#journal === null) this.#commitDue();
    return this.tables.get(typeof object === 'string' ? object : object.name)!;
  }

  /** The object an id belongs to, by its first three characters. */
  objectOfId(id: string): ObjectDef | undefined {
    const name = this.objectNames.get(id.slice(0, 3));
    return name === undefined ? undefined : this.objects.get(name);
  }

  /** The row of an id in either form, deleted ones included. */
  row(object: ObjectDef, id: string): Row | undefined {
    const table = this.table(object);
    const direct = table.get(id);
    if (direct) return direct;
    const id18 = toId18(id);
    return id18 === null ? undefined : table.get(id18);
  }

  nextId(object: ObjectDef): string {
    const table = this.table(object);
    let n = this.idCounters.get(object.name) ?? 0;
    let id: string;
    do {
      n += 1;
      id = makeId(object.keyPrefix, n);
      // A loaded dataset may have been made by a sandbox: its ids are taken.
    } while (table.get(id));
    this.idCounters.set(object.name, n);
    return id;
  }

  userName(userId: string): string {
    const user = this.objects.get('User');
    const row = user && this.table(user).get(userId);
    return String(row?.[user?.field('Name')?.slot ?? -1] ?? userId);
  }

  /** Puts a row Salesforce writes by itself: rolled back with its transaction, but not logged. */
  put(object: ObjectDef, row: Row): Row | undefined {
    const table = this.table(object);
    const before = table.get(row[0] as string);
    this.#journal?.push({ object: object.name, id: row[0] as string, before });
    table.put(row);
    return before;
  }

  /** Writes a row and logs what it changes. */
  write(object: ObjectDef, row: Row, actor: Actor, operation: WriteOperation): void {
    if (this.#isWatched()) this.#checkWrite(object, row, actor, operation);
    const before = this.put(object, row);
    this.log.add({
      at: this.stamp(),
      by: actor.userId,
      byName: this.userName(actor.userId),
      via: actor.via ?? 'control',
      operation,
      object: object.name,
      id: row[0] as string,
      changes: changesBetween(object, before, row),
    });
  }

  /** Commits the running transaction, and all in it, so many ms (of the sandbox's clock) late. */
  commitLate(ms: number): void {
    this.#lateMs = Math.max(this.#lateMs, ms);
  }

  /** Takes a row out for good. */
  erase(object: ObjectDef, id: string): void {
    const before = this.table(object).get(id);
    this.#journal?.push({ object: object.name, id, before });
    this.table(object).remove(id);
  }

  /** Runs work whose writes are all taken back when it asks for it. Transactions nest. */
  transaction<T>(work: (rollBack: () => void) => T): T {
    const { mark, end } = this.#begin();
    try {
      return work(() => this.#undo(mark));
    } finally {
      end();
    }
  }

  /** Opens a transaction that ends by hand, for work that waits in between (a composite call). */
  savepoint(): { undo: () => void; release: () => void } {
    const { mark, end } = this.#begin();
    const undo = () => {
      this.#undo(mark);
      end();
    };
    return { undo, release: end };
  }

  #begin(): { mark: Place; end: () => void } {
    const outermost = this.#journal === null;
    if (outermost) {
      this.#lateMs = 0;
      this.#logFrom = this.log.length;
    }
    const mark = this.place();
    this.#journal ??= [];
    const end = () => {
      if (!outermost) return;
      if (this.#lateMs > 0) this.#postpone(this.#lateMs);
      this.#journal = null;
    };
    return { mark, end };
  }

  /** Where the running transaction stands, for `takeBackTo`. */
  protected place(): Place {
    return { journal: this.#journal?.length ?? 0, log: this.log.length };
  }

  /** Takes back what the running transaction wrote since. */
  protected takeBackTo(place: Place): void {
    this.#undo(place);
  }

  /** Whether a write needs more than being made: nothing does in an org left alone. */
  #isWatched(): boolean {
    return this.hooks.beforeWrite !== null || this.commitDelay.ms > 0 || !this.late.none;
  }

  /** Throws RecordError where another transaction holds the row, or an armed fault refuses it. */
  #checkWrite(object: ObjectDef, after: Row, actor: Actor, operation: WriteOperation): void {
    const id = after[0] as string;
    if (!this.late.none && this.late.holds(id)) {
      throw new RecordError('UNABLE_TO_LOCK_ROW', lockMessage, []);
    }
    const via = actor.via ?? 'control';
    const { ms, object: delayed } = this.commitDelay;
    // A person who saves a page sees what they saved: only other writers are slow.
    if (ms > 0 && via !== 'page' && (delayed ?? object.name) === object.name) this.commitLate(ms);
    if (this.hooks.beforeWrite === null) return;
    const before = this.table(object).get(id);
    const write = { orgId: this.id, object, before, after, operation, via };
    this.commitLate(this.hooks.beforeWrite(write));
  }

  /** Puts the transaction's rows back as they were, to be seen later. */
  #postpone(ms: number): void {
    const first = new Map<string, JournalEntry>();
    for (const entry of this.#journal ?? []) if (!first.has(entry.id)) first.set(entry.id, entry);
    const rows: LateCommit['rows'] = [];
    for (const { object, id, before } of first.values()) {
      const table = this.table(object);
      rows.push({ object, id, after: table.get(id) });
      if (before) table.put(before);
      else table.remove(id);
    }
    const entries = this.log.take(this.#logFrom);
    if (rows.length > 0) this.late.add({ at: this.clock.now() + ms, rows, entries });
    this.touchMetadata();
  }

  /** Shows what has been committed meanwhile. */
  #commitDue(): void {
    for (const { rows, entries } of this.late.due(this.clock.now())) {
      for (const { object, id, after } of rows) {
        const table = this.tables.get(object)!;
        if (after) table.put(after);
        else table.remove(id);
      }
      for (const { seq: _, ...entry } of entries) this.log.add(entry);
      this.touchMetadata();
    }
  }

  #undo(mark: Place): void {
    if ((this.#journal?.length ?? 0) === mark.journal) return;
    for (const { object, id, before } of (this.#journal ?? []).splice(mark.journal).reverse()) {
      if (before) this.table(object).put(before);
      else this.table(object).remove(id);
    }
    this.log.truncate(mark.log);
    this.touchMetadata();
  }
}

function changesBetween(object: ObjectDef, before: Row | undefined, after: Row): LoggedChange[] {
  const changes: LoggedChange[] = [];
  for (const field of object.fields) {
    const from = before?.[field.slot] ?? null;
    const to = after[field.slot] ?? null;
    if (from !== to) changes.push({ field: field.name, from, to });
  }
  return changes;
}
