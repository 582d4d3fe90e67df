/** Until when the calls of a piece of work may begin; asked at the last step before the wire. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { ConnectorError, type FailedCall } from './errors.ts';

/** The latest beginning of a call, in ms of Date.now(); travels with the work. */
const latest = new AsyncLocalStorage<number>();

/** Runs the work; no call of a CRM that it makes begins after `untilMs`. */
export function callingBefore<T>(untilMs: number, work: () => Promise<T>): Promise<T> {
  return latest.run(untilMs, work);
}

/**
 * To be called with nothing awaited between it and the wire: sessions and budgets are waited for,
 * and a process may stand still meanwhile. Not a timer, since those stop while a machine sleeps.
 * Throws ConnectorError 'unavailable': nothing was sent.
 */
export function mustBeInTime(call: Pick<FailedCall, 'crm' | 'operation'>): void {
  const untilMs = latest.getStore();
  if (untilMs === undefined || Date.now() <= untilMs) return;
  throw new ConnectorError(
    'unavailable',
    { crm: call.crm, operation: call.operation, code: 'TOO_LATE' },
    `Too much time had passed before the CRM was called: ${call.operation}. Nothing was sent, for ` +
      'another worker may have taken the rows over. Retried by itself; nothing to do.',
  );
}
