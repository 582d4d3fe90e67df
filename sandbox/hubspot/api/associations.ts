/** Associations of single records and in batches, v4 and dated (CRM associations). */

import type { AssociationType } from '../association-types.ts';
import type { Link } from '../associations.ts';
import { badRequest, HubSpotError, notFound } from '../errors.ts';
import { associate, dissociate, type End, linksOf, plainType, typesOf } from '../links.ts';
import type { ObjectStore } from '../object-store.ts';
import {
  batchAnswer,
  batchInputs,
  families,
  type HubSpotApi,
  type HubSpotCall,
  limitQuery,
  needsScope,
  nextPage,
  storeOf,
} from './call.ts';

/** Inputs a batch takes (changelog, 10 February 2025, for reads). */
const readMax = 1000;
const createMax = 2000;
const archiveMax = 100;
/** Associated records a page shows at most. */
const pageMax = 500;

/** Read, create and archive associations. */
export function mountAssociations(api: HubSpotApi): void {
  for (const base of families('objects', ['v4', 'v3'])) {
    const path = `${base}/:objectType/:id/associations`;
    api.put(`${path}/default/:toType/:toId`, putDefault);
    api.get(`${path}/:toType`, list);
    api.put(`${path}/:toType/:toId`, put);
    api.delete(`${path}/:toType/:toId`, remove);
    // v3 names the type in the path, or leaves it to the default.
    api.put(`${path}/:toType/:toId/:typeId`, putV3);
    api.delete(`${path}/:toType/:toId/:typeId`, removeV3);
  }
  for (const base of families('associations', ['v4'])) {
    const path = `${base}/:objectType/:toType/batch`;
    api.post(`${path}/read`, batchRead);
    api.post(`${path}/create`, batchCreate);
    api.post(`${path}/associate/default`, batchDefault);
    api.post(`${path}/archive`, batchArchive);
    api.post(`${path}/labels/archive`, batchArchiveLabels);
  }
}

const isDated = (c: HubSpotCall) => !c.get('apiVersion').startsWith('v');

/** v4 writes ids of the other side as numbers, the dated versions as texts. */
function linkRow(c: HubSpotCall, { to, types }: Link) {
  return {
    toObjectId: isDated(c) ? String(to) : to,
    associationTypes: types.map(({ category, typeId, label }) => ({ category, typeId, label })),
  };
}

function list(c: HubSpotCall): Response {
  const { from, to } = stores(c);
  const id = c.req.param('id') ?? '';
  const record = from.resolve(id);
  if (!record || record.archivedAt !== null) throw notFound();
  const all = linksOf(c.get('portal'), { store: from, id: record.id }, to);
  const { page, after } = pageOf(all, c.req.query('after'), limitQuery(c, pageMax, pageMax));
  const v3 = c.get('apiVersion') === 'v3';
  const results = v3
    ? page.flatMap((link) => link.types.map(({ name }) => ({ id: `${link.to}`, type: name })))
    : page.map((link) => linkRow(c, link));
  return c.json({ results, ...(after === null ? {} : nextPage(c, after)) });
}

/** Links after a cursor (the last id shown), and the next cursor where there are more. */
function pageOf(all: Link[], after: string | undefined, limit: number) {
  const from = after ? all.findIndex(({ to }) => to > Number(after)) : 0;
  const page = from < 0 ? [] : all.slice(from, from + limit);
  const more = from >= 0 && from + limit < all.length;
  return { page, after: more ? String(page.at(-1)!.to) : null };
}

function stores(c: HubSpotCall, right: 'read' | 'write' = 'read') {
  const [from, to] = [storeOf(c), storeOf(c, 'toType')];
  needsScope(c, from, right);
  needsScope(c, to, right);
  return { from, to };
}

function pairOf(c: HubSpotCall): { from: End; to: End } {
  const { from, to } = stores(c, 'write');
  return {
    from: { store: from, id: c.req.param('id') ?? '' },
    to: { store: to, id: c.req.param('toId') ?? '' },
  };
}

async function put(c: HubSpotCall): Promise<Response> {
  const pair = pairOf(c);
  const types = await typeList(c);
  const wanted = typesOf(c.get('portal'), { from: pair.from.store, to: pair.to.store }, types);
  associate(c.get('portal'), pair, wanted);
  return c.json(labelsRow(pair, wanted), 201);
}

/** A body that is a list of types. Throws HubSpotError 400. */
async function typeList(c: HubSpotCall): Promise<unknown[]> {
  let types: unknown = null;
  try {
    types = JSON.parse((await c.req.text()) || '[]');
  } catch {
    // Told below, like any other body that is no list.
  }
  if (Array.isArray(types)) return types;
  throw badRequest('Invalid input JSON on line 1, column 1: expected a list of types.');
}

function putDefault(c: HubSpotCall): Response {
  const pair = pairOf(c);
  const results = defaultRows(c, pair);
  const at = c.get('portal').clock.iso();
  return c.json({ status: 'COMPLETE', results, startedAt: at, completedAt: at });
}

function putV3(c: HubSpotCall): Response {
  const pair = pairOf(c);
  associate(c.get('portal'), pair, [typeV3(c, pair)]);
  return c.json({ id: pair.from.id, properties: {}, archived: false });
}

function removeV3(c: HubSpotCall): Response {
  const pair = pairOf(c);
  dissociate(c.get('portal'), pair, [typeV3(c, pair)]);
  return c.body(null, 204);
}

