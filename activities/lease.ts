/** How long rows are ours to send: checked before the calls of the CRM. */
import { callingBefore } from '../connectors/deadline.ts';
import { LostLeaseError } from '../store/types.ts';

/**
 * Longer than one call of a CRM may take (130 s, Salesforce's time-out): with less of the lease
 * left nothing is sent any more.
 */
const callMaxMs = 140_000;

/** Ours to send, until this instant (ms since 1970). */
export interface Lease {
  id: string;
  until: number;
}

/**
 * A process that stood still since it claimed (a suspended machine, a heartbeat that was missed)
 * must not send what another one has taken over, read back and sent by now. Looked at here and once
 * more before each call that `send` makes. Throws LostLeaseError.
 */
export async function whileHeld<T>({ until }: Lease, send: () => Promise<T>): Promise<T> {
  const lastCallAt = until - callMaxMs;
  if (Date.now() > lastCallAt) {
    throw new LostLeaseError(
      'This attempt stood still for too long after it had claimed its rows, and sent nothing. ' +
        'The next one takes them over.',
    );
  }
  return callingBefore(lastCallAt, send);
}
