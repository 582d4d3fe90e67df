/** Reads a whole object: large ones by a Bulk API 2.0 query job, small ones by plain pages. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackfillPage, FieldDescription, PullRequest } from '../connector.ts';
import { ConnectorError } from '../errors.ts';
import type { SalesforceApi } from './api.ts';
import { type ColumnKinds, parseBulkCsv } from './csv.ts';
import type { Describer, OrgObject } from './describe.ts';
import { malformedResponse } from './errors.ts';
import { type ChangeReader, instant } from './pull.ts';
import { count } from './read.ts';
import { type RecordShape, shapeOf } from './records.ts';
import { bracketed } from './soql.ts';

/** Below this a job's own calls and waiting cost more than its pages of 2,000 save. */
const bulkFromRecords = 50_000;
/** Rows of one result page: about 10 MB of CSV, one transaction of the store. */
const resultRowsMax = 10_000;
/** How long one call waits for a job before it gives control back with the same resume. */
const waitAtMostMs = 60_000;
const firstPollMs = 500;

/** Where a backfill stands: `p` plain pages from a keyset position, `b` a job and its locator. */
type Resume =
  | { way: 'plain'; modifiedAt: string; id: string }
  | { way: 'bulk'; jobId: string; locator: string };

/** What backfilling needs. */
export interface Backfilling {
  api: SalesforceApi;
  describer: Describer;
  changes: ChangeReader;
  /** Records from which Bulk is used. */
  bulkFromRecords?: number;
}

/**
 * One page. The job's id is in `resume` before anything is waited for, so that a crash loses no
 * job; jsforce's own helpers delete a job that takes longer than they expected.
 */
export async function backfill(
  parts: Backfilling,
  request: PullRequest,
  resume: string | null,
): Promise<BackfillPage> {
  const state = resume === null ? null : parseResume(resume);
  if (state?.way === 'bulk') return bulkPage(parts, request, state);
  if (state?.way === 'plain') return plainPage(parts, { ...request, after: state });
  return (await useBulk(parts, request)) ? startJob(parts, request) : plainPage(parts, request);
}

async function useBulk(parts: Backfilling, request: PullRequest): Promise<boolean> {
  const records = await count(parts, request.object, request.where);
  return records >= (parts.bulkFromRecords ?? bulkFromRecords);
}

async function plainPage(parts: Backfilling, request: PullRequest): Promise<BackfillPage> {
  const { records, next } = await parts.changes.pull(request);
  return { records, resume: next ? `p.${next.modifiedAt}.${next.id}` : null };
}

async function startJob(parts: Backfilling, request: PullRequest): Promise<BackfillPage> {
  const { object, where, from, until } = request;
  const shape = shapeOf(await parts.describer.describe(object), request.fields);
  const conditions = [
    ...(where ? [bracketed(where, object)] : []),
    ...(from ? [`${shape.modifiedField} >= ${instant(from)}`] : []),
    `${shape.modifiedField} <= ${instant(until)}`,
  ];
  const query = `SELECT ${shape.select.join(',')} FROM ${object} WHERE ${conditions.join(' AND ')}`;
  const job = await parts.api.call<{ id?: unknown }>({
    ...callOf(request, 'start a bulk query'),
    method: 'POST',
    path: '/jobs/query',
    body: { operation: 'queryAll', query },
  });
  if (typeof job?.id !== 'string') throw malformedResponse(callOf(request, 'start a bulk query'));
  return { records: [], resume: resumeOf(job.id, '') };
}

async function bulkPage(
  parts: Backfilling,
  request: PullRequest,
  { jobId, locator }: Extract<Resume, { way: 'bulk' }>,
): Promise<BackfillPage> {
  try {
    if (locator === '' && !(await isComplete(parts, request, jobId))) {
      return { records: [], resume: resumeOf(jobId, '') };
    }
    return await resultPage(parts, request, { jobId, locator });
  } catch (error) {
    // Results are kept for seven days; a job that is gone is started again from the beginning.
    if (error instanceof ConnectorError && error.kind === 'not-found') {
      return startJob(parts, request);
    }
    throw error;
  }
}

