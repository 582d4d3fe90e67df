/** Stores decisions with everything that follows from them, in one transaction; reads them back. */
import { sql } from 'kysely';
import type {
  AttributionType,
  DecidedObject,
  DecisionKind,
  FieldValues,
  PartnerCredit,
  PriorDecision,
} from '../rules/types.ts';
import { replaceAttribution } from './attribution.ts';
import { type Db, inTransaction, recordset, type Trx } from './database.ts';
import { clearDirty, markDirty } from './dirty.ts';
import { canonicalJson } from './hash.ts';
import {
  desireOf,
  desiresOf,
  dropRows,
  type EnqueueContext,
  enqueue,
  recordKey,
} from './outbox.ts';
import { saveStances } from './ownership.ts';
import { storePlanRows } from './plan-rows.ts';
import type { DecidedBatch, DecisionSlot } from './types.ts';

type Batch = Omit<DecidedBatch, 'planRows' | 'clear'>;
type Decided = DecidedBatch['decisions'][number];

/** What a decision replaces. */
interface Replaced {
  object: DecidedObject;
  record_id: string;
  kind: DecisionKind;
  rule: string;
  reason: string;
  fields: FieldValues;
  credits: PartnerCredit[];
}

/**
 * Stores a batch. Live: decisions, their history, attribution, the outbox, partners whose credit
 * changed marked dirty, and the given markers cleared where they are still the same. A plan's
 * slot: decisions, attribution and plan rows only.
 */
export async function saveDecided(
  db: Db,
  batch: DecidedBatch,
): Promise<{ stored: number; enqueued: number }> {
  return inTransaction(db, async (trx) => {
    if (batch.slot !== 'live') {
      await storePlanned(trx, batch);
      return { stored: batch.decisions.length, enqueued: 0 };
    }
    const enqueued = await storeLive(trx, batch, null);
    await saveStances(trx, batch);
    await cancelDeleted(trx, batch);
    // Markers of opportunities before those of partners: the order of a page commit.
    await clearDirty(trx, batch.connection, batch.clear);
    return { stored: batch.decisions.length, enqueued };
  });
}

/** Makes decisions live. `planId` is set where a plan is adopted. Returns outbox rows changed. */
export async function storeLive(trx: Trx, batch: Batch, planId: string | null): Promise<number> {
  const replaced = await replacedBy(trx, batch);
  const context: EnqueueContext = {
    connection: batch.connection,
    runId: batch.runId,
    planId,
    now: batch.now,
  };
  const enqueued = await enqueue(trx, context, desires(batch, replaced));
  await upsertDecisions(trx, batch, (decided) => ({ logged: isNews(replaced, decided) }));
  const credited = await storeCredits(trx, batch, replaced);
  await markDirty(
    trx,
    batch.connection,
    credited.map((id) => ({ object: 'partner' as const, id })),
  );
  return enqueued;
}

/** Prior decisions by record and kind. */
export async function priorDecisions(
  db: Db,
  connection: string,
  slot: DecisionSlot,
  object: DecidedObject,
  ids: string[],
): Promise<
  Map<string, Partial<Record<DecisionKind, PriorDecision & { inputHash: string; version: string }>>>
> {
  const found = new Map<
    string,
    Partial<Record<DecisionKind, PriorDecision & { inputHash: string; version: string }>>
  >();
  if (ids.length === 0) {
    return found;
  }
  const rows = await db
    .selectFrom('decision')
    .selectAll()
    .where('connection', '=', connection)
    .where('slot', '=', slot)
    .where('object', '=', object)
    .where(sql<boolean>`record_id = any(${ids})`)
    .orderBy('record_id')
    .execute();
  for (const row of rows) {
    const kinds = found.get(row.record_id) ?? {};
    kinds[row.kind as DecisionKind] = {
      rule: row.rule,
      fields: row.fields,
      reason: row.reason,
      credits: row.credits,
      decidedAt: row.decided_at,
      lockedAt: row.locked_at,
      inputHash: row.input_hash,
      version: row.version,
    };
    found.set(row.record_id, kinds);
  }
  return found;
}

