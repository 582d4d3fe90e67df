/** Records as HubSpot's JSON, with the properties a call asked for. */

import { linksOf } from '../links.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Portal } from '../portal.ts';
import { type PropertyDef, valueIn } from '../property.ts';
import { type CrmRecord, historyOf } from '../record.ts';

/** What a call wants to see of each record. */
export interface Shape {
  defs: PropertyDef[];
  history: PropertyDef[];
  associations: ObjectStore[];
}

/** Associations shown beside a record at most; more are behind `paging`. */
const associationsShown = 100;

/** Names that are no properties are passed over in silence, as HubSpot does. */
export function shapeOf(
  portal: Portal,
  store: ObjectStore,
  asked: { properties?: string[]; history?: string[]; associations?: string[] },
): Shape {
  const known = (names: string[]) => names.flatMap((name) => store.properties.get(name) ?? []);
  const { properties = [], history = [] } = asked;
  const named = properties.length > 0 ? properties : store.type.defaultProperties;
  const system = [store.type.createdProperty, store.type.modifiedProperty, 'hs_object_id'];
  return {
    defs: [...new Set(known([...named, ...system]))],
    history: known(history),
    associations: (asked.associations ?? []).map((name) => portal.store(name)),
  };
}

/** The record as JSON. */
export function rowOf(portal: Portal, store: ObjectStore, record: CrmRecord, shape: Shape) {
  const properties: Record<string, string | null> = {};
  for (const def of shape.defs) properties[def.name] = valueIn(record, def);
  const row: Record<string, unknown> = {
    id: record.id,
    properties,
    createdAt: new Date(record.createdAt).toISOString(),
    updatedAt: new Date(record.updatedAt).toISOString(),
    archived: record.archivedAt !== null,
  };
  if (record.archivedAt !== null) row['archivedAt'] = new Date(record.archivedAt).toISOString();
  if (shape.history.length > 0) {
    row['propertiesWithHistory'] = Object.fromEntries(
      shape.history.map((def) => [def.name, historyRows(record, def)]),
    );
  }
  if (shape.associations.length > 0) {
    const shown = shape.associations.flatMap((to) => associated(portal, store, record, to));
    if (shown.length > 0) row['associations'] = Object.fromEntries(shown);
  }
  return row;
}

/** The record with what a write answers: the values it has of what was written, and the usual. */
export function writtenRow(portal: Portal, store: ObjectStore, record: CrmRecord, names: string[]) {
  const properties = [...names, ...store.type.defaultProperties];
  return rowOf(portal, store, record, shapeOf(portal, store, { properties }));
}

function historyRows(record: CrmRecord, def: PropertyDef) {
  if (def.derive) {
    const value = valueIn(record, def);
    const timestamp = new Date(record.updatedAt).toISOString();
    return value === null ? [] : [{ value, timestamp, sourceType: 'CALCULATED' }];
  }
  return historyOf(record, def.slot).map(({ value, timestamp, author }) => ({
    value,
    timestamp: new Date(timestamp).toISOString(),
    sourceType: author.sourceType,
    ...(author.sourceId === null ? {} : { sourceId: author.sourceId }),
    ...(author.userId === null ? {} : { updatedByUserId: author.userId }),
  }));
}

/** `companies: {results: [{id, type: 'deal_to_company'}]}`: one line a label. */
function associated(
  portal: Portal,
  store: ObjectStore,
  record: CrmRecord,
  to: ObjectStore,
): [string, unknown][] {
  const links = linksOf(portal, { store, id: record.id }, to);
  if (links.length === 0) return [];
  const results = links
    .slice(0, associationsShown)
    .flatMap((link) => link.types.map(({ name }) => ({ id: String(link.to), type: name })));
  const last = links[associationsShown - 1];
  const path = `/crm/v3/objects/${store.type.plural}/${record.id}/associations/${to.type.plural}`;
  const paging =
    links.length > associationsShown && last
      ? { paging: { next: { after: String(last.to), link: `${path}?after=${last.to}` } } }
      : {};
  return [
    [
      to.type.custom ? (to.type.fullyQualifiedName ?? to.type.plural) : to.type.plural,
      { results, ...paging },
    ],
  ];
}
