/** Puts desired changes into the outbox: one open row a record, merged field by field. */
import { sql } from 'kysely';
import type { FieldValues, Instant, WritableObject } from '../rules/types.ts';
import { recordset, type Trx } from './database.ts';
import { type Fields, type Merged, mergeDesire, type OpenState } from './outbox-merge.ts';
import { writtenTasks } from './tasks.ts';
import type { DesiredWrite, WriteState } from './types.ts';

/** Who wants the changes. */
export interface EnqueueContext {
  connection: string;
  runId: string;
  /** Rows of a plan's adoption carry its id. */
  planId: string | null;
  now: Instant;
}

/** All that is wanted of one record. */
export interface RecordDesire {
  object: WritableObject;
  recordId: string;
  fields: Fields;
  kinds: string[];
  priority: number;
  /** Fields decided this time; see outbox-merge.ts. */
  decided: Set<string>;
}

interface OutboxRow {
  seq: number;
  object: WritableObject;
  record_id: string;
  state: WriteState;
  fields: Fields;
  kinds: string[];
  priority: number;
  plan_id: string | null;
}

/** Gathers writes by record. Writes of one record in one batch never name a field twice. */
export function desiresOf(writes: DesiredWrite[]): Map<string, RecordDesire> {
  const desires = new Map<string, RecordDesire>();
  for (const write of writes) {
    const desire = desireOf(desires, write.object, write.recordId);
    Object.assign(desire.fields, write.fields);
    desire.kinds = [...new Set([...desire.kinds, write.kind])];
    desire.priority = Math.min(desire.priority, write.priority);
  }
  return desires;
}

/** The record's desire, made empty when there is none yet. */
export function desireOf(
  desires: Map<string, RecordDesire>,
  object: WritableObject,
  recordId: string,
): RecordDesire {
  const key = recordKey(object, recordId);
  let desire = desires.get(key);
  if (desire === undefined) {
    desire = { object, recordId, fields: {}, kinds: [], priority: 5, decided: new Set() };
    desires.set(key, desire);
  }
  return desire;
}

/** Merges the desires into the outbox. Returns how many rows were made or changed. */
export async function enqueue(
  trx: Trx,
  context: EnqueueContext,
  desires: RecordDesire[],
): Promise<number> {
  if (desires.length === 0) {
    return 0;
  }
  const rows = await unsettledRows(trx, context.connection, desires);
  const open = new Map<string, OutboxRow>();
  const flying = new Map<string, OutboxRow>();
  for (const row of rows) {
    (row.state === 'claimed' ? flying : open).set(recordKey(row.object, row.record_id), row);
  }
  const relevant = desires.filter(
    (d) => Object.keys(d.fields).length > 0 || open.has(recordKey(d.object, d.recordId)),
  );
  const held = await heldByCrm(trx, context.connection, relevant);

  const made: object[] = [];
  const changed: object[] = [];
  const dropped: OutboxRow[] = [];
  for (const desire of relevant) {
    const key = recordKey(desire.object, desire.recordId);
    const row = open.get(key);
    const merged = mergeDesire(
      {
        open: row ? { state: row.state as OpenState, fields: row.fields } : null,
        inFlight: flying.get(key)?.fields ?? {},
        mirrored: held.get(key) ?? {},
      },
      desire,
    );
    if (merged.change === 'store' && row === undefined) {
      made.push(newRow(context, desire, merged));
    } else if (merged.change === 'store' && row !== undefined) {
      changed.push(changedRow(context, desire, merged, row));
    } else if (merged.change === 'drop' && row !== undefined) {
      dropped.push(row);
    }
  }
  await dropRows(trx, dropped);
  await updateRows(trx, changed);
  await insertRows(trx, context, made);
  return made.length + changed.length;
}

/** Rows that have nothing left to write: gone, or kept as superseded once they were tried. */
export async function dropRows(trx: Trx, rows: { seq: number }[]): Promise<void> {
  if (rows.length === 0) {
    return;
  }
  const seqs = rows.map((row) => row.seq);
  await sql`delete from write where seq = any(${seqs}) and attempts = 0`.execute(trx);
  await sql`update write set state = 'superseded', next_try_at = null
    where seq = any(${seqs})`.execute(trx);
}

