/** Records by the hundred: each row's own outcome in a 207, or a whole batch refused. */
import { badRequest, HubSpotError } from '../errors.ts';
import { associate } from '../links.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Portal } from '../portal.ts';
import type { CrmRecord } from '../record.ts';
import { archiveRecord, createRecord, type Scene, updateRecord } from '../write.ts';
import {
  batchAnswer,
  batchInputs,
  families,
  flagQuery,
  type HubSpotApi,
  type HubSpotCall,
  needsScope,
  storeOf,
  writerOf,
} from './call.ts';
import { associationsOf, lookUp, propertiesOf } from './objects.ts';
import { rowOf, shapeOf, writtenRow } from './rows.ts';

const inputsMax = 100;

/** Batch read, create, update, upsert and archive. */
export function mountBatch(api: HubSpotApi): void {
  for (const base of families('objects', ['v3', 'v4'])) {
    api.post(`${base}/:objectType/batch/read`, read);
    api.post(`${base}/:objectType/batch/create`, create);
    api.post(`${base}/:objectType/batch/update`, update);
    api.post(`${base}/:objectType/batch/upsert`, upsert);
    api.post(`${base}/:objectType/batch/archive`, archive);
  }
}

type Input = Record<string, unknown>;

/** What of an input names it in an error. */
const nameOf = (input: Input) => ({
  ...(input['id'] === undefined ? {} : { id: String(input['id']) }),
  ...(typeof input['objectWriteTraceId'] === 'string'
    ? { traceId: input['objectWriteTraceId'] }
    : {}),
});

async function read(c: HubSpotCall): Promise<Response> {
  const store = storeOf(c);
  needsScope(c, store, 'read');
  const portal = c.get('portal');
  const { body, inputs } = await batchInputs(c, inputsMax);
  const idProperty = typeof body['idProperty'] === 'string' ? body['idProperty'] : undefined;
  const archived = flagQuery(c, 'archived');
  const shape = shapeOf(portal, store, {
    properties: textList(body['properties']),
    history: textList(body['propertiesWithHistory']),
  });
  const wanted = [...new Set(inputs.map(({ id }) => String(id ?? '')))];
  const records = new Map<string, CrmRecord>();
  const missing: string[] = [];
  for (const id of wanted) {
    const record = lookUp(store, id, idProperty);
    if (record && (record.archivedAt !== null) === archived) records.set(record.id, record);
    else missing.push(id);
  }
  const results = [...records.values()].map((record) => rowOf(portal, store, record, shape));
  const errors = missing.length === 0 ? [] : [missingRows(store, missing)];
  return batchAnswer(c, { results, errors });
}

async function create(c: HubSpotCall): Promise<Response> {
  const { store, portal, inputs } = await writing(c);
  return eachRow(c, { store, inputs, status: 201 }, (input, scene) => {
    const properties = propertiesOf(input);
    const associations = associationsOf(portal, store, input);
    const record = createRecord(scene, properties);
    if (scene.phase !== 'check') {
      for (const { to, types } of associations) {
        associate(portal, { from: { store, id: record.id }, to }, types);
      }
    }
    return { record, names: Object.keys(properties) };
  });
}

async function update(c: HubSpotCall): Promise<Response> {
  const { store, inputs } = await writing(c);
  refuseTwice(inputs);
  return eachRow(c, { store, inputs, status: 200 }, (input, scene) => {
    const before = lookUp(store, String(input['id'] ?? ''), idPropertyOf(input));
    if (!before || before.archivedAt !== null) return null;
    const properties = propertiesOf(input);
    const record = updateRecord(scene, before, properties);
    return { record, names: Object.keys(properties) };
  });
}

