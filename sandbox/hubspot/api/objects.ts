/** Records one by one, and in lists (developers.hubspot.com, CRM objects). */
import type { AssociationType } from '../association-types.ts';
import { badRequest, notFound } from '../errors.ts';
import { associate, type End, isTypeList, type TypeInput, typesOf } from '../links.ts';
import { mergeRecords } from '../merge.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Portal } from '../portal.ts';
import type { CrmRecord } from '../record.ts';
import { archiveRecord, createRecord, type PropertyInputs, updateRecord } from '../write.ts';
import {
  families,
  flagQuery,
  type HubSpotApi,
  type HubSpotCall,
  jsonBody,
  limitQuery,
  listQuery,
  needsScope,
  nextPage,
  storeOf,
  writerOf,
} from './call.ts';
import { rowOf, shapeOf, writtenRow } from './rows.ts';

const listLimit = 100;
const listLimitWithHistory = 50;

/** List, create, read, update, archive and merge. */
export function mountObjects(api: HubSpotApi): void {
  for (const base of families('objects', ['v3', 'v4'])) {
    api.get(`${base}/:objectType`, list);
    api.post(`${base}/:objectType`, create);
    api.post(`${base}/:objectType/merge`, merge);
    api.get(`${base}/:objectType/:id`, read);
    api.patch(`${base}/:objectType/:id`, update);
    api.delete(`${base}/:objectType/:id`, archive);
  }
}

/** The properties of a body. Throws HubSpotError 400. */
export function propertiesOf(body: Record<string, unknown>): PropertyInputs {
  const { properties = {} } = body;
  if (properties === null || typeof properties !== 'object' || Array.isArray(properties)) {
    throw badRequest('Invalid input JSON on line 1, column 1: "properties" is not an object');
  }
  return properties as PropertyInputs;
}

/** Associations a new record comes with, checked before it is made. Throws HubSpotError. */
export function associationsOf(
  portal: Portal,
  store: ObjectStore,
  body: Record<string, unknown>,
): { to: End; types: AssociationType[] }[] {
  const { associations = [] } = body;
  if (!Array.isArray(associations)) throw badRequest('"associations" is not a list');
  return associations.map((one: { to?: { id?: unknown }; types?: unknown } | null) => {
    const id = String(one?.to?.id ?? '');
    const types = one?.types ?? [];
    if (!isTypeList(types)) throw badRequest('"types" is not a list of association types.');
    for (const other of portal.stores.values()) {
      if (!types.some((type) => couldBe(portal, store, other, type))) continue;
      if (!other.live(id)) throw notFound(`The ${other.type.name} ${id} was not found`);
      return {
        to: { store: other, id },
        types: typesOf(portal, { from: store, to: other }, types),
      };
    }
    throw badRequest(`No association type of ${store.type.name} is named for record ${id}`);
  });
}

function couldBe(portal: Portal, from: ObjectStore, to: ObjectStore, type: TypeInput): boolean {
  const { associationCategory: category, associationTypeId: id } = type;
  const { types } = portal.associations;
  return types.find(from.type.name, to.type.name, String(category), Number(id)) !== undefined;
}

/**
 * The record an id (or a unique property's value) names, merged ones under their new id. Throws
 * HubSpotError 404.
 */
export function found(
  store: ObjectStore,
  id: string,
  { idProperty, archived = false }: { idProperty?: string | undefined; archived?: boolean },
): CrmRecord {
  const record = lookUp(store, id, idProperty);
  if (!record || (record.archivedAt !== null) !== archived) throw notFound();
  return record;
}

/** The same without the question whether it is archived. */
export function lookUp(store: ObjectStore, id: string, idProperty?: string) {
  if (!idProperty || idProperty === 'hs_object_id') return store.resolve(id);
  const def = store.properties.get(idProperty);
  if (!def?.hasUniqueValue) {
    throw badRequest(`Property "${idProperty}" is not a unique property of ${store.type.plural}.`);
  }
  const own = store.idOfUnique(def, id);
  return own === undefined ? undefined : store.resolve(own);
}

function list(c: HubSpotCall): Response {
  const store = storeOf(c);
  needsScope(c, store, 'read');
  const portal = c.get('portal');
  const history = listQuery(c, 'propertiesWithHistory');
  const asked = limitQuery(c, 10, history.length > 0 ? listLimitWithHistory : listLimit);
  const limit = Math.min(asked, c.get('effects')?.pageRows ?? asked);
  const after = c.req.query('after') || '0';
  if (!/^\d+$/.test(after)) throw badRequest(`Invalid value for after: "${after}".`);
  const shape = shapeOf(portal, store, {
    properties: listQuery(c, 'properties'),
    history,
    associations: listQuery(c, 'associations'),
  });
  const results = [];
  let last = '';
  for (const record of store.listAfter(Number(after), flagQuery(c, 'archived'))) {
    if (results.length >= limit) return c.json({ results, ...nextPage(c, last || after) });
    results.push(rowOf(portal, store, record, shape));
    last = record.id;
  }
  return c.json({ results });
}

function read(c: HubSpotCall): Response {
  const store = storeOf(c);
  needsScope(c, store, 'read');
  const portal = c.get('portal');
  const record = found(store, c.req.param('id') ?? '', {
    idProperty: c.req.query('idProperty'),
    archived: flagQuery(c, 'archived'),
  });
  const shape = shapeOf(portal, store, {
    properties: listQuery(c, 'properties'),
    history: listQuery(c, 'propertiesWithHistory'),
    associations: listQuery(c, 'associations'),
  });
  return c.json(rowOf(portal, store, record, shape));
}

async function create(c: HubSpotCall): Promise<Response> {
  const store = storeOf(c);
  needsScope(c, store, 'write');
  const portal = c.get('portal');
  const body = await jsonBody(c);
  const properties = propertiesOf(body);
  const associations = associationsOf(portal, store, body);
  const record = createRecord({ portal, store, writer: writerOf(c) }, properties);
  for (const { to, types } of associations) {
    associate(portal, { from: { store, id: record.id }, to }, types);
  }
  return c.json(writtenRow(portal, store, record, Object.keys(properties)), 201);
}

async function update(c: HubSpotCall): Promise<Response> {
  const store = storeOf(c);
  needsScope(c, store, 'write');
  const portal = c.get('portal');
  const properties = propertiesOf(await jsonBody(c));
  const before = found(store, c.req.param('id') ?? '', { idProperty: c.req.query('idProperty') });
  const record = updateRecord({ portal, store, writer: writerOf(c) }, before, properties);
  return c.json(writtenRow(portal, store, record, Object.keys(properties)));
}

/** 204 for a record that is archived already, too. */
function archive(c: HubSpotCall): Response {
  const store = storeOf(c);
  needsScope(c, store, 'write');
  const record = store.resolve(c.req.param('id') ?? '');
  if (!record) throw notFound();
  if (record.archivedAt === null) {
    archiveRecord({ portal: c.get('portal'), store, writer: writerOf(c) }, record);
  }
  return c.body(null, 204);
}

async function merge(c: HubSpotCall): Promise<Response> {
  const store = storeOf(c);
  needsScope(c, store, 'write');
  const portal = c.get('portal');
  const { primaryObjectId, objectIdToMerge } = await jsonBody(c);
  const scene = { portal, store, writer: writerOf(c) };
  const merged = mergeRecords(scene, String(primaryObjectId), String(objectIdToMerge));
  return c.json(writtenRow(portal, store, merged, ['hs_merged_object_ids']));
}
