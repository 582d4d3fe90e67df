/** HubSpot saying no, or saying it oddly: limits, locks, tokens, searches, batches, rows. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { HubSpotEffects } from '../hubspot/api/call.ts';
import { HubSpotError, invalidValues } from '../hubspot/errors.ts';
import { type RatePolicy, rateLimitBody } from '../hubspot/limits.ts';
import type { FaultCall } from './call.ts';
import { callFault, type FaultKind, portalRowFault } from './kinds.ts';

const none = z.strictObject({});

/** A call that reads or writes the portal with a token. */
const isPortalCall = ({ vendor, path }: FaultCall) =>
  vendor === 'hubspot' && !path.startsWith('/oauth/');
const isSearch = ({ vendor, operation }: FaultCall) =>
  vendor === 'hubspot' && /^POST \/crm\/objects\/[^/]+\/search$/.test(operation);
const isBatch = ({ vendor, operation }: FaultCall) =>
  vendor === 'hubspot' && /^POST \/crm\/[^ ]*\/batch\//.test(operation);
const isBatchWrite = (call: FaultCall) => isBatch(call) && !call.operation.endsWith('/read');

function refused(status: number, body: Record<string, unknown>, headers = {}): Response {
  return Response.json(
    { status: 'error', correlationId: randomUUID(), ...body },
    { status, headers },
  );
}

function limitFault(policy: RatePolicy, about: string, at = isPortalCall): FaultKind {
  return callFault({
    about,
    source: 'HubSpot, API usage guidelines and limits',
    count: 1,
    params: none,
    at,
    apply: async () => Response.json(rateLimitBody(policy), { status: 429 }),
  });
}

/** A fault that tells a route to do otherwise than usual. */
function effectFault<P extends z.ZodObject>(
  says: { about: string; source: string; count: number | null; params: P },
  at: (call: FaultCall) => boolean,
  effect: (params: z.infer<P>) => HubSpotEffects,
): FaultKind {
  return callFault<P>({
    ...says,
    at,
    apply: async ({ call, params }, proceed) => {
      Object.assign(call.effects, effect(params));
      return proceed();
    },
  });
}

const limitFaults: Record<string, FaultKind> = {
  'ten-secondly-limit': limitFault('TEN_SECONDLY_ROLLING', "429: an app's calls in ten seconds"),
  'secondly-limit': limitFault('SECONDLY', "429: the account's searches in a second", isSearch),
  'daily-limit': limitFault('DAILY', "429: the account's calls of the day"),
  'portal-migrating': callFault({
    about: '477 with Retry-After: the account is being moved to another data center',
    source: 'HubSpot, Error handling: 477 Migration in progress',
    count: 1,
    params: z.strictObject({ retryAfterSeconds: z.int().min(0).default(2) }),
    at: isPortalCall,
    apply: async ({ params }) =>
      refused(
        477,
        { message: 'Migration in progress', category: 'MIGRATION_IN_PROGRESS' },
        { 'Retry-After': String(params.retryAfterSeconds) },
      ),
  }),
  'portal-locked': callFault({
    about: '423 Locked: many calls at one record, or a mass operation under way',
    source: 'HubSpot, Error handling: 423 Locked',
    count: 1,
    params: none,
    at: isPortalCall,
    apply: async () => refused(423, { message: 'Locked', category: 'LOCKED' }),
  }),
  'token-expired': callFault({
    about: 'the access token has ended: 401 EXPIRED_AUTHENTICATION until a new one is asked for',
    source: 'HubSpot, OAuth: refresh tokens; Error handling',
    count: 1,
    params: none,
    at: isPortalCall,
    apply: async ({ call, scene }, proceed) => {
      const grant = scene.portals.tokens.get(call.token ?? '');
      if (grant) grant.expiresAt = scene.clock.now() - 1000;
      return proceed();
    },
  }),
  'token-refused': callFault({
    about: 'the token request is refused: the app was uninstalled, or its secret rotated',
    source: 'HubSpot, OAuth: BAD_REFRESH_TOKEN',
    count: null,
    params: none,
    at: ({ vendor, path }) => vendor === 'hubspot' && /^\/oauth\/[^/]+\/token$/.test(path),
    apply: async () =>
      refused(400, { status: 'BAD_REFRESH_TOKEN', message: 'missing or invalid refresh token' }),
  }),
  'scope-missing': callFault({
    about: '403 MISSING_SCOPES: somebody took a scope from the app',
    source: 'HubSpot, Error handling; scopes',
    count: 1,
    params: z.strictObject({ scope: z.string().default('crm.objects.deals.write') }),
    at: isPortalCall,
    apply: async ({ params }) =>
      refused(403, {
        message: "This app hasn't been granted all required scopes to make this call.",
        category: 'MISSING_SCOPES',
        errors: [
          {
            message: 'One or more of the following scopes are required.',
            context: { requiredGranularScopes: [params.scope] },
          },
        ],
      }),
  }),
};

