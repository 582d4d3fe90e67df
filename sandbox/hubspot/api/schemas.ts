/** Schemas: custom objects, made, read, changed and taken away (CRM, Object schemas). */

import { addCustomObject, type SchemaInput } from '../custom-objects.ts';
import { badRequest, HubSpotError, notFound } from '../errors.ts';
import type { ObjectStore } from '../object-store.ts';
import type { ObjectType } from '../object-types.ts';
import { type HubSpotApi, type HubSpotCall, jsonBody, needs } from './call.ts';
import { propertyRow } from './properties.ts';

/** List, read, create, update and archive. */
export function mountSchemas(api: HubSpotApi): void {
  const bases = [
    '/crm/v3/schemas',
    '/crm-object-schemas/v3/schemas',
    '/crm-object-schemas/:version{2026-0[39]}/schemas',
  ];
  for (const base of bases) {
    api.get(base, list);
    api.post(base, create);
    api.get(`${base}/:objectType`, read);
    api.patch(`${base}/:objectType`, update);
    api.delete(`${base}/:objectType`, remove);
    api.post(`${base}/:objectType/associations`, associate);
  }
}

function schemaRow(c: HubSpotCall, store: ObjectStore) {
  const { type } = store;
  const { associations } = c.get('portal');
  const iso = (at: number) => new Date(at).toISOString();
  return {
    id: type.id,
    objectTypeId: type.id,
    name: type.name,
    fullyQualifiedName: type.fullyQualifiedName ?? type.name.toUpperCase(),
    labels: type.labels,
    ...(type.description ? { description: type.description } : {}),
    primaryDisplayProperty: type.primaryDisplayProperty,
    secondaryDisplayProperties: type.secondaryDisplayProperties ?? [],
    requiredProperties: type.requiredProperties,
    searchableProperties: type.searchableProperties,
    properties: store.properties.all().map(propertyRow),
    associations: [...c.get('portal').stores.values()].flatMap((other) =>
      associations.types.of(type.name, other.type.name).map(({ typeId, name }) => ({
        id: String(typeId),
        fromObjectTypeId: type.id,
        toObjectTypeId: other.type.id,
        name,
      })),
    ),
    archived: false,
    ...(type.createdAt ? { createdAt: iso(type.createdAt), updatedAt: iso(type.createdAt) } : {}),
  };
}

/** Custom objects only, as HubSpot lists them. */
function list(c: HubSpotCall): Response {
  needs(c, 'crm.schemas.custom.read', 'crm.objects.custom.read');
  const stores = [...c.get('portal').stores.values()].filter(({ type }) => type.custom);
  return c.json({ results: stores.map((store) => schemaRow(c, store)) });
}

function named(c: HubSpotCall): ObjectStore {
  const store = c.get('portal').findStore(c.req.param('objectType') ?? '');
  if (store) return store;
  throw notFound(`Unable to find object type ${c.req.param('objectType')}`);
}

function read(c: HubSpotCall): Response {
  needs(c, 'crm.schemas.custom.read', 'crm.objects.custom.read');
  return c.json(schemaRow(c, named(c)));
}

async function create(c: HubSpotCall): Promise<Response> {
  needs(c, 'crm.schemas.custom.write');
  const portal = c.get('portal');
  const body = (await jsonBody(c)) as unknown as SchemaInput;
  if (typeof body.name !== 'string' || !/^[a-z][a-z0-9_]*$/i.test(body.name)) {
    throw badRequest('An object needs a name of letters, digits and underscores.');
  }
  if (!Array.isArray(body.properties) || body.properties.length === 0) {
    throw badRequest('An object needs at least one property.');
  }
  const named = (one: { name?: unknown; type?: unknown } | null) =>
    typeof one?.name === 'string' && typeof one.type === 'string';
  if (!body.properties.every(named)) throw badRequest('A property needs a name and a type.');
  if (!body.labels?.singular || !body.labels.plural) throw badRequest('An object needs labels.');
  if (portal.findStore(body.name)) {
    const message = `An object with the name '${body.name}' already exists.`;
    throw new HubSpotError(409, 'OBJECT_ALREADY_EXISTS', message);
  }
  return c.json(schemaRow(c, addCustomObject(portal, body)), 201);
}

async function update(c: HubSpotCall): Promise<Response> {
  needs(c, 'crm.schemas.custom.write');
  const { type } = custom(c);
  const body = (await jsonBody(c)) as Partial<ObjectType>;
  for (const name of [
    'labels',
    'description',
    'requiredProperties',
    'searchableProperties',
    'primaryDisplayProperty',
    'secondaryDisplayProperties',
  ] as const) {
    if (body[name] !== undefined) Object.assign(type, { [name]: body[name] });
  }
  return c.json(schemaRow(c, custom(c)));
}

function custom(c: HubSpotCall): ObjectStore {
  const store = named(c);
  if (store.type.custom) return store;
  throw badRequest(`${store.type.name} is not a custom object.`);
}

function remove(c: HubSpotCall): Response {
  needs(c, 'crm.schemas.custom.write');
  const store = custom(c);
  if (store.liveCount > 0) {
    throw badRequest(`Object type ${store.type.id} still has ${store.liveCount} records.`);
  }
  c.get('portal').removeType(store.type);
  return c.body(null, 204);
}

async function associate(c: HubSpotCall): Promise<Response> {
  needs(c, 'crm.schemas.custom.write');
  const portal = c.get('portal');
  const store = named(c);
  const { toObjectTypeId, name } = await jsonBody(c);
  const other = portal.store(String(toObjectTypeId ?? ''));
  const { types } = portal.associations;
  const [there] = types.plain(store.type.name, other.type.name)
    ? types.of(store.type.name, other.type.name)
    : types.add(
        {
          from: store.type.name,
          to: other.type.name,
          ...(typeof name === 'string' ? { name } : {}),
        },
        null,
        null,
      );
  return c.json(
    {
      id: String(there!.typeId),
      fromObjectTypeId: store.type.id,
      toObjectTypeId: other.type.id,
      name: there!.name,
    },
    201,
  );
}
