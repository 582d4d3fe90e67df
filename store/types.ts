/** What the store offers: one interface over PGlite and PostgreSQL, and the rows it takes and gives. */

import type { DecisionStore } from './types/decisions.ts';
import type { ExplanationStore } from './types/explanation.ts';
import type { MirrorStore } from './types/mirror.ts';
import type { OwnershipStore } from './types/ownership.ts';
import type { PlanStore } from './types/plans.ts';
import type { RunStore } from './types/runs.ts';
import type { WorkerStore } from './types/workers.ts';
import type { WriteStore } from './types/writes.ts';

export { LostLeaseError, StaleCursorError } from './errors.ts';
export type * from './types/decisions.ts';
export type * from './types/explanation.ts';
export type * from './types/mirror.ts';
export type * from './types/ownership.ts';
export type * from './types/plans.ts';
export type * from './types/runs.ts';
export type * from './types/workers.ts';
export type * from './types/writes.ts';

/** The store, in parts by what they are about. */
export interface Store
  extends RunStore,
    MirrorStore,
    DecisionStore,
    PlanStore,
    OwnershipStore,
    WriteStore,
    WorkerStore,
    ExplanationStore {
  /**
   * Reads on one connection, one after the other, before what is asked of the store later: the
   * embedded store has one connection only, so that `work` asks of `from` and nothing else. No
   * transaction.
   */
  reading<T>(work: (from: FactReads) => Promise<T>): Promise<T>;
  backup(path: string): Promise<{ bytes: number }>;
  health(): Promise<{
    ok: boolean;
    kind: 'pglite' | 'postgresql';
    schemaVersion: number;
    latencyMs: number;
  }>;
  close(): Promise<void>;
}

/** What the facts of decisions are read by. */
export type FactReads = Pick<
  MirrorStore & DecisionStore & OwnershipStore,
  | 'credits'
  | 'disputes'
  | 'dueRecords'
  | 'liveIds'
  | 'mirror'
  | 'mirrorBy'
  | 'partnersNamed'
  | 'priorDecisions'
  | 'stageChanges'
>;
