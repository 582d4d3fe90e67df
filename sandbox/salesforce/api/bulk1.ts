/** Bulk API 1.0 (`/services/async`): jobs of CSV or JSON batches, as older clients use it. */
import { Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Tenants } from '../../tenants.ts';
import { ApiError } from '../errors.ts';
import { makeId } from '../ids.ts';
import type { Org } from '../org.ts';
import { nextJob } from './bulk-job.ts';
import {
  asJson,
  asXml,
  batchInfo,
  foundText,
  type Info,
  jobInfo,
  resultList,
  resultOf,
  savedText,
} from './bulk1-format.ts';
import { type Batch1, contentTypes, type Job1, runBatch } from './bulk1-job.ts';
import type { Api, Call, CallVariables } from './call.ts';
import { session } from './session.ts';

const operations = ['insert', 'update', 'upsert', 'delete', 'hardDelete', 'query', 'queryAll'];
const route = '/services/async/:version/job';

const jobsOf = new WeakMap<Org, Map<string, Job1>>();

/** Mounts the routes; the token comes in `X-SFDC-Session`. */
export function mountBulk1(app: Hono, tenants: Tenants): void {
  const api: Api = new Hono<{ Variables: CallVariables }>({ strict: false });
  api.use('/services/async/:version/*', session(tenants));
  api.post(route, createJob);
  api.get(`${route}/:job`, (c) => answerJob(c, jobOf(c), isJsonJob(jobOf(c))));
  api.post(`${route}/:job`, changeState);
  api.post(`${route}/:job/batch`, addBatch);
  api.get(`${route}/:job/batch`, (c) => listBatches(c, jobOf(c)));
  api.get(`${route}/:job/batch/:batch`, (c) => answerBatch(c, jobOf(c), batchOf(c), 200));
  api.get(`${route}/:job/batch/:batch/request`, (c) =>
    c.body(batchOf(c).request, 200, { 'Content-Type': rowsType(jobOf(c)) }),
  );
  api.get(`${route}/:job/batch/:batch/result`, results);
  api.get(`${route}/:job/batch/:batch/result/:result`, rows);
  api.onError((error, c) => {
    if (error instanceof ApiError) return refuse(c as Call, error);
    throw error;
  });
  app.route('/', api);
}

