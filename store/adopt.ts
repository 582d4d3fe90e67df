/** Makes a plan live: its decisions replace the live ones, its rows enter the outbox. */
import { sql } from 'kysely';
import type { DecidedObject, Instant, WritableObject } from '../rules/types.ts';
import { type Db, inTransaction, recordset, type Trx, toJson } from './database.ts';
import { logColumns, logValues } from './decision-rows.ts';
import { storeLive } from './decisions.ts';
import { clearDirty, markDirty } from './dirty.ts';
import { decisionOf, type StoredDecision, storedDecisions } from './stored-decisions.ts';
import type { DecidedBatch, DesiredWrite, SkippedRecord } from './types.ts';

/** Records a transaction: about a quarter of a second on the embedded store, which others wait for. */
export const adoptBatchSize = 1_000;

interface Adoption {
  id: string;
  runId: string;
  now: Instant;
  skipped: ReadonlySet<string>;
}

/** What this run's adoption of the plan leaves out; undefined: it has not begun. */
export async function skippedRecords(
  db: Db,
  id: string,
  runId: string,
): Promise<SkippedRecord[] | undefined> {
  const { rows } = await sql<{ records: SkippedRecord[] }>`
    select skipped -> 'records' as records from plan
    where id = ${id} and skipped ->> 'run' = ${runId}`.execute(db);
  return rows[0]?.records;
}

/**
 * Keeps what this run's adoption leaves out, before anything is adopted; the first list of a run
 * stands, and is returned.
 */
export async function beginAdoption(
  db: Db,
  id: string,
  runId: string,
  skipped: SkippedRecord[],
): Promise<SkippedRecord[]> {
  await sql`update plan set skipped = ${toJson({ run: runId, records: skipped })}::jsonb
    where id = ${id} and skipped ->> 'run' is distinct from ${runId}`.execute(db);
  return (await skippedRecords(db, id, runId)) ?? [];
}

/**
 * Adopts an open plan in batches of records, in id order. Each batch is one transaction that also
 * moves the plan's own marker, so a killed adoption goes on where it was, and repeating a finished
 * one does nothing and returns the same count. The caller closes the plan. Skipped records keep
 * their live decisions and are dirty.
 */
export async function adoptPlan(
  db: Db,
  id: string,
  runId: string,
  now: Instant,
  skip: SkippedRecord[],
  afterBatch: () => Promise<void> = async () => {},
): Promise<{ enqueued: number }> {
  const skipped = new Set(skip.map(({ object, recordId }) => `${object} ${recordId}`));
  for (;;) {
    const step = await inTransaction(db, (trx) => adoptBatch(trx, { id, runId, now, skipped }));
    if (step.done) {
      return { enqueued: step.enqueued };
    }
    await afterBatch();
  }
}

async function adoptBatch(
  trx: Trx,
  adoption: Adoption,
): Promise<{ done: boolean; enqueued: number }> {
  const plan = await trx
    .selectFrom('plan')
    .select(['connection', 'state', 'version', 'adopted_until', 'adopted_enqueued'])
    .where('id', '=', adoption.id)
    .forUpdate()
    .executeTakeFirst();
  if (plan?.state === 'applied') {
    return { done: true, enqueued: plan.adopted_enqueued };
  }
  if (plan?.state !== 'open') {
    throw new Error(
      `Plan ${adoption.id} is ${plan?.state ?? 'not in the store'}: only an open plan is adopted. ` +
        'Make a new one with "partner-sync plan".',
    );
  }
  const ids = await nextIds(trx, plan.connection, adoption.id, plan.adopted_until ?? '');
  if (ids.length === 0) {
    return { done: true, enqueued: plan.adopted_enqueued };
  }
  const enqueued = await adoptRecords(trx, adoption, plan, ids);
  await trx
    .updateTable('plan')
    .set({
      adopted_until: ids.at(-1)!,
      adopted_enqueued: plan.adopted_enqueued + enqueued,
    })
    .where('id', '=', adoption.id)
    .execute();
  return { done: false, enqueued: 0 };
}

