/** Sends rows a hundred a call and says of each one what became of it, whatever HubSpot answers. */
import type { CallPriority } from '../budget.ts';
import { ConnectorError } from '../errors.ts';
import type { HubSpotApi } from './api.ts';
import { batchMax } from './batch-read.ts';
import { meaningOf, rowReason, toVendorError, type VendorError } from './errors.ts';

/** One row to send; `trace` names it in the answer. */
export interface BatchInput {
  trace: string;
  /** The record it changes; null for one to be created. */
  id: string | null;
  body: object;
}

/** What became of one sent row. */
export type RowOutcome =
  | { outcome: 'written'; id: string; created: boolean }
  | { outcome: 'failed'; code: string; fields: string[]; retryable: boolean; reason: string }
  | { outcome: 'unclear' };

/** Where a batch goes. */
export interface BatchCall {
  path: string;
  operation: string;
  object: string;
  priority: CallPriority;
  /** What a success means: rows of an update were there before. */
  creates: boolean;
}

/** One outcome a row, in order. Throws only when nothing at all was written. */
export async function sendRows(
  api: HubSpotApi,
  rows: BatchInput[],
  call: BatchCall,
): Promise<RowOutcome[]> {
  return inBatches(rows, batchMax, {
    send: (batch) => sendBatch(api, batch, call),
    isSharedBy: (error, batch) => isSharedBy(error, batch),
  });
}

/** How one batch is sent, and when splitting it would not help. */
export interface Batching<T> {
  send(batch: T[]): Promise<RowOutcome[]>;
  /** true: every row of the batch would fail alone for the same reason. */
  isSharedBy(error: ConnectorError, batch: T[]): boolean;
}

/** Batch after batch; a refusal after earlier batches went through marks the rows not sent. */
export async function inBatches<T>(
  rows: T[],
  size: number,
  how: Batching<T>,
): Promise<RowOutcome[]> {
  const outcomes: RowOutcome[] = [];
  for (let at = 0; at < rows.length; at += size) {
    try {
      outcomes.push(...(await sendSplit(rows.slice(at, at + size), how)));
    } catch (error) {
      if (at === 0 || !(error instanceof ConnectorError)) throw error;
      return outcomes.concat(rows.slice(at).map(() => notSent(error)));
    }
  }
  return outcomes;
}

/**
 * A batch refused as a whole is halved until the row that spoils it is alone. Throws only when
 * nothing of the batch was written.
 */
async function sendSplit<T>(batch: T[], how: Batching<T>): Promise<RowOutcome[]> {
  try {
    return await how.send(batch);
  } catch (error) {
    if (!(error instanceof ConnectorError) || !isAboutRows(error)) throw error;
    if (batch.length === 1 || how.isSharedBy(error, batch)) return batch.map(() => refused(error));
    const middle = Math.ceil(batch.length / 2);
    const first = await sendSplit(batch.slice(0, middle), how);
    const rest = batch.slice(middle);
    const second = await sendSplit(rest, how).catch((later: unknown) => {
      if (!(later instanceof ConnectorError)) throw later;
      return rest.map(() => notSent(later));
    });
    return first.concat(second);
  }
}

const aboutRows = new Set(['invalid-field', 'rejected', 'conflict', 'not-found', 'ambiguous']);

function isAboutRows(error: ConnectorError): boolean {
  return aboutRows.has(error.kind);
}

/** A property nobody has stops every row that names it: one look is enough. */
function isSharedBy(error: ConnectorError, batch: BatchInput[]): boolean {
  const names = error.call.fields ?? [];
  if (error.kind !== 'invalid-field' || names.length === 0) return false;
  return batch.every(({ body }) => {
    const properties = (body as { properties?: object }).properties ?? {};
    return names.some((name) => name in properties);
  });
}

async function sendBatch(
  api: HubSpotApi,
  batch: BatchInput[],
  call: BatchCall,
): Promise<RowOutcome[]> {
  const { path, operation, object, priority, creates } = call;
  try {
    const answer = await api.call<BatchAnswer>({
      method: 'POST',
      path,
      operation,
      object,
      priority,
      body: {
        // With a trace id each, rows fail alone and are told apart (crm-apis.md, Objects).
        inputs: batch.map(({ trace, body }) => ({ ...body, objectWriteTraceId: trace })),
      },
    });
    return outcomesOf(batch, answer, creates);
  } catch (error) {
    // Cut after sending: the portal may have saved the batch, so nobody may send it again unseen.
    if (error instanceof ConnectorError && error.call.unclear) {
      api.log.warn(
        { crm: 'hubspot', object, code: error.call.code, rows: batch.length },
        'write without an answer, to be read back',
      );
      return batch.map(() => ({ outcome: 'unclear' }));
    }
    throw error;
  }
}

interface BatchAnswer {
  results?: { id?: unknown; objectWriteTraceId?: unknown }[];
  errors?: unknown[];
}

/** Rows are matched by trace id or by id, never by place: HubSpot answers in an order of its own. */
function outcomesOf(
  batch: BatchInput[],
  answer: BatchAnswer | null,
  creates: boolean,
): RowOutcome[] {
  const byTrace = new Map<string, string>();
  const ids = new Set<string>();
  for (const { id, objectWriteTraceId } of answer?.results ?? []) {
    if (objectWriteTraceId !== undefined) byTrace.set(String(objectWriteTraceId), String(id));
    ids.add(String(id));
  }
  const errors = (answer?.errors ?? []).flatMap((entry) => toVendorError(entry) ?? []);
  const unnamed = errors.filter(({ ids: named, traceIds }) => named.length + traceIds.length === 0);
  return batch.map(({ trace, id }): RowOutcome => {
    const traced = byTrace.get(trace);
    const written = traced ?? (id !== null && ids.has(id) ? id : null);
    if (written !== null) return { outcome: 'written', id: written, created: creates };
    const error =
      errors.find(({ traceIds }) => traceIds.includes(trace)) ??
      errors.find((one) => id !== null && one.ids.includes(id)) ??
      unnamed[0];
    return error ? failedRow(error) : { outcome: 'unclear' };
  });
}

/** The outcome of a row HubSpot refused. */
export function failedRow(error: VendorError): RowOutcome {
  const { kind, retryable } = meaningOf(error.code);
  return {
    outcome: 'failed',
    code: error.code.replace(/\W/g, '_'),
    fields: error.fields,
    retryable: retryable || kind === 'locked',
    reason: rowReason(error),
  };
}

/** The outcome of the one row of a call that was refused. */
function refused(error: ConnectorError): RowOutcome {
  const code = error.call.code ?? 'UNKNOWN';
  const fields = error.call.fields ?? [];
  return { outcome: 'failed', code, fields, retryable: false, reason: error.message };
}

/** A row that was not looked at by itself: later it may pass. */
function notSent(error: ConnectorError): RowOutcome {
  return { ...(refused(error) as RowOutcome & { outcome: 'failed' }), retryable: true };
}
