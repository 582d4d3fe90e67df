/** Runs with their counts, and the commands people gave. */
import { sql } from 'kysely';
import type { Instant } from '../rules/types.ts';
import { type Db, toJson } from './database.ts';
import type { CommandRow, RunCounts, RunKind, RunOutcome, RunRow } from './types.ts';

/** Opens a run; repeating it does nothing. */
export async function openRun(
  db: Db,
  row: Omit<RunRow, 'counts' | 'outcome' | 'finishedAt' | 'message'>,
): Promise<void> {
  await db
    .insertInto('run')
    .values({
      id: row.id,
      connection: row.connection,
      kind: row.kind,
      workflow_id: row.workflowId,
      workflow_run_id: row.workflowRunId,
      command_id: row.commandId,
      plan_id: row.planId,
      started_at: row.startedAt,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** Adds counts once a step: the first report of a step stands, a repeated one adds nothing. */
export async function addCounts(
  db: Db,
  runId: string,
  step: string,
  counts: RunCounts,
): Promise<void> {
  await db
    .insertInto('run_step')
    .values({ run_id: runId, step, counts: toJson(counts) })
    .onConflict((conflict) => conflict.columns(['run_id', 'step']).doNothing())
    .execute();
}

/** Closes a run. One that is closed keeps its outcome. Throws when there is no such run. */
export async function closeRun(
  db: Db,
  runId: string,
  outcome: RunOutcome,
  message: string | null,
  at: Instant,
): Promise<RunRow> {
  await db
    .updateTable('run')
    .set({ outcome, message, finished_at: at })
    .where('id', '=', runId)
    .where('finished_at', 'is', null)
    .execute();
  const closed = await run(db, runId);
  if (!closed) {
    throw new Error(`Run ${runId} is not in the store: it cannot be closed.`);
  }
  return closed;
}

/** A run by id. */
export async function run(db: Db, id: string): Promise<RunRow | undefined> {
  return (await select(db, sql`where r.id = ${id}`))[0];
}

/** Runs, latest first. */
export async function runs(db: Db, connection: string | null, limit: number): Promise<RunRow[]> {
  const where = connection === null ? sql`` : sql`where r.connection = ${connection}`;
  return select(db, sql`${where} order by r.started_at desc, r.id desc limit ${limit}`);
}

/** The latest run of a kind, however it ended. */
export async function latestRun(
  db: Db,
  connection: string,
  kind: RunKind,
): Promise<RunRow | undefined> {
  const where = sql`where r.connection = ${connection} and r.kind = ${kind}`;
  return (await select(db, sql`${where} order by r.started_at desc limit 1`))[0];
}

/** Stores a command; repeating it does nothing. */
export async function saveCommand(
  db: Db,
  row: Omit<CommandRow, 'result' | 'finishedAt'>,
): Promise<void> {
  await db
    .insertInto('command')
    .values({
      id: row.id,
      kind: row.kind,
      connection: row.connection,
      actor: row.actor,
      args: toJson(row.args),
      result: null as unknown as string,
      created_at: row.createdAt,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** Stores what a command came to. */
export async function finishCommand(
  db: Db,
  id: string,
  result: unknown,
  at: Instant,
): Promise<void> {
  await db
    .updateTable('command')
    .set({ result: toJson(result ?? null), finished_at: at })
    .where('id', '=', id)
    .execute();
}

/** A command by id. */
export async function command(db: Db, id: string): Promise<CommandRow | undefined> {
  const row = await db.selectFrom('command').selectAll().where('id', '=', id).executeTakeFirst();
  return (
    row && {
      id: row.id,
      kind: row.kind,
      connection: row.connection,
      actor: row.actor,
      args: row.args,
      result: row.result,
      createdAt: row.created_at,
      finishedAt: row.finished_at,
    }
  );
}

async function select(db: Db, tail: ReturnType<typeof sql>): Promise<RunRow[]> {
  interface Found {
    id: string;
    connection: string;
    kind: RunKind;
    workflow_id: string;
    workflow_run_id: string;
    command_id: string | null;
    plan_id: string | null;
    outcome: RunOutcome;
    message: string | null;
    started_at: Instant;
    finished_at: Instant | null;
    counts: RunCounts;
  }
  const { rows } = await sql<Found>`
    select r.*, coalesce((
      select jsonb_object_agg(key, total) from (
        select c.key, sum(c.value::numeric) as total
        from run_step s, jsonb_each_text(s.counts) c where s.run_id = r.id group by c.key) sums),
      '{}') as counts
    from run r ${tail}`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    connection: row.connection,
    kind: row.kind,
    workflowId: row.workflow_id,
    workflowRunId: row.workflow_run_id,
    commandId: row.command_id,
    planId: row.plan_id,
    outcome: row.outcome,
    message: row.message,
    counts: row.counts,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }));
}
