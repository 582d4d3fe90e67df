/** Opens every API call: token, version, the day's calls, and the headers each answer carries. */
import type { MiddlewareHandler } from 'hono';
import type { Tenants } from '../../tenants.ts';
import { ApiError } from '../errors.ts';
import type { Org } from '../org.ts';
import { type CallVariables, versionMax, versionMin } from './call.ts';

/** Documented limit of a request's URI and headers together, in bytes. */
const uriAndHeadersMax = 16_384;

/** The environment a composite passes to its sub-requests: they count as one call. */
export interface SubrequestEnv {
  subrequest?: boolean;
}

/** Checks the token and sets org, actor and version. Throws ApiError INVALID_SESSION_ID (401). */
export function session(tenants: Tenants): MiddlewareHandler<{ Variables: CallVariables }> {
  return async (c, next) => {
    checkSize(c.req.raw);
    refuseEtags(c.req.raw);
    const found = tenants.sessions.get(tokenOf(c.req.raw) ?? '');
    const org = found && tenants.orgs.get(found.orgId);
    if (!found || !org) {
      throw new ApiError(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
    }
    const version = versionOf(c.req.path);
    checkVersion(version);
    c.set('org', org);
    c.set('actor', { userId: found.userId, via: 'rest' });
    c.set('version', version);
    const isSubrequest = (c.env as SubrequestEnv | undefined)?.subrequest === true;
    if (!isSubrequest) {
      while (org.busy) await org.busy;
      countCall(org);
    }
    await next();
    c.header('Sforce-Limit-Info', `api-usage=${org.dailyCalls.used}/${org.dailyCalls.max}`);
  };
}

/** The caller's token: a bearer, or Bulk API 1.0's own header. */
export function tokenOf(request: Request): string | null {
  const header = request.headers.get('Authorization') ?? '';
  const bearer = /^(?:Bearer|OAuth)\s+(.+)$/i.exec(header)?.[1];
  return bearer ?? request.headers.get('X-SFDC-Session');
}

/** `v65.0` of `/services/data/v65.0/…` and of `/services/async/65.0/…`. */
function versionOf(path: string): string {
  const [, data, bulk] = /^\/services\/(?:data\/(v\d+\.\d)|async\/(\d+\.\d))/.exec(path) ?? [];
  return data ?? (bulk === undefined ? `v${versionMax}.0` : `v${bulk}`);
}

/** Throws ApiError REQUEST_LIMIT_EXCEEDED (403) when the day's calls are used up. */
function countCall(org: Org): void {
  const day = org.clock.iso().slice(0, 10);
  if (org.dailyCalls.day !== day) org.dailyCalls = { ...org.dailyCalls, day, used: 0 };
  if (org.dailyCalls.used >= org.dailyCalls.max) {
    throw new ApiError(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
  }
  org.dailyCalls.used += 1;
}

function checkVersion(version: string): void {
  const number = Number(version.slice(1));
  if (Number.isInteger(number) && number >= versionMin && number <= versionMax) return;
  throw new ApiError(404, 'NOT_FOUND', 'The requested resource does not exist');
}

/** ETags are not made here: to pass over a condition would be a lie. */
function refuseEtags(request: Request): void {
  const asked = ['If-Match', 'If-None-Match'].find((name) => request.headers.has(name));
  if (asked) throw new ApiError(501, 'NOT_IMPLEMENTED', `The sandbox does not look at ${asked}.`);
}

function checkSize(request: Request): void {
  const uri = request.url.length;
  if (uri > uriAndHeadersMax) throw new ApiError(414, 'URI_TOO_LONG', 'URI Too Long');
  let headers = 0;
  request.headers.forEach((value, name) => {
    headers += name.length + value.length + 4;
  });
  if (uri + headers > uriAndHeadersMax) {
    throw new ApiError(431, 'REQUEST_HEADER_TOO_LARGE', 'Request Header Fields Too Large');
  }
}