function typeV3(c: HubSpotCall, { from, to }: { from: End; to: End }): AssociationType {
  const wanted = c.req.param('typeId') ?? '';
  const { types } = c.get('portal').associations;
  const type = types
    .of(from.store.type.name, to.store.type.name)
    .find(({ name, typeId }) => name === wanted || String(typeId) === wanted);
  if (type) return type;
  throw badRequest(`invalid association type: ${wanted}`);
}

function remove(c: HubSpotCall): Response {
  dissociate(c.get('portal'), pairOf(c), null);
  return c.body(null, 204);
}

function defaultRows(c: HubSpotCall, pair: { from: End; to: End }) {
  const portal = c.get('portal');
  const plain = plainType(portal, pair.from.store, pair.to.store);
  associate(portal, pair, [plain]);
  const row = (from: End, to: End, type: AssociationType) => ({
    from: { id: from.id },
    to: { id: to.id },
    associationSpec: { associationCategory: type.category, associationTypeId: type.typeId },
  });
  return [row(pair.from, pair.to, plain), row(pair.to, pair.from, plain.inverse)];
}

function labelsRow({ from, to }: { from: End; to: End }, types: readonly AssociationType[]) {
  return {
    fromObjectTypeId: from.store.type.id,
    fromObjectId: from.id,
    toObjectTypeId: to.store.type.id,
    toObjectId: to.id,
    labels: types.flatMap(({ label }) => label ?? []),
  };
}

/** A record without associations is an error entry of its own kind in a 207, as in HubSpot. */
async function batchRead(c: HubSpotCall): Promise<Response> {
  const { from, to } = stores(c);
  const { inputs } = await batchInputs(c, readMax);
  const results: unknown[] = [];
  const errors: unknown[] = [];
  for (const input of inputs) {
    const id = String(input['id'] ?? '');
    const links = from.live(id) ? linksOf(c.get('portal'), { store: from, id }, to) : [];
    if (links.length === 0) {
      errors.push(noneFound(from, to, id));
      continue;
    }
    const cursor = typeof input['after'] === 'string' ? input['after'] : undefined;
    const { page, after } = pageOf(links, cursor, c.get('effects')?.pageRows ?? pageMax);
    const next = after === null ? {} : { paging: { next: { after, link: `?after=${after}` } } };
    results.push({ from: { id }, to: page.map((link) => linkRow(c, link)), ...next });
  }
  return batchAnswer(c, { results, errors });
}

/** What v3 and v4 batch reads say of a record that has no associations. */
export function noneFound(from: ObjectStore, to: ObjectStore, id: string) {
  return {
    status: 'error',
    category: 'OBJECT_NOT_FOUND',
    subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND',
    message: `No ${to.type.name} is associated with ${from.type.name} ${id}.`,
    context: {
      fromObjectId: [id],
      fromObjectType: [from.type.name],
      toObjectType: [to.type.name],
    },
  };
}

interface PairInput {
  from?: { id?: unknown };
  to?: { id?: unknown };
  types?: unknown;
}

async function batchCreate(c: HubSpotCall): Promise<Response> {
  const portal = c.get('portal');
  return eachPair(c, 201, (pair, { types }) => {
    const wanted = typesOf(portal, { from: pair.from.store, to: pair.to.store }, types ?? []);
    associate(portal, pair, wanted);
    return [labelsRow(pair, wanted)];
  });
}

async function batchDefault(c: HubSpotCall): Promise<Response> {
  return eachPair(c, 200, (pair) => defaultRows(c, pair));
}

async function eachPair(
  c: HubSpotCall,
  status: 200 | 201,
  work: (pair: { from: End; to: End }, input: PairInput) => unknown[],
): Promise<Response> {
  const { from, to } = stores(c, 'write');
  const { inputs } = await batchInputs(c, createMax);
  const results: unknown[] = [];
  const errors: unknown[] = [];
  for (const input of inputs as PairInput[]) {
    const pair = {
      from: { store: from, id: String(input.from?.id ?? '') },
      to: { store: to, id: String(input.to?.id ?? '') },
    };
    try {
      results.push(...work(pair, input));
    } catch (error) {
      if (!(error instanceof HubSpotError)) throw error;
      errors.push(error.rowBody({}));
    }
  }
  return batchAnswer(c, { results, errors }, status);
}

/** `{from: {id}, to: [{id}]}`: ends associations with all their labels. */
async function batchArchive(c: HubSpotCall): Promise<Response> {
  const { from, to } = stores(c, 'write');
  const { inputs } = await batchInputs(c, archiveMax);
  for (const input of inputs as { from?: { id?: unknown }; to?: unknown }[]) {
    if (!Array.isArray(input.to)) throw badRequest('"to" is not a list of objects with ids.');
    for (const other of input.to as ({ id?: unknown } | null)[]) {
      const pair = {
        from: { store: from, id: String(input.from?.id ?? '') },
        to: { store: to, id: String(other?.id ?? '') },
      };
      dissociate(c.get('portal'), pair, null);
    }
  }
  return c.body(null, 204);
}

/** `{from, to, types}`: takes single labels away. */
async function batchArchiveLabels(c: HubSpotCall): Promise<Response> {
  const portal = c.get('portal');
  const { from, to } = stores(c, 'write');
  const { inputs } = await batchInputs(c, archiveMax);
  for (const input of inputs as PairInput[]) {
    const types = typesOf(portal, { from, to }, input.types ?? []);
    const pair = {
      from: { store: from, id: String(input.from?.id ?? '') },
      to: { store: to, id: String(input.to?.id ?? '') },
    };
    dissociate(portal, pair, types);
  }
  return c.body(null, 204);
}