async function upsert(c: HubSpotCall): Promise<Response> {
  const { store, inputs } = await writing(c);
  refuseTwice(inputs);
  return eachRow(c, { store, inputs, status: 200 }, (input, scene) => {
    const id = String(input['id'] ?? '');
    const idProperty = idPropertyOf(input);
    const before = lookUp(store, id, idProperty);
    const properties = propertiesOf(input);
    const names = Object.keys(properties);
    if (before && before.archivedAt === null) {
      return { record: updateRecord(scene, before, properties), names, more: { new: false } };
    }
    // An id of HubSpot's own cannot be made up: only a unique property's value can be new.
    if (!idProperty || idProperty === 'hs_object_id') return null;
    const record = createRecord(scene, { ...properties, [idProperty]: id });
    return { record, names: [...names, idProperty], more: { new: true } };
  });
}

function idPropertyOf(input: Input): string | undefined {
  return typeof input['idProperty'] === 'string' ? input['idProperty'] : undefined;
}

async function archive(c: HubSpotCall): Promise<Response> {
  const { store, portal, inputs } = await writing(c);
  const scene = { portal, store, writer: writerOf(c) };
  for (const { id } of inputs) {
    const record = store.resolve(String(id ?? ''));
    if (record && record.archivedAt === null) archiveRecord(scene, record);
  }
  return c.body(null, 204);
}

async function writing(c: HubSpotCall) {
  const store = storeOf(c);
  needsScope(c, store, 'write');
  const { inputs } = await batchInputs(c, inputsMax);
  return { store, portal: c.get('portal'), inputs };
}

interface Done {
  record: CrmRecord;
  names: string[];
  more?: Record<string, unknown>;
}

/**
 * Works row by row. Rows fail alone where every input has a trace id of its own; else the first
 * bad row refuses the batch before anything is written. A missing record always fails alone.
 */
function eachRow(
  c: HubSpotCall,
  { store, inputs, status }: { store: ObjectStore; inputs: Input[]; status: 200 | 201 },
  work: (input: Input, scene: Scene) => Done | null,
): Response {
  const portal = c.get('portal');
  const scene: Scene = { portal, store, writer: writerOf(c) };
  const alone = traced(inputs);
  if (!alone) {
    scene.lateMs = [];
    const checking: Scene = { ...scene, phase: 'check', claimed: new Set() };
    for (const input of inputs) work(input, checking);
    scene.phase = 'commit';
  }
  const results: unknown[] = [];
  const errors: unknown[] = [];
  for (const input of inputs) {
    const name = nameOf(input);
    try {
      const done = work(input, scene);
      if (done) results.push(shown(portal, store, done, name.traceId));
      else errors.push(missingRows(store, [String(input['id'] ?? '')], name.traceId));
    } catch (error) {
      if (!alone || !(error instanceof HubSpotError)) throw error;
      errors.push(error.rowBody(name));
    }
  }
  return batchAnswer(c, { results, errors }, status);
}

function shown(portal: Portal, store: ObjectStore, done: Done, traceId: string | undefined) {
  const row = writtenRow(portal, store, done.record, done.names);
  const trace = traceId === undefined ? {} : { objectWriteTraceId: traceId };
  return { ...row, ...trace, ...done.more };
}

function traced(inputs: Input[]): boolean {
  const ids = inputs.map((input) => nameOf(input).traceId);
  return ids.every((id) => id !== undefined) && new Set(ids).size === ids.length;
}

function refuseTwice(inputs: Input[]): void {
  const seen = new Set<string>();
  const twice = inputs
    .map(({ id }) => String(id ?? ''))
    .filter((id) => seen.size === seen.add(id).size);
  if (twice.length === 0) return;
  throw badRequest(
    `Duplicate IDs found in batch input: [${twice.join(', ')}]. IDs must be unique`,
    {
      context: { ids: twice },
    },
  );
}

function missingRows(store: ObjectStore, ids: string[], traceId?: string) {
  const name = store.type.name.toUpperCase();
  const message =
    `Could not get some ${name} objects, they may be deleted or not exist. ` +
    'Check that ids are valid.';
  return {
    status: 'error',
    category: 'OBJECT_NOT_FOUND',
    message,
    context: { ids, ...(traceId === undefined ? {} : { objectWriteTraceId: [traceId] }) },
  };
}

function textList(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
