/** Reads whole decisions of a slot: for those who explain them, and for the plan that adopts them. */
import { sql } from 'kysely';
import type {
  AlertCondition,
  DecidedObject,
  Decision,
  DecisionKind,
  Evidence,
  FieldValues,
  Instant,
  PartnerCredit,
} from '../rules/types.ts';
import type { Db } from './database.ts';
import type { DecisionRow, DecisionSlot } from './types.ts';

/** A row of the table `decision` as read. */
export interface StoredDecision {
  object: DecidedObject;
  record_id: string;
  kind: DecisionKind;
  slot: DecisionSlot;
  version: string;
  rule: string;
  fields: FieldValues;
  reason: string;
  evidence: Evidence[];
  counterfactual: string | null;
  due_at: Instant | null;
  credits: PartnerCredit[];
  alert: AlertCondition | null;
  input_hash: string;
  decided_at: Instant;
  locked_at: Instant | null;
  planned_marker: number | null;
}

/** Every decision of these records in a slot, by object, record and kind. */
export async function storedDecisions(
  db: Db,
  connection: string,
  slot: DecisionSlot,
  records: { objects: DecidedObject[]; ids: string[] },
): Promise<StoredDecision[]> {
  const { rows } = await sql<StoredDecision>`
    select object, record_id, kind, slot, version, rule, fields, reason, evidence, counterfactual,
      due_at, credits, alert, input_hash, decided_at, locked_at, planned_marker
    from decision
    where connection = ${connection} and slot = ${slot} and object = any(${records.objects})
      and record_id = any(${records.ids})
    order by object, record_id, kind`.execute(db);
  return rows;
}

/** The decision in a row, as the rules gave it. */
export function decisionOf(row: StoredDecision): Decision {
  return {
    object: row.object,
    id: row.record_id,
    kind: row.kind,
    rule: row.rule,
    fields: row.fields,
    reason: row.reason,
    evidence: row.evidence,
    counterfactual: row.counterfactual,
    dueAt: row.due_at,
    credits: row.credits,
    alert: row.alert,
  };
}

/** The row with its decision, as the store's interface gives it. */
export function decisionRowOf(row: StoredDecision): DecisionRow {
  return {
    ...decisionOf(row),
    slot: row.slot,
    version: row.version,
    inputHash: row.input_hash,
    decidedAt: row.decided_at,
    lockedAt: row.locked_at,
  };
}
