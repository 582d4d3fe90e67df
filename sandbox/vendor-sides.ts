/** What the way of a call must know of each vendor: whose token it is, and the route's name. */
import { hubspotOperation } from './hubspot/api/operation.ts';
import type { Portal } from './hubspot/portal.ts';
import type { Portals } from './hubspot/portals.ts';
import { tokenOf } from './salesforce/api/session.ts';
import type { Org } from './salesforce/org.ts';
import type { Tenants } from './tenants.ts';

export interface VendorSide {
  vendor: 'salesforce' | 'hubspot';
  /** `GET /query/{locator}`: the route without ids and versions. */
  operationOf: (method: string, path: string) => string;
  /** The token a request carries, if any. */
  tokenOf: (request: Request) => string | null;
  /** Whose data a token opens; null and null for no token, or an unknown one. */
  tenantOf: (token: string | null) => { org: Org | null; portal: Portal | null };
}

/** Salesforce's side. */
export function salesforceSide(tenants: Tenants): VendorSide {
  return {
    vendor: 'salesforce',
    operationOf: salesforceOperation,
    tokenOf,
    tenantOf: (token) => {
      const orgId = tenants.sessions.get(token ?? '')?.orgId ?? '';
      return { org: tenants.orgs.get(orgId) ?? null, portal: null };
    },
  };
}

/** HubSpot's side. */
export function hubspotSide(portals: Portals): VendorSide {
  return {
    vendor: 'hubspot',
    operationOf: hubspotOperation,
    tokenOf,
    tenantOf: (token) => {
      const portalId = portals.tokens.get(token ?? '')?.portalId ?? '';
      return { org: null, portal: portals.portals.get(portalId) ?? null };
    },
  };
}

/** `PATCH /composite/sobjects/Task/Key__c` and its like with ids and versions left out. */
function salesforceOperation(method: string, path: string): string {
  const short = path
    // A slash at the end, as some clients send it, is the same route.
    .replace(/^\/services\/data\/v\d+\.\d(.*?)\/?$/, '$1')
    .replace(/^\/services\/async\/\d+\.\d(.*?)\/?$/, '/async$1')
    .replace(/\/[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?(?=\/|$)/g, '/{id}')
    .replace(/\/01g[^/]*$/, '/{locator}');
  return `${method} ${short === '' ? '/' : short}`;
}
