/** Under which name a worker is seen: in Temporal's UI, in the store and in others' logs. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/**
 * Host and process id, and what tells this process from an earlier one: a container that is started
 * again has the same name and the same pid.
 */
export function workerIdentity(): string {
  return `partner-sync/${hostname()}/${process.pid}/${randomBytes(3).toString('hex')}`;
}
