/** Writes records 200 a call and says of each one what became of it. */
import type { CallPriority } from '../budget.ts';
import type { RecordWrite, WriteResult } from '../connector.ts';
import { ConnectorError } from '../errors.ts';
import type { SalesforceApi } from './api.ts';
import { decisiveError, meaningOf, rowReason, toVendorError, type VendorError } from './errors.ts';
import { objectName } from './soql.ts';

/** sObject Collections take 200 records a call (REST guide, "sObject Collections"). */
export const writeBatchSize = 200;

/** One row of a Collections answer. */
interface CollectionRow {
  id?: string | null;
  success: boolean;
  created?: boolean;
  errors?: unknown[];
}

/** What became of one sent row, before it is given back under its own key. */
export type RowOutcome =
  | { outcome: 'written'; id: string | null; created: boolean }
  | { outcome: 'failed'; code: string; fields: string[]; retryable: boolean; reason: string }
  | { outcome: 'unclear' };

/** Updates records by id. Throws only when nothing at all was sent. */
export async function writeRecords(
  api: SalesforceApi,
  object: string,
  writes: RecordWrite[],
  priority: CallPriority,
): Promise<WriteResult[]> {
  const type = objectName(object);
  const rows = writes.map(({ id, values }) => ({ ...values, attributes: { type }, id }));
  const outcomes = await sendCollection(api, rows, {
    path: '/composite/sobjects',
    operation: 'write records',
    object,
    priority,
  });
  return outcomes.map((outcome, at): WriteResult => {
    const id = writes[at]?.id ?? '';
    return outcome.outcome === 'written'
      ? { id, outcome: 'written', created: false }
      : { ...outcome, id };
  });
}

/**
 * Sends rows in order, 200 a call, never all-or-none, and gives one outcome a row. A first call
 * that is refused as a whole throws; a later one marks its rows, since earlier rows are written.
 */
export async function sendCollection(
  api: SalesforceApi,
  rows: object[],
  call: Call,
): Promise<RowOutcome[]> {
  const outcomes: RowOutcome[] = [];
  for (let at = 0; at < rows.length; at += writeBatchSize) {
    const batch = rows.slice(at, at + writeBatchSize);
    try {
      for (const outcome of await sendSplit(api, batch, call)) outcomes.push(outcome);
    } catch (error) {
      if (at === 0 || !(error instanceof ConnectorError)) throw error;
      const rest = rows.slice(at).map(() => notSent(error));
      return outcomes.concat(rest);
    }
  }
  return outcomes;
}

type Call = { path: string; operation: string; object: string; priority: CallPriority };

/** Codes by which one row refuses a whole call. Others are about the call: halves would not help. */
const spoiling = new Set(['JSON_PARSER_ERROR']);

/**
 * One value the org cannot read refuses a whole call (JSON_PARSER_ERROR, 400): the batch is halved
 * until the row that spoils it is alone, and the others are written. Throws only when nothing of
 * the batch was written.
 */
async function sendSplit(api: SalesforceApi, batch: object[], call: Call): Promise<RowOutcome[]> {
  try {
    return await sendBatch(api, batch, call);
  } catch (error) {
    if (!(error instanceof ConnectorError) || !spoiling.has(error.call.code ?? '')) throw error;
    if (batch.length === 1) return [refused(error)];
    const middle = Math.ceil(batch.length / 2);
    const first = await sendSplit(api, batch.slice(0, middle), call);
    const rest = batch.slice(middle);
    const second = await sendSplit(api, rest, call).catch((later: unknown) => {
      if (!(later instanceof ConnectorError)) throw later;
      return rest.map(() => notSent(later));
    });
    return first.concat(second);
  }
}

async function sendBatch(api: SalesforceApi, records: object[], call: Call): Promise<RowOutcome[]> {
  try {
    const answer = await api.call<CollectionRow[]>({
      ...call,
      method: 'PATCH',
      body: { allOrNone: false, records },
    });
    const whole = Array.isArray(answer) && answer.length === records.length;
    return records.map((_, at) => (whole ? outcomeOf(answer[at]) : { outcome: 'unclear' }));
  } catch (error) {
    // Cut after sending: the org may have saved the batch, so nobody may send it again unseen.
    if (error instanceof ConnectorError && error.call.unclear) {
      api.log.warn(
        { crm: 'salesforce', object: call.object, code: error.call.code, rows: records.length },
        'write without an answer, to be read back',
      );
      return records.map(() => ({ outcome: 'unclear' }));
    }
    throw error;
  }
}

function outcomeOf(row: CollectionRow | undefined): RowOutcome {
  if (row?.success === true) {
    return { outcome: 'written', id: row.id ?? null, created: row.created === true };
  }
  if (row?.success !== false) return { outcome: 'unclear' };
  return failedRow((row.errors ?? []).flatMap(toVendorError));
}

/** Several errors on one row pass only when all of them do. */
function failedRow(errors: VendorError[]): RowOutcome {
  const main = decisiveError(errors, null);
  const code = main?.code ?? 'UNKNOWN_EXCEPTION';
  return {
    outcome: 'failed',
    code,
    fields: [...new Set(errors.flatMap((error) => error.fields))],
    retryable: meaningOf(code).retryable,
    reason: rowReason(errors),
  };
}

/** The row that alone is refused as a whole. */
function refused(error: ConnectorError): RowOutcome {
  const { code = 'UNKNOWN_EXCEPTION', fields = [] } = error.call;
  return { outcome: 'failed', code, fields, retryable: false, reason: error.message };
}

/** A row of a batch that was refused as a whole after earlier batches went through. */
function notSent(error: ConnectorError): RowOutcome {
  const code = error.call.code ?? 'UNKNOWN_EXCEPTION';
  return {
    outcome: 'failed',
    code,
    fields: error.call.fields ?? [],
    retryable: true, // it was not looked at by itself: alone or later it may pass
    reason: error.message,
  };
}
