/** Who writes a field: edits of people, disputes, holds, and what an undo takes back. */
import type {
  CanonicalValue,
  DecidedObject,
  DecisionKind,
  FieldHistory,
  FieldValues,
  Instant,
} from '../../rules/types.ts';
import type { DesiredWrite, FieldChange } from './writes.ts';

/** What is remembered of the edits of one engine field. */
export interface FieldEditRow extends FieldHistory {
  object: DecidedObject;
  recordId: string;
  field: string;
  /** The value that was found in the CRM. */
  found: CanonicalValue;
  /** CRM user; null where the CRM does not say. */
  byUser: string | null;
  seenAt: Instant;
}

/** Two values of one field that people have to decide between; the person's stands meanwhile. */
export interface DisputeRow {
  seq: number;
  object: DecidedObject;
  recordId: string;
  field: string;
  kind: DecisionKind;
  ours: CanonicalValue;
  theirs: CanonicalValue;
  byUser: string | null;
  openedAt: Instant;
  closedAt: Instant | null;
  outcome: string | null;
}

/** A decided value that an undo keeps from being written again. */
export interface HoldRow {
  object: DecidedObject;
  recordId: string;
  field: string;
  value: CanonicalValue;
  /** The run that was undone, and the one that undid it. */
  runId: string;
  undoRunId: string;
  heldAt: Instant;
}

/** What the store knows of the owners of one record's fields, by field. */
export interface FieldFacts {
  lastWritten: Record<string, { value: CanonicalValue; seq: number }>;
  /** Fields with a change on its way, failed ones included. */
  open: ReadonlySet<string>;
  edits: Record<string, FieldEditRow>;
  holds: Record<string, HoldRow>;
}

/** A field of a record. */
export interface FieldKey {
  object: DecidedObject;
  recordId: string;
  field: string;
}

/** Changes of who writes a field, stored with the decisions they were found with. */
export interface Stances {
  edits: FieldEditRow[];
  disputes: Omit<DisputeRow, 'seq' | 'openedAt' | 'closedAt' | 'outcome'>[];
  /** Disputes whose person has put the decided value back. */
  withdrawn: FieldKey[];
  /** Holds that are over. */
  released: FieldKey[];
  /** Yields and breakers that are over: another value is decided now. */
  forgotten: FieldKey[];
  /** Fields on hold: what waits to be written of them is the undo's, not the decision's. */
  held: FieldKey[];
}

/** A record a run wrote: `before` as it was before the run, `value` as the run left it. */
export interface WrittenRecord {
  object: DecidedObject;
  recordId: string;
  fields: Record<string, FieldChange>;
}

/** A task that a run changed and other runs wrote as well. */
export interface ChangedTask {
  key: string;
  /** What the run found and what it left; `before` is null of all where the run made the task. */
  fields: Record<string, FieldChange>;
}

/** Part of an undo, stored in one transaction. */
export interface TakenBack {
  connection: string;
  /** The run that is undone, and the one that undoes it. */
  runId: string;
  undoRunId: string;
  now: Instant;
  writes: DesiredWrite[];
  holds: (FieldKey & { value: CanonicalValue })[];
  /** Keys of the tasks that `writes` cancels: their episodes have none any more. */
  cancelled: string[];
  /** Locks of attribution come back too. */
  locks: boolean;
  /** What the run wanted to write and has not is dropped. */
  rest: boolean;
}

/** Who writes a field, and undo. */
export interface OwnershipStore {
  /** Edits and holds of records, and what the ledger says of those that are `differing`. */
  fieldFacts(
    connection: string,
    object: DecidedObject,
    ids: string[],
    differing: string[],
  ): Promise<Map<string, FieldFacts>>;
  disputes(
    connection: string,
    object: DecidedObject,
    ids: string[],
    which: 'open' | 'all',
  ): Promise<DisputeRow[]>;
  writtenRecords(
    run: { connection: string; runId: string; undoRunId: string },
    limit: number,
    after: string | null,
  ): Promise<WrittenRecord[]>;
  tasksMadeBy(connection: string, runId: string): Promise<string[]>;
  /** Tasks whose words a run changed and that are not its own alone, by key. */
  tasksChangedBy(connection: string, runId: string): Promise<ChangedTask[]>;
  /** What each task says by what was written of it; tasks never written are left out. */
  writtenTasks(connection: string, keys: readonly string[]): Promise<Map<string, FieldValues>>;
  takeBack(back: TakenBack): Promise<{ enqueued: number }>;
  releaseHolds(connection: string, runId: string): Promise<{ released: number }>;
  /** The version before an undone one works again (null: none does); all is decided anew. */
  replaceVersion(
    connection: string,
    undone: string,
    previous: string | null,
    at: Instant,
  ): Promise<void>;
}
