/** The mass-change guard's rows: what is about to be written, held in place, let go again. */
import { sql } from 'kysely';
import type { DecidedObject, WritableObject } from '../rules/types.ts';
import { type Db, inTransaction, recordset } from './database.ts';
import { markDirty } from './dirty.ts';
import { storePlanRows } from './plan-rows.ts';
import type { PlanRow, WriteRow } from './types.ts';
import { type StoredWrite, writeRowOf } from './write-rows.ts';

// Rows of a plan's adoption, rows that were tried before and rows of an undo were decided on by
// people or have passed the guard already.
const unguarded = sql`state = 'pending' and attempts = 0 and plan_id is null
  and not kinds ? 'undo'`;
const about = sql`case when object = 'task'
  then coalesce(fields -> 'about_object' ->> 'value', 'opportunity') else object end`;

/** Rows about to be written for the first time, by the object they are about; new tasks count. */
export async function unguardedWrites(
  db: Db,
  connection: string,
): Promise<Partial<Record<DecidedObject, number>>> {
  const { rows } = await sql<{ about: DecidedObject; n: number }>`
    select ${about} as about, count(*)::int as n from write
    where connection = ${connection} and ${unguarded}
      and (object <> 'task' or fields ? 'subject')
    group by 1`.execute(db);
  return Object.fromEntries(rows.map((row) => [row.about, row.n]));
}

/** Holds such rows of these objects for a plan, with what was held before. Returns how many are new. */
export async function holdWrites(
  db: Db,
  connection: string,
  plan: string,
  objects: DecidedObject[],
): Promise<number> {
  return inTransaction(db, async (trx) => {
    await sql`update write set plan_id = ${plan}
      where connection = ${connection} and state = 'held'`.execute(trx);
    const held = await sql`update write set state = 'held', plan_id = ${plan}
      where connection = ${connection} and ${unguarded} and ${about} = any(${objects})`.execute(
      trx,
    );
    return Number(held.numAffectedRows ?? 0);
  });
}

/** Rows held for a plan, in order. */
export async function heldWrites(
  db: Db,
  plan: string,
  limit: number,
  after: number,
): Promise<WriteRow[]> {
  const { rows } = await sql<StoredWrite>`
    select * from write where plan_id = ${plan} and state = 'held' and seq > ${after}
    order by seq limit ${limit}`.execute(db);
  return rows.map(writeRowOf);
}

/** How many rows a plan holds, and whether `runId` changed any. */
export async function heldCount(
  db: Db,
  plan: string,
  runId: string,
): Promise<{ rows: number; touched: boolean }> {
  const { rows } = await sql<{ rows: number; touched: boolean }>`
    select count(*)::int as rows, coalesce(bool_or(run_id = ${runId}), false) as touched
    from write where plan_id = ${plan} and state = 'held'`.execute(db);
  return rows[0]!;
}

/**
 * Lets held rows of a connection go for the plan that is applied. Records in `skip` are not
 * written: their rows are dropped and they are decided anew. Returns how many were let go.
 */
export async function releaseHeld(
  db: Db,
  connection: string,
  plan: string,
  skip: { object: WritableObject; recordId: string }[],
): Promise<number> {
  return inTransaction(db, async (trx) => {
    const keys = skip.map(({ object, recordId }) => ({ object, record_id: recordId }));
    await sql`delete from write w using ${recordset(keys, 'object text, record_id text')}
      where w.connection = ${connection} and w.state = 'held'
        and w.object = input.object and w.record_id = input.record_id`.execute(trx);
    const dirty = skip.flatMap(({ object, recordId }) =>
      object === 'task' ? [] : [{ object, id: recordId }],
    );
    await markDirty(trx, connection, dirty);
    const released = await sql`update write set state = 'pending', plan_id = ${plan},
        next_try_at = null
      where connection = ${connection} and state = 'held'`.execute(trx);
    return Number(released.numAffectedRows ?? 0);
  });
}

/** Rows of a guard's plan; `first` takes away those it had. */
export async function savePlanRows(
  db: Db,
  plan: string,
  rows: Omit<PlanRow, 'plan'>[],
  first: boolean,
): Promise<void> {
  await inTransaction(db, async (trx) => {
    if (first) {
      await sql`delete from plan_row where plan = ${plan}`.execute(trx);
    }
    await storePlanRows(trx, plan, [], rows);
  });
}
