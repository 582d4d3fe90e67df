/** Puts HubSpot's endpoints on a server. */
import { Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { HubSpotError } from '../errors.ts';
import type { Portals } from '../portals.ts';
import { mountAccount } from './account.ts';
import { mountAssociationLabels } from './association-labels.ts';
import { mountAssociations } from './associations.ts';
import { mountBatch } from './batch.ts';
import type { HubSpotVariables } from './call.ts';
import { mountOAuth } from './oauth.ts';
import { mountObjects } from './objects.ts';
import { mountOwners } from './owners.ts';
import { mountPipelines } from './pipelines.ts';
import { mountProperties } from './properties.ts';
import { mountPropertyGroups } from './property-groups.ts';
import { mountSchemas } from './schemas.ts';
import { mountSearch } from './search.ts';
import { session } from './session.ts';

/** First parts of HubSpot's paths: what the sandbox counts, delays and breaks as HubSpot's. */
export const hubspotRoots = [
  '/crm',
  '/crm-object-schemas',
  '/oauth',
  '/account-info',
  '/settings',
  '/webhooks',
  '/webhooks-journal',
  '/automation',
  '/integrations',
];

/** Roots whose calls carry a bearer token. */
const guarded = ['/crm', '/crm-object-schemas', '/account-info', '/settings'];

/** Mounts all of it. */
export function mountHubSpot(app: Hono, portals: Portals): void {
  const api = new Hono<{ Variables: HubSpotVariables }>({ strict: false });
  for (const root of guarded) api.use(`${root}/*`, session(portals));
  mountSearch(api);
  mountBatch(api);
  mountAssociations(api);
  mountAssociationLabels(api);
  mountObjects(api);
  mountPropertyGroups(api);
  mountProperties(api);
  mountPipelines(api);
  mountOwners(api);
  mountSchemas(api);
  mountAccount(api);
  api.onError((error, c) => {
    if (!(error instanceof HubSpotError)) throw error;
    return c.json(error.body(), error.status as ContentfulStatusCode);
  });
  mountOAuth(app, portals);
  app.route('/', api);
}
