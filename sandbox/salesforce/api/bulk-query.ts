/** Bulk API 2.0 query jobs: open, poll, read the result in CSV pages by locator. */
import { ApiError } from '../errors.ts';
import { makeId } from '../ids.ts';
import type { Org } from '../org.ts';
import { type QueryResult, runQuery } from '../soql/run.ts';
import type { Row } from '../values.ts';
import { csvLine, type JobInfo, JobStore, newJob, nextJob } from './bulk-job.ts';
import { csvValue } from './bulk-rows.ts';
import { type Api, type Call, type CallEffects, jsonObject } from './call.ts';

/** Rows of a result page unless the client asks for fewer. */
const pageRowsDefault = 50_000;

const route = '/services/data/:version/jobs/query';

interface QueryJob {
  info: JobInfo;
  /** Set by an armed fault on the call that opened it. */
  effects: CallEffects;
  result: QueryResult;
}

const jobs = new JobStore<QueryJob>();

/** Mounts the query job routes. */
export function mountBulkQuery(api: Api): void {
  api.post(route, create);
  api.get(route, (c) => {
    const records = [...jobs.of(c.get('org')).values()].map(({ info }) => info);
    return c.json({ done: true, records, nextRecordsUrl: null });
  });
  api.get(`${route}/:id`, (c) => c.json(poll(jobs.get(c))));
  api.get(`${route}/:id/results`, results);
  api.patch(`${route}/:id`, async (c) => {
    const { info } = jobs.get(c);
    const { state } = await jsonObject(c);
    if (state !== 'Aborted' || info.state === 'JobComplete') {
      throw new ApiError(400, 'INVALIDJOBSTATE', `Job state ${info.state} cannot become ${state}`);
    }
    info.state = 'Aborted';
    return c.json(info);
  });
  api.delete(`${route}/:id`, (c) => {
    const { info } = jobs.get(c);
    if (!['JobComplete', 'Aborted', 'Failed'].includes(info.state)) {
      throw new ApiError(400, 'API_ERROR', `Job cannot be deleted in state ${info.state}`);
    }
    jobs.of(c.get('org')).delete(info.id);
    return c.body(null, 204);
  });
}

/** A job is UploadComplete when it is made and done when somebody first asks. */
function poll({ info, effects }: QueryJob): JobInfo {
  if (info.state !== 'UploadComplete' && info.state !== 'InProgress') return info;
  const { holdJob, failJob } = effects;
  if (holdJob && !holdJob.over()) info.state = holdJob.state;
  else if (failJob === undefined) info.state = 'JobComplete';
  else Object.assign(info, { state: 'Failed', errorMessage: failJob });
  return info;
}

/** The object a job reads; undefined where there is no such job. */
export function objectOfQueryJob(org: Org, id: string): string | undefined {
  return jobs.of(org).get(id)?.info.object;
}

async function create(c: Call): Promise<Response> {
  const body = await jsonObject(c);
  const { operation, query } = body;
  if (operation !== 'query' && operation !== 'queryAll') {
    throw new ApiError(400, 'API_ERROR', `Invalid operation: ${String(operation)}`);
  }
  const org = c.get('org');
  const result = runQuery(org, org.access, {
    soql: String(query ?? ''),
    actor: c.get('actor'),
    all: operation === 'queryAll',
    version: c.get('version'),
  });
  if (result.columns === null || /\boffset\s+\d+\s*$/i.test(String(query))) {
    throw new ApiError(
      400,
      'API_ERROR',
      'Bulk API 2.0 queries do not support GROUP BY, aggregate functions, OFFSET or sub-selects',
    );
  }
  const info = newJob(c, body, {
    id: makeId('750', nextJob()),
    object: result.object.name,
    operation,
    state: 'UploadComplete',
    jobType: 'V2Query',
  });
  Object.assign(info, {
    numberRecordsProcessed: result.rows.length,
    retries: 0,
    totalProcessingTime: 0,
    isPkChunkingSupported: true,
  });
  jobs.of(org).set(info.id, { info, result, effects: c.get('effects') ?? {} });
  return c.json(info);
}

function results(c: Call): Response {
  const { info, result } = jobs.get(c);
  if (info.state !== 'JobComplete') {
    throw new ApiError(400, 'INVALIDJOBSTATE', `Results are not ready in state ${info.state}`);
  }
  const from = offsetOf(c.req.query('locator'));
  const asked = Number(c.req.query('maxRecords') ?? pageRowsDefault);
  if (!Number.isInteger(asked) || asked < 1 || from === null || from > result.rows.length) {
    throw new ApiError(400, 'API_ERROR', 'Invalid locator or maxRecords');
  }
  const rows = (result.rows as Row[]).slice(from, from + asked);
  const columns = result.columns!;
  const names = columns.map((column) => column.name);
  const lines = [csvLine(names, info)];
  for (const row of rows) {
    lines.push(
      csvLine(
        columns.map(({ field, read }) => csvValue(field, read(row))),
        info,
      ),
    );
  }
  const next = from + rows.length;
  c.header('Sforce-Locator', next < result.rows.length ? locatorOf(next) : 'null');
  c.header('Sforce-NumberOfRecords', String(rows.length));
  return c.body(lines.join(''), 200, { 'Content-Type': 'text/csv;charset=UTF-8' });
}

function locatorOf(offset: number): string {
  return Buffer.from(String(offset)).toString('base64url');
}

function offsetOf(locator: string | undefined): number | null {
  if (locator === undefined || locator === '') return 0;
  const offset = Number(Buffer.from(locator, 'base64url').toString());
  return Number.isInteger(offset) && offset >= 0 ? offset : null;
}