const searchFaults: Record<string, FaultKind> = {
  'search-lag': portalRowFault({
    about: 'the search index shows the written row only "seconds" (sandbox clock) later',
    source: 'HubSpot, CRM search: limitations; estuary #1861, airbyte #69203',
    count: null,
    params: z.strictObject({
      seconds: z.number().positive().default(30),
      jitterSeconds: z.number().min(0).default(0),
    }),
    apply: ({ params, scene }) =>
      (params.seconds + scene.random.next() * params.jitterSeconds) * 1000,
  }),
  'search-stale': effectFault(
    {
      about: 'a search finds the right rows and shows the values they had before',
      source: 'sequin docs: search is eventually consistent',
      count: 1,
      params: none,
    },
    isSearch,
    () => ({ staleValues: true }),
  ),
  'search-stray': effectFault(
    {
      about: '"rows" rows come with a search that lie outside the window it asked for',
      source: 'estuary #2210',
      count: 1,
      params: z.strictObject({ rows: z.int().min(1).default(1) }),
    },
    isSearch,
    ({ rows }) => ({ strayRows: rows }),
  ),
  'search-cap': effectFault(
    {
      about: 'a search refuses with 400 to page past "results", in place of 10,000',
      source: 'HubSpot, CRM search: limitations',
      count: null,
      params: z.strictObject({ results: z.int().min(1).default(1000) }),
    },
    isSearch,
    ({ results }) => ({ resultsMax: results }),
  ),
};

const batchFaults: Record<string, FaultKind> = {
  'batch-reordered': effectFault(
    {
      about: 'the results of a batch come in another order than its inputs',
      source: 'HubSpot, batch endpoints: results are not in order of the inputs',
      count: null,
      params: none,
    },
    isBatch,
    () => ({ reorder: true }),
  ),
  'batch-refused': callFault({
    about: 'a whole batch is refused with 400, and nothing of it is written',
    source: 'HubSpot, batch endpoints: one bad input without a trace id',
    count: 1,
    params: z.strictObject({ message: z.string().default('One of the inputs is not valid.') }),
    at: isBatchWrite,
    apply: async ({ params }) =>
      refused(400, { message: params.message, category: 'VALIDATION_ERROR' }),
  }),
  'batch-result-missing': callFault({
    about: 'the work is done, and one result is left out of the answer without an error',
    source: 'rudder-transformer, HubSpot response handler',
    count: 1,
    params: none,
    at: isBatch,
    apply: async (_strike, proceed) => {
      const response = await proceed();
      const body = (await response.json()) as { results?: unknown[] };
      body.results?.pop();
      const headers = new Headers(response.headers);
      headers.delete('Content-Length');
      return new Response(JSON.stringify(body), { status: response.status, headers });
    },
  }),
  'record-refused': portalRowFault({
    about: 'a record is refused with a property error: one entry of a 207, or a batch with 400',
    source: 'HubSpot, Properties: validation; batch endpoints',
    count: 1,
    params: z.strictObject({
      property: z.string().default('dealname'),
      error: z.string().default('INVALID_OPTION'),
      message: z.string().default('The value is not allowed by a rule of this account.'),
    }),
    apply: ({ row, params }) => {
      const { property: name, error, message } = params;
      throw invalidValues(Number(row.portalId), [{ name, error, message }]);
    },
  }),
  'unique-value-taken': portalRowFault({
    about: '409 CONFLICT (or 400, as some accounts answer): another record has the unique value',
    source: 'HubSpot, Properties: unique identifier properties',
    count: 1,
    params: z.strictObject({ status: z.union([z.literal(409), z.literal(400)]).default(409) }),
    apply: ({ row, params }) => {
      const on = row.recordId ?? 'a new record';
      const message = `Cannot set a unique value on ${on}. Another record already has that value.`;
      const category = params.status === 409 ? 'CONFLICT' : 'VALIDATION_ERROR';
      throw new HubSpotError(params.status, category, message, {
        errors: [{ message, code: 'CONFLICTING_UNIQUE_VALUE' }],
      });
    },
  }),
};

/** Their kinds by name. */
export const portalFaults: Record<string, FaultKind> = {
  ...limitFaults,
  ...searchFaults,
  ...batchFaults,
};
