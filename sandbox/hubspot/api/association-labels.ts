/** Association labels of a pair of objects, and the v3 association endpoints. */
import type { AssociationType } from '../association-types.ts';
import { badRequest, HubSpotError, notFound } from '../errors.ts';
import { associate, dissociate, linksOf } from '../links.ts';
import { noneFound } from './associations.ts';
import {
  batchAnswer,
  batchInputs,
  families,
  type HubSpotApi,
  type HubSpotCall,
  jsonBody,
  needsLabelScope,
  needsScope,
  storeOf,
} from './call.ts';

/** Labels a pair of objects can have (docs, Associations schema: up to 10 labels a pair). */
const labelsMax = 50;
const v3ReadMax = 1000;

/** Labels: list, create, rename, delete; v3: types, batch read, create and archive. */
export function mountAssociationLabels(api: HubSpotApi): void {
  for (const base of families('associations', ['v4'])) {
    const path = `${base}/:objectType/:toType/labels`;
    api.get(path, list);
    api.post(path, create);
    api.put(path, rename);
    api.delete(`${path}/:typeId`, remove);
  }
  const v3 = '/crm/v3/associations/:objectType/:toType';
  api.get(`${v3}/types`, typesV3);
  api.post(`${v3}/batch/read`, readV3);
  api.post(`${v3}/batch/create`, (c) => writeV3(c, 'create'));
  api.post(`${v3}/batch/archive`, (c) => writeV3(c, 'archive'));
}

function typesOfPair(c: HubSpotCall): { from: string; to: string; types: AssociationType[] } {
  const [from, to] = [storeOf(c).type.name, storeOf(c, 'toType').type.name];
  return { from, to, types: c.get('portal').associations.types.of(from, to) };
}

const row = ({ category, typeId, label }: AssociationType) => ({ category, typeId, label });

function list(c: HubSpotCall): Response {
  needsLabelScope(c, storeOf(c), 'read');
  return c.json({ results: typesOfPair(c).types.map(row) });
}

async function create(c: HubSpotCall): Promise<Response> {
  needsLabelScope(c, storeOf(c), 'write');
  const { from, to, types } = typesOfPair(c);
  const { label, name, inverseLabel } = await jsonBody(c);
  if (typeof label !== 'string' || label.trim() === '') throw badRequest('label is required.');
  if (typeof name !== 'string' || !/^[a-z][a-z0-9_]*$/i.test(name)) {
    throw badRequest('name is required; it may hold letters, digits and underscores.');
  }
  const same = types.some((type) => type.label?.toLowerCase() === label.toLowerCase());
  if (same || types.some((type) => type.name === name)) {
    throw new HubSpotError(
      400,
      'VALIDATION_ERROR',
      `An association definition with the label "${label}" or the name "${name}" already exists.`,
      { subCategory: 'ASSOCIATION_SCHEMA.DUPLICATE_LABEL' },
    );
  }
  if (types.length >= labelsMax) throw badRequest(`At most ${labelsMax} labels a pair.`);
  const inverse = typeof inverseLabel === 'string' && inverseLabel !== '' ? inverseLabel : label;
  const made = c.get('portal').associations.types.add({ from, to, name }, label, inverse);
  return c.json({ results: made.map(row) }, 200);
}

async function rename(c: HubSpotCall): Promise<Response> {
  needsLabelScope(c, storeOf(c), 'write');
  const { associationTypeId, label, inverseLabel } = await jsonBody(c);
  if (typeof label !== 'string' || label === '') throw badRequest('label is required.');
  const inverse = typeof inverseLabel === 'string' ? inverseLabel : undefined;
  c.get('portal').associations.types.rename(ownType(c, String(associationTypeId)), label, inverse);
  return c.body(null, 204);
}

function remove(c: HubSpotCall): Response {
  needsLabelScope(c, storeOf(c), 'write');
  c.get('portal').associations.dropType(ownType(c, c.req.param('typeId') ?? ''));
  return c.body(null, 204);
}

/** Only the portal's own labels can be changed. */
function ownType(c: HubSpotCall, id: string): AssociationType {
  const type = typesOfPair(c).types.find((one) => String(one.typeId) === id);
  if (!type) throw notFound(`There is no association type ${id}.`);
  if (type.category === 'USER_DEFINED') return type;
  throw badRequest('Only user-defined association labels can be changed.');
}

function typesV3(c: HubSpotCall): Response {
  const { types } = typesOfPair(c);
  return c.json({ results: types.map(({ typeId, name }) => ({ id: String(typeId), name })) });
}

async function readV3(c: HubSpotCall): Promise<Response> {
  const [from, to] = [storeOf(c), storeOf(c, 'toType')];
  needsScope(c, from, 'read');
  const { inputs } = await batchInputs(c, v3ReadMax);
  const results: unknown[] = [];
  const errors: unknown[] = [];
  for (const { id: given } of inputs) {
    const id = String(given ?? '');
    const links = from.live(id) ? linksOf(c.get('portal'), { store: from, id }, to) : [];
    if (links.length === 0) errors.push(noneFound(from, to, id));
    else {
      const rows = links.flatMap((link) =>
        link.types.map(({ name }) => ({ id: String(link.to), type: name })),
      );
      results.push({ from: { id }, to: rows });
    }
  }
  return batchAnswer(c, { results, errors });
}

async function writeV3(c: HubSpotCall, operation: 'create' | 'archive'): Promise<Response> {
  const [from, to] = [storeOf(c), storeOf(c, 'toType')];
  needsScope(c, from, 'write');
  const portal = c.get('portal');
  const { inputs } = await batchInputs(c, 100);
  const { types } = typesOfPair(c);
  const results: unknown[] = [];
  const errors: unknown[] = [];
  for (const input of inputs as { from?: { id: string }; to?: { id: string }; type?: string }[]) {
    const type = types.find(({ name }) => name === input.type);
    if (!type) throw badRequest(`invalid association type: ${input.type}`);
    const pair = {
      from: { store: from, id: String(input.from?.id ?? '') },
      to: { store: to, id: String(input.to?.id ?? '') },
    };
    try {
      if (operation === 'create') associate(portal, pair, [type]);
      else dissociate(portal, pair, [type]);
      results.push({ from: { id: pair.from.id }, to: { id: pair.to.id }, type: type.name });
    } catch (error) {
      if (!(error instanceof HubSpotError)) throw error;
      errors.push(error.rowBody({}));
    }
  }
  if (operation === 'archive') return c.body(null, 204);
  return batchAnswer(c, { results, errors }, 201);
}
