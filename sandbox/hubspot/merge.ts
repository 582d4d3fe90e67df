/** Merging two records: a third one is made, and both old ids lead to it. */
import { badRequest, notFound } from './errors.ts';
import type { ObjectStore } from './object-store.ts';
import type { Portal } from './portal.ts';
import { valueIn } from './property.ts';
import type { CrmRecord } from './record.ts';
import { commit, type Writer } from './write.ts';

/**
 * The merged record: a new id, the primary record's values where it has any, the associations of
 * both (changelog, Updated merge functionality: any object, 2025). Throws HubSpotError.
 */
export function mergeRecords(
  scene: { portal: Portal; store: ObjectStore; writer: Writer },
  primaryId: string,
  mergedId: string,
): CrmRecord {
  const { portal, store, writer } = scene;
  const primary = liveOf(store, primaryId);
  const other = liveOf(store, mergedId);
  if (primary.id === other.id) throw badRequest('Cannot merge an object with itself');
  const number = store.newNumber();
  const id = String(number);
  const mergedIds = [...idsOf(primary), ...idsOf(other)];
  const values = [...primary.values];
  for (const def of store.properties.stored()) {
    values[def.slot] = valueIn(primary, def) ?? valueIn(other, def);
  }
  store.forward(primary, id);
  store.forward(other, id);
  const now = portal.clock.now();
  const author = { ...writer.author, sourceType: 'MERGE_OBJECTS' as const };
  const merged = commit({ ...scene, writer: { ...writer, author } }, 'merge', 0, {
    id,
    number,
    values,
    createdAt: Math.min(primary.createdAt, other.createdAt),
    updatedAt: now,
    archivedAt: null,
    previous: { ...primary, id, number },
    visits: primary.visits,
    mergedIds,
  });
  portal.associations.moveAll(store.type.name, [primary.number, other.number], number);
  return merged;
}

function idsOf(record: CrmRecord): string[] {
  return [...(record.mergedIds ?? []), record.id];
}

function liveOf(store: ObjectStore, id: string): CrmRecord {
  const record = store.resolve(id);
  if (!record || record.archivedAt !== null) throw notFound();
  return record;
}