/** Fields of a job's body, JSON or XML. */
async function fieldsOf(c: Call): Promise<Record<string, string>> {
  const text = await c.req.text();
  if (!wantsJson(c)) {
    const found = text.matchAll(/<(?:\w+:)?(\w+)>([^<]*)<\//g);
    return Object.fromEntries([...found].map(([, name, value]) => [name!, value!.trim()]));
  }
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch {
    throw new ApiError(400, 'InvalidJob', 'The body is not JSON');
  }
}

async function createJob(c: Call): Promise<Response> {
  const fields = await fieldsOf(c);
  const { operation = '', externalIdFieldName } = fields;
  const contentType = contentTypes.find((one) => one === (fields['contentType'] ?? 'XML'));
  if (contentType === undefined || pkChunking(c)) {
    const what = pkChunking(c) ? 'PK chunking' : `contentType ${fields['contentType'] ?? 'XML'}`;
    throw new ApiError(501, 'NotImplemented', `The sandbox has no ${what} in Bulk API 1.0.`);
  }
  if (!operations.includes(operation)) {
    throw new ApiError(400, 'InvalidJob', `Unknown operation: ${operation}`);
  }
  const org = c.get('org');
  const object = org.findObject(fields['object'] ?? '');
  if (!object) {
    throw new ApiError(400, 'InvalidJob', `Unable to find object: ${fields['object']}`);
  }
  if (operation === 'upsert' && !externalIdFieldName) {
    throw new ApiError(400, 'InvalidJob', 'External ID was blank for upsert job');
  }
  const now = org.stamp();
  const job: Job1 = {
    id: makeId('750', nextJob()),
    operation,
    object: object.name,
    ...(externalIdFieldName ? { externalIdFieldName } : {}),
    createdById: c.get('actor').userId,
    createdDate: now,
    systemModstamp: now,
    state: 'Open',
    contentType,
    concurrencyMode: fields['concurrencyMode'] ?? 'Parallel',
    apiVersion: c.get('version').slice(1),
    batches: new Map(),
  };
  const jobs = jobsOf.get(org) ?? new Map<string, Job1>();
  jobsOf.set(org, jobs.set(job.id, job));
  return answerJob(c, job, wantsJson(c), 201);
}

const pkChunking = (c: Call) =>
  /^\s*(?!false)\S/i.test(c.req.header('Sforce-Enable-PKChunking') ?? 'false');

async function changeState(c: Call): Promise<Response> {
  const job = jobOf(c);
  const { state } = await fieldsOf(c);
  const isNext = job.state === 'Open' && (state === 'Closed' || state === 'Aborted');
  if (!isNext && state !== job.state) {
    throw new ApiError(400, 'InvalidJobState', `Job state ${job.state} cannot become ${state}`);
  }
  if (isNext) job.state = state;
  if (job.state === 'Aborted') {
    for (const batch of job.batches.values()) {
      if (batch.state === 'Queued') batch.state = 'NotProcessed';
    }
  }
  job.systemModstamp = c.get('org').stamp();
  return answerJob(c, job, wantsJson(c));
}

async function addBatch(c: Call): Promise<Response> {
  const job = jobOf(c);
  if (job.state !== 'Open') {
    throw new ApiError(400, 'InvalidJobState', `Job is ${job.state}, a batch cannot be added`);
  }
  const org = c.get('org');
  const now = org.stamp();
  const batch: Batch1 = {
    id: makeId('751', nextJob()),
    state: 'Queued',
    createdDate: now,
    systemModstamp: now,
    request: await c.req.text(),
    saved: [],
    found: null,
  };
  if (batch.request.trim() === '') throw new ApiError(400, 'InvalidBatch', 'The batch is empty');
  job.batches.set(batch.id, batch);
  void runBatch(org, job, batch);
  return answerBatch(c, job, batch, 201);
}

function listBatches(c: Call, job: Job1): Response {
  const infos = [...job.batches.values()].map((batch) => batchInfo(job, batch));
  if (isJsonJob(job)) return json(c, { batchInfo: infos.map(asJson) });
  return xml(c, asXml('batchInfo', infos, 'batchInfoList'));
}

/** A query's batch answers the ids of its results, an upload's batch one line a row. */
function results(c: Call): Response {
  const [job, batch] = [jobOf(c), batchOf(c)];
  const result = resultOf(job, batch);
  if (!result) throw new ApiError(400, 'InvalidBatch', 'Batch not completed');
  if ('saved' in result) {
    return c.body(savedText(job, batch), 200, { 'Content-Type': rowsType(job) });
  }
  const ids = [resultIdOf(batch)];
  return isJsonJob(job) ? json(c, ids) : xml(c, resultList(ids));
}

function rows(c: Call): Response {
  const [job, batch] = [jobOf(c), batchOf(c)];
  const result = resultOf(job, batch);
  const isIt = c.req.param('result') === resultIdOf(batch);
  if (!result || !('rows' in result) || !isIt) {
    throw new ApiError(400, 'InvalidBatch', 'There is no such result of this batch');
  }
  return c.body(foundText(job, result.rows), 200, { 'Content-Type': rowsType(job) });
}

const resultIdOf = (batch: Batch1) => batch.id.replace(/^751/, '752').slice(0, 15);

function jobOf(c: Call): Job1 {
  const id = c.req.param('job') ?? '';
  const jobs = jobsOf.get(c.get('org'));
  const job = jobs?.get(id) ?? [...(jobs?.values() ?? [])].find((one) => one.id.startsWith(id));
  if (job && id.length >= 15) return job;
  throw new ApiError(400, 'InvalidJob', 'Invalid job id: ' + id);
}

function batchOf(c: Call): Batch1 {
  const id = c.req.param('batch') ?? '';
  const batch = jobOf(c).batches.get(id);
  if (batch) return batch;
  throw new ApiError(400, 'InvalidBatch', `Invalid batch id: ${id}`);
}

/** What is read follows the job's format, what a call sends its own. */
const isJsonJob = ({ contentType }: Job1) => contentType === 'JSON';
const wantsJson = (c: Call) => /json/i.test(c.req.header('Content-Type') ?? '');
const rowsType = (job: Job1) => (isJsonJob(job) ? 'application/json' : 'text/csv; charset=UTF-8');

function answerJob(c: Call, job: Job1, asked: boolean, status: 200 | 201 = 200): Response {
  const info = jobInfo(job);
  if (!asked) return xml(c, asXml('jobInfo', info), status);
  return json(c, { ...asJson(info), assignmentRuleId: null, fastPathEnabled: false }, status);
}

function answerBatch(c: Call, job: Job1, batch: Batch1, status: 200 | 201): Response {
  const info: Info = batchInfo(job, batch);
  if (!isJsonJob(job)) return xml(c, asXml('batchInfo', info), status);
  return json(c, { stateMessage: null, ...asJson(info) }, status);
}

// Clients compare these types to the letter, so no charset stands behind the JSON one.
function json(c: Call, body: unknown, status: 200 | 201 = 200): Response {
  return c.body(JSON.stringify(body), status, { 'Content-Type': 'application/json' });
}

function xml(c: Call, text: string, status: 200 | 201 = 200): Response {
  return c.body(text, status, { 'Content-Type': 'application/xml' });
}

/** Codes of the session's refusals as this API spells them. */
const spellings: Record<string, string> = {
  INVALID_SESSION_ID: 'InvalidSessionId',
  REQUEST_LIMIT_EXCEEDED: 'ExceededQuota',
  NOT_FOUND: 'InvalidUrl',
};

function refuse(c: Call, error: ApiError): Response {
  const [entry] = error.entries;
  const exceptionCode = spellings[entry!.errorCode] ?? entry!.errorCode;
  const body = { exceptionCode, exceptionMessage: entry!.message };
  const status = error.status as ContentfulStatusCode;
  if (wantsJson(c)) {
    return c.body(JSON.stringify(body), status, { 'Content-Type': 'application/json' });
  }
  return c.body(asXml('error', body), status, { 'Content-Type': 'application/xml' });
}
