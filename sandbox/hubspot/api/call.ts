/** What every HubSpot route works with: the portal, the caller, the version, and the body. */
import type { Context, Hono } from 'hono';
import { badRequest, HubSpotError } from '../errors.ts';
import type { ObjectStore } from '../object-store.ts';
import { unknownType } from '../object-types.ts';
import type { Portal } from '../portal.ts';
import type { Grant } from '../portals.ts';
import type { Writer } from '../write.ts';

/** What an armed fault tells a HubSpot route to do otherwise than usual. */
export interface HubSpotEffects {
  /** Rows this page holds at most. */
  pageRows?: number;
  /** Results of a batch come in another order. */
  reorder?: boolean;
  /** A search shows its rows with the values they had before their last change. */
  staleValues?: boolean;
  /** So many rows come with a search that its filters do not match. */
  strayRows?: number;
  /** Results of a search after which it refuses to page, in place of 10,000. */
  resultsMax?: number;
}

/** Variables the session middleware sets. */
export interface HubSpotVariables {
  portal: Portal;
  grant: Grant;
  /** `v3`, `v4` or `2026-03`. */
  apiVersion: string;
  effects?: HubSpotEffects;
}

export type HubSpotApi = Hono<{ Variables: HubSpotVariables }>;
export type HubSpotCall = Context<{ Variables: HubSpotVariables }>;

/** The dated versions the sandbox answers. */
const dated = ':version{2026-0[39]}';

/** Both addresses of a resource: `/crm/v3/owners` and `/crm/owners/2026-03`. */
export function families(resource: string, versions: readonly string[] = ['v3']): string[] {
  return [...versions.map((version) => `/crm/${version}/${resource}`), `/crm/${resource}/${dated}`];
}

/** The version in a path. */
export function versionOf(path: string): string {
  return /\/(v\d|20\d\d-\d\d)(?:\/|$)/.exec(path)?.[1] ?? 'v3';
}

/** The type a path names. Throws HubSpotError. */
export function storeOf(c: HubSpotCall, param = 'objectType'): ObjectStore {
  const name = c.req.param(param) ?? '';
  const store = c.get('portal').store(name);
  // The bare name of a custom object is no address (changelog, 24 June 2025); p_name is.
  if (store.type.custom && store.type.name === name.toLowerCase()) throw unknownType(name);
  return store;
}

/** Throws HubSpotError 403 where the token lacks a scope; object scopes are named by plural. */
export function needsScope(c: HubSpotCall, store: ObjectStore, right: 'read' | 'write'): void {
  needs(c, `crm.objects.${scopedName(store)}.${right}`);
}

/**
 * The same for the object's properties, labels and pipelines. HubSpot's specification lets whoever
 * may read or write the records read these too; making them takes the schema's own scope.
 */
export function needsSchemaScope(c: HubSpotCall, store: ObjectStore, right: 'read' | 'write') {
  const name = scopedName(store);
  const ofRecords = [`crm.objects.${name}.read`, `crm.objects.${name}.write`];
  needs(c, `crm.schemas.${name}.${right}`, ...(right === 'read' ? ofRecords : []));
}

/** The same for labels of associations, which go with the records of both objects. */
export function needsLabelScope(c: HubSpotCall, store: ObjectStore, right: 'read' | 'write') {
  const name = scopedName(store);
  const more = right === 'read' ? [`crm.objects.${name}.read`] : [];
  needs(c, `crm.objects.${name}.write`, `crm.schemas.${name}.${right}`, ...more);
}

/** Throws HubSpotError 403 where the token has none of the scopes. */
export function needs(c: HubSpotCall, ...oneOf: string[]): void {
  const { scopes } = c.get('grant');
  if (scopes === null || oneOf.some((scope) => scopes.includes(scope))) return;
  const message =
    "This app hasn't been granted all required scopes to make this call. " +
    'Read more about required scopes here: https://developers.hubspot.com/scopes.';
  throw new HubSpotError(403, 'MISSING_SCOPES', message, {
    errors: [
      {
        message: 'One or more of the following scopes are required.',
        context: { requiredGranularScopes: oneOf },
      },
    ],
    links: { scopes: 'https://developers.hubspot.com/scopes' },
  });
}

