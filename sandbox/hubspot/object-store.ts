/** The records of one object type, with the indexes that make lists and searches fast. */
import type { ObjectType } from './object-types.ts';
import { type PropertyDef, type PropertySet, valueIn } from './property.ts';
import type { CrmRecord } from './record.ts';
import { SortedRecords } from './sorted-records.ts';

const byNumber = (record: CrmRecord) => record.number;
const byUpdate = (record: CrmRecord) => record.updatedAt;

/** What a snapshot keeps of a store. */
interface Kept {
  byId: Map<string, CrmRecord>;
  mergedInto: Map<string, string>;
  nextNumber: number;
}

export class ObjectStore {
  readonly type: ObjectType;
  readonly properties: PropertySet;
  #byId = new Map<string, CrmRecord>();
  #live = new SortedRecords(byNumber);
  #archived = new SortedRecords(byNumber);
  #updated = new SortedRecords(byUpdate);
  /** Unique values of live records, by property name and lower-case value. */
  #unique = new Map<string, Map<string, string>>();
  /** Ids that went into another record. */
  #mergedInto = new Map<string, string>();
  /** Records the search index does not show as they are yet, oldest write first. */
  #unindexed = new Map<string, CrmRecord>();
  #nextNumber: number;

  constructor(type: ObjectType, properties: PropertySet, firstNumber: number) {
    this.type = type;
    this.properties = properties;
    this.#nextNumber = firstNumber;
  }

  get liveCount(): number {
    return this.#live.size;
  }

  /** A number no record has had. */
  newNumber(): number {
    this.#nextNumber += 1;
    return this.#nextNumber - 1;
  }

  /** The record of an id, or the one it was merged into; archived ones too. */
  resolve(id: string): CrmRecord | undefined {
    let at = id;
    for (let next = this.#mergedInto.get(at); next; next = this.#mergedInto.get(at)) at = next;
    return this.#byId.get(at);
  }

  /** The live record of exactly this id. */
  live(id: string): CrmRecord | undefined {
    const record = this.#byId.get(id);
    return record && record.archivedAt === null ? record : undefined;
  }

  /** The id of the live record that has a unique value; values are compared without case. */
  idOfUnique(def: PropertyDef, value: string): string | undefined {
    return this.#uniqueOf(def).get(value.toLowerCase());
  }

  /** Puts a version in place of the one before it, in every index. */
  put(record: CrmRecord): void {
    const before = this.#byId.get(record.id);
    if (before) this.#takeOut(before);
    this.#byId.set(record.id, record);
    this.#nextNumber = Math.max(this.#nextNumber, record.number + 1);
    this.#putIn(record);
    this.#unindexed.delete(record.id);
    if (record.indexedAt > record.writtenAt) this.#unindexed.set(record.id, record);
  }

  /** Takes a record away for ever, its id leading to another one from now on. */
  forward(record: CrmRecord, into: string): void {
    this.#takeOut(record);
    this.#byId.delete(record.id);
    this.#unindexed.delete(record.id);
    this.#mergedInto.set(record.id, into);
  }

  /** Lets an id nobody has lead to a record. */
  forwardId(id: string, into: string): void {
    this.#mergedInto.set(id, into);
  }

  /** Live (or archived) records after an id, in order of id. */
  listAfter(number: number, archived: boolean): Generator<CrmRecord> {
    const index = archived ? this.#archived : this.#live;
    return index.range(number + 1, Number.POSITIVE_INFINITY);
  }

  all(): Generator<CrmRecord> {
    return this.#live.range(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  }

  /** The live records in order of id, or of their last change. */
  index(by: 'id' | 'updated'): SortedRecords {
    return by === 'id' ? this.#live : this.#updated;
  }

  /** Records whose latest version the search index does not show at an instant. */
  unindexed(now: number): ReadonlyMap<string, CrmRecord> {
    for (const [id, record] of this.#unindexed) {
      if (record.indexedAt <= now) this.#unindexed.delete(id);
    }
    return this.#unindexed;
  }

  /** Forgets which values are unique, after properties changed. */
  reindexUnique(name: string): void {
    this.#unique.delete(name);
  }

  keep(): Kept {
    return {
      byId: new Map(this.#byId),
      mergedInto: new Map(this.#mergedInto),
      nextNumber: this.#nextNumber,
    };
  }

  putBack(kept: Kept): void {
    this.#byId = new Map();
    this.#live = new SortedRecords(byNumber);
    this.#archived = new SortedRecords(byNumber);
    this.#updated = new SortedRecords(byUpdate);
    this.#unique.clear();
    this.#unindexed.clear();
    this.#mergedInto = new Map(kept.mergedInto);
    for (const record of kept.byId.values()) this.put(record);
    this.#nextNumber = kept.nextNumber;
  }

  #uniqueOf(def: PropertyDef): Map<string, string> {
    const known = this.#unique.get(def.name);
    if (known) return known;
    const made = new Map<string, string>();
    for (const record of this.all()) {
      const value = valueIn(record, def);
      if (value !== null) made.set(value.toLowerCase(), record.id);
    }
    this.#unique.set(def.name, made);
    return made;
  }

  #takeOut(record: CrmRecord): void {
    if (record.archivedAt !== null) {
      this.#archived.delete(record);
      return;
    }
    this.#live.delete(record);
    this.#updated.delete(record);
    this.#eachUnique(record, (ids, value) => {
      if (ids.get(value) === record.id) ids.delete(value);
    });
  }

  #putIn(record: CrmRecord): void {
    if (record.archivedAt !== null) {
      this.#archived.add(record);
      return;
    }
    this.#live.add(record);
    this.#updated.add(record);
    this.#eachUnique(record, (ids, value) => ids.set(value, record.id));
  }

  #eachUnique(record: CrmRecord, each: (ids: Map<string, string>, value: string) => void): void {
    for (const [name, ids] of this.#unique) {
      const def = this.properties.find(name);
      const value = def && valueIn(record, def);
      if (value) each(ids, value.toLowerCase());
    }
  }
}
