/** Rows of decisions: what a new one replaces, how it is stored, and the log of earlier outcomes. */
import { type RawBuilder, sql } from 'kysely';
import type {
  DecidedObject,
  Decision,
  DecisionKind,
  FieldValues,
  Instant,
  PartnerCredit,
} from '../rules/types.ts';
import { type Db, recordset, type Trx } from './database.ts';
import { canonicalJson } from './hash.ts';
import type { DecidedBatch, DecisionSlot, LiveDecision } from './types.ts';

type Batch = Omit<DecidedBatch, 'planRows' | 'clear'>;
type Decided = DecidedBatch['decisions'][number];

/** What a decision replaces. */
export type Replaced = Pick<
  LiveDecision,
  'rule' | 'reason' | 'fields' | 'credits' | 'sinceVersion' | 'sinceRunId' | 'sinceAt'
>;

interface StoredPrior {
  record_id: string;
  kind: DecisionKind;
  version: string;
  rule: string;
  fields: FieldValues;
  reason: string;
  credits: PartnerCredit[];
  input_hash: string;
  decided_at: Instant;
  locked_at: Instant | null;
  since_version: string | null;
  since_run_id: string | null;
  since_at: Instant | null;
}

/** Prior decisions by record and kind. */
export async function priorDecisions(
  db: Db,
  connection: string,
  slot: DecisionSlot,
  object: DecidedObject,
  ids: string[],
): Promise<Map<string, Partial<Record<DecisionKind, LiveDecision>>>> {
  const found = new Map<string, Partial<Record<DecisionKind, LiveDecision>>>();
  if (ids.length === 0) {
    return found;
  }
  const { rows } = await sql<StoredPrior>`
    select record_id, kind, version, rule, fields, reason, credits, input_hash, decided_at,
      locked_at, since_version, since_run_id, since_at
    from decision
    where connection = ${connection} and slot = ${slot} and object = ${object}
      and record_id = any(${ids}) order by record_id`.execute(db);
  for (const row of rows) {
    const kinds = found.get(row.record_id) ?? {};
    kinds[row.kind] = {
      rule: row.rule,
      fields: row.fields,
      reason: row.reason,
      credits: row.credits,
      decidedAt: row.decided_at,
      lockedAt: row.locked_at,
      inputHash: row.input_hash,
      version: row.version,
      sinceVersion: row.since_version,
      sinceRunId: row.since_run_id,
      sinceAt: row.since_at,
    };
    found.set(row.record_id, kinds);
  }
  return found;
}

/** What the batch replaces: as its maker has read it, else as the slot holds it. */
export async function replacedBy(trx: Trx, batch: Batch): Promise<Map<string, Replaced>> {
  const replaced = new Map<string, Replaced>();
  const unread = new Map<DecidedObject, Set<string>>();
  for (const { decision: d, replaces } of batch.decisions) {
    if (replaces) {
      replaced.set(keyOf(d.object, d.id, d.kind), replaces);
    } else if (replaces === undefined) {
      unread.set(d.object, (unread.get(d.object) ?? new Set()).add(d.id));
    }
  }
  for (const [object, ids] of unread) {
    const priors = await priorDecisions(trx, batch.connection, batch.slot, object, [...ids]);
    for (const [id, kinds] of priors) {
      for (const [kind, prior] of Object.entries(kinds)) {
        replaced.set(keyOf(object, id, kind), prior);
      }
    }
  }
  return replaced;
}

/** What this decision replaces; undefined: it is the first of its kind. */
export function replacedOf(
  replaced: Map<string, Replaced>,
  { decision: d }: Decided,
): Replaced | undefined {
  return replaced.get(keyOf(d.object, d.id, d.kind));
}

function keyOf(object: string, id: string, kind: string): string {
  return `${object} ${id} ${kind}`;
}

/** History grows only when the outcome or its reason is another. */
export function isNews(old: Replaced, { rule, reason, fields }: Decision): boolean {
  return (
    old.rule !== rule ||
    old.reason !== reason ||
    canonicalJson(old.fields) !== canonicalJson(fields)
  );
}

/** Columns of the log, and their values in a row of `decision`. */
export const logColumns =
  'connection, object, record_id, kind, rule, version, fields, reason, run_id, decided_at';

