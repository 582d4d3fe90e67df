/** A Salesforce org in memory: metadata, records, permissions and the calls that change them. */
import type { Clock } from '../clock.ts';
import type { Dataset } from '../dataset.ts';
import { Access } from './access.ts';
import { deleteRecord, mergeRecords, undeleteRecord } from './dml/remove.ts';
import { insertRecord, type RecordInput, type SaveContext, updateRecord } from './dml/save.ts';
import { upsertRecord } from './dml/upsert.ts';
import { RecordError, type SaveResult } from './errors.ts';
import { toId18 } from './ids.ts';
import { loadDataset } from './load.ts';
import { equip } from './org-defaults.ts';
import type { ObjectDef } from './schema.ts';
import { runQuery } from './soql/run.ts';
import { type Actor, OrgState } from './state.ts';
import type { Value } from './values.ts';
import type { FieldChange, WriteLogEntry } from './write-log.ts';

export type { Actor } from './state.ts';
export type { FieldChange, WriteLogEntry } from './write-log.ts';

/** How a DML call over several records runs. */
export interface DmlOptions {
  /** One failure takes all back. */
  allOrNone?: boolean;
  source?: 'json' | 'text';
  /** Upserts only: refuse to create. */
  updateOnly?: boolean;
}

/** Calls an org answers per 24 hours unless a test sets fewer. */
export const defaultDailyCalls = 100_000;

export class Org extends OrgState {
  readonly access: Access;
  readonly adminId: string;
  readonly integrationUserId: string;
  /** REST calls counted against the day, for Sforce-Limit-Info. */
  dailyCalls = { day: '', used: 0, max: defaultDailyCalls };
  /** Rows a query page holds at most, below what the client asked for; null for no limit. */
  shortPageRows: number | null = null;
  /** Ends when the call that holds the org alone has ended; null while nobody does. */
  busy: Promise<unknown> | null = null;
  #snapshots = new Map<string, () => void>();

  constructor(id: string, name: string, clock?: Clock) {
    super(id, name, clock);
    this.access = new Access(this);
    const { adminId, integrationId } = equip(this);
    this.adminId = adminId;
    this.integrationUserId = integrationId;
  }

  /** Who acts on record pages and through the control plane, with all rights. */
  get admin(): Actor {
    return { userId: this.adminId, via: 'control', system: true };
  }

  /** Adds a dataset's objects, fields and rows as they are. */
  load(dataset: Dataset): void {
    loadDataset(this, dataset, { userId: this.adminId });
  }

  /** Throws ApiError NOT_FOUND where there is no such object. */
  describe(object: string): ObjectDef {
    return this.object(object);
  }

  /** A record by its API names, deleted ones included; null where there is none. */
  get(object: string, id: string): Record<string, Value> | null {
    const definition = this.object(object);
    const row = this.row(definition, id);
    if (!row) return null;
    const entries = definition.fields.map(
      (field) => [field.name, row[field.slot] ?? null] as const,
    );
    return Object.fromEntries(entries);
  }

  /** Records as the REST API gives them. Throws ApiError for a query Salesforce would refuse. */
  query(soql: string, options: { all?: boolean; actor?: Actor } = {}): Record<string, unknown>[] {
    const actor = options.actor ?? this.admin;
    const result = runQuery(this, this.access, { soql, actor, all: options.all ?? false });
    return result.rows.map((_, i) => JSON.parse(result.json(i)) as Record<string, unknown>);
  }

