/** How long rows are ours to send: checked before the calls of the CRM. */
import { callingWhile } from '../connectors/deadline.ts';
import { LostLeaseError } from '../store/types.ts';

/**
 * Longer than one call of a CRM may take (130 s, Salesforce's time-out): with less of the lease
 * left nothing is sent any more.
 */
const callMaxMs = 140_000;

/**
 * A worker's life in a store that several share (worker/life.ts). Its rows are given to others when
 * it is dead, long before their lease ends; so nothing is sent once it might be counted as dead.
 */
export interface Life {
  id: string;
  /** Whether calls may begin now. Once others may have its rows it is never true again. */
  lasts(): boolean;
  /** Asks the store at once; true when it lasts. */
  renew(): Promise<boolean>;
  /** Nobody works on the rows of this lease any more, and what became of them is not stored. */
  leave(leaseId: string): void;
}

/** Ours to send, until this instant (ms since 1970) and as long as the life lasts. */
export interface Lease {
  id: string;
  until: number;
  life: Life | undefined;
}

/**
 * A process that stood still since it claimed (a suspended machine, a heartbeat that was missed)
 * must not send what another one has taken over, read back and sent by now. Looked at here, once
 * more before each call that `send` makes, and at the socket. Throws LostLeaseError.
 */
export async function whileHeld<T>({ until, life }: Lease, send: () => Promise<T>): Promise<T> {
  const lastCallAt = until - callMaxMs;
  const mayBegin = () => Date.now() <= lastCallAt && (life?.lasts() ?? true);
  // A worker that was only late with its sign of life need not lose its rows.
  if (!mayBegin() && !((await life?.renew()) && mayBegin())) {
    throw new LostLeaseError(
      'This attempt stood still for too long after it had claimed its rows, and sent nothing. ' +
        'The next one takes them over.',
    );
  }
  return callingWhile(mayBegin, send);
}
