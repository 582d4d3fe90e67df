/** Composite, batch and tree: several requests or nested records in one call. */
import { ApiError } from '../errors.ts';
import { type Api, type Call, jsonObject } from './call.ts';

/** Documented limits of sub-requests. */
const subrequestsMax = 25;

interface Subrequest {
  method: string;
  url: string;
  referenceId: string;
  body?: unknown;
  httpHeaders?: Record<string, string>;
}

interface Subresponse {
  body: unknown;
  httpHeaders: Record<string, string>;
  httpStatusCode: number;
  referenceId: string;
}

/** How a sub-request reaches the API: the app's own fetch, with the caller's token. */
export type Dispatch = (request: Request) => Promise<Response>;

/** Mounts composite and batch. */
export function mountComposite(api: Api, dispatch: Dispatch): void {
  api.post('/services/data/:version/composite', (c) => composite(c, dispatch));
  api.post('/services/data/:version/tooling/composite', (c) => composite(c, dispatch));
  api.post('/services/data/:version/composite/batch', (c) => batch(c, dispatch));
}

async function composite(c: Call, dispatch: Dispatch): Promise<Response> {
  const body = await jsonObject(c);
  const requests = subrequestsOf(body['compositeRequest']);
  const allOrNone = body['allOrNone'] === true;
  if (!allOrNone) {
    const done = await runAll(c, dispatch, requests, false);
    return c.json({ compositeResponse: done.responses });
  }
  // Other calls wait: a roll-back must not take their writes with it.
  return c.get('org').exclusively(async () => {
    const savepoint = c.get('org').savepoint();
    const done = await runAll(c, dispatch, requests, true);
    if (done.failed) savepoint.undo();
    else savepoint.release();
    const responses = done.failed ? done.responses.map(takenBack) : done.responses;
    return c.json({ compositeResponse: responses });
  });
}

async function runAll(
  c: Call,
  dispatch: Dispatch,
  requests: Subrequest[],
  stopAtFailure: boolean,
): Promise<{ responses: Subresponse[]; failed: boolean }> {
  const done = new Map<string, Subresponse>();
  let failed = false;
  for (const request of requests) {
    const response: Subresponse =
      failed && stopAtFailure
        ? halted(request.referenceId)
        : await runOne(c, dispatch, request, done);
    failed ||= response.httpStatusCode >= 400;
    done.set(request.referenceId, response);
  }
  return { responses: [...done.values()], failed };
}

function takenBack(response: Subresponse): Subresponse {
  return response.httpStatusCode >= 400 ? response : halted(response.referenceId);
}

function halted(referenceId: string): Subresponse {
  const message =
    'The transaction was rolled back since another operation in the same transaction failed.';
  const body = [{ errorCode: 'PROCESSING_HALTED', message }];
  return { body, httpHeaders: {}, httpStatusCode: 400, referenceId };
}

async function runOne(
  c: Call,
  dispatch: Dispatch,
  request: Subrequest,
  done: Map<string, Subresponse>,
): Promise<Subresponse> {
  const { referenceId } = request;
  let resolved: Subrequest;
  try {
    resolved = resolveReferences(request, done) as Subrequest;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { body: error.entries, httpHeaders: {}, httpStatusCode: 400, referenceId };
  }
  const response = await send(c, dispatch, resolved);
  const location = response.headers.get('Location');
  return {
    body: await bodyOf(response),
    httpHeaders: location === null ? {} : { Location: location },
    httpStatusCode: response.status,
    referenceId,
  };
}

function send(c: Call, dispatch: Dispatch, request: Subrequest): Promise<Response> {
  if (!request.url.startsWith('/services/data/')) {
    throw new ApiError(400, 'INVALID_INPUT', `The url is not a REST resource: ${request.url}`);
  }
  const headers = new Headers(request.httpHeaders ?? {});
  headers.set('Authorization', c.req.header('Authorization') ?? '');
  const hasBody = request.body !== undefined && request.method.toUpperCase() !== 'GET';
  return dispatch(
    new Request(new URL(request.url, c.req.url), {
      method: request.method.toUpperCase(),
      headers,
      ...(hasBody ? { body: JSON.stringify(request.body) } : {}),
    }),
  );
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  return text === '' ? null : (JSON.parse(text) as unknown);
}

function subrequestsOf(value: unknown): Subrequest[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new ApiError(400, 'JSON_PARSER_ERROR', 'compositeRequest must be a list of requests');
  }
  tooMany(value.length);
  const seen = new Set<string>();
  return value.map((one: Partial<Subrequest>) => {
    const { method, url, referenceId } = one;
    if (typeof method !== 'string' || typeof url !== 'string' || typeof referenceId !== 'string') {
      throw new ApiError(400, 'INVALID_INPUT', 'method, url and referenceId are required');
    }
    if (seen.has(referenceId) || !/^\w+$/.test(referenceId)) {
      throw new ApiError(
        400,
        'INVALID_INPUT',
        `referenceId is not unique or valid: ${referenceId}`,
      );
    }
    seen.add(referenceId);
    return { ...one, method, url, referenceId };
  });
}

function tooMany(count: number): void {
  if (count <= subrequestsMax) return;
  const message = `Limit exceeded: ${count} subrequests. At most ${subrequestsMax} are allowed.`;
  throw new ApiError(400, 'LIMIT_EXCEEDED', message);
}

/** Puts earlier answers into `@{ref.path}` of the URL and the body. */
function resolveReferences(value: unknown, done: Map<string, Subresponse>): unknown {
  if (typeof value === 'string') {
    return value.replace(/@\{([^}]+)\}/g, (_, path: string) => lookUp(path, done));
  }
  if (Array.isArray(value)) return value.map((one) => resolveReferences(one, done));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, resolveReferences(one, done)]),
  );
}

function lookUp(path: string, done: Map<string, Subresponse>): string {
  const [referenceId = '', ...steps] = path.replace(/\[(\d+)\]/g, '.$1').split('.');
  let value: unknown = done.get(referenceId)?.body;
  for (const step of steps) {
    value = (value as Record<string, unknown> | null | undefined)?.[step];
  }
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new ApiError(
    400,
    'PROCESSING_HALTED',
    `Invalid reference specified. No value for ${path} found in ${referenceId}.`,
  );
}

async function batch(c: Call, dispatch: Dispatch): Promise<Response> {
  const body = await jsonObject(c);
  const { batchRequests, haltOnError } = body;
  if (!Array.isArray(batchRequests)) {
    throw new ApiError(400, 'JSON_PARSER_ERROR', 'batchRequests must be a list of requests');
  }
  tooMany(batchRequests.length);
  const results: { statusCode: number; result: unknown }[] = [];
  for (const one of batchRequests as { method: string; url: string; richInput?: unknown }[]) {
    const halt = haltOnError === true && results.some(({ statusCode }) => statusCode >= 400);
    if (halt) {
      const message = 'The batch was halted because of an error in an earlier request.';
      results.push({
        statusCode: 412,
        result: [{ errorCode: 'BATCH_PROCESSING_HALTED', message }],
      });
      continue;
    }
    const path = String(one.url).replace(/^\/?(?:services\/data\/)?/, '/services/data/');
    const request = { method: one.method, url: path, referenceId: '', body: one.richInput };
    const response = await send(c, dispatch, request);
    results.push({ statusCode: response.status, result: await bodyOf(response) });
  }
  return c.json({ hasErrors: results.some(({ statusCode }) => statusCode >= 400), results });
}
