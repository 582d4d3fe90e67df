/** Creating, changing, archiving and restoring records: what HubSpot checks, and what follows. */
import { HubSpotError, type InvalidValue, invalidValues, notFound } from './errors.ts';
import type { ObjectStore } from './object-store.ts';
import type { Portal, WriteOperation } from './portal.ts';
import { valueIn } from './property.ts';
import type { Author, CrmRecord, StageVisit } from './record.ts';
import { checkRequired } from './required-rules.ts';
import { coerce } from './values.ts';

/** Who writes, and by which version of the API (rules of admins hold from 2026-09 on). */
export interface Writer {
  author: Author;
  apiVersion: string;
  /** People on record pages and the control plane are never struck by faults. */
  via: 'api' | 'page' | 'control' | 'load';
}

export type PropertyInputs = Record<string, unknown>;

/** Where a write happens. */
export interface Scene {
  portal: Portal;
  store: ObjectStore;
  writer: Writer;
  /** A batch is checked as a whole before any of it is written; absent: both at once. */
  phase?: 'check' | 'commit';
  /** Unique values the rows checked before this one will take. */
  claimed?: Set<string>;
  /** How late the search index is told to be with the rows checked, in their order, ms. */
  lateMs?: number[];
}

/** A new record. Throws HubSpotError. */
export function createRecord(scene: Scene, inputs: PropertyInputs): CrmRecord {
  const { portal, store } = scene;
  const lateMs = announce(scene, 'create', null, inputs);
  const number = scene.phase === 'check' ? 0 : store.newNumber();
  const now = portal.clock.now();
  const id = String(number);
  const blank = { id, number, values: [], createdAt: now, previous: null, mergedIds: null };
  const checked = check(scene, null, withPipeline(portal, store, inputs));
  checkRequired(scene, null, checked.values, true);
  return commit(scene, 'create', lateMs, {
    ...blank,
    values: checked.values,
    createdAt: checked.createdAt ?? now,
    updatedAt: now,
    archivedAt: null,
    visits: visitsAfter(scene, null, checked.values, now),
  });
}

/** A record with other values; without a difference nothing is written. Throws HubSpotError. */
export function updateRecord(scene: Scene, before: CrmRecord, inputs: PropertyInputs): CrmRecord {
  const lateMs = announce(scene, 'update', before.id, inputs);
  const checked = check(scene, before, inputs);
  checkRequired(scene, before, checked.values, false);
  const same = checked.values.every((value, i) => (value ?? null) === (before.values[i] ?? null));
  const createdAt = checked.createdAt ?? before.createdAt;
  if (same && createdAt === before.createdAt) return before;
  const now = scene.portal.clock.now();
  return commit(scene, 'update', lateMs, {
    ...before,
    values: checked.values,
    createdAt,
    updatedAt: Math.max(now, before.updatedAt),
    visits: visitsAfter(scene, before, checked.values, now),
    previous: before,
  });
}

/** Into the recycle bin. */
export function archiveRecord(scene: Scene, before: CrmRecord): CrmRecord {
  const lateMs = announce(scene, 'archive', before.id, {});
  const now = scene.portal.clock.now();
  return commit(scene, 'archive', lateMs, { ...before, archivedAt: now, previous: before });
}

/** Out of the recycle bin; the last change is now. */
export function restoreRecord(scene: Scene, before: CrmRecord): CrmRecord {
  if (before.archivedAt === null) throw notFound('The record is not archived.');
  const now = scene.portal.clock.now();
  return commit(scene, 'restore', 0, {
    ...before,
    archivedAt: null,
    updatedAt: now,
    previous: before,
  });
}

