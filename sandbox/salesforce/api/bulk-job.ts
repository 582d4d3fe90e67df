/** What both kinds of Bulk API 2.0 jobs share: their record, their CSV dialect, their errors. */
import { ApiError } from '../errors.ts';
import type { Org } from '../org.ts';
import type { Call } from './call.ts';

/** A job's state as the API names it. */
export type JobState =
  | 'Open'
  | 'UploadComplete'
  | 'InProgress'
  | 'JobComplete'
  | 'Failed'
  | 'Aborted';

/** The job record clients read. */
export interface JobInfo {
  id: string;
  operation: string;
  object: string;
  createdById: string;
  createdDate: string;
  systemModstamp: string;
  state: JobState;
  externalIdFieldName?: string;
  concurrencyMode: 'Parallel';
  contentType: 'CSV';
  apiVersion: number;
  jobType: 'V2Query' | 'V2Ingest';
  lineEnding: 'LF' | 'CRLF';
  columnDelimiter: keyof typeof delimiters;
  [more: string]: unknown;
}

/** Column delimiters by the names the API gives them. */
export const delimiters = {
  COMMA: ',',
  TAB: '\t',
  SEMICOLON: ';',
  PIPE: '|',
  CARET: '^',
  BACKQUOTE: '`',
} as const;

/** The parts of a job that creating one sets. Throws ApiError INVALIDJOB. */
export function newJob(
  c: Call,
  body: Record<string, unknown>,
  init: {
    id: string;
    object: string;
    operation: string;
    state: JobState;
    jobType: JobInfo['jobType'];
  },
): JobInfo {
  const org = c.get('org');
  const { contentType = 'CSV', lineEnding = 'LF', columnDelimiter = 'COMMA' } = body;
  if (contentType !== 'CSV') throw invalidJob(`InvalidJob : Invalid contentType: ${contentType}`);
  if (lineEnding !== 'LF' && lineEnding !== 'CRLF') {
    throw invalidJob(`InvalidJob : Invalid lineEnding: ${String(lineEnding)}`);
  }
  if (!(String(columnDelimiter) in delimiters)) {
    throw invalidJob(`InvalidJob : Invalid columnDelimiter: ${String(columnDelimiter)}`);
  }
  return {
    id: init.id,
    operation: init.operation,
    object: init.object,
    createdById: c.get('actor').userId,
    createdDate: org.stamp(),
    systemModstamp: org.stamp(),
    state: init.state,
    concurrencyMode: 'Parallel',
    contentType: 'CSV',
    apiVersion: Number(c.get('version').slice(1)),
    jobType: init.jobType,
    lineEnding,
    columnDelimiter: String(columnDelimiter) as keyof typeof delimiters,
  };
}

/** 400 INVALIDJOB. */
export function invalidJob(message: string): ApiError {
  return new ApiError(400, 'INVALIDJOB', message);
}

/** Jobs of one kind of an org, by id, oldest first. */
export class JobStore<T> {
  #byOrg = new WeakMap<Org, Map<string, T>>();

  of(org: Org): Map<string, T> {
    const own = this.#byOrg.get(org) ?? new Map<string, T>();
    this.#byOrg.set(org, own);
    return own;
  }

  /** Throws ApiError NOT_FOUND. */
  get(c: Call): T {
    const job = this.of(c.get('org')).get(c.req.param('id') ?? '');
    if (job) return job;
    throw new ApiError(404, 'NOT_FOUND', 'The requested resource does not exist');
  }
}

let nextJobNumber = 1;

/** A number for the next job's id. */
export function nextJob(): number {
  nextJobNumber += 1;
  return nextJobNumber - 1;
}

/** One CSV line; every value is quoted, as Bulk API 2.0 writes them. */
export function csvLine(
  values: (string | null)[],
  job: Pick<JobInfo, 'lineEnding' | 'columnDelimiter'>,
): string {
  const end = job.lineEnding === 'LF' ? '\n' : '\r\n';
  const quoted = values.map((value) => (value === null ? '' : `"${value.replaceAll('"', '""')}"`));
  return quoted.join(delimiters[job.columnDelimiter]) + end;
}