/** Activities are read and written with the contacts' scopes. */
function scopedName({ type }: ObjectStore): string {
  if (type.custom) return 'custom';
  if (type.name === 'deal' || type.name === 'company') return type.plural;
  return type.name === 'ticket' ? 'tickets' : 'contacts';
}

/** The body as a JSON object. Throws HubSpotError 400. */
export async function jsonBody(c: HubSpotCall): Promise<Record<string, unknown>> {
  const text = await c.req.text();
  let body: unknown;
  try {
    body = JSON.parse(text === '' ? '{}' : text);
  } catch (error) {
    throw badRequest(
      `Invalid input JSON on line 1, column 1: ${error instanceof Error ? error.message : error}`,
    );
  }
  if (body !== null && typeof body === 'object' && !Array.isArray(body)) {
    return body as Record<string, unknown>;
  }
  throw badRequest('Invalid input JSON on line 1, column 1: Cannot deserialize the value.');
}

/** The `inputs` of a batch. Throws HubSpotError 400 for none, or more than allowed. */
export async function batchInputs(
  c: HubSpotCall,
  max: number,
): Promise<{ body: Record<string, unknown>; inputs: Record<string, unknown>[] }> {
  const body = await jsonBody(c);
  const { inputs } = body;
  if (!Array.isArray(inputs)) {
    throw badRequest("Invalid input JSON on line 1, column 1: Required field 'inputs' not set");
  }
  if (inputs.length > max) {
    throw badRequest(
      `The maximum number of inputs supported in a batch request is ${max}, ` +
        `the request contains ${inputs.length} inputs.`,
    );
  }
  for (const input of inputs) {
    if (input === null || typeof input !== 'object' || Array.isArray(input)) {
      throw badRequest('Invalid input JSON on line 1, column 1: an input is not an object');
    }
  }
  return { body, inputs: inputs as Record<string, unknown>[] };
}

/** Who writes through this call. */
export function writerOf(c: HubSpotCall): Writer {
  const { appId, userId, kind } = c.get('grant');
  return {
    author: {
      sourceType: kind === 'oauth' ? 'INTEGRATION' : 'API',
      sourceId: String(appId),
      userId,
      appId,
    },
    apiVersion: c.get('apiVersion'),
    via: 'api',
  };
}

/** The envelope of a batch's answer: 207 where anything failed, `status` otherwise. */
export function batchAnswer(
  c: HubSpotCall,
  outcome: { results: unknown[]; errors: unknown[] },
  status: 200 | 201 = 200,
): Response {
  const { results, errors } = outcome;
  const at = c.get('portal').clock.iso();
  if (c.get('effects')?.reorder) results.reverse();
  const body = { status: 'COMPLETE', results, startedAt: at, completedAt: at };
  if (errors.length === 0) return c.json(body, status);
  return c.json({ ...body, numErrors: errors.length, errors }, 207);
}

/** A yes or no of a query, in any case: Python's clients write `True`. */
export function flagQuery(c: HubSpotCall, name: string): boolean {
  return c.req.query(name)?.toLowerCase() === 'true';
}

/** A text list of a query: repeated or separated by commas. */
export function listQuery(c: HubSpotCall, name: string): string[] {
  return (c.req.queries(name) ?? [])
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter(Boolean);
}

/** A page's size. Throws HubSpotError 400 beyond the limit. */
export function limitQuery(c: HubSpotCall, fallback: number, max: number): number {
  const text = c.req.query('limit');
  if (text === undefined || text === '') return fallback;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= max) return limit;
  throw badRequest(`Invalid value for limit: "${text}". It must be between 1 and ${max}.`);
}

/** `paging` with the address of the next page. */
export function nextPage(c: HubSpotCall, after: string) {
  const url = new URL(c.req.url);
  url.searchParams.set('after', after);
  return { paging: { next: { after, link: url.toString() } } };
}