/** Writes a version: stamps it, dates its place in the search index, tells the log and webhooks. */
export function commit(
  { portal, store, writer, phase }: Scene,
  operation: WriteOperation,
  lateMs: number,
  version: Omit<CrmRecord, 'writtenAt' | 'author' | 'indexedAt'>,
): CrmRecord {
  const writtenAt = portal.clock.now();
  const indexedAt = writtenAt + portal.indexLagMs + lateMs;
  const record: CrmRecord = { ...version, writtenAt, indexedAt, author: writer.author };
  if (phase === 'check') return record;
  store.put(record);
  portal.note(store.type.name, operation, record);
  portal.listener?.recordWritten(store, operation, record);
  return record;
}

function announce(
  scene: Scene,
  operation: WriteOperation,
  recordId: string | null,
  properties: PropertyInputs,
): number {
  const { portal, store, writer, phase } = scene;
  // A checked batch is asked about once, before any of it is written.
  if (phase === 'commit') return scene.lateMs?.shift() ?? 0;
  const asked = writer.via === 'api' ? portal.beforeWrite : null;
  const object = store.type.plural;
  const lateMs =
    asked?.({
      portalId: portal.id,
      object,
      operation,
      recordId,
      properties,
    }) ?? 0;
  if (phase === 'check') scene.lateMs?.push(lateMs);
  return lateMs;
}

/** A deal or ticket without a pipeline goes into the first one. */
function withPipeline(portal: Portal, store: ObjectStore, inputs: PropertyInputs): PropertyInputs {
  const names = pipelineNames(store);
  const first = names && [...(portal.pipelines.of(store.type.name)?.values() ?? [])][0];
  if (!names || !first || inputs[names.pipeline]) return inputs;
  return { ...inputs, [names.pipeline]: first.id };
}

function check(
  scene: Scene,
  before: CrmRecord | null,
  inputs: PropertyInputs,
): { values: (string | null | undefined)[]; createdAt: number | null } {
  const { portal, store } = scene;
  const values = before ? [...before.values] : [];
  const findings: InvalidValue[] = [];
  let createdAt: number | null = null;
  for (const [name, input] of Object.entries(inputs)) {
    const def = store.properties.get(name);
    if (!def) {
      const message = `Property "${name}" does not exist`;
      findings.push({ name, error: 'PROPERTY_DOESNT_EXIST', message });
      continue;
    }
    const value = coerce(def, input);
    if (value !== null && typeof value === 'object') findings.push(value);
    else if (def.name === 'createdate' && store.type.name === 'deal' && value) {
      createdAt = Date.parse(value);
    } else if (def.readOnlyValue || def.derive || def.calculated) {
      const message = `"${def.name}" is a read only property; its value cannot be set.`;
      findings.push({ name: def.name, error: 'READ_ONLY_VALUE', message });
    } else values[def.slot] = appended(values[def.slot] ?? null, value);
  }
  completeTask(portal, store, values, before);
  findings.push(...wrongReferences(portal, store, values, inputs));
  if (findings.length > 0) throw invalidValues(Number(portal.id), findings);
  checkUnique(scene, values, before);
  return { values, createdAt };
}

/** `;b` adds an option to those a multi-checkbox has (docs, Properties: add values). */
function appended(present: string | null, value: string | null): string | null {
  if (value === null || !value.startsWith(';')) return value;
  return [...new Set([...(present?.split(';') ?? []), ...value.split(';').filter(Boolean)])].join(
    ';',
  );
}

/** Stages, pipelines and owners must be of the portal. */
function wrongReferences(
  portal: Portal,
  store: ObjectStore,
  values: readonly (string | null | undefined)[],
  inputs: PropertyInputs,
): InvalidValue[] {
  const found: InvalidValue[] = [];
  const valueAt = (name: string) => {
    const def = store.properties.get(name);
    return def ? (values[def.slot] ?? null) : null;
  };
  const names = pipelineNames(store);
  const pipelines = names && portal.pipelines.of(store.type.name);
  if (names && pipelines) {
    const pipeline = pipelines.get(valueAt(names.pipeline) ?? '');
    const stage = valueAt(names.stage);
    if (inputs[names.pipeline] && !pipeline) {
      found.push(notAnOption(names.pipeline, valueAt(names.pipeline), [...pipelines.values()]));
    } else if (stage && (inputs[names.stage] || inputs[names.pipeline])) {
      const stages = pipeline?.stages ?? [];
      if (!stages.some(({ id }) => id === stage)) {
        found.push(notAnOption(names.stage, stage, stages));
      }
    }
  }
  for (const name of Object.keys(inputs)) {
    const def = store.properties.get(name);
    const owner = def?.referencedObjectType === 'OWNER' ? valueAt(def.name) : null;
    if (owner && !portal.owners.has(owner)) {
      const message = `Owner ${owner} does not exist`;
      found.push({ name, error: 'INVALID_OWNER_ID', message });
    }
  }
  return found;
}

