/** Mounts the whole Salesforce API on the sandbox's app. */
import { Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Tenants } from '../../tenants.ts';
import { ApiError, asApiError, RecordError } from '../errors.ts';
import { mountBulkIngest } from './bulk-ingest.ts';
import { mountBulkQuery } from './bulk-query.ts';
import { mountBulk1 } from './bulk1.ts';
import type { CallVariables } from './call.ts';
import { mountCollections } from './collections.ts';
import { mountComposite } from './composite.ts';
import { mountDescribe } from './describe.ts';
import { mountIdentity } from './identity.ts';
import { mountOauth } from './oauth.ts';
import { mountQuery } from './query.ts';
import { mountReplication } from './replication.ts';
import { mountRows } from './rows.ts';
import { mountSearch } from './search.ts';
import { mountService, mountVersions } from './service.ts';
import { session } from './session.ts';
import { mountSoap } from './soap.ts';
import { mountTooling } from './tooling.ts';
import { mountTree } from './tree.ts';

/** Adds the routes under /services and /id. */
export function mountSalesforce(app: Hono, tenants: Tenants): void {
  mountOauth(app, tenants);
  mountIdentity(app, tenants);
  mountSoap(app, tenants);
  mountVersions(app);
  const api = new Hono<{ Variables: CallVariables }>({ strict: false });
  api.use('/services/data/:version/*', session(tenants));
  api.use('/services/data/:version', session(tenants));
  mountService(api);
  mountQuery(api);
  mountSearch(api);
  mountDescribe(api);
  mountReplication(api);
  mountCollections(api);
  mountComposite(api, async (request) => app.fetch(request, { subrequest: true }));
  mountTree(api);
  mountTooling(api);
  mountBulkQuery(api);
  mountBulkIngest(api);
  mountRows(api);
  api.onError((error, c) => {
    const refusal = error instanceof RecordError ? asApiError(error.error) : error;
    if (!(refusal instanceof ApiError)) throw error;
    return c.json(refusal.entries, refusal.status as ContentfulStatusCode);
  });
  app.route('/', api);
  mountBulk1(app, tenants);
}
