/** Sends rows a hundred a call and says of each one what became of it, whatever HubSpot answers. */
import { type BatchOutcome, inBatches } from '../batches.ts';
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
export type RowOutcome = BatchOutcome<string>;

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
    isSharedBy,
    ...refusals,
  });
}

const aboutRows = new Set(['invalid-field', 'rejected', 'conflict', 'not-found', 'ambiguous']);

/** How a refusal of a whole batch is read, wherever HubSpot takes batches. */
export const refusals = {
  isAboutRows: (error: ConnectorError) => aboutRows.has(error.kind),
  unknownCode: 'UNKNOWN',
};

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
