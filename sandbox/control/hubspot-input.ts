/** What control calls name of HubSpot: the portal, and who is writing. */
import type { Context } from 'hono';
import type { Portal } from '../hubspot/portal.ts';
import type { Portals } from '../hubspot/portals.ts';
import type { Writer } from '../hubspot/write.ts';

/** The portal of `?portal=ID`, or the default one. Throws Error where there is none of that id. */
export function portalOf(c: Context, portals: Portals): Portal {
  const id = c.req.query('portal');
  if (id === undefined) return portals.defaultPortal;
  const portal = portals.portals.get(id);
  if (!portal) throw new Error(`There is no portal ${id}. GET /__sandbox/hubspot/portals.`);
  return portal;
}

/** A person of the portal, by owner id or e-mail; an admin without a name where nobody is named. */
export function personWriting(portal: Portal, who: unknown, via: Writer['via']): Writer {
  const wanted = String(who ?? '').toLowerCase();
  const owner = [...portal.owners.values()].find(
    ({ id, email }) => id === wanted || email.toLowerCase() === wanted,
  );
  if (wanted !== '' && !owner) throw new Error(`The portal has no owner ${String(who)}.`);
  return {
    author: { sourceType: 'CRM_UI', sourceId: null, userId: owner?.userId ?? null, appId: null },
    apiVersion: 'v3',
    via,
  };
}