/** Ids the plan decided or has rows of (tasks), after the last adopted one. */
async function nextIds(
  trx: Trx,
  connection: string,
  plan: string,
  after: string,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct id collate "C" as id from (
      (select distinct record_id as id from decision
       where connection = ${connection} and slot = ${plan} and object = 'opportunity'
         and record_id > ${after} order by record_id limit ${adoptBatchSize})
      union all
      (select distinct record_id from decision
       where connection = ${connection} and slot = ${plan} and object = 'partner'
         and record_id > ${after} order by record_id limit ${adoptBatchSize})
      union all
      (select distinct record_id from plan_row
       where plan = ${plan} and record_id > ${after} order by record_id limit ${adoptBatchSize})
    ) planned order by 1 limit ${adoptBatchSize}`.execute(trx);
  return rows.map((row) => row.id);
}

async function adoptRecords(
  trx: Trx,
  adoption: Adoption,
  plan: { connection: string; version: string },
  ids: string[],
): Promise<number> {
  const kept = (object: string, id: string) => !adoption.skipped.has(`${object} ${id}`);
  const planned = await storedDecisions(trx, plan.connection, adoption.id, {
    objects: ['opportunity', 'partner'],
    ids,
  });
  const adopted = planned.filter((row) => kept(row.object, row.record_id));
  const writes = await plannedWrites(trx, adoption.id, ids);

  await dropKindsNotPlanned(trx, plan.connection, adopted);
  const batch: Omit<DecidedBatch, 'planRows' | 'clear'> = {
    connection: plan.connection,
    slot: 'live',
    version: plan.version,
    runId: adoption.runId,
    now: adoption.now,
    decisions: adopted.map(decided),
    writes: writes.filter((write) => kept(write.object, write.recordId)),
  };
  const enqueued = await storeLive(trx, batch, adoption.id);
  await clearDirty(trx, plan.connection, marksOf(adopted));
  // Skipped records were decided by the version that is retired now: the next sync decides them.
  const passed = planned.filter((row) => !kept(row.object, row.record_id));
  await markDirty(
    trx,
    plan.connection,
    passed.map(({ object, record_id }) => ({ object, id: record_id })),
  );
  await forget(trx, plan.connection, adoption.id, ids);
  return enqueued;
}

function decided(row: StoredDecision): DecidedBatch['decisions'][number] {
  return { decision: decisionOf(row), inputHash: row.input_hash, lockedAt: row.locked_at };
}

/** Its tasks are not among them: the alert leg opens their episodes and writes them as one. */
async function plannedWrites(trx: Trx, plan: string, ids: string[]): Promise<DesiredWrite[]> {
  interface Planned {
    object: WritableObject;
    record_id: string;
    kind: DesiredWrite['kind'];
    input_hash: string;
    fields: DesiredWrite['fields'];
  }
  const { rows } = await sql<Planned>`
    select object, record_id, kind, min(input_hash) as input_hash,
      jsonb_object_agg(field, jsonb_build_object('value', new, 'before', old)) as fields
    from plan_row where plan = ${plan} and record_id = any(${ids}) and object <> 'task'
    group by record_id, object, kind order by record_id, object, kind`.execute(trx);
  return rows.map((row) => ({
    object: row.object,
    recordId: row.record_id,
    fields: row.fields,
    kind: row.kind,
    inputHash: row.input_hash,
    priority: 3,
  }));
}

/** A kind the plan's version does not decide any more leaves no live decision, only history. */
async function dropKindsNotPlanned(
  trx: Trx,
  connection: string,
  adopted: StoredDecision[],
): Promise<void> {
  const keys = adopted.map(({ object, record_id, kind }) => ({ object, record_id, kind }));
  const columns = 'object text, record_id text, kind text';
  await sql`
    with input as (select * from ${recordset(keys, columns)}),
    gone as (
      delete from decision d using (select distinct object, record_id from input) r
      where d.connection = ${connection} and d.slot = 'live'
        and d.object = r.object and d.record_id = r.record_id
        and not exists (select from input i where i.object = d.object
          and i.record_id = d.record_id and i.kind = d.kind)
      returning d.*)
    insert into decision_log (${sql.raw(logColumns)})
    select ${sql.raw(logValues('gone'))} from gone order by record_id`.execute(trx);
}

function marksOf(
  adopted: StoredDecision[],
): { object: DecidedObject; id: string; dirty: number }[] {
  const marks = new Map<string, { object: DecidedObject; id: string; dirty: number }>();
  for (const { object, record_id, planned_marker } of adopted) {
    if (planned_marker !== null) {
      marks.set(`${object} ${record_id}`, { object, id: record_id, dirty: planned_marker });
    }
  }
  return [...marks.values()];
}

async function forget(trx: Trx, connection: string, plan: string, ids: string[]): Promise<void> {
  await sql`delete from decision where connection = ${connection} and slot = ${plan}
    and object in ('opportunity', 'partner') and record_id = any(${ids})`.execute(trx);
  await sql`delete from attribution where connection = ${connection} and slot = ${plan}
    and opportunity_id = any(${ids})`.execute(trx);
}
