/** What pauses a connection, and when one that does not answer is looked at again. */
import { type FailureType, pausingFailures } from '../rules/failure-types.ts';
import type { Failure, JobKind, JobResult } from './messages.ts';
import { type Owner, runsWhilePaused } from './owner-state.ts';

/**
 * True when the failure pauses the connection. A plan reads edited files and provisioning needs
 * rights of its own: what is wrong there does not touch the syncs, but a dead sign-in does.
 */
export function mustPause(kind: JobKind, failure: Failure | null): boolean {
  if (failure === null) {
    return false;
  }
  return runsWhilePaused(kind)
    ? failure.type === 'Crm.Unauthorized'
    : pausingFailures.includes(failure.type as FailureType);
}

/** A CRM that does not answer is looked at again after 5, 10, 20 ... minutes, at most an hour. */
const probeFirstMs = 5 * 60_000;
const probeMaxMs = 60 * 60_000;

/**
 * Counts outages in a row. After one: the pause's sentence, with the time of the next look; null
 * when the run met no outage. A person's `resume` looks at once.
 */
export function outagePause(owner: Owner, result: JobResult, now: number): string | null {
  if (result.failure?.type !== 'Crm.Unavailable') {
    owner.outages = result.outcome === 'red' ? owner.outages : 0;
    return null;
  }
  owner.probeAt = now + Math.min(probeMaxMs, probeFirstMs * 2 ** owner.outages);
  owner.outages += 1;
  const at = new Date(owner.probeAt).toISOString().slice(11, 16);
  return `${result.failure.message} It is looked at again by itself at ${at} UTC.`;
}
