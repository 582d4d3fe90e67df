/** Taking a run back: what it wrote, the way back through the outbox, and holds that keep it. */
import { sql } from 'kysely';
import type { DecidedObject, Instant } from '../rules/types.ts';
import { type Db, inTransaction, recordset, type Trx } from './database.ts';
import { markDirty } from './dirty.ts';
import { desiresOf, enqueue } from './outbox.ts';
import type { FieldChange, TakenBack, WrittenRecord } from './types.ts';

/**
 * Records a run wrote, in id order after `after`: each field with what it held before the run and
 * what the run left. Records that this undo holds already are left out, so that it may be repeated.
 */
export async function writtenRecords(
  db: Db,
  run: { connection: string; runId: string; undoRunId: string },
  limit: number,
  after: string | null,
): Promise<WrittenRecord[]> {
  interface Found {
    object: DecidedObject;
    recordId: string;
    steps: Record<string, FieldChange>[];
  }
  const { rows } = await sql<Found>`
    select w.object, w.record_id as "recordId", jsonb_agg(w.fields order by w.seq) as steps
    from write w
    where w.written_run_id = ${run.runId} and w.connection = ${run.connection}
      and w.state = 'written' and w.object <> 'task' and w.record_id > ${after ?? ''}
      and not exists (select from hold h where h.connection = w.connection
        and h.object = w.object and h.record_id = w.record_id
        and h.undo_run_id = ${run.undoRunId})
    group by w.record_id, w.object order by w.record_id, w.object limit ${limit}`.execute(db);
  return rows.map(({ object, recordId, steps }) => {
    const fields: Record<string, FieldChange> = {};
    for (const [field, change] of steps.flatMap((step) => Object.entries(step))) {
      // What was empty before the run's first write of it is empty, whatever its second one found.
      const { before } = fields[field] ?? change;
      fields[field] = { value: change.value, before };
    }
    return { object, recordId, fields };
  });
}

/**
 * Queues the way back of some records and tasks, holds their decided values, and gives their
 * attribution the lock it had before the run. With `rest`, what the run still wants to write is
 * dropped and held as well, other than the closing of tasks. Repeating it changes nothing. Returns the records and tasks queued.
 */
export async function takeBack(db: Db, back: TakenBack): Promise<{ enqueued: number }> {
  return inTransaction(db, async (trx) => {
    const { connection, undoRunId, now } = back;
    if (back.rest) {
      await dropRest(trx, back);
    }
    const context = { connection, runId: undoRunId, planId: null, now };
    const enqueued = await enqueue(trx, context, [...desiresOf(back.writes).values()]);
    await storeHolds(trx, back);
    await forgetTasks(trx, back);
    if (back.locks) {
      await restoreLocks(trx, back);
    }
    return { enqueued };
  });
}

/** Lets the decided values of an undone run be written again. Returns how many fields. */
export async function releaseHolds(
  db: Db,
  connection: string,
  runId: string,
): Promise<{ released: number }> {
  return inTransaction(db, async (trx) => {
    const { rows } = await sql<{ object: DecidedObject; id: string }>`
      delete from hold where connection = ${connection} and run_id = ${runId}
      returning object, record_id as id`.execute(trx);
    await markDirty(trx, connection, rows);
    return { released: rows.length };
  });
}

/**
 * Puts the version before an undone one back to work; null: none is active until a plan is
 * applied. Every record is decided anew. Holds stay, other than when a plan is applied.
 */
export async function replaceVersion(
  db: Db,
  connection: string,
  undone: string,
  previous: string | null,
  at: Instant,
): Promise<void> {
  await inTransaction(db, async (trx) => {
    await sql`update mapping_version set state = 'retired'
      where connection = ${connection} and id = ${undone} and state = 'active'`.execute(trx);
    if (previous !== null) {
      await sql`update mapping_version set state = 'active', activated_at = ${at}::timestamptz
        where connection = ${connection} and id = ${previous}`.execute(trx);
    }
    for (const object of ['opportunity', 'partner'] as const) {
      await sql`
        insert into dirty_record (connection, object, id, marker)
        select connection, ${object}, id, nextval('dirty_marker') from ${sql.table(object)}
        where connection = ${connection} and deleted_at is null order by id
        on conflict (connection, object, id) do update set marker = excluded.marker`.execute(trx);
    }
  });
}

