/** What the parts of an undo work on, and how they say what they left alone. */
import type { CanonicalValue, DecidedObject } from '../rules/types.ts';
import type { Store } from '../store/types.ts';
import type { LegClock, OpenConnection } from './context.ts';

/** One undo under way. */
export interface UndoLeg {
  store: Store;
  open: OpenConnection;
  runId: string;
  undoRunId: string;
  /** Only this field, by its engine key or its name in the CRM; null: all, tasks too. */
  field: string | null;
  clock: LegClock;
}

/** A field that was left alone, for the answer to the person who asked. */
export interface LeftField {
  object: DecidedObject | 'task';
  recordId: string;
  name: string;
  field: string;
  /** What the run wrote, and what is there now. */
  wrote: CanonicalValue;
  found: CanonicalValue;
  why: 'changed since' | 'record gone';
}
