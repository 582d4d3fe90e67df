/** Reads the outbox and the ledger: what waits, what failed, what a run wrote. */
import { sql } from 'kysely';
import type { Instant, WritableObject } from '../rules/types.ts';
import type { Db } from './database.ts';
import type { FieldChange, WriteFailure, WriteRow, WriteState } from './types.ts';

/** A row of the table `write` as read. */
export interface StoredWrite {
  seq: number;
  connection: string;
  object: WritableObject;
  record_id: string;
  fields: Record<string, FieldChange>;
  kinds: string[];
  state: WriteState;
  run_id: string;
  plan_id: string | null;
  priority: 1 | 2 | 3 | 5;
  attempts: number;
  next_try_at: Instant | null;
  failure: WriteFailure | null;
  was_unclear: boolean;
  created_id: string | null;
  lease_id: string | null;
  lease_worker: string | null;
  enqueued_at: Instant;
  written_at: Instant | null;
  written_run_id: string | null;
}

/** Rows that may be claimed at `now`; `c` is the write row. A final failure waits for a person. */
export function isDue(now: Instant) {
  // The first line is the condition of the index `write_due`, word for word.
  return sql<boolean>`(c.state in ('pending', 'failed', 'unclear') and (
    (c.state in ('pending', 'unclear') and coalesce(c.next_try_at <= ${now}::timestamptz, true))
    or (c.state = 'failed' and c.next_try_at <= ${now}::timestamptz)))`;
}

/**
 * What waits. `due` may be claimed now (leases that have run out included), `waiting` has a later
 * next try or is in flight, `failed` is refused for good: the four never count a row twice.
 */
export async function pendingWrites(
  db: Db,
  connection: string,
  now: Instant,
): Promise<{
  due: number;
  waiting: number;
  held: number;
  failed: number;
  nextTryAt: Instant | null;
}> {
  const { rows } = await sql<{
    due: number;
    waiting: number;
    held: number;
    failed: number;
    nextTryAt: Instant | null;
  }>`
    select
      (count(*) filter (where is_due))::int as due,
      (count(*) filter (where not is_due and state <> 'held' and later is not null))::int as waiting,
      (count(*) filter (where state = 'held'))::int as held,
      (count(*) filter (where state = 'failed' and later is null))::int as failed,
      min(later) filter (where not is_due and state <> 'held') as "nextTryAt"
    from (
      select c.state,
        case when c.state = 'claimed' then c.lease_until else c.next_try_at end as later,
        coalesce(${isDue(now)} or (c.state = 'claimed' and c.lease_until < ${now}::timestamptz),
          false) as is_due
      from write c
      where c.connection = ${connection}
        and c.state in ('pending', 'held', 'failed', 'unclear', 'claimed')) open`.execute(db);
  return rows[0]!;
}

/** Rows that failed or whose outcome is unclear, oldest first. */
export async function failures(
  db: Db,
  connection: string | null,
  limit: number,
): Promise<WriteRow[]> {
  const { rows } = await sql<StoredWrite>`
    select * from write where state in ('failed', 'unclear')
      ${connection === null ? sql`` : sql`and connection = ${connection}`}
    order by seq limit ${limit}`.execute(db);
  return rows.map(writeRowOf);
}

/** Makes failed and waiting unclear rows due now; their reason stays. Returns how many. */
export async function retryFailures(
  db: Db,
  connection: string,
  seqs: number[] | null,
  now: Instant,
): Promise<number> {
  const result = await sql`
    update write set next_try_at = ${now}::timestamptz
    where connection = ${connection} and state in ('failed', 'unclear')
      and coalesce(next_try_at > ${now}::timestamptz, true)
      ${seqs === null ? sql`` : sql`and seq = any(${seqs})`}`.execute(db);
  return Number(result.numAffectedRows ?? 0);
}

/** Rows a run wanted or wrote, in order. */
export async function writesOf(
  db: Db,
  runId: string,
  limit: number,
  after: number | null,
): Promise<WriteRow[]> {
  const { rows } = await sql<StoredWrite>`
    select * from write
    where (run_id = ${runId} or written_run_id = ${runId}) and seq > ${after ?? 0}
    order by seq limit ${limit}`.execute(db);
  return rows.map(writeRowOf);
}

/** A stored row as the interface gives it. */
export function writeRowOf(row: StoredWrite): WriteRow {
  return {
    seq: row.seq,
    connection: row.connection,
    object: row.object,
    recordId: row.record_id,
    fields: row.fields,
    kinds: row.kinds,
    state: row.state,
    runId: row.run_id,
    planId: row.plan_id,
    priority: row.priority,
    attempts: row.attempts,
    nextTryAt: row.next_try_at,
    failure: row.failure,
    wasUnclear: row.was_unclear,
    createdId: row.created_id,
    leaseId: row.lease_id,
    enqueuedAt: row.enqueued_at,
    writtenAt: row.written_at,
    writtenRunId: row.written_run_id,
  };
}
