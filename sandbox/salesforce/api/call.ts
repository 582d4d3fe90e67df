/** What every API route works with: the org, the caller, the version, and how answers are made. */
import type { Context, Hono } from 'hono';
import type { SaveContext } from '../dml/save.ts';
import { ApiError } from '../errors.ts';
import type { Actor, Org } from '../org.ts';

/** What an armed fault tells a route to do otherwise than usual. */
export interface CallEffects {
  /** Rows this page holds at most. */
  pageRows?: number;
  /** The job opened by this call stays in a state until it is over. */
  holdJob?: { state: 'UploadComplete' | 'InProgress'; over: () => boolean };
  /** The job opened by this call ends as Failed with this message. */
  failJob?: string;
  /** Days of deletions that are still known. */
  deletedDays?: number;
}

/** Variables the session middleware sets. */
export interface CallVariables {
  org: Org;
  actor: Actor;
  /** `v68.0` */
  version: string;
  /** Absent while no fault is armed. */
  effects?: CallEffects;
}

export type Api = Hono<{ Variables: CallVariables }>;
export type Call = Context<{ Variables: CallVariables }>;

/** API versions that are served: 31.0 to 40.0 are deprecated, not retired (Winter '27 is 68.0). */
export const versionMin = 31;
export const versionMax = 68;

/** `/services/data/v68.0` of this call. */
export function base(c: Call): string {
  return `/services/data/${c.get('version')}`;
}

/** The body as JSON. Throws ApiError JSON_PARSER_ERROR. */
export async function jsonBody(c: Call): Promise<unknown> {
  const text = await c.req.text();
  try {
    return JSON.parse(text === '' ? 'null' : text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiError(400, 'JSON_PARSER_ERROR', `${reason} at [line:1, column:1]`);
  }
}

/** The body as a JSON object. Throws ApiError JSON_PARSER_ERROR. */
export async function jsonObject(c: Call): Promise<Record<string, unknown>> {
  const body = await jsonBody(c);
  if (body !== null && typeof body === 'object' && !Array.isArray(body)) {
    return body as Record<string, unknown>;
  }
  throw new ApiError(
    400,
    'JSON_PARSER_ERROR',
    'The HTTP entity body is required, but this request has no entity body.',
  );
}

/** For the DML modules. */
export function saveContext(c: Call): SaveContext {
  const org = c.get('org');
  return { state: org, access: org.access, actor: c.get('actor'), source: 'json' };
}

/** JSON text that is already written. */
export function jsonText(c: Call, text: string, status: 200 | 201 = 200): Response {
  return c.body(text, status, { 'Content-Type': 'application/json;charset=UTF-8' });
}
