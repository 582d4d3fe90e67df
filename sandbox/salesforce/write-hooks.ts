/** Where armed faults reach into an org's writes. Empty unless a fault is armed. */
import type { ObjectDef } from './schema.ts';
import type { Row } from './values.ts';
import type { WriteOperation } from './write-log.ts';

/** A row about to be written. */
export interface PendingWrite {
  orgId: string;
  object: ObjectDef;
  before: Row | undefined;
  after: Row;
  operation: WriteOperation;
  /** What the write came through: rest, bulk, page, control. */
  via: string;
}

/** Shared by all orgs of a sandbox. */
export interface WriteHooks {
  /** May throw RecordError; answers by how many ms (sandbox clock) the commit is late. */
  beforeWrite: ((write: PendingWrite) => number) | null;
  /** Whether an upsert's key seems to fit two records. */
  keyFitsTwo: ((look: { orgId: string; object: ObjectDef; field: string }) => boolean) | null;
}

/** No faults. */
export function noHooks(): WriteHooks {
  return { beforeWrite: null, keyFitsTwo: null };
}
