/** The workers of a store that several share: who lives, and what the dead had in flight. */
import type { Instant } from '../../rules/types.ts';

/** A worker that has not ended, as far as the store has been told. */
export interface LivingWorker {
  id: string;
  /** Host and process, as Temporal shows it. */
  identity: string;
  /** Rises with every sign of life. */
  beats: number;
  /** The latest sign of life, by the database's clock: to be shown, not to be compared. */
  seenAt: Instant;
}

/** Rows that a worker which has ended had in flight. */
export interface TakenOver {
  workerId: string;
  rows: number;
}

/** Lives of workers. Each id is one life: what has ended never begins again. */
export interface WorkerStore {
  beginWorker(id: string, identity: string): Promise<void>;
  /** A sign of life. false: this life has been ended by somebody, for good. */
  beatWorker(id: string): Promise<boolean>;
  livingWorkers(): Promise<LivingWorker[]>;
  /**
   * Ends a life. With `beats` only when no sign of life has come since that one was seen. Returns
   * whether it was ended by this call.
   */
  endWorker(id: string, beats: number | null): Promise<boolean>;
  /**
   * Rows in flight of ended lives: unclear, to be read back from `dueAt`. What an ended life claims
   * afterwards is found by the next call.
   */
  takeOverClaims(dueAt: Instant): Promise<TakenOver[]>;
  /**
   * Rows still in flight under these leases become unclear, due at `now`. Only for the worker that
   * had them: whoever held them has ended without storing what became of them. How many.
   */
  leaveClaims(leaseIds: string[], now: Instant): Promise<number>;
  /**
   * Rows of a connection that are in a worker's hands, or were in a dead one's and are to be read
   * back later than `now`.
   */
  rowsInHand(connection: string, now: Instant): Promise<number>;
}
