/** A portal's data from outside: writing as somebody, the log, one record in full, snapshots. */
import type { Context, Hono } from 'hono';
import { associate, dissociate, plainType } from '../hubspot/links.ts';
import { mergeRecords } from '../hubspot/merge.ts';
import type { ObjectStore } from '../hubspot/object-store.ts';
import type { LoggedWrite, Portal } from '../hubspot/portal.ts';
import type { Portals } from '../hubspot/portals.ts';
import { valueIn } from '../hubspot/property.ts';
import type { CrmRecord } from '../hubspot/record.ts';
import {
  archiveRecord,
  createRecord,
  type PropertyInputs,
  restoreRecord,
  type Scene,
  updateRecord,
} from '../hubspot/write.ts';
import { personWriting, portalOf } from './hubspot-input.ts';
import { bodyOf, textOf, textsOf } from './input.ts';

/** POST /write, GET·DELETE /writes, GET /records/T/ID, POST /snapshot, /restore. */
export function mountPortalData(hub: Hono, portals: Portals): void {
  hub.post('/write', async (c) => c.json(write(portalOf(c, portals), await bodyOf(c))));
  hub.get('/writes', (c) => writes(c, portalOf(c, portals)));
  hub.delete('/writes', (c) => {
    portalOf(c, portals).writes = [];
    return c.json({ ok: true });
  });
  hub.get('/records/:object/:id', (c) => {
    const portal = portalOf(c, portals);
    const store = portal.store(c.req.param('object'));
    const record = store.resolve(c.req.param('id'));
    if (!record) throw new Error(`There is no ${c.req.param('object')} ${c.req.param('id')}.`);
    return c.json(shown(portal, store, record));
  });
  hub.post('/snapshot', async (c) => {
    const name = textOf(await bodyOf(c), 'name');
    portalOf(c, portals).snapshot(name);
    return c.json({ name });
  });
  hub.post('/restore', async (c) => {
    const name = textOf(await bodyOf(c), 'name');
    if (!portalOf(c, portals).restore(name)) throw new Error(`There is no snapshot "${name}".`);
    return c.json({ name });
  });
}

/** `{operation, object, as?, id|ids|properties ...}`: what a person in the portal could do. */
function write(portal: Portal, body: Record<string, unknown>): unknown {
  const store = portal.store(textOf(body, 'object'));
  const scene: Scene = { portal, store, writer: personWriting(portal, body['as'], 'control') };
  const properties = (body['properties'] ?? {}) as PropertyInputs;
  const records = () =>
    (body['ids'] === undefined ? [textOf(body, 'id')] : textsOf(body, 'ids')).map((id) => {
      const record = store.resolve(id);
      if (!record) throw new Error(`There is no ${store.type.name} ${id}.`);
      return record;
    });
  const each = (work: (record: CrmRecord) => CrmRecord) => ({
    ids: records().map((record) => work(record).id),
  });
  switch (body['operation']) {
    case 'create':
      return { ids: [createRecord(scene, properties).id] };
    case 'update':
      return each((record) => updateRecord(scene, record, properties));
    case 'archive':
      return each((record) => archiveRecord(scene, record));
    case 'restore':
      return each((record) => restoreRecord(scene, record));
    case 'merge':
      return {
        ids: [mergeRecords(scene, textOf(body, 'primaryId'), textOf(body, 'mergedId')).id],
      };
    case 'associate':
    case 'dissociate':
      return link(portal, store, body);
    default:
      throw new Error(
        'operation must be create, update, archive, restore, merge, associate or dissociate',
      );
  }
}

/** `{object, id, toObject, toId, label?}`. */
function link(portal: Portal, store: ObjectStore, body: Record<string, unknown>): unknown {
  const to = portal.store(textOf(body, 'toObject'));
  const label = body['label'];
  const type =
    typeof label === 'string'
      ? portal.associations.types.labelled(store.type.name, to.type.name, label)
      : plainType(portal, store, to);
  if (!type) throw new Error(`There is no label "${String(label)}" between these objects.`);
  const pair = {
    from: { store, id: textOf(body, 'id') },
    to: { store: to, id: textOf(body, 'toId') },
  };
  if (body['operation'] === 'associate') associate(portal, pair, [type]);
  else dissociate(portal, pair, label === undefined ? null : [type]);
  return { ok: true };
}

function writes(c: Context, portal: Portal): Response {
  const since = Number(c.req.query('since') ?? 0);
  const object = c.req.query('object');
  const wanted = object === undefined ? undefined : portal.store(object).type.name;
  const entries = portal.writes.filter(
    (entry) => entry.seq > since && (wanted === undefined || entry.object === wanted),
  );
  return c.json({ total: portal.writes.length, entries: entries.map((e) => logRow(portal, e)) });
}

/** What a write changed, from the version before it. */
function logRow(portal: Portal, { seq, object, operation, record }: LoggedWrite) {
  const store = portal.stores.get(object);
  const changes = (store?.properties.stored() ?? []).flatMap((def) => {
    const to = record.values[def.slot] ?? null;
    const from = record.previous?.values[def.slot] ?? null;
    return from === to ? [] : [{ property: def.name, from, to }];
  });
  const at = new Date(record.writtenAt).toISOString();
  return { seq, at, object, operation, id: record.id, author: record.author, changes };
}

/** Every value a record has, and what it is associated with. */
function shown(portal: Portal, store: ObjectStore, record: CrmRecord) {
  const values = store.properties.all().flatMap((def) => {
    const value = valueIn(record, def);
    return value === null ? [] : [[def.name, value] as const];
  });
  const associations = portal.associations.partnersOf(store.type.name).flatMap((to) =>
    portal.associations.of(store.type.name, record.number, to).map((link) => ({
      to,
      id: String(link.to),
      labels: link.types.map(({ label }) => label),
    })),
  );
  const archived = record.archivedAt !== null;
  return { id: record.id, archived, properties: Object.fromEntries(values), associations };
}