/** Key of a record in maps: ids hold no spaces. */
export function recordKey(object: string, recordId: string): string {
  return `${object} ${recordId}`;
}

const columns =
  'object text, record_id text, fields jsonb, kinds jsonb, state text, run_id text, ' +
  'plan_id text, priority smallint';

/** Stores merged fields in open rows; a row that is pending again starts its tries anew. */
export async function updateRows(trx: Trx, rows: object[]): Promise<void> {
  if (rows.length === 0) {
    return;
  }
  await sql`
    update write w set fields = input.fields, kinds = input.kinds, state = input.state,
      run_id = input.run_id, plan_id = input.plan_id, priority = input.priority,
      attempts = case when input.state = 'pending' and w.state <> 'pending' then 0
        else w.attempts end,
      next_try_at = case when input.state = 'pending' and w.state <> 'pending' then null
        else w.next_try_at end,
      failure = case when input.state = 'pending' then null else w.failure end
    from ${recordset(rows, `seq bigint, ${columns}`)}
    where w.seq = input.seq`.execute(trx);
}

async function insertRows(trx: Trx, context: EnqueueContext, rows: object[]): Promise<void> {
  if (rows.length === 0) {
    return;
  }
  await sql`
    insert into write (connection, object, record_id, fields, kinds, state, run_id, plan_id,
      priority, enqueued_at)
    select ${context.connection}, object, record_id, fields, kinds, state, run_id, plan_id,
      priority, ${context.now}::timestamptz
    from ${recordset(rows, columns)}`.execute(trx);
}

function newRow(
  context: EnqueueContext,
  desire: RecordDesire,
  merged: Extract<Merged, { change: 'store' }>,
): object {
  return {
    object: desire.object,
    record_id: desire.recordId,
    fields: merged.fields,
    kinds: desire.kinds,
    state: merged.state,
    run_id: context.runId,
    plan_id: context.planId,
    priority: desire.priority,
  };
}

function changedRow(
  context: EnqueueContext,
  desire: RecordDesire,
  merged: Extract<Merged, { change: 'store' }>,
  row: OutboxRow,
): object {
  return {
    ...newRow(context, desire, merged),
    seq: row.seq,
    kinds: [...new Set([...row.kinds, ...desire.kinds])],
    plan_id: context.planId ?? row.plan_id,
    priority: Math.min(desire.priority, row.priority),
  };
}

// Locked in seq order, as claims lock them.
async function unsettledRows(
  trx: Trx,
  connection: string,
  desires: RecordDesire[],
): Promise<OutboxRow[]> {
  const objects = [...new Set(desires.map((desire) => desire.object))];
  const ids = desires.map((desire) => desire.recordId);
  const { rows } = await sql<OutboxRow>`
    select w.seq, w.object, w.record_id, w.state, w.fields, w.kinds, w.priority, w.plan_id
    from write w
    where w.connection = ${connection} and w.object = any(${objects})
      and w.record_id = any(${ids})
      and w.state in ('pending', 'held', 'failed', 'unclear', 'claimed')
    order by w.seq for update of w`.execute(trx);
  return rows;
}

/** What the CRM holds: the mirror's fields of records, the ledger's sum of our tasks. */
async function heldByCrm(
  trx: Trx,
  connection: string,
  desires: RecordDesire[],
): Promise<Map<string, FieldValues>> {
  const held = new Map<string, FieldValues>();
  const idsOf = (object: WritableObject) =>
    desires.filter((d) => d.object === object).map((d) => d.recordId);
  for (const object of ['opportunity', 'partner'] as const) {
    const ids = idsOf(object);
    if (ids.length > 0) {
      const { rows } = await sql<{ id: string; fields: FieldValues }>`
        select id, fields from ${sql.table(object)}
        where connection = ${connection} and id = any(${ids})`.execute(trx);
      for (const { id, fields } of rows) {
        held.set(recordKey(object, id), fields);
      }
    }
  }
  for (const [key, fields] of await writtenTasks(trx, connection, idsOf('task'))) {
    held.set(recordKey('task', key), fields);
  }
  return held;
}