function notAnOption(
  name: string,
  value: string | null,
  allowed: readonly { id: string; label: string }[],
): InvalidValue {
  const listed = allowed.map(({ id, label }) => `label: "${label}"\nvalue: "${id}"\n`);
  const message = `${value} was not one of the allowed options: [${listed.join(', ')}]`;
  return { name, error: 'INVALID_OPTION', message };
}

/** The names of the pipeline and stage properties of an object that has pipelines. */
export function pipelineNames(store: ObjectStore): { pipeline: string; stage: string } | null {
  if (store.type.name === 'deal') return { pipeline: 'pipeline', stage: 'dealstage' };
  if (store.type.name !== 'ticket') return null;
  return { pipeline: 'hs_pipeline', stage: 'hs_pipeline_stage' };
}

function checkUnique(
  { portal, store, claimed }: Scene,
  values: readonly (string | null | undefined)[],
  before: CrmRecord | null,
): void {
  for (const def of store.properties.stored().filter((one) => one.hasUniqueValue)) {
    const value = values[def.slot];
    if (!value || (before && before.values[def.slot] === value)) continue;
    const claim = `${def.name}/${value.toLowerCase()}`;
    const holder =
      store.idOfUnique(def, value) ?? (claimed?.has(claim) ? 'another input' : undefined);
    claimed?.add(claim);
    if (holder === undefined || holder === before?.id) continue;
    if (store.type.name === 'contact' && def.name === 'email') {
      throw new HubSpotError(409, 'CONFLICT', `Contact already exists. Existing ID: ${holder}`);
    }
    const place =
      `PropertyValueCoordinates{portalId=${portal.id}, objectTypeId=${store.type.id}, ` +
      `propertyName=${def.name}, value=${value}}`;
    const on = before?.id ?? 'a new record';
    const message = `Cannot set ${place} on ${on}. ${holder} already has that value.`;
    throw new HubSpotError(409, 'CONFLICT', message, {
      errors: [
        {
          message,
          code: 'CONFLICTING_UNIQUE_VALUE',
          context: { propertyName: [def.name], existingObjectId: [holder] },
        },
      ],
    });
  }
}

/** A task is completed when its status says so, and no longer when it does not. */
function completeTask(
  portal: Portal,
  store: ObjectStore,
  values: (string | null | undefined)[],
  before: CrmRecord | null,
): void {
  if (store.type.name !== 'task') return;
  const status = store.properties.get('hs_task_status')!;
  const done = store.properties.get('hs_task_completion_date')!;
  if (values[status.slot] !== 'COMPLETED') values[done.slot] = null;
  else if (!before || valueIn(before, status) !== 'COMPLETED') {
    values[done.slot] = portal.clock.iso();
  }
}

/** The stages a deal was in, with one more where it changed. */
function visitsAfter(
  { store }: Scene,
  before: CrmRecord | null,
  values: readonly (string | null | undefined)[],
  now: number,
): readonly StageVisit[] | null {
  if (store.type.name !== 'deal') return null;
  const stage = values[store.properties.get('dealstage')!.slot];
  const visits = before?.visits ?? [];
  if (!stage || visits.at(-1)?.stageId === stage) return visits;
  return [...visits, { stageId: stage, at: now }];
}
