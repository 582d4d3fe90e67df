/** One API call as a fault sees it, and what of it a fault can be matched by. */

import type { HubSpotEffects } from '../hubspot/api/call.ts';
import type { Portal } from '../hubspot/portal.ts';
import { objectOfIngestJob } from '../salesforce/api/bulk-ingest.ts';
import { objectOfQueryJob } from '../salesforce/api/bulk-query.ts';
import type { CallEffects } from '../salesforce/api/call.ts';
import { objectOfCursor } from '../salesforce/api/query.ts';
import type { Org } from '../salesforce/org.ts';

/** One API call. */
export interface FaultCall {
  vendor: 'salesforce' | 'hubspot';
  /** The caller's org; null before a token is known. */
  org: Org | null;
  /** The caller's HubSpot account; null for Salesforce, and before a token is known. */
  portal: Portal | null;
  token: string | null;
  /** The route's name, e.g. `GET /query/{locator}`. */
  operation: string;
  path: string;
  request: Request;
  /** The request's body, read once and kept for the route. */
  body: () => Promise<string>;
  /** Ends the socket; false in memory, where there is none. */
  hangUp: () => boolean;
  /** What the route is told to do otherwise than usual. */
  effects: CallEffects & HubSpotEffects;
}

/** The connection broke and the client gets no answer. */
export class ConnectionCut extends Error {
  override readonly name = 'ConnectionCut';

  constructor() {
    super('The sandbox cut the connection (an armed fault).');
  }
}

/** Whether a call reads or writes the org with a token: no login, no list of versions. */
export function isDataCall({ vendor, path }: FaultCall): boolean {
  return vendor === 'salesforce' && /^\/services\/data\/v\d/.test(path);
}

/** The objects a call is about, by its path, its query or its body; lower case. */
export async function objectsOf(call: FaultCall): Promise<Set<string>> {
  const found = namesOf(call) ?? (await namesInBody(call));
  return new Set(found.map((name) => name.toLowerCase()));
}

/** Whether the call's query or body names the field. */
export async function namesField(call: FaultCall, field: string): Promise<boolean> {
  const url = new URL(call.request.url);
  const text = `${url.searchParams.get('q') ?? ''} ${url.searchParams.get('fields') ?? ''}`;
  const word = new RegExp(`(?:^|[^\\w])${field.replace(/\W/g, '')}(?:$|[^\\w])`, 'i');
  return word.test(text) || word.test(await call.body());
}

function namesOf({ vendor, path, request, org, portal }: FaultCall): string[] | null {
  if (vendor === 'hubspot') return hubspotTypes(path, portal);
  const [, name] = /\/(?:composite\/)?sobjects\/(\w+)/.exec(path) ?? [];
  if (name) return [name];
  const [, job, jobId = ''] = /\/jobs\/(query|ingest)\/(\w{15,18})/.exec(path) ?? [];
  if (job && org) {
    return [(job === 'query' ? objectOfQueryJob : objectOfIngestJob)(org, jobId) ?? ''];
  }
  const [, locator] = /\/query(?:All)?\/(\w+)-\d+\/?$/.exec(path) ?? [];
  if (locator && org) return [objectOfCursor(org, locator) ?? ''];
  const url = new URL(request.url);
  const soql = url.searchParams.get('q');
  if (soql !== null) return fromOf(soql);
  const ids = url.searchParams.get('ids');
  return ids === null ? null : ids.split(',').map((id) => org?.objectOfId(id)?.name ?? '');
}

/** The object types a HubSpot path names, by plural; both of an association. */
function hubspotTypes(path: string, portal: Portal | null): string[] {
  return path.split('/').flatMap((part) => {
    const type = part === '' ? undefined : portal?.findStore(part)?.type;
    return type ? [type.plural, type.name] : [];
  });
}

async function namesInBody(call: FaultCall): Promise<string[]> {
  if (call.request.method === 'GET') return [];
  let body: unknown;
  try {
    body = JSON.parse(await call.body());
  } catch {
    return [];
  }
  const { records, query, object } = (body ?? {}) as Record<string, unknown>;
  if (typeof query === 'string') return fromOf(query);
  if (typeof object === 'string') return [object];
  if (!Array.isArray(records)) return [];
  return records.map((record) => String(record?.attributes?.type ?? ''));
}

/** The object of a query; what stands in brackets are sub-selects. */
function fromOf(soql: string): string[] {
  let outer = soql;
  for (let before = ''; before !== outer; ) {
    before = outer;
    outer = outer.replace(/\([^()]*\)/g, '');
  }
  return [/\bfrom\s+(\w+)/i.exec(outer)?.[1] ?? ''];
}
