/** A CRM saying no to a whole call: outages of either; Salesforce's sessions, limits, queries. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { closeCursor } from '../salesforce/api/query.ts';
import { type FaultCall, isDataCall } from './call.ts';
import { callFault, type FaultKind } from './kinds.ts';

const none = z.strictObject({});
const isQueryPage = ({ operation }: FaultCall) =>
  /^GET \/query(All)?\/\{locator\}$/.test(operation);
const isQuery = ({ operation }: FaultCall) => /^GET \/query(All)?(\/|$)/.test(operation);

/** Messages of REQUEST_LIMIT_EXCEEDED: one code for two limits. */
const limits = {
  TotalRequests: 'TotalRequests Limit exceeded.',
  ConcurrentPerOrgLongTxn: 'ConcurrentPerOrgLongTxn Limit exceeded.',
} as const;

/** Their kinds by name. */
export const refusalFaults = {
  'session-expired': callFault({
    about: 'the token of the call has ended: 401, until the client logs in again',
    source: 'REST API, Status Codes: INVALID_SESSION_ID',
    count: 1,
    params: none,
    at: isDataCall,
    apply: async ({ call, scene }, proceed) => {
      if (call.token) scene.tenants.revoke(call.token);
      return proceed();
    },
  }),
  'login-refused': callFault({
    about: 'the token request is refused (revoked consent, deactivated user, changed key)',
    source: 'Salesforce Help, OAuth 2.0 error codes',
    count: null,
    params: z.strictObject({
      error: z.string().default('invalid_grant'),
      description: z.string().default('expired access/refresh token'),
    }),
    at: ({ path }) => path === '/services/oauth2/token',
    apply: async ({ params }) =>
      Response.json(
        { error: params.error, error_description: params.description },
        { status: 400 },
      ),
  }),
  'request-limit': callFault({
    about: 'REQUEST_LIMIT_EXCEEDED: the day is used up, or too many long calls at once',
    source: 'REST API, Status Codes; API Request Limits and Allocations',
    count: 1,
    params: z.strictObject({
      limit: z.enum(['TotalRequests', 'ConcurrentPerOrgLongTxn']).default('TotalRequests'),
    }),
    at: isDataCall,
    apply: async ({ params }) => refusal(403, 'REQUEST_LIMIT_EXCEEDED', limits[params.limit]),
  }),
  'server-unavailable': callFault({
    about: 'HTTP 503 before any work, as JSON or as a maintenance page',
    source: 'REST API, Status Codes: SERVER_UNAVAILABLE',
    count: 1,
    params: z.strictObject({
      body: z.enum(['json', 'html']).default('json'),
      retryAfterSeconds: z.int().min(0).optional(),
    }),
    at: () => true,
    apply: async ({ call, params }) => {
      const down = 'The server is too busy to handle the request. Try again later.';
      const response =
        params.body === 'json'
          ? refusalOf(call, 503, { code: 'SERVER_UNAVAILABLE', message: down })
          : page(503, 'We are down for maintenance.');
      const { retryAfterSeconds: seconds } = params;
      if (seconds !== undefined) response.headers.set('Retry-After', String(seconds));
      return response;
    },
  }),
  'server-error': callFault({
    about: 'HTTP 500 UNKNOWN_EXCEPTION; with "done" after the work was committed',
    source: 'REST API, Status Codes: UNKNOWN_EXCEPTION',
    count: 1,
    params: z.strictObject({ done: z.boolean().default(false) }),
    at: () => true,
    apply: async ({ call, params }, proceed) => {
      if (params.done) await proceed();
      const message =
        'An unexpected error occurred. Please include this ErrorId if you contact support: ' +
        '1180231521-16304 (-1733047213)';
      return refusalOf(call, 500, { code: 'UNKNOWN_EXCEPTION', message });
    },
  }),
  'bad-gateway': callFault({
    about: 'HTTP 502 as HTML from a gateway; with "done" after the work was committed',
    source: 'REST API, Status Codes; any gateway',
    count: 1,
    params: z.strictObject({ done: z.boolean().default(false) }),
    at: () => true,
    apply: async ({ params }, proceed) => {
      if (params.done) await proceed();
      return page(502, '502 Bad Gateway');
    },
  }),
  'query-timeout': callFault({
    about: 'QUERY_TIMEOUT: the query ran for too long',
    source: 'SOAP API, API Fault Codes',
    count: 1,
    params: none,
    at: isQuery,
    apply: async () =>
      refusal(400, 'QUERY_TIMEOUT', 'Your query request was running for too long.'),
  }),
  'locator-expired': callFault({
    about: 'the locator of the page asked for is gone: INVALID_QUERY_LOCATOR',
    source: 'SOAP API, API Fault Codes; crm-apis.md, SOQL query',
    count: 1,
    params: none,
    at: isQueryPage,
    apply: async ({ call }, proceed) => {
      const locator = /\/([^/]+)-\d+\/?$/.exec(call.path)?.[1];
      if (call.org && locator) closeCursor(call.org, locator);
      return proceed();
    },
  }),
} satisfies Record<string, FaultKind>;

/** An error body as the call's CRM writes it. */
function refusalOf(
  call: FaultCall,
  status: number,
  says: { code: string; message: string },
): Response {
  if (call.vendor === 'salesforce') return refusal(status, says.code, says.message);
  const message = status === 503 ? 'Service unavailable' : 'internal error';
  return Response.json({ status: 'error', message, correlationId: randomUUID() }, { status });
}

/** An error body as Salesforce's REST API writes it. */
function refusal(status: number, errorCode: string, message: string): Response {
  return Response.json([{ message, errorCode }], { status });
}

function page(status: number, title: string): Response {
  const html = `<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;
  return new Response(html, { status, headers: { 'Content-Type': 'text/html' } });
}
