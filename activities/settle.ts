/** What the CRM's answer about one row becomes in the outbox, and when the row is tried again. */
import type { TaskResult, WriteResult } from '../connectors/connector.ts';
import type { Instant } from '../rules/types.ts';
import type { Settlement, WriteRow } from '../store/types.ts';

/** A failed row that may succeed by itself: after 1, 2, 4 ... minutes, at most an hour. */
const retryFirstMs = 60_000;
const retryMaxMs = 3_600_000;

/** `result` undefined: the CRM said nothing of the row. */
export function settle(
  row: WriteRow,
  result: WriteResult | TaskResult | undefined,
  createdId: string | null,
): Settlement {
  if (result === undefined || result.outcome === 'unclear') {
    return { seq: row.seq, outcome: 'unclear', nextTryAt: later(0) };
  }
  if (result.outcome === 'written') {
    return { seq: row.seq, outcome: 'written', createdId };
  }
  const { code, fields, retryable } = result;
  return {
    seq: row.seq,
    outcome: 'failed',
    failure: { code, fields, retryable, remedy: remedyOf(result) },
    nextTryAt: retryable ? later(row.attempts) : null,
  };
}

/** The CRM's own words where it gave any, and when it is tried again; kept in the store only. */
function remedyOf(result: Extract<WriteResult | TaskResult, { outcome: 'failed' }>): string {
  const { code, fields, retryable, reason } = result;
  const where = fields.length > 0 ? ` (${fields.join(', ')})` : '';
  const said = reason ?? `The CRM ${retryable ? 'could not take' : 'refuses'} it: ${code}${where}.`;
  return retryable
    ? said
    : `${said} It is tried again when the decided value changes, or by "partner-sync failures ` +
        'retry".';
}

function later(attempts: number): Instant {
  const wait = Math.min(retryMaxMs, retryFirstMs * 2 ** attempts);
  return new Date(Date.now() + wait).toISOString();
}
