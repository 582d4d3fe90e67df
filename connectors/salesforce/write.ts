/** Writes records 200 a call and says of each one what became of it. */
import { type BatchOutcome, inBatches } from '../batches.ts';
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
export type RowOutcome = BatchOutcome<string | null>;

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

type Call = { path: string; operation: string; object: string; priority: CallPriority };

/**
 * Codes by which one row refuses a whole call: a value the org cannot read (400). Others are about
 * the call: halves would not help.
 */
const spoiling = new Set(['JSON_PARSER_ERROR']);

/** Sends rows in order, 200 a call, never all-or-none, and gives one outcome a row. */
export async function sendCollection(
  api: SalesforceApi,
  rows: object[],
  call: Call,
): Promise<RowOutcome[]> {
  return inBatches(rows, writeBatchSize, {
    send: (batch) => sendBatch(api, batch, call),
    isAboutRows: (error) => spoiling.has(error.call.code ?? ''),
    unknownCode: 'UNKNOWN_EXCEPTION',
  });
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
