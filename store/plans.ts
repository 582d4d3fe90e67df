/** Plans: one open a connection; what would change, counted and summed before it happens. */
import { sql } from 'kysely';
import type { Instant } from '../rules/types.ts';
import { type Db, inTransaction, type Trx } from './database.ts';
import { forgetSlot } from './decisions.ts';
import type { PlanHead, PlanState } from './types.ts';

type NewPlan = Omit<
  PlanHead,
  'records' | 'fields' | 'tasks' | 'moneyMoved' | 'appliedAt' | 'appliedRunId' | 'state'
>;

/** Opens a plan. One that is open for the connection is superseded. Repeating it does nothing. */
export async function createPlan(db: Db, head: NewPlan): Promise<void> {
  await inTransaction(db, async (trx) => {
    const open = await trx
      .selectFrom('plan')
      .select('id')
      .where('connection', '=', head.connection)
      .where('state', '=', 'open')
      .where('id', '<>', head.id)
      .forUpdate()
      .executeTakeFirst();
    if (open) {
      await setState(trx, open.id, 'superseded', null, head.createdAt);
    }
    await trx
      .insertInto('plan')
      .values({
        id: head.id,
        connection: head.connection,
        state: 'open',
        cause: head.cause,
        version: head.version,
        run_id: head.runId,
        created_at: head.createdAt,
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
  });
}

/** Counts the plan's rows and sums its money by direction; a plan without rows is still one. */
export async function finishPlan(db: Db, id: string): Promise<PlanHead> {
  // The row that changes the attribution type carries the record's money.
  await sql`
    update plan set
      (records, fields, tasks) = (
        select count(distinct (object, record_id)) filter (where object <> 'task'),
          count(*) filter (where object <> 'task'),
          count(distinct record_id) filter (where object = 'task')
        from plan_row where plan = ${id}),
      money_moved = coalesce((
        select jsonb_object_agg(direction, amount) from (
          select coalesce(old #>> '{}', 'None') || ' -> ' || coalesce(new #>> '{}', 'None')
              as direction, sum(money_moved)::text as amount
          from plan_row where plan = ${id} and field = 'attribution_type' group by 1) moved),
        '{}')
    where id = ${id}`.execute(db);
  const head = await plan(db, id);
  if (!head) {
    throw new Error(`Plan ${id} is not in the store: it cannot be finished.`);
  }
  return head;
}

/** A plan by id. */
export async function plan(db: Db, id: string): Promise<PlanHead | undefined> {
  const row = await db.selectFrom('plan').selectAll().where('id', '=', id).executeTakeFirst();
  return row && headOf(row);
}

/** The open plan of a connection. */
export async function openPlan(db: Db, connection: string): Promise<PlanHead | undefined> {
  const row = await db
    .selectFrom('plan')
    .selectAll()
    .where('connection', '=', connection)
    .where('state', '=', 'open')
    .executeTakeFirst();
  return row && headOf(row);
}

/** Plans, latest first. */
export async function plans(db: Db, connection: string | null, limit: number): Promise<PlanHead[]> {
  const rows = await db
    .selectFrom('plan')
    .selectAll()
    .$if(connection !== null, (query) => query.where('connection', '=', connection as string))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(headOf);
}

/** Closes a plan; what its slot still holds is dropped. A plan already in that state stays. */
export async function closePlan(
  db: Db,
  id: string,
  state: PlanState,
  runId: string | null,
  at: Instant,
): Promise<void> {
  await inTransaction(db, (trx) => setState(trx, id, state, runId, at));
}

async function setState(
  trx: Trx,
  id: string,
  state: PlanState,
  runId: string | null,
  at: Instant,
): Promise<void> {
  const closed = await trx
    .updateTable('plan')
    .set({
      state,
      ...(state === 'applied' ? { applied_at: at, applied_run_id: runId } : {}),
    })
    .where('id', '=', id)
    .where('state', '<>', state)
    .returning('connection')
    .executeTakeFirst();
  if (closed && state !== 'open') {
    await forgetSlot(trx, closed.connection, id);
  }
}

interface StoredPlan {
  id: string;
  connection: string;
  state: string;
  cause: string;
  version: string;
  run_id: string;
  created_at: string;
  records: number;
  fields: number;
  tasks: number;
  money_moved: Record<string, string>;
  applied_at: string | null;
  applied_run_id: string | null;
}

function headOf(row: StoredPlan): PlanHead {
  return {
    id: row.id,
    connection: row.connection,
    state: row.state as PlanState,
    cause: row.cause as PlanHead['cause'],
    version: row.version,
    runId: row.run_id,
    createdAt: row.created_at,
    records: row.records,
    fields: row.fields,
    tasks: row.tasks,
    moneyMoved: row.money_moved,
    appliedAt: row.applied_at,
    appliedRunId: row.applied_run_id,
  };
}
