/** Stores decisions with everything that follows from them, in one transaction; reads them back. */
import { sql } from 'kysely';
import type { AttributionType, DecidedObject, FieldValues } from '../rules/types.ts';
import { ahead } from './ahead.ts';
import { replaceAttribution } from './attribution.ts';
import { type Db, inTransaction, type Trx } from './database.ts';
import {
  decisionsStatement,
  isNews,
  logReplaced,
  type Replaced,
  replacedBy,
  replacedOf,
} from './decision-rows.ts';
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
  const enqueuing = ahead(enqueue(trx, context, desires(batch, replaced)));
  // A page of JSON, made while the outbox is asked what it holds.
  const decisions = decisionsStatement(batch, (decided) => {
    const old = replacedOf(replaced, decided);
    // What still says the same says it since then.
    return old !== undefined && !isNews(old, decided.decision)
      ? { since_version: old.sinceVersion, since_run_id: old.sinceRunId, since_at: old.sinceAt }
      : {};
  });
  const enqueued = await enqueuing;
  await logReplaced(trx, batch, replaced);
  await decisions?.execute(trx);
  const credited = await storeCredits(trx, batch, replaced);
  await markDirty(
    trx,
    batch.connection,
    credited.map((id) => ({ object: 'partner' as const, id })),
  );
  return enqueued;
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
  await decisionsStatement(batch, ({ decision: d }) => ({
    planned_marker: markers.get(`${d.object} ${d.id}`),
  }))?.execute(trx);
  // Attribution is rewritten whole: a repeated batch must not keep rows of its first try.
  await storeCredits(trx, batch, new Map());
  await storePlanRows(
    trx,
    batch.slot,
    batch.decisions.map(({ decision }) => decision),
    batch.planRows,
  );
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