/** See `logColumns`; `row` is the name under which the query knows the row of `decision`. */
export function logValues(row: string): string {
  const same = ['connection', 'object', 'record_id', 'kind', 'rule'];
  return [
    ...same.map((column) => `${row}.${column}`),
    `coalesce(${row}.since_version, ${row}.version)`,
    `${row}.fields::jsonb`,
    `${row}.reason`,
    `coalesce(${row}.since_run_id, '')`,
    `coalesce(${row}.since_at, ${row}.decided_at)`,
  ].join(', ');
}

/** Keeps outcomes that are about to be replaced by others. */
export async function logReplaced(
  trx: Trx,
  batch: Batch,
  replaced: Map<string, Replaced>,
): Promise<void> {
  const keys = batch.decisions.flatMap((decided) => {
    const old = replacedOf(replaced, decided);
    const { decision: d } = decided;
    return old !== undefined && isNews(old, d)
      ? [{ object: d.object, record_id: d.id, kind: d.kind }]
      : [];
  });
  if (keys.length === 0) {
    return;
  }
  await sql`
    insert into decision_log (${sql.raw(logColumns)})
    select ${sql.raw(logValues('d'))}
    from decision d join ${recordset(keys, 'object text, record_id text, kind text')}
      on d.object = input.object and d.record_id = input.record_id and d.kind = input.kind
    where d.connection = ${batch.connection} and d.slot = ${batch.slot}
    order by d.record_id, d.kind`.execute(trx);
}

/** Columns of a row that not every decision has. */
interface MoreColumns {
  planned_marker?: number | undefined;
  since_version?: string | null;
  since_run_id?: string | null;
  since_at?: Instant | null;
}

/**
 * The statement that stores the decisions in the batch's slot, ready to be sent; null: there are
 * none. What `more` leaves out begins with this batch.
 */
export function decisionsStatement(
  batch: Batch,
  more: (decided: Decided) => MoreColumns,
): RawBuilder<unknown> | null {
  if (batch.decisions.length === 0) {
    return null;
  }
  const rows = batch.decisions.map((decided) => ({ ...rowOf(decided), ...more(decided) }));
  const { connection, slot, version, runId, now } = batch;
  return sql`
    insert into decision (connection, slot, version, decided_at, since_version, since_run_id,
      since_at, reason, ${sql.raw(names)})
    select ${connection}, ${slot}, ${version}, ${now}::timestamptz,
      coalesce(since_version, ${version}), coalesce(since_run_id, ${runId}),
      coalesce(since_at, ${now}::timestamptz),
      coalesce(reason, fields ->> 'attribution_reason'), ${sql.raw(names)}
    from ${recordset(rows, columns)}
    on conflict (connection, slot, object, record_id, kind) do update set
      version = excluded.version, decided_at = excluded.decided_at, rule = excluded.rule,
      fields = excluded.fields, reason = excluded.reason, evidence = excluded.evidence,
      counterfactual = excluded.counterfactual, due_at = excluded.due_at,
      credits = excluded.credits, alert = excluded.alert, alert_kind = excluded.alert_kind,
      input_hash = excluded.input_hash, locked_at = excluded.locked_at,
      planned_marker = excluded.planned_marker, since_version = excluded.since_version,
      since_run_id = excluded.since_run_id, since_at = excluded.since_at`;
}

const stored =
  'object text, record_id text, kind text, rule text, fields json, ' +
  'evidence json, counterfactual text, due_at timestamptz, credits json, alert json, ' +
  'alert_kind text, input_hash text, locked_at timestamptz, planned_marker bigint';
const names = stored.replace(/ (text|json|timestamptz|bigint)/g, '');
const columns = `${stored}, reason text, since_version text, since_run_id text, since_at timestamptz`;

/** A decision as its row; what is null is left out of the JSON. */
function rowOf({ decision: d, inputHash, lockedAt }: Decided): object {
  return {
    object: d.object,
    record_id: d.id,
    kind: d.kind,
    rule: d.rule,
    fields: d.fields,
    // An attribution writes its reason into the CRM: it is not sent twice.
    reason: d.fields['attribution_reason'] === d.reason ? undefined : d.reason,
    evidence: d.evidence,
    counterfactual: d.counterfactual ?? undefined,
    due_at: d.dueAt ?? undefined,
    credits: d.credits,
    alert: d.alert ?? undefined,
    alert_kind: d.alert?.kind,
    input_hash: inputHash,
    locked_at: lockedAt ?? undefined,
  };
}
