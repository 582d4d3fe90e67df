/** The mass-change guard: whether a run changes too much to go ahead by itself. */
import { wholePool } from './splits.ts';
import type { GuardPolicy } from './types.ts';

/** How much of one object a run wants to change; new tasks count as changed records. */
export interface RunSize {
  changed: number;
  live: number;
}

/**
 * True when a run must be held as a plan: more than the policy's records AND more than its share
 * of the live records (design.md section 3; default 500 records and 10 %). Exactly the limit passes.
 */
export function exceedsGuard(size: RunSize, policy: GuardPolicy): boolean {
  const { changed, live } = size;
  return changed > policy.maxRecords && changed * wholePool > live * policy.maxBasisPointsOfObject;
}
