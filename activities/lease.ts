/** How long rows are ours to send: checked just before the call of the CRM. */
import { LostLeaseError } from '../store/types.ts';

/** Longer than one call of a CRM may take: with less of the lease left nothing is sent any more. */
const callMaxMs = 90_000;

/** Ours to send, until this instant (ms since 1970). */
export interface Lease {
  id: string;
  until: number;
}

/**
 * A process that stood still since it claimed (a suspended machine, a heartbeat that was missed)
 * must not send what another one has taken over, read back and sent by now. Throws LostLeaseError.
 */
export function mustHold({ until }: Lease): void {
  if (Date.now() + callMaxMs > until) {
    throw new LostLeaseError(
      'This attempt stood still for too long after it had claimed its rows, and sent nothing. ' +
        'The next one takes them over.',
    );
  }
}
