/** Bulk API 1.0 jobs and their batches: what they hold, and how a batch is worked through. */
import { parse } from 'csv-parse/sync';
import type { RecordInput } from '../dml/save.ts';
import { ApiError, type SaveResult } from '../errors.ts';
import type { Actor, Org } from '../org.ts';
import { type QueryResult, runQuery } from '../soql/run.ts';
import { type BulkWork, chunkRows, recordOf, saveRows } from './bulk-rows.ts';

/** Formats of batches the sandbox reads; XML and ZIP are refused. */
export const contentTypes = ['CSV', 'JSON'] as const;

/** Documented limit of a batch's records. */
const batchRecordsMax = 10_000;

/** A job, its batches oldest first. */
export interface Job1 extends BulkWork {
  id: string;
  state: 'Open' | 'Closed' | 'Aborted';
  contentType: (typeof contentTypes)[number];
  concurrencyMode: string;
  /** `65.0` */
  apiVersion: string;
  createdDate: string;
  systemModstamp: string;
  batches: Map<string, Batch1>;
}

/** What a batch holds: the upload or the query, and what came of it. */
export interface Batch1 {
  id: string;
  state: 'Queued' | 'InProgress' | 'Completed' | 'Failed' | 'NotProcessed';
  stateMessage?: string;
  createdDate: string;
  systemModstamp: string;
  /** The body as it was sent. */
  request: string;
  saved: SaveResult[];
  found: QueryResult | null;
}

/** Whether the job's batches are queries. */
export function isQuery(job: Job1): boolean {
  return job.operation === 'query' || job.operation === 'queryAll';
}

/** Works through a batch in the background; its state tells how far it is. */
export async function runBatch(org: Org, job: Job1, batch: Batch1): Promise<void> {
  await new Promise(setImmediate);
  if (batch.state !== 'Queued') return;
  batch.state = 'InProgress';
  try {
    if (isQuery(job)) batch.found = findRows(org, job, batch.request);
    else await saveAll(org, job, batch);
    batch.state = 'Completed';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const [entry] = error.entries;
    batch.state = 'Failed';
    batch.stateMessage = isQuery(job)
      ? `InvalidBatch : Failed to process query: ${entry!.errorCode}: ${entry!.message}`
      : `InvalidBatch : ${entry!.message}`;
  } finally {
    batch.systemModstamp = org.stamp();
  }
}

function findRows(org: Org, job: Job1, soql: string): QueryResult {
  const actor: Actor = { userId: job.createdById, via: 'bulk' };
  const all = job.operation === 'queryAll';
  const version = `v${job.apiVersion}`;
  const result = runQuery(org, org.access, { soql, actor, all, version });
  if (result.columns === null || /\boffset\s+\d+\s*$/i.test(soql)) {
    const what = 'Aggregates, GROUP BY, OFFSET and nested queries are not supported in Bulk API';
    throw new ApiError(400, 'FEATURENOTENABLED', what);
  }
  if (result.object.name.toLowerCase() === job.object.toLowerCase()) return result;
  const message = `The query is on ${result.object.name}, the job on ${job.object}`;
  throw new ApiError(400, 'MALFORMED_QUERY', message);
}

async function saveAll(org: Org, job: Job1, batch: Batch1): Promise<void> {
  const records = job.contentType === 'JSON' ? jsonRecords(batch) : csvRecords(batch);
  if (records.length > batchRecordsMax) {
    const message = `Records per batch exceeded: ${records.length} of at most ${batchRecordsMax}`;
    throw new ApiError(400, 'INVALIDBATCH', message);
  }
  const source = job.contentType === 'JSON' ? 'json' : 'text';
  for (let at = 0; at < records.length; at += chunkRows) {
    batch.saved.push(...saveRows(org, job, records.slice(at, at + chunkRows), source));
    await new Promise(setImmediate);
  }
}

function csvRecords({ request }: Batch1): RecordInput[] {
  let rows: string[][];
  try {
    rows = parse(request, { bom: true, skip_empty_lines: true });
  } catch (error) {
    throw new ApiError(400, 'INVALIDBATCH', error instanceof Error ? error.message : `${error}`);
  }
  const header = rows[0];
  if (!header) throw new ApiError(400, 'INVALIDBATCH', 'Field name not found : the CSV is empty');
  return rows.slice(1).map((values) => recordOf(header, values));
}

function jsonRecords({ request }: Batch1): RecordInput[] {
  let body: unknown = null;
  try {
    body = JSON.parse(request);
  } catch {
    // Told below, like any other body that is no list.
  }
  const isRecord = (one: unknown) => one !== null && typeof one === 'object' && !Array.isArray(one);
  if (Array.isArray(body) && body.every(isRecord)) return body as RecordInput[];
  throw new ApiError(400, 'INVALIDBATCH', 'The batch is not a JSON list of records');
}
