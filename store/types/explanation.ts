/** What is told of a record, and of all of them together. */
import type {
  DecidedObject,
  Decimal,
  DecisionKind,
  FieldValues,
  Instant,
  ObjectName,
} from '../../rules/types.ts';
import type { AlertRow, DecisionRow } from './decisions.ts';
import type { MirrorRow } from './mirror.ts';
import type { DisputeRow, FieldEditRow, HoldRow } from './ownership.ts';
import type { WriteRow } from './writes.ts';

export interface DecisionLogRow {
  seq: number;
  kind: DecisionKind;
  rule: string;
  version: string;
  fields: FieldValues;
  reason: string;
  decidedAt: Instant;
}

export interface Explanation {
  connection: string;
  object: DecidedObject;
  record: MirrorRow;
  /** Ids of records that were merged into it: their history is part of its own. */
  formerIds: string[];
  decisions: DecisionRow[];
  history: DecisionLogRow[];
  writes: WriteRow[];
  alerts: AlertRow[];
  disputes: DisputeRow[];
  edits: FieldEditRow[];
  holds: HoldRow[];
  registrations: MirrorRow[];
  touches: MirrorRow[];
  /** Names of the partners mentioned, by id. */
  partnerNames: Record<string, string>;
}

/** Live opportunities of one state and one currency (null: the CRM has only one). */
export interface PipelineRow {
  state: 'won' | 'lost' | 'open';
  currency: string | null;
  opportunities: number;
  /** Sum of the amounts there are, in that currency. */
  amount: Decimal;
  /** Of these opportunities, how many have none. */
  withoutAmount: number;
  withoutAccount: number;
  withoutCloseDate: number;
}

/** An opportunity that shows what one rule does. */
export interface ExampleDecision {
  object: 'opportunity';
  id: string;
  kind: DecisionKind;
  rule: string;
  reason: string;
  counterfactual: string | null;
}

/** Explanation and search. */
export interface ExplanationStore {
  explain(connection: string, recordId: string): Promise<Explanation | undefined>;
  /** Finds a record by id or exact name, in one connection or all. */
  findRecord(
    text: string,
    connection: string | null,
  ): Promise<{ connection: string; object: ObjectName; id: string; name: string }[]>;
  /** Opportunities whose decision is worth showing as an example: one a rule, written ones first. */
  exampleDecisions(connection: string, limit: number): Promise<ExampleDecision[]>;
  pipelineCounts(connection: string): Promise<PipelineRow[]>;
}