/** The highest record id decided in a slot; null when there is none. */
export async function lastDecided(
  db: Db,
  connection: string,
  slot: DecisionSlot,
  object: DecidedObject,
): Promise<string | null> {
  const row = await db
    .selectFrom('decision')
    .select('record_id')
    .where('connection', '=', connection)
    .where('slot', '=', slot)
    .where('object', '=', object)
    .orderBy('record_id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.record_id ?? null;
}

async function storePlanned(trx: Trx, batch: DecidedBatch): Promise<void> {
  const markers = new Map(batch.clear.map(({ object, id, dirty }) => [`${object} ${id}`, dirty]));
  await upsertDecisions(trx, batch, ({ decision: d }) => ({
    planned_marker: markers.get(`${d.object} ${d.id}`),
  }));
  // Attribution is rewritten whole: a repeated batch must not keep rows of its first try.
  await storeCredits(trx, batch, new Map());
  await storePlanRows(
    trx,
    batch.slot,
    batch.decisions.map(({ decision }) => decision),
    batch.planRows,
  );
}

async function replacedBy(trx: Trx, batch: Batch): Promise<Map<string, Replaced>> {
  if (batch.decisions.length === 0) {
    return new Map();
  }
  const { rows } = await sql<Replaced>`
    select d.object, d.record_id, d.kind, d.rule, d.reason, d.fields, d.credits
    from decision d join ${recordset(keysOf(batch), 'object text, record_id text, kind text')}
      on d.object = input.object and d.record_id = input.record_id and d.kind = input.kind
    where d.connection = ${batch.connection} and d.slot = ${batch.slot}`.execute(trx);
  return new Map(rows.map((row) => [keyOf(row.object, row.record_id, row.kind), row]));
}

function keysOf(batch: Batch): { object: string; record_id: string; kind: string }[] {
  return batch.decisions.map(({ decision: d }) => ({
    object: d.object,
    record_id: d.id,
    kind: d.kind,
  }));
}

function keyOf(object: string, id: string, kind: string): string {
  return `${object} ${id} ${kind}`;
}

function replacedOf(replaced: Map<string, Replaced>, { decision: d }: Decided) {
  return replaced.get(keyOf(d.object, d.id, d.kind));
}

/** What is to be written, and which fields were decided: an old desire for them is over. */
function desires(batch: Batch, replaced: Map<string, Replaced>) {
  const wanted = desiresOf(batch.writes);
  for (const decided of batch.decisions) {
    const { object, id, fields } = decided.decision;
    const desire = desireOf(wanted, object, id);
    for (const key of Object.keys(fields)) {
      desire.decided.add(key);
    }
    for (const key of Object.keys(replacedOf(replaced, decided)?.fields ?? {})) {
      desire.decided.add(key);
    }
  }
  for (const { object, recordId, field } of batch.stances?.held ?? []) {
    wanted.get(recordKey(object, recordId))?.decided.delete(field);
  }
  return [...wanted.values()];
}

/** Decisions and their history in one statement: reading its JSON is half of what it costs. */
async function upsertDecisions(
  trx: Trx,
  batch: Batch,
  more: (decided: Decided) => { logged?: boolean; planned_marker?: number | undefined },
): Promise<void> {
  if (batch.decisions.length === 0) {
    return;
  }
  const rows = batch.decisions.map((decided) => ({ ...rowOf(decided), ...more(decided) }));
  const { connection, slot, version, runId, now } = batch;
  await sql`
    with input as materialized (
      select * from ${recordset(rows, `${decisionColumns}, logged boolean`)}),
    history as (
      insert into decision_log (connection, version, run_id, decided_at, object, record_id, kind,
        rule, fields, reason)
      select ${connection}, ${version}, ${runId}, ${now}::timestamptz, object, record_id, kind,
        rule, fields, reason
      from input where logged)
    insert into decision (connection, slot, version, decided_at, ${sql.raw(decisionNames)})
    select ${connection}, ${slot}, ${version}, ${now}::timestamptz, ${sql.raw(decisionNames)}
    from input
    on conflict (connection, slot, object, record_id, kind) do update set
      version = excluded.version, decided_at = excluded.decided_at, rule = excluded.rule,
      fields = excluded.fields, reason = excluded.reason, evidence = excluded.evidence,
      counterfactual = excluded.counterfactual, due_at = excluded.due_at,
      credits = excluded.credits, alert = excluded.alert, alert_kind = excluded.alert_kind,
      input_hash = excluded.input_hash, locked_at = excluded.locked_at,
      planned_marker = excluded.planned_marker`.execute(trx);
}

const decisionColumns =
  'object text, record_id text, kind text, rule text, fields jsonb, reason text, ' +
  'evidence jsonb, counterfactual text, due_at timestamptz, credits jsonb, alert jsonb, ' +
  'alert_kind text, input_hash text, locked_at timestamptz, planned_marker bigint';
const decisionNames = decisionColumns.replace(/ (text|jsonb|timestamptz|bigint)/g, '');

/** A decision as its row; what is null is left out of the JSON. */
function rowOf({ decision: d, inputHash, lockedAt }: Decided): object {
  return {
    object: d.object,
    record_id: d.id,
    kind: d.kind,
    rule: d.rule,
    fields: d.fields,
    reason: d.reason,
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

/** History grows only when the outcome or its reason is another. */
function isNews(replaced: Map<string, Replaced>, decided: Decided): boolean {
  const old = replacedOf(replaced, decided);
  const { rule, reason, fields } = decided.decision;
  return (
    old === undefined ||
    old.rule !== rule ||
    old.reason !== reason ||
    canonicalJson(old.fields) !== canonicalJson(fields)
  );
}

/** Attribution rows of the opportunities whose credits changed. Returns the partners concerned. */
async function storeCredits(
  trx: Trx,
  batch: Batch,
  replaced: Map<string, Replaced>,
): Promise<string[]> {
  const partners: string[] = [];
  const changed: Parameters<typeof replaceAttribution>[3] = [];
  for (const decided of batch.decisions) {
    const { decision } = decided;
    if (decision.kind !== 'attribution') {
      continue;
    }
    const old = replacedOf(replaced, decided);
    const type = typeOf(decision.fields);
    if (old === undefined && batch.slot === 'live' && decision.credits.length === 0) {
      continue; // Never decided, nobody credited: there is nothing to replace.
    }
    if (
      old === undefined ||
      typeOf(old.fields) !== type ||
      canonicalJson(old.credits) !== canonicalJson(decision.credits)
    ) {
      changed.push({ opportunityId: decision.id, type, credits: decision.credits });
      partners.push(...[...(old?.credits ?? []), ...decision.credits].map((c) => c.partnerId));
    }
  }
  await replaceAttribution(trx, batch.connection, batch.slot, changed);
  return partners;
}

function typeOf(fields: FieldValues): AttributionType {
  return (fields['attribution_type'] ?? 'Direct') as AttributionType;
}

// A record that is gone is not written any more; the rules give no decision for it.
async function cancelDeleted(trx: Trx, batch: DecidedBatch): Promise<void> {
  const decided = new Set(batch.decisions.map(({ decision: d }) => `${d.object} ${d.id}`));
  for (const object of ['opportunity', 'partner'] as const) {
    const left = batch.clear.filter(
      (c) => c.object === object && !decided.has(`${object} ${c.id}`),
    );
    const ids = left.map((c) => c.id);
    if (ids.length > 0) {
      const { rows } = await sql<{ seq: number }>`
        select w.seq from write w join ${sql.table(object)} m
          on m.connection = w.connection and m.id = w.record_id
        where w.connection = ${batch.connection} and w.object = ${object}
          and w.record_id = any(${ids}) and m.deleted_at is not null
          and w.state in ('pending', 'held', 'failed', 'unclear')
        order by w.seq for update of w`.execute(trx);
      await dropRows(trx, rows);
    }
  }
}

/** The slot's decisions and attribution are not needed any more. */
export async function forgetSlot(trx: Trx, connection: string, slot: string): Promise<void> {
  await sql`delete from decision where connection = ${connection} and slot = ${slot}`.execute(trx);
  await sql`delete from attribution where connection = ${connection} and slot = ${slot}`.execute(
    trx,
  );
}
