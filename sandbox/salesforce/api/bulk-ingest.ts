/** Bulk API 2.0 ingest jobs: open, upload CSV, close, poll, read what succeeded and what failed. */
import { parse } from 'csv-parse/sync';
import { upsertKey } from '../dml/upsert.ts';
import { ApiError, type SaveResult } from '../errors.ts';
import { makeId } from '../ids.ts';
import type { Org } from '../org.ts';
import type { ObjectDef } from '../schema.ts';
import {
  csvLine,
  delimiters,
  invalidJob,
  type JobInfo,
  JobStore,
  newJob,
  nextJob,
} from './bulk-job.ts';
import { chunkRows, errorText, recordOf, saveRows } from './bulk-rows.ts';
import { type Api, type Call, type CallEffects, jsonObject, saveContext } from './call.ts';

const operations = ['insert', 'update', 'upsert', 'delete', 'hardDelete'];

const route = '/services/data/:version/jobs/ingest';

interface IngestJob {
  info: JobInfo;
  /** Set by an armed fault on the call that closed the upload. */
  effects: CallEffects;
  /** True once the rows are being saved: a held job has not begun. */
  begun: boolean;
  csv: string | null;
  header: string[];
  done: { values: string[]; result: SaveResult }[];
  unprocessed: string[][];
}

const jobs = new JobStore<IngestJob>();

/** Mounts the ingest job routes. */
export function mountBulkIngest(api: Api): void {
  api.post(route, create);
  api.get(route, (c) => {
    const records = [...jobs.of(c.get('org')).values()].map(({ info }) => info);
    return c.json({ done: true, records, nextRecordsUrl: null });
  });
  api.get(`${route}/:id`, (c) => {
    const job = jobs.get(c);
    begin(c.get('org'), job);
    return c.json(job.info);
  });
  api.put(`${route}/:id/batches`, async (c) => {
    const job = jobs.get(c);
    if (job.info.state !== 'Open' || job.csv !== null) {
      throw new ApiError(
        400,
        'INVALIDJOBSTATE',
        'Data can be uploaded once, while the job is Open',
      );
    }
    job.csv = await c.req.text();
    return c.body(null, 201);
  });
  api.patch(`${route}/:id`, setState);
  api.delete(`${route}/:id`, (c) => {
    const { info } = jobs.get(c);
    if (!['UploadComplete', 'JobComplete', 'Aborted', 'Failed'].includes(info.state)) {
      throw new ApiError(400, 'API_ERROR', `Job cannot be deleted in state ${info.state}`);
    }
    jobs.of(c.get('org')).delete(info.id);
    return c.body(null, 204);
  });
  api.get(`${route}/:id/successfulResults`, (c) => results(c, 'success'));
  api.get(`${route}/:id/failedResults`, (c) => results(c, 'failure'));
  // Written both ways in the guide; the path's letters have no case.
  api.get(`${route}/:id/:records{unprocessed[rR]ecords}`, (c) => {
    const { info, header, unprocessed } = jobs.get(c);
    const lines = [csvLine(header, info), ...unprocessed.map((row) => csvLine(row, info))];
    return csv(c, lines);
  });
}

async function create(c: Call): Promise<Response> {
  const body = await jsonObject(c);
  const org = c.get('org');
  const { operation, object: name, externalIdFieldName } = body;
  if (typeof operation !== 'string' || !operations.includes(operation)) {
    throw invalidJob(`InvalidJob : Invalid operation: ${String(operation)}`);
  }
  const object = org.findObject(String(name ?? ''));
  if (!object) throw invalidJob(`InvalidJob : Unable to find object: ${String(name)}`);
  if (operation === 'upsert') checkKey(c, object, externalIdFieldName);
  const info = newJob(c, body, {
    id: makeId('750', nextJob()),
    object: object.name,
    operation,
    state: 'Open',
    jobType: 'V2Ingest',
  });
  if (typeof externalIdFieldName === 'string') info.externalIdFieldName = externalIdFieldName;
  Object.assign(info, {
    contentUrl: `services/data/${c.get('version')}/jobs/ingest/${info.id}/batches`,
    numberRecordsProcessed: 0,
    numberRecordsFailed: 0,
    retries: 0,
    totalProcessingTime: 0,
    apiActiveProcessingTime: 0,
    apexProcessingTime: 0,
  });
  const empty = { csv: null, header: [], done: [], unprocessed: [] };
  jobs.of(org).set(info.id, { info, effects: {}, begun: false, ...empty });
  return c.json(info);
}

