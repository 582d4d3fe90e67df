/**
 * The one place where HubSpot's addresses and API versions are written down (crm-apis.md, "HubSpot
 * paths"): the dated family and v3/v4, which HubSpot supports until September and March 2027.
 */

import { refusal } from './errors.ts';

/** A dated version such as '2026-03', or 'v3' (which means v4 for associations). */
export type HubSpotVersion = string;

/** The dated version spoken unless the mapping says otherwise. */
export const versionDefault: HubSpotVersion = '2026-03';

/** Addresses of the resources this connector calls. */
export interface Paths {
  version: HubSpotVersion;
  /** '/crm/objects/2026-03/deals' */
  objects(object: string): string;
  properties(object: string): string;
  pipelines(object: string): string;
  /** Batches and labels of associations. */
  associations(from: string, to: string): string;
  owners: string;
  schemas: string;
  accountDetails: string;
  exchangeRates: string;
  token: string;
  introspect: string | null;
}

/** What a private app's token stands for; it has no dated form. */
export const privateAppInfo = '/oauth/v2/private-apps/get/access-token-info';

/** Throws 'rejected' for a version that is neither 'v3' nor dated ('YYYY-MM'). */
export function pathsOf(version: HubSpotVersion): Paths {
  if (version === 'v3') return classic;
  if (!/^20\d\d-\d\d$/.test(version)) {
    throw refusal(
      'rejected',
      { operation: 'open', code: 'API_VERSION' },
      `"${version}" is no HubSpot API version: write "${versionDefault}" or "v3" (auth.api_version).`,
    );
  }
  return {
    version,
    objects: (object) => `/crm/objects/${version}/${object}`,
    properties: (object) => `/crm/properties/${version}/${object}`,
    pipelines: (object) => `/crm/pipelines/${version}/${object}`,
    associations: (from, to) => `/crm/associations/${version}/${from}/${to}`,
    owners: `/crm/owners/${version}`,
    schemas: `/crm-object-schemas/${version}/schemas`,
    accountDetails: `/account-info/${version}/details`,
    exchangeRates: `/settings/currencies/${version}/exchange-rates`,
    token: `/oauth/${version}/token`,
    introspect: `/oauth/${version}/token/introspect`,
  };
}

const classic: Paths = {
  version: 'v3',
  objects: (object) => `/crm/v3/objects/${object}`,
  properties: (object) => `/crm/v3/properties/${object}`,
  pipelines: (object) => `/crm/v3/pipelines/${object}`,
  associations: (from, to) => `/crm/v4/associations/${from}/${to}`,
  owners: '/crm/v3/owners',
  schemas: '/crm/v3/schemas',
  accountDetails: '/account-info/v3/details',
  exchangeRates: '/settings/v3/currencies/exchange-rates',
  token: '/oauth/v1/token',
  introspect: null,
};
