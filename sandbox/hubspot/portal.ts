/** One HubSpot account: its objects, records, associations, pipelines, owners and settings. */
import type { Clock } from '../clock.ts';
import type { AssociationType } from './association-types.ts';
import { Associations, type Ends } from './associations.ts';
import { addDerivedProperties } from './derived-properties.ts';
import { defaultLimits, Limiter } from './limits.ts';
import { ObjectStore } from './object-store.ts';
import { namesOf, type ObjectType, standardTypes, unknownType } from './object-types.ts';
import { Pipelines } from './pipelines.ts';
import { PropertySet } from './property.ts';
import type { CrmRecord } from './record.ts';
import { addStandardProperties } from './standard-properties.ts';

/** Someone records can belong to. `id` is the owner's, `userId` the user's. */
export interface Owner {
  id: string;
  userId: number;
  email: string;
  firstName: string;
  lastName: string;
  archived: boolean;
  createdAt: number;
  updatedAt: number;
  teams: { id: string; name: string; primary: boolean }[];
}

/** Units of the company currency for one unit of another, from an instant on. */
export interface ExchangeRate {
  id: string;
  fromCurrencyCode: string;
  conversionRate: number;
  effectiveAt: number;
}

/**
 * An admin's rule that API writes obey from 2026-09 on: while `when` holds (always, without it),
 * the properties must have a value; `onCreate`: only new records are asked.
 */
export interface RequiredRule {
  object: string;
  requires: string[];
  when?: { property: string; values: string[] };
  onCreate?: boolean;
}

export type WriteOperation = 'create' | 'update' | 'archive' | 'restore' | 'merge';

/**
 * A write before it happens; a hook that throws HubSpotError refuses it, and says else by how many
 * ms more the search index is late with it.
 */
export interface PendingRow {
  portalId: string;
  object: string;
  operation: WriteOperation;
  recordId: string | null;
  properties: Record<string, unknown>;
}

/** Who is told of changes, to send webhooks about them. */
export interface ChangeListener {
  recordWritten: (store: ObjectStore, operation: WriteOperation, record: CrmRecord) => void;
  associationWritten: (ends: Ends, types: readonly AssociationType[], removed: boolean) => void;
}

/** A line of the write log; the changes are between the version and the one before it. */
export interface LoggedWrite {
  seq: number;
  object: string;
  operation: WriteOperation;
  record: CrmRecord;
}

/** First ids of a portal's objects: as long as real ones, and apart from each other. */
const firstNumbers = 10_000_000_001;
const numbersApart = 1_000_000_000;

export class Portal {
  /** The account's number ("Hub ID"). */
  readonly id: string;
  readonly name: string;
  readonly clock: Clock;
  readonly pipelines: Pipelines;
  readonly associations = new Associations();
  readonly owners = new Map<string, Owner>();
  readonly limiter: Limiter;
  readonly stores = new Map<string, ObjectStore>();
  companyCurrency = 'USD';
  exchangeRates: ExchangeRate[] = [];
  requiredRules: RequiredRule[] = [];
  /** How long the search index lags behind writes, ms of the sandbox's clock. */
  indexLagMs = 0;
  beforeWrite: ((row: PendingRow) => number) | null = null;
  /** Told of every change once it is written. */
  listener: ChangeListener | null = null;
  writes: LoggedWrite[] = [];
  readonly #types = new Map<string, ObjectType>();
  readonly #snapshots = new Map<string, ReturnType<Portal['keep']>>();
  #writeSeq = 0;

  constructor(id: string, name: string, clock: Clock) {
    this.id = id;
    this.name = name;
    this.clock = clock;
    this.pipelines = new Pipelines(clock.now());
    this.limiter = new Limiter(defaultLimits, clock);
    for (const type of standardTypes) this.addType(type);
  }

  /** A new object type with its standard properties; custom ones come from schemas. */
  addType(type: ObjectType): ObjectStore {
    const properties = new PropertySet();
    const now = () => this.clock.now();
    addStandardProperties(properties, type.name, now());
    addDerivedProperties(properties, type, { pipelines: this.pipelines, now });
    const first = firstNumbers + this.stores.size * numbersApart;
    const store = new ObjectStore(type, properties, first);
    for (const name of namesOf(type)) this.#types.set(name, type);
    this.stores.set(type.name, store);
    return store;
  }

  removeType(type: ObjectType): void {
    for (const name of namesOf(type)) this.#types.delete(name);
    this.stores.delete(type.name);
  }

  /** The store of a type by id, singular, plural or full name. Throws HubSpotError. */
  store(name: string): ObjectStore {
    const type = this.#types.get(name.toLowerCase());
    if (!type) throw unknownType(name);
    return this.stores.get(type.name)!;
  }

  /** The same, or undefined. */
  findStore(name: string): ObjectStore | undefined {
    const type = this.#types.get(name.toLowerCase());
    return type && this.stores.get(type.name);
  }

  /** Remembers a write for the control plane's log. */
  note(object: string, operation: WriteOperation, record: CrmRecord): void {
    this.#writeSeq += 1;
    this.writes.push({ seq: this.#writeSeq, object, operation, record });
  }

  snapshot(name: string): void {
    this.#snapshots.set(name, this.keep());
  }

  /** Puts records and associations back; false where there is no such snapshot. */
  restore(name: string): boolean {
    const kept = this.#snapshots.get(name);
    if (!kept) return false;
    this.associations.putBack(kept.links);
    for (const [type, records] of kept.records) this.stores.get(type)?.putBack(records);
    return true;
  }

  keep() {
    return {
      links: this.associations.keep(),
      records: [...this.stores].map(([name, store]) => [name, store.keep()] as const),
    };
  }
}