/** Waits for a job a while, asking less and less often. Throws when the job failed. */
async function isComplete(
  { api }: Backfilling,
  request: PullRequest,
  jobId: string,
): Promise<boolean> {
  const deadline = performance.now() + waitAtMostMs;
  for (let pauseMs = firstPollMs; ; pauseMs = Math.min(pauseMs * 2, api.pollIntervalMaxMs)) {
    const job = await api.call<{ state?: string }>({
      ...callOf(request, 'look at a bulk query'),
      method: 'GET',
      path: `/jobs/query/${jobId}`,
    });
    if (job.state === 'JobComplete') return true;
    if (job.state === 'Failed' || job.state === 'Aborted') throw jobEnded(request, job.state);
    if (performance.now() + pauseMs > deadline) return false;
    await sleep(Math.min(pauseMs, api.pollIntervalMaxMs), undefined, {
      signal: request.signal,
    }).catch(() => {
      throw cancelled(request);
    });
  }
}

async function resultPage(
  { api, describer }: Backfilling,
  request: PullRequest,
  { jobId, locator }: { jobId: string; locator: string },
): Promise<BackfillPage> {
  const object = await describer.describe(request.object);
  const shape = shapeOf(object, request.fields);
  const from = locator === '' ? '' : `&locator=${encodeURIComponent(locator)}`;
  const answer = await api.respond<string>({
    ...callOf(request, 'read bulk results'),
    method: 'GET',
    path: `/jobs/query/${jobId}/results?maxRecords=${resultRowsMax}${from}`,
    headers: { accept: 'text/csv' },
    text: true,
  });
  const next = answer.headers['sforce-locator'] ?? 'null';
  const rows = parseBulkCsv(answer.body, await columnKinds(describer, object, shape));
  return {
    records: rows.map(shape.toRecord),
    resume: next === 'null' || next === '' ? null : resumeOf(jobId, next),
  };
}

/** CSV has no types, so parents' describes are read too; they are kept like any other. */
async function columnKinds(
  describer: Describer,
  object: OrgObject,
  shape: RecordShape,
): Promise<ColumnKinds> {
  const kinds: ColumnKinds = new Map();
  for (const column of shape.select) {
    kinds.set(column.toLowerCase(), await kindOf(describer, object, column.split('.')));
  }
  return kinds;
}

async function kindOf(
  describer: Describer,
  object: OrgObject,
  [first = '', ...rest]: string[],
): Promise<FieldDescription['kind']> {
  const name = first.toLowerCase();
  if (rest.length === 0) {
    return object.description.fields.get(object.nameOf.get(name) ?? '')?.kind ?? 'text';
  }
  const parent = object.parents.get(name)?.[0];
  return parent ? kindOf(describer, await describer.describe(parent), rest) : 'text';
}

function callOf(request: PullRequest, operation: string) {
  const { object, priority, signal } = request;
  return { operation, object, priority, ...(signal ? { signal } : {}) };
}

function resumeOf(jobId: string, locator: string): string {
  return `b.${jobId}.${locator}`;
}

function parseResume(resume: string): Resume | null {
  const bulk = /^b\.([A-Za-z0-9]{15,18})\.(.*)$/s.exec(resume);
  if (bulk) return { way: 'bulk', jobId: bulk[1] ?? '', locator: bulk[2] ?? '' };
  const plain = /^p\.(\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z)\.([A-Za-z0-9]{15,18})$/.exec(resume);
  return plain ? { way: 'plain', modifiedAt: plain[1] ?? '', id: plain[2] ?? '' } : null;
}

function jobEnded(request: PullRequest, state: string): ConnectorError {
  const call = { crm: 'salesforce' as const, operation: 'bulk query', object: request.object };
  return new ConnectorError(
    'rejected',
    { ...call, code: `JOB_${state.toUpperCase()}` },
    `Salesforce ended the bulk query of ${request.object} as ${state}. See Setup > Bulk Data ` +
      'Load Jobs for why; then start the full sync again.',
  );
}

function cancelled(request: PullRequest): ConnectorError {
  const call = { crm: 'salesforce' as const, operation: 'bulk query', object: request.object };
  return new ConnectorError(
    'unavailable',
    { ...call, code: 'CANCELLED' },
    `The bulk query of ${request.object} was not waited for: the work was cancelled.`,
  );
}