function checkKey(c: Call, object: ObjectDef, name: unknown): void {
  try {
    upsertKey(saveContext(c), object, String(name ?? ''));
  } catch {
    throw invalidJob(
      `InvalidJob : Field name provided, ${String(name)} does not match an External ID, ` +
        `Salesforce Id, or indexed field for ${object.name}`,
    );
  }
}

async function setState(c: Call): Promise<Response> {
  const job = jobs.get(c);
  const { state } = await jsonObject(c);
  const { info } = job;
  const from = info.state;
  if (state === 'Aborted' && (from === 'Open' || !job.begun)) {
    info.state = 'Aborted';
  } else if (state === 'UploadComplete' && from === 'Open') {
    info.state = 'UploadComplete';
    job.effects = c.get('effects') ?? {};
    begin(c.get('org'), job);
  } else {
    throw new ApiError(400, 'INVALIDJOBSTATE', `Job state ${from} cannot become ${String(state)}`);
  }
  return c.json({ ...info });
}

/** Begins to save the rows, unless an armed fault holds the job or fails it. */
function begin(org: Org, job: IngestJob): void {
  const { info, effects, begun } = job;
  if (begun || (info.state !== 'UploadComplete' && info.state !== 'InProgress')) return;
  const { holdJob, failJob } = effects;
  if (holdJob && !holdJob.over()) {
    // The answer to the closing call is UploadComplete; later ones say where it is stuck.
    queueMicrotask(() => {
      if (!job.begun && info.state === 'UploadComplete') info.state = holdJob.state;
    });
    return;
  }
  job.begun = true;
  if (failJob === undefined) void process(org, job);
  else Object.assign(info, { state: 'Failed', errorMessage: failJob });
}

/** The object a job writes; undefined where there is no such job. */
export function objectOfIngestJob(org: Org, id: string): string | undefined {
  return jobs.of(org).get(id)?.info.object;
}

/** Saves the rows chunk by chunk, letting other calls through in between. */
async function process(org: Org, job: IngestJob): Promise<void> {
  const { info } = job;
  await new Promise(setImmediate);
  const rows = readCsv(job);
  if (typeof rows === 'string') {
    Object.assign(info, { state: 'Failed', errorMessage: rows });
    return;
  }
  info.state = 'InProgress';
  for (let at = 0; at < rows.length; at += chunkRows) {
    const chunk = rows.slice(at, at + chunkRows);
    const inputs = chunk.map((values) => recordOf(job.header, values));
    const saved = saveRows(org, info, inputs);
    saved.forEach((result, i) => {
      job.done.push({ values: chunk[i]!, result });
    });
    info['numberRecordsProcessed'] = job.done.length;
    info['numberRecordsFailed'] = job.done.filter(({ result }) => !result.success).length;
    await new Promise(setImmediate);
  }
  info.state = 'JobComplete';
  info.systemModstamp = org.stamp();
}

/** The rows, or the message the job fails with. */
function readCsv(job: IngestJob): string[][] | string {
  const text = job.csv ?? '';
  const { lineEnding, columnDelimiter } = job.info;
  const hasCrlf = /\r\n/.test(text.slice(0, text.indexOf('\n') + 1));
  if (text.includes('\n') && hasCrlf !== (lineEnding === 'CRLF')) {
    return (
      'ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is ' +
      lineEnding
    );
  }
  try {
    const rows: string[][] = parse(text, {
      delimiter: delimiters[columnDelimiter],
      bom: true,
      skip_empty_lines: true,
    });
    job.header = rows[0] ?? [];
    return job.header.length === 0 ? 'InvalidBatch : The CSV has no header' : rows.slice(1);
  } catch (error) {
    return `InvalidBatch : ${error instanceof Error ? error.message : String(error)}`;
  }
}

function results(c: Call, which: 'success' | 'failure'): Response {
  const { info, header, done } = jobs.get(c);
  const second = which === 'success' ? 'sf__Created' : 'sf__Error';
  const lines = [csvLine(['sf__Id', second, ...header], info)];
  for (const { values, result } of done) {
    if (result.success !== (which === 'success')) continue;
    const detail = result.success ? String(result.created ?? false) : errorText(result);
    lines.push(csvLine([result.id ?? '', detail, ...values], info));
  }
  return csv(c, lines);
}

function csv(c: Call, lines: string[]): Response {
  return c.body(lines.join(''), 200, { 'Content-Type': 'text/csv;charset=UTF-8' });
}
