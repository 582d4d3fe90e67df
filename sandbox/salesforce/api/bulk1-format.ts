/** How Bulk API 1.0 writes its answers: JSON or XML records of jobs and batches, CSV of rows. */
import type { SaveResult } from '../errors.ts';
import type { QueryResult } from '../soql/run.ts';
import { fromStored, type Row } from '../values.ts';
import { csvLine } from './bulk-job.ts';
import { csvValue, errorText } from './bulk-rows.ts';
import { type Batch1, isQuery, type Job1 } from './bulk1-job.ts';

const namespace = 'http://www.force.com/2009/06/asyncapi/dataload';
const dialect = { lineEnding: 'LF', columnDelimiter: 'COMMA' } as const;

/** A job's or a batch's record, in the order in which the XML has it. */
export type Info = Record<string, string | number>;

/** `jobInfo` of a job, with the sums over its batches. */
export function jobInfo(job: Job1): Info {
  const batches = [...job.batches.values()];
  const inState = (state: Batch1['state']) => batches.filter((one) => one.state === state).length;
  const sum = (count: (batch: Batch1) => number) =>
    batches.reduce((total, batch) => total + count(batch), 0);
  const { externalIdFieldName: key } = job;
  return {
    id: job.id,
    operation: job.operation,
    object: job.object,
    createdById: job.createdById,
    createdDate: job.createdDate.replace('+0000', 'Z'),
    systemModstamp: job.systemModstamp.replace('+0000', 'Z'),
    state: job.state,
    ...(key === undefined ? {} : { externalIdFieldName: key }),
    concurrencyMode: job.concurrencyMode,
    contentType: job.contentType,
    numberBatchesQueued: inState('Queued'),
    numberBatchesInProgress: inState('InProgress'),
    numberBatchesCompleted: inState('Completed'),
    numberBatchesFailed: inState('Failed'),
    numberBatchesTotal: batches.length,
    numberRecordsProcessed: sum(processed),
    numberRetries: 0,
    apiVersion: job.apiVersion,
    numberRecordsFailed: sum(failed),
    ...noTimes,
  };
}

/** `batchInfo` of a batch. */
export function batchInfo(job: Job1, batch: Batch1): Info {
  const { stateMessage } = batch;
  return {
    id: batch.id,
    jobId: job.id,
    state: batch.state,
    ...(stateMessage === undefined ? {} : { stateMessage }),
    createdDate: batch.createdDate.replace('+0000', 'Z'),
    systemModstamp: batch.systemModstamp.replace('+0000', 'Z'),
    numberRecordsProcessed: processed(batch),
    numberRecordsFailed: failed(batch),
    ...noTimes,
  };
}

const noTimes = { totalProcessingTime: 0, apiActiveProcessingTime: 0, apexProcessingTime: 0 };

const processed = ({ saved, found }: Batch1) => found?.rows.length ?? saved.length;
const failed = ({ saved }: Batch1) => saved.filter(({ success }) => !success).length;

/** The same as JSON has it: datetimes with an offset, a number for the version. */
export function asJson(info: Info): Record<string, unknown> {
  const entries = Object.entries(info).map(([name, value]) => {
    if (/^(createdDate|systemModstamp)$/.test(name))
      return [name, `${value}`.replace('Z', '+0000')];
    return [name, name === 'apiVersion' ? Number(value) : value];
  });
  return Object.fromEntries(entries);
}

/** An XML document of one element with texts, or of several such elements in a list. */
export function asXml(element: string, content: Info | readonly Info[], list?: string): string {
  const head = '<?xml version="1.0" encoding="UTF-8"?>';
  if (list === undefined) return `${head}${tag(element, texts(content as Info), true)}`;
  const inner = (content as readonly Info[]).map((one) => tag(element, texts(one)));
  return `${head}${tag(list, inner.join(''), true)}`;
}

/** `<result-list>` of a query batch's results. */
export function resultList(ids: string[]): string {
  const inner = ids.map((id) => tag('result', id)).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>${tag('result-list', inner, true)}`;
}

function tag(name: string, inner: string, root = false): string {
  return `<${name}${root ? ` xmlns="${namespace}"` : ''}>${inner}</${name}>`;
}

function texts(info: Info): string {
  const escaped = (value: string | number) =>
    String(value).replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;' })[sign] ?? '&gt;');
  return Object.entries(info)
    .map(([name, value]) => tag(name, escaped(value)))
    .join('\n ');
}

/** What became of each uploaded row, in the order of the upload. */
export function savedText(job: Job1, { saved }: Batch1): string {
  if (job.contentType === 'CSV') {
    const rows = saved.map((result) => csvLine(savedCells(result), dialect));
    return csvLine(['Id', 'Success', 'Created', 'Error'], dialect) + rows.join('');
  }
  return JSON.stringify(
    saved.map(({ id = null, success, created = false, errors }) => ({
      success,
      created,
      id,
      errors: errors.map((error) => ({ ...error, extendedErrorDetails: null })),
    })),
  );
}

function savedCells(result: SaveResult): string[] {
  const { id = '', success, created = false } = result;
  return [id, String(success), String(created), errorText(result)];
}

/** The rows a query batch found. In JSON dates and times are milliseconds of the epoch. */
export function foundText(job: Job1, found: QueryResult): string {
  const columns = found.columns!;
  if (job.contentType === 'JSON') {
    const timed = columns.filter(({ field }) => /^date/.test(field.type));
    const rows = found.rows.map((_, i) => epochs(JSON.parse(found.json(i)), timed));
    return JSON.stringify(rows);
  }
  const lines = (found.rows as Row[]).map((row) =>
    csvLine(
      columns.map(({ field, read }) => csvValue(field, read(row)) ?? ''),
      dialect,
    ),
  );
  const header = columns.map(({ name }) => name);
  // Documented: a result without rows is this one line.
  if (lines.length === 0) return 'Records not found for this query';
  return csvLine(header, dialect) + lines.join('');
}

type Json = Record<string, unknown>;

function epochs(record: Json, timed: { name: string }[]): Json {
  for (const { name } of timed) {
    const steps = name.split('.');
    const last = steps.pop()!;
    let holder: Json | null | undefined = record;
    for (const step of steps) holder = holder?.[step] as Json | null | undefined;
    const value = holder?.[last];
    if (holder && typeof value === 'string') holder[last] = msOf(value);
  }
  return record;
}

const msOf = (value: string) => (value.length === 10 ? Date.parse(value) : fromStored(value));

/** Whether a batch can be read, and as what. */
export function resultOf(job: Job1, batch: Batch1): { rows: QueryResult } | { saved: true } | null {
  if (batch.state !== 'Completed') return null;
  if (!isQuery(job)) return { saved: true };
  return batch.found === null ? null : { rows: batch.found };
}
