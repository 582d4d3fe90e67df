/** Property groups (developers.hubspot.com, CRM properties: groups). */
import { badRequest, HubSpotError, notFound } from '../errors.ts';
import { families, type HubSpotApi, type HubSpotCall, jsonBody, storeOf } from './call.ts';

/** List, read, create, update and archive groups. Mounted before the properties themselves. */
export function mountPropertyGroups(api: HubSpotApi): void {
  for (const base of families('properties')) {
    const path = `${base}/:objectType/groups`;
    api.get(path, (c) => c.json({ results: [...groupsOf(c).values()] }));
    api.post(path, create);
    api.get(`${path}/:group`, (c) => c.json(named(c)));
    api.patch(`${path}/:group`, update);
    api.delete(`${path}/:group`, remove);
  }
}

const groupsOf = (c: HubSpotCall) => storeOf(c).properties.groups;

function named(c: HubSpotCall) {
  const name = c.req.param('group') ?? '';
  const group = groupsOf(c).get(name);
  if (!group) throw notFound(`Property group ${name} does not exist.`);
  return group;
}

async function create(c: HubSpotCall): Promise<Response> {
  const { name, label, displayOrder } = await jsonBody(c);
  if (typeof name !== 'string' || !/^[a-z][a-z0-9_-]*$/.test(name)) {
    throw badRequest('A group needs a name of a-z, 0-9 and _ that begins with a letter.');
  }
  if (typeof label !== 'string' || label === '') throw badRequest('A group needs a label.');
  if (groupsOf(c).has(name)) {
    const message = `A property group named '${name}' already exists.`;
    throw new HubSpotError(409, 'OBJECT_ALREADY_EXISTS', message);
  }
  const order = typeof displayOrder === 'number' ? { displayOrder } : {};
  return c.json(storeOf(c).properties.group({ name, label, ...order }), 201);
}

async function update(c: HubSpotCall): Promise<Response> {
  const group = named(c);
  const { label, displayOrder } = await jsonBody(c);
  if (typeof label === 'string') group.label = label;
  if (typeof displayOrder === 'number') group.displayOrder = displayOrder;
  return c.json(group);
}

function remove(c: HubSpotCall): Response {
  const group = named(c);
  const used = storeOf(c)
    .properties.all()
    .some((def) => def.groupName === group.name && !def.archived);
  if (used) throw badRequest(`Property group ${group.name} still has properties.`);
  groupsOf(c).delete(group.name);
  return c.body(null, 204);
}
