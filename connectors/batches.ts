/** Rows sent in batches: one outcome a row, whatever a CRM refuses as a whole. */
import { ConnectorError } from './errors.ts';

/** What became of one sent row; `Id` is what a vendor's answer gives as the record's id. */
export type BatchOutcome<Id> =
  | { outcome: 'written'; id: Id; created: boolean }
  | { outcome: 'failed'; code: string; fields: string[]; retryable: boolean; reason: string }
  | { outcome: 'unclear' };

/** How one batch is sent, and what a refusal of all of it means. */
export interface Batching<T, Id> {
  send(batch: T[]): Promise<BatchOutcome<Id>[]>;
  /** true: one row may have refused the whole call; else the call itself is wrong, and it throws. */
  isAboutRows(error: ConnectorError): boolean;
  /** true: every row of the batch would fail alone for the same reason, so halves do not help. */
  isSharedBy?(error: ConnectorError, batch: T[]): boolean;
  /** Code of a refusal that names none. */
  unknownCode: string;
}

/**
 * Batch after batch, one outcome a row, in order. A first call that is refused as a whole throws;
 * a later one marks its rows, since earlier rows are written.
 */
export async function inBatches<T, Id>(
  rows: T[],
  size: number,
  how: Batching<T, Id>,
): Promise<BatchOutcome<Id>[]> {
  const outcomes: BatchOutcome<Id>[] = [];
  for (let at = 0; at < rows.length; at += size) {
    try {
      outcomes.push(...(await sendSplit(rows.slice(at, at + size), how)));
    } catch (error) {
      if (at === 0 || !(error instanceof ConnectorError)) throw error;
      return outcomes.concat(rows.slice(at).map(() => notSent(error, how)));
    }
  }
  return outcomes;
}

/**
 * A batch refused as a whole is halved until the row that spoils it is alone. Throws only when
 * nothing of the batch was written.
 */
async function sendSplit<T, Id>(batch: T[], how: Batching<T, Id>): Promise<BatchOutcome<Id>[]> {
  try {
    return await how.send(batch);
  } catch (error) {
    if (!(error instanceof ConnectorError) || !how.isAboutRows(error)) throw error;
    if (batch.length === 1 || how.isSharedBy?.(error, batch)) {
      return batch.map(() => refused(error, how));
    }
    const middle = Math.ceil(batch.length / 2);
    const first = await sendSplit(batch.slice(0, middle), how);
    const rest = batch.slice(middle);
    const second = await sendSplit(rest, how).catch((later: unknown) => {
      if (!(later instanceof ConnectorError)) throw later;
      return rest.map(() => notSent(later, how));
    });
    return first.concat(second);
  }
}

type Unknown = Pick<Batching<never, never>, 'unknownCode'>;

/** A row that is refused for what it holds. */
function refused({ call, message }: ConnectorError, { unknownCode }: Unknown) {
  const { code = unknownCode, fields = [] } = call;
  return { outcome: 'failed' as const, code, fields, retryable: false, reason: message };
}

/** A row that was not looked at by itself: alone or later it may pass. */
function notSent(error: ConnectorError, how: Unknown) {
  return { ...refused(error, how), retryable: true };
}
