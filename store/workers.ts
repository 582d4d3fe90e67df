/** Which workers live, and what the dead had in flight; the rule itself is in worker/life.ts. */
import { sql } from 'kysely';
import type { Instant } from '../rules/types.ts';
import { unclearAgain } from './claims.ts';
import { type Db, inTransaction } from './database.ts';
import type { LivingWorker, TakenOver } from './types.ts';
import type { StoredWrite } from './write-rows.ts';

/** How long a life that has ended is remembered; the table stays small. */
const rememberedFor = '7 days';

/** A new life, and those long over are forgotten. */
export async function beginWorker(db: Db, id: string, identity: string): Promise<void> {
  await sql`delete from worker w where ended_at < clock_timestamp() - ${rememberedFor}::interval
    and not exists (select from write where state = 'claimed' and lease_worker = w.id)`.execute(db);
  await sql`insert into worker (id, identity, started_at, seen_at)
    values (${id}, ${identity}, clock_timestamp(), clock_timestamp())`.execute(db);
}

/** A sign of life; false where the life has been ended. */
export async function beatWorker(db: Db, id: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update worker set beats = beats + 1, seen_at = clock_timestamp()
    where id = ${id} and ended_at is null`.execute(db);
  return Number(numAffectedRows) === 1;
}

/** Every life that nobody has ended. */
export async function livingWorkers(db: Db): Promise<LivingWorker[]> {
  const { rows } = await sql<LivingWorker>`
    select id, identity, beats, seen_at as "seenAt" from worker where ended_at is null
    order by started_at, id`.execute(db);
  return rows;
}

/**
 * Ends a life. Either this or a sign of life comes first, as both change the one row: one that
 * comes second finds its condition false.
 */
export async function endWorker(db: Db, id: string, beats: number | null): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update worker set ended_at = clock_timestamp() where id = ${id} and ended_at is null
      ${beats === null ? sql`` : sql`and beats = ${beats}`}`.execute(db);
  return Number(numAffectedRows) === 1;
}

/** Rows in flight of ended lives become unclear, due at `dueAt`. One being settled is left. */
export async function takeOverClaims(db: Db, dueAt: Instant): Promise<TakenOver[]> {
  return inTransaction(db, async (trx) => {
    const { rows } = await sql<StoredWrite>`
      select w.* from write w join worker k on k.id = w.lease_worker
      where w.state = 'claimed' and k.ended_at is not null
      order by w.seq for update of w skip locked`.execute(trx);
    await unclearAgain(trx, rows, dueAt);
    const counts = new Map<string, number>();
    for (const row of rows) {
      const id = row.lease_worker!;
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return [...counts].map(([workerId, count]) => ({ workerId, rows: count }));
  });
}

/** Rows in flight under these leases become unclear, due at `now`. */
export async function leaveClaims(db: Db, leaseIds: string[], now: Instant): Promise<number> {
  return inTransaction(db, async (trx) => {
    const { rows } = await sql<StoredWrite>`
      select * from write where state = 'claimed' and lease_id = any(${leaseIds})
      order by seq for update`.execute(trx);
    await unclearAgain(trx, rows, now);
    return rows.length;
  });
}

/** In flight in a worker, or left by an ended life and not yet to be read back. */
export async function rowsInHand(db: Db, connection: string, now: Instant): Promise<number> {
  // Two counts, each by an index that holds nothing but rows of its states: the ledger is long.
  const { rows } = await sql<{ n: number }>`
    select (
      (select count(*) from write
        where connection = ${connection} and state = 'claimed' and lease_worker is not null)
      + (select count(*) from write w join worker k on k.id = w.lease_worker
        where w.connection = ${connection} and w.state = 'unclear'
          and w.next_try_at > ${now}::timestamptz and k.ended_at is not null)
    )::int as n`.execute(db);
  return rows[0]!.n;
}
