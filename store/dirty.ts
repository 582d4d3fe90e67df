/** Which records must be decided again: because they changed, or because time has made them due. */
import { sql } from 'kysely';
import type { DecidedObject, Instant } from '../rules/types.ts';
import { type Db, recordset, type Trx } from './database.ts';

/**
 * Marks records dirty. A marker is a rising number: whoever decides a record hands it back, and
 * a record that changed meanwhile has another one and stays dirty. A record the mirror does not
 * hold yet may be marked: it is decided when it arrives.
 *
 * Rows are locked in (object, id) order, so that two transactions hardly ever deadlock; one that
 * does is tried again. Markers need only rise from one statement to the next.
 */
export async function markDirty(
  trx: Trx,
  connection: string,
  records: { object: DecidedObject; id: string }[],
): Promise<void> {
  if (records.length === 0) {
    return;
  }
  await sql`
    insert into dirty_record (connection, object, id, marker)
    select ${connection}, d.object, d.id, (select nextval('dirty_marker'))
    from (select distinct object, id from ${recordset(records, 'object text, id text')}) d
    order by d.object collate "C", d.id collate "C"
    on conflict (connection, object, id) do update set marker = excluded.marker`.execute(trx);
}

/** Clears markers that are still the ones handed back. */
export async function clearDirty(
  trx: Trx,
  connection: string,
  marks: { object: DecidedObject; id: string; dirty: number }[],
): Promise<void> {
  if (marks.length === 0) {
    return;
  }
  const inOrder = marks.toSorted((a, b) => (markKey(a) < markKey(b) ? -1 : 1));
  await sql`
    delete from dirty_record d
    using ${recordset(inOrder, 'object text, id text, dirty bigint')}
    where d.connection = ${connection} and d.object = input.object and d.id = input.id
      and d.marker = input.dirty`.execute(trx);
}

function markKey({ object, id }: { object: string; id: string }): string {
  return `${object} ${id}`;
}

/** Marks every live record of an object. Returns how many. */
export async function markAllDirty(
  db: Db,
  connection: string,
  object: DecidedObject,
): Promise<number> {
  const result = await sql`
    insert into dirty_record (connection, object, id, marker)
    select connection, ${object}, id, (select nextval('dirty_marker')) from ${sql.table(object)}
    where connection = ${connection} and deleted_at is null order by id
    on conflict (connection, object, id) do update set marker = excluded.marker`.execute(db);
  return Number(result.numAffectedRows ?? 0);
}

/**
 * Ids that are dirty, or whose live decision time has made due at `now`, in id order after
 * `after`. A deleted record is given when dirty (its alerts must close), never because of time.
 */
export async function dueRecords(
  db: Db,
  connection: string,
  object: DecidedObject,
  now: Instant,
  limit: number,
  after: string | null,
): Promise<{ id: string; dirty: number | null }[]> {
  const from = after ?? '';
  const table = sql.table(object);
  const { rows } = await sql<{ id: string; dirty: number | null }>`
    select id, max(marker) as dirty from (
      (select d.id, d.marker from dirty_record d
       where d.connection = ${connection} and d.object = ${object} and d.id > ${from}
         and exists (select from ${table} m where m.connection = ${connection} and m.id = d.id)
       order by d.id limit ${limit})
      union all
      (select c.record_id, null::bigint from decision c
       join ${table} m on m.connection = ${connection} and m.id = c.record_id
       where c.connection = ${connection} and c.object = ${object} and c.slot = 'live'
         and c.due_at <= ${now}::timestamptz and c.record_id > ${from} and m.deleted_at is null
       order by c.record_id limit ${limit})
    ) due group by id order by id collate "C" limit ${limit}`.execute(db);
  return rows;
}

/** Ids that are live, in order after `after`. */
export async function liveIds(
  db: Db,
  connection: string,
  object: DecidedObject,
  limit: number,
  after: string | null,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from ${sql.table(object)}
    where connection = ${connection} and id > ${after ?? ''} and deleted_at is null
    order by id limit ${limit}`.execute(db);
  return rows.map((row) => row.id);
}