/**
 * What the run still wants to write is part of what is taken back: it is dropped and held. Not so
 * the closing of a task: its episode has ended and asks for it no more, so the task would stay open.
 */
async function dropRest(trx: Trx, { connection, runId, undoRunId, now }: TakenBack): Promise<void> {
  const waiting = sql`w.connection = ${connection} and w.run_id = ${runId}
    and w.state in ('pending', 'held', 'failed')
    and (w.object <> 'task' or w.fields ? 'subject')`;
  await sql`
    insert into hold (connection, object, record_id, field, value, run_id, undo_run_id, held_at)
    select w.connection, w.object, w.record_id, f.key, f.value -> 'value', ${runId}, ${undoRunId},
      ${now}::timestamptz
    from write w cross join lateral jsonb_each(w.fields) f
    where ${waiting} and w.object <> 'task'
    on conflict (connection, object, record_id, field) do nothing`.execute(trx);
  await sql`
    update alert a set task_key = null from write w
    where ${waiting} and w.object = 'task' and w.fields ? 'subject'
      and a.connection = w.connection and a.task_key = w.record_id`.execute(trx);
  await sql`update write w set state = 'superseded', next_try_at = null
    where ${waiting}`.execute(trx);
}

async function storeHolds(trx: Trx, back: TakenBack): Promise<void> {
  if (back.holds.length === 0) {
    return;
  }
  const rows = back.holds.map(({ object, recordId, field, value }) => ({
    object,
    record_id: recordId,
    field,
    value,
  }));
  await sql`
    insert into hold (connection, object, record_id, field, value, run_id, undo_run_id, held_at)
    select ${back.connection}, object, record_id, field, value, ${back.runId},
      ${back.undoRunId}, ${back.now}::timestamptz
    from ${recordset(rows, 'object text, record_id text, field text, value jsonb')}
    on conflict (connection, object, record_id, field) do update set
      value = excluded.value, run_id = excluded.run_id, undo_run_id = excluded.undo_run_id,
      held_at = excluded.held_at`.execute(trx);
}

/** The episodes stay open, or their tasks would be made again; only their tasks are gone. */
async function forgetTasks(trx: Trx, { connection, cancelled }: TakenBack): Promise<void> {
  if (cancelled.length > 0) {
    await sql`update alert set task_key = null
      where connection = ${connection} and task_key = any(${cancelled})`.execute(trx);
  }
}

/** The lock of the decision before the run's own, from the log; such records are decided anew. */
async function restoreLocks(trx: Trx, back: TakenBack): Promise<void> {
  const ids = back.writes.filter((w) => w.object === 'opportunity').map((w) => w.recordId);
  const { rows } = await sql<{ id: string }>`
    with own as (
      select distinct on (record_id) record_id, seq,
        fields ->> 'attribution_locked_at' as locked_at
      from decision_history
      where connection = ${back.connection} and object = 'opportunity' and kind = 'attribution'
        and record_id = any(${ids}) and run_id = ${back.runId}
      order by record_id, seq),
    earlier as (
      select distinct on (l.record_id) l.record_id, l.fields ->> 'attribution_locked_at' as locked_at
      from decision_history l join own on own.record_id = l.record_id and l.seq < own.seq
      where l.connection = ${back.connection} and l.object = 'opportunity'
        and l.kind = 'attribution'
      order by l.record_id, l.seq desc)
    update decision d set locked_at = earlier.locked_at::timestamptz
    from own left join earlier on earlier.record_id = own.record_id
    where d.connection = ${back.connection} and d.slot = 'live' and d.object = 'opportunity'
      and d.kind = 'attribution' and d.record_id = own.record_id
      and own.locked_at is distinct from earlier.locked_at
    returning d.record_id as id`.execute(trx);
  await markDirty(
    trx,
    back.connection,
    rows.map(({ id }) => ({ object: 'opportunity' as const, id })),
  );
}
