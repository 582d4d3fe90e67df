/** Whether the calls of a piece of work may begin; asked at the last steps before the wire. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Dispatcher } from 'undici';
import { ConnectorError, type FailedCall } from './errors.ts';

/** Says whether a call may begin now; travels with the work. */
const allowed = new AsyncLocalStorage<() => boolean>();

/** Runs the work; no call of a CRM that it makes begins once `mayBegin` says no. */
export function callingWhile<T>(mayBegin: () => boolean, work: () => Promise<T>): Promise<T> {
  return allowed.run(mayBegin, work);
}

/** Runs the work; no call of a CRM that it makes begins after `untilMs` (ms of Date.now()). */
export function callingBefore<T>(untilMs: number, work: () => Promise<T>): Promise<T> {
  return callingWhile(() => Date.now() <= untilMs, work);
}

/**
 * To be called with nothing awaited between it and the client: sessions and budgets are waited for,
 * and a process may stand still meanwhile. Not a timer, since those stop while a machine sleeps.
 * Throws ConnectorError 'unavailable': nothing was sent.
 */
export function mustBeInTime(call: Pick<FailedCall, 'crm' | 'operation'>): void {
  if (allowed.getStore()?.() ?? true) return;
  throw new ConnectorError(
    'unavailable',
    { crm: call.crm, operation: call.operation, code: 'TOO_LATE' },
    `Too much time had passed before the CRM was called: ${call.operation}. Nothing was sent, for ` +
      'another worker may have taken the rows over. Retried by itself; nothing to do.',
  );
}

/**
 * A dispatcher that asks once more when a socket is there and nothing has been sent: a connection
 * takes a handshake, and a process may stand still in it. The call fails with the code 'TOO_LATE',
 * which says that nothing was sent.
 */
export function askedAtTheWire(dispatcher: Dispatcher): Dispatcher {
  return dispatcher.compose((dispatch) => (options, handler) => {
    const mayBegin = allowed.getStore();
    if (mayBegin !== undefined) {
      // `fetch` makes a handler for each call. The client calls this one right before it writes,
      // and writes nothing when it throws.
      const begin = handler.onRequestStart?.bind(handler);
      handler.onRequestStart = (...given) => {
        if (!mayBegin()) {
          throw Object.assign(new Error('The right to send has ended.'), { code: 'TOO_LATE' });
        }
        begin?.(...given);
      };
    }
    return dispatch(options, handler);
  });
}