  insert(object: string, records: RecordInput[], actor: Actor, options?: DmlOptions): SaveResult[] {
    const definition = this.object(object);
    const context = this.#context(actor, options);
    return this.#each(records, options, (record) => ({
      id: insertRecord(context, definition, record),
    }));
  }

  /** Each record names its `Id`. */
  update(object: string, records: RecordInput[], actor: Actor, options?: DmlOptions): SaveResult[] {
    const definition = this.object(object);
    const context = this.#context(actor, options);
    return this.#each(records, options, (record) => ({
      id: updateRecord(context, definition, record['Id'] ?? record['id'], record),
    }));
  }

  /** Matches by an external id (or Id), which each record holds. */
  upsert(
    object: string,
    keyField: string,
    records: RecordInput[],
    actor: Actor,
    options?: DmlOptions,
  ): SaveResult[] {
    const definition = this.object(object);
    const context = this.#context(actor, options);
    const call = { keyField, updateOnly: options?.updateOnly ?? false };
    return this.#each(records, options, (record) =>
      upsertRecord(context, definition, call, record),
    );
  }

  delete(object: string, ids: string[], actor: Actor, options?: DmlOptions): SaveResult[] {
    const definition = this.object(object);
    return this.#each(ids, options, (id) => ({ id: deleteRecord(this, definition, id, actor) }));
  }

  undelete(ids: string[], actor: Actor): SaveResult[] {
    return this.#each(ids, {}, (id) => ({ id: undeleteRecord(this, id, actor) }));
  }

  /** The master survives with its children's children; `fields` are set on it first. */
  merge(
    object: string,
    merge: { masterId: string; duplicateIds: string[]; fields?: RecordInput },
    actor: Actor,
  ): SaveResult {
    const definition = this.object(object);
    const [result] = this.#each([merge], { allOrNone: true }, (one) => {
      if (one.fields) updateRecord(this.#context(actor), definition, one.masterId, one.fields);
      return { id: mergeRecords(this, definition, one, actor) };
    });
    return result!;
  }

  /** Changes of a record's fields, newest first. */
  history(_object: string, id: string): FieldChange[] {
    return this.log.history(toId18(id) ?? id);
  }

  writeLog(): readonly WriteLogEntry[] {
    return this.log.entries();
  }

  /** Runs work during which no other API call of this org begins. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    while (this.busy) await this.busy;
    const run = work();
    this.busy = run.catch(() => {});
    try {
      return await run;
    } finally {
      this.busy = null;
    }
  }

  /** Keeps the org's present state under a name. */
  snapshot(name: string): void {
    this.table('User'); // what is due is committed first
    const objects = [...this.objects.values()].map((object) => object.copy());
    const tables = [...this.tables].map(([key, table]) => [key, table.copy()] as const);
    const names = new Map(this.objectNames);
    const counters = new Map(this.idCounters);
    const log = this.log.copy();
    const rules = [...this.validationRules];
    const locks = new Set(this.lockedIds);
    const cascades = new Map(this.cascades);
    const late = this.late.copy();
    const { multiCurrency } = this;
    this.#snapshots.set(name, () => {
      this.objects = new Map(objects.map((object) => [object.name, object.copy()]));
      this.tables = new Map(tables.map(([key, table]) => [key, table.copy()]));
      this.objectNames = new Map(names);
      this.idCounters = new Map(counters);
      this.log = log.copy();
      this.validationRules = [...rules];
      this.lockedIds = new Set(locks);
      this.cascades = new Map(cascades);
      this.late = late.copy();
      this.multiCurrency = multiCurrency;
      this.touchMetadata();
    });
  }

  /** Puts a kept state back; false where there is none of that name. */
  restore(name: string): boolean {
    const put = this.#snapshots.get(name);
    put?.();
    return put !== undefined;
  }

  #context(actor: Actor, options?: DmlOptions): SaveContext {
    return { state: this, access: this.access, actor, source: options?.source ?? 'json' };
  }

  /** One result a record, in order; a failed record leaves nothing behind. */
  #each<T>(
    records: T[],
    options: DmlOptions | undefined,
    save: (record: T) => { id: string; created?: boolean },
  ): SaveResult[] {
    return this.transaction((rollBack) => {
      const results = records.map((record): SaveResult => {
        const before = this.place();
        try {
          return { ...save(record), success: true, errors: [] };
        } catch (error) {
          if (!(error instanceof RecordError)) {
            rollBack();
            throw error;
          }
          this.takeBackTo(before);
          return { success: false, errors: [error.error] };
        }
      });
      if (!options?.allOrNone || results.every((result) => result.success)) return results;
      rollBack();
      return results.map((result) => (result.success ? rolledBack() : result));
    });
  }
}

function rolledBack(): SaveResult {
  return {
    success: false,
    errors: [
      {
        statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK',
        message:
          'Record rolled back because not all records were valid and the request was using ' +
          'AllOrNone header',
        fields: [],
      },
    ],
  };
}
