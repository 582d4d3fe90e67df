/** Owners, users' owner records (developers.hubspot.com, CRM owners). Read only. */
import { badRequest, notFound } from '../errors.ts';
import type { Owner } from '../portal.ts';
import {
  families,
  flagQuery,
  type HubSpotApi,
  type HubSpotCall,
  limitQuery,
  needs,
  nextPage,
} from './call.ts';

const pageMax = 500;

/** List and read. */
export function mountOwners(api: HubSpotApi): void {
  for (const base of families('owners')) {
    api.get(base, list);
    api.get(`${base}/`, list);
    api.get(`${base}/:ownerId`, read);
  }
}

function ownerRow(owner: Owner) {
  const { id, email, firstName, lastName, userId, archived, teams } = owner;
  return {
    id,
    email,
    type: 'PERSON',
    firstName,
    lastName,
    // A deactivated user has no user id any more, only the one that includes inactive users.
    ...(archived ? {} : { userId }),
    userIdIncludingInactive: userId,
    createdAt: new Date(owner.createdAt).toISOString(),
    updatedAt: new Date(owner.updatedAt).toISOString(),
    archived,
    ...(teams.length === 0 ? {} : { teams }),
  };
}

function list(c: HubSpotCall): Response {
  needs(c, 'crm.objects.owners.read');
  const archived = flagQuery(c, 'archived');
  const email = c.req.query('email')?.toLowerCase();
  const limit = limitQuery(c, 100, pageMax);
  const after = Number(c.req.query('after') || 0);
  if (!Number.isInteger(after)) throw badRequest('Invalid value for after.');
  const owners = [...c.get('portal').owners.values()]
    .filter((owner) => owner.archived === archived)
    .filter((owner) => !email || owner.email.toLowerCase() === email)
    .filter((owner) => Number(owner.id) > after)
    .sort((a, b) => Number(a.id) - Number(b.id));
  const page = owners.slice(0, limit);
  const more = owners.length > limit ? nextPage(c, page.at(-1)!.id) : {};
  return c.json({ results: page.map(ownerRow), ...more });
}

function read(c: HubSpotCall): Response {
  needs(c, 'crm.objects.owners.read');
  const id = c.req.param('ownerId') ?? '';
  const archived = flagQuery(c, 'archived');
  const owners = [...c.get('portal').owners.values()];
  const owner =
    c.req.query('idProperty') === 'userId'
      ? owners.find(({ userId }) => String(userId) === id)
      : owners.find((one) => one.id === id);
  if (!owner || owner.archived !== archived) throw notFound();
  return c.json(ownerRow(owner));
}
