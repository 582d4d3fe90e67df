/** The outbox on its way: rows claimed under a lease, settled by the holder of that lease only. */
import { sql } from 'kysely';
import type { Instant } from '../rules/types.ts';
import { type Db, inTransaction, recordset, type Trx } from './database.ts';
import { mirrorWritten, valuesOf } from './mirror-written.ts';
import { dropRows, updateRows } from './outbox.ts';
import { type Fields, foldIntoNewer, type Merged, type OpenState, rebase } from './outbox-merge.ts';
import { type ClaimRequest, LostLeaseError, type Settlement, type WriteRow } from './types.ts';
import { countSettled, type Settled } from './write-counts.ts';
import { isDue, type StoredWrite, writeRowOf } from './write-rows.ts';

/**
 * Claims due rows of one object by priority, then age. Rows whose lease has run out may have been
 * sent: they become `unclear` first, and are handed out with `wasUnclear` set so that the new
 * holder reads them back before it sends anything. A record that has a row in flight gives none.
 *
 * "not in" and "any(array(...))" are one hash and one look at the key whatever the statistics
 * say: joined, each batch compared every due row with every row in flight.
 */
export async function claimWrites(db: Db, request: ClaimRequest): Promise<WriteRow[]> {
  return inTransaction(db, async (trx) => {
    await expireLeases(trx, request);
    const until = new Date(Date.parse(request.now) + request.leaseMs).toISOString();
    const { rows } = await sql<StoredWrite>`
      update write w set state = 'claimed', was_unclear = (w.state = 'unclear'),
        lease_id = ${request.leaseId}, lease_until = ${until}::timestamptz,
        lease_worker = ${request.worker ?? null}, attempts = w.attempts + 1
      where w.seq = any(array(
        select c.seq from write c
        where c.connection = ${request.connection} and c.object = ${request.object}
          and ${isDue(request.now)}
          ${request.planId === undefined ? sql`` : sql`and c.plan_id = ${request.planId}`}
          and c.record_id not in (
            select f.record_id from write f where f.connection = ${request.connection}
              and f.object = ${request.object} and f.state = 'claimed')
        order by c.priority, c.seq limit ${request.limit}
        for update skip locked))
      returning w.*`.execute(trx);
    return rows.map(writeRowOf).sort((a, b) => a.priority - b.priority || a.seq - b.seq);
  });
}

/**
 * Stores the results of a claim in one transaction. Written rows become the ledger and their
 * values the mirror's, so that their echo is recognised. Throws LostLeaseError, and stores
 * nothing, when any of the rows is not held by this lease; settling the same result again is
 * nothing new.
 */
export async function settleWrites(
  db: Db,
  connection: string,
  leaseId: string,
  runId: string,
  results: Settlement[],
  now: Instant,
): Promise<void> {
  if (results.length === 0) {
    return;
  }
  await inTransaction(db, async (trx) => {
    const rows = await lockRows(trx, results);
    const bySeq = new Map(rows.map((row) => [row.seq, row]));
    const open: Settled[] = [];
    for (const result of results) {
      const row = bySeq.get(result.seq);
      const mine = row?.connection === connection && row.lease_id === leaseId;
      if (mine && row.state === 'claimed') {
        open.push({ row, result });
      } else if (!(mine && row.state === 'written' && result.outcome === 'written')) {
        throw new LostLeaseError(
          `The lease of write ${result.seq} of ${connection} has passed to another holder. ` +
            'Nothing of this batch was stored; its rows are read back before they are tried again.',
        );
      }
    }
    const written = open.filter(({ result }) => result.outcome === 'written');
    await storeWritten(trx, written, runId, now);
    await mirrorWritten(trx, connection, written);
    await rebaseNewer(trx, connection, written);
    const others = open.filter(({ result }) => result.outcome !== 'written');
    await storeOthers(trx, connection, others);
    // Last: lanes of one run wait for each other from here on.
    await countSettled(trx, runId, open);
  });
}

/**
 * Gives up every lease, of all connections. Only for a caller that knows that no other worker
 * lives: the holder of the embedded store's lock. Returns how many rows were in flight.
 */
export async function abandonClaims(db: Db, now: Instant): Promise<number> {
  return inTransaction(db, async (trx) => {
    const { rows } = await sql<StoredWrite>`
      select * from write where state = 'claimed' order by seq for update`.execute(trx);
    await unclearAgain(trx, rows, now);
    return rows.length;
  });
}

/** Rows in flight of any connections whose holder is no more, locked by `trx`: unclear. */
export async function unclearAgain(trx: Trx, rows: StoredWrite[], dueAt: Instant): Promise<void> {
  for (const connection of new Set(rows.map((row) => row.connection))) {
    const own = rows.filter((row) => row.connection === connection);
    await storeOthers(trx, connection, unclear(own, dueAt));
  }
}

async function lockRows(trx: Trx, results: Settlement[]): Promise<StoredWrite[]> {
  const seqs = results.map((result) => result.seq);
  const { rows } = await sql<StoredWrite>`
    select * from write where seq = any(${seqs}) order by seq for update`.execute(trx);
  return rows;
}

async function storeWritten(
  trx: Trx,
  written: Settled[],
  runId: string,
  now: Instant,
): Promise<void> {
  if (written.length === 0) {
    return;
  }
  const rows = written.map(({ result }) => ({
    seq: result.seq,
    created_id: result.outcome === 'written' ? result.createdId : null,
  }));
  await sql`
    update write w set state = 'written', written_at = ${now}::timestamptz,
      written_run_id = ${runId}, created_id = coalesce(input.created_id, w.created_id),
      failure = null, next_try_at = null, was_unclear = false
    from ${recordset(rows, 'seq bigint, created_id text')} where w.seq = input.seq`.execute(trx);
}

/** What was wanted meanwhile: less what is there now, and compared with what is there now. */
async function rebaseNewer(trx: Trx, connection: string, written: Settled[]): Promise<void> {
  const newer = await newerRows(trx, connection, written);
  const changed: object[] = [];
  const dropped: StoredWrite[] = [];
  for (const { row } of written) {
    const open = newer.get(`${row.object} ${row.record_id}`);
    if (open === undefined) {
      continue;
    }
    const merged: Merged = rebase({
      open: { state: open.state as OpenState, fields: open.fields },
      inFlight: {},
      mirrored: valuesOf(row.fields),
    });
    if (merged.change === 'drop') {
      dropped.push(open);
    } else {
      const fields = merged.change === 'store' ? merged.fields : followed(open.fields, row.fields);
      changed.push({ ...open, fields });
    }
  }
  await dropRows(trx, dropped);
  await updateRows(trx, changed);
}

/** The same desires; `before` is what has just been written. */
function followed(wanted: Fields, written: Fields): Fields {
  return Object.fromEntries(
    Object.entries(wanted).map(([key, change]) => [
      key,
      { value: change.value, before: written[key] ? written[key].value : change.before },
    ]),
  );
}

/**
 * Failed, unclear and unsent rows are open again. Where a newer desire of the record waits, the
 * two become one row: the newer values win, `before` is the older one's, and an unclear outcome
 * stays unclear, because the older values may have reached the CRM.
 */
async function storeOthers(trx: Trx, connection: string, others: Settled[]): Promise<void> {
  if (others.length === 0) {
    return;
  }
  const newer = await newerRows(trx, connection, others);
  const alone: object[] = [];
  const folded: Folded[] = [];
  for (const { row, result } of others) {
    const state = stateAfter(row, result);
    const open = newer.get(`${row.object} ${row.record_id}`);
    if (open) {
      const dueAt = 'nextTryAt' in result ? result.nextTryAt : null;
      const stays = state === 'unclear' ? state : open.state;
      folded.push({ older: row, newer: open, state: stays, dueAt });
    } else {
      alone.push({
        seq: row.seq,
        state,
        next_try_at: 'nextTryAt' in result ? result.nextTryAt : null,
        failure: result.outcome === 'failed' ? result.failure : null,
        // Not sent: it does not count as a try.
        attempts: result.outcome === 'released' ? row.attempts - 1 : row.attempts,
      });
    }
  }
  if (alone.length > 0) {
    const columns =
      'seq bigint, state text, next_try_at timestamptz, failure jsonb, attempts integer';
    await sql`
      update write w set state = input.state, next_try_at = input.next_try_at,
        failure = coalesce(input.failure, w.failure), attempts = input.attempts,
        lease_id = null, lease_until = null, was_unclear = false
      from ${recordset(alone, columns)} where w.seq = input.seq`.execute(trx);
  }
  await foldRows(trx, folded);
}

function stateAfter(row: StoredWrite, result: Settlement): OpenState {
  switch (result.outcome) {
    case 'failed':
      return 'failed';
    case 'unclear':
      return 'unclear';
    default:
      return row.was_unclear ? 'unclear' : 'pending';
  }
}

/** A row that was in flight, and the newer desire it becomes part of. */
interface Folded {
  older: StoredWrite;
  newer: StoredWrite;
  state: string;
  /** An unclear outcome is read back then, not before: its call may be under way still. */
  dueAt: Instant | null;
}

async function foldRows(trx: Trx, pairs: Folded[]): Promise<void> {
  if (pairs.length === 0) {
    return;
  }
  const seqs = pairs.map(({ older }) => older.seq);
  await sql`update write set state = 'superseded', lease_id = null, lease_until = null,
    was_unclear = false, next_try_at = null where seq = any(${seqs})`.execute(trx);
  await updateRows(
    trx,
    pairs.map(({ older, newer, state }) => ({
      ...newer,
      state,
      fields: foldIntoNewer(older.fields, newer.fields),
      kinds: [...new Set([...older.kinds, ...newer.kinds])],
      priority: Math.min(older.priority, newer.priority),
    })),
  );
  const waiting = pairs
    .filter(({ state, dueAt }) => state === 'unclear' && dueAt !== null)
    .map(({ older, newer, dueAt }) => ({
      seq: newer.seq,
      due_at: dueAt,
      lease_worker: older.lease_worker,
    }));
  await sql`
    update write w set next_try_at = input.due_at, lease_worker = input.lease_worker
    from ${recordset(waiting, 'seq bigint, due_at timestamptz, lease_worker text')}
    where w.seq = input.seq`.execute(trx);
}

async function newerRows(
  trx: Trx,
  connection: string,
  settled: Settled[],
): Promise<Map<string, StoredWrite>> {
  if (settled.length === 0) {
    return new Map();
  }
  const keys = settled.map(({ row }) => ({ object: row.object, record_id: row.record_id }));
  const { rows } = await sql<StoredWrite>`
    select w.* from write w join ${recordset(keys, 'object text, record_id text')}
      on w.object = input.object and w.record_id = input.record_id
    where w.connection = ${connection} and w.state in ('pending', 'held', 'failed', 'unclear')
    order by w.seq for update of w`.execute(trx);
  return new Map(rows.map((row) => [`${row.object} ${row.record_id}`, row]));
}

async function expireLeases(trx: Trx, request: ClaimRequest): Promise<void> {
  const { rows } = await sql<StoredWrite>`
    select * from write where connection = ${request.connection}
      and object = ${request.object} and state = 'claimed'
      and lease_until < ${request.now}::timestamptz and lease_id <> ${request.leaseId}
    order by seq for update skip locked`.execute(trx);
  await storeOthers(trx, request.connection, unclear(rows, request.now));
}

/** Whether these were sent nobody knows. */
function unclear(rows: StoredWrite[], now: Instant): Settled[] {
  return rows.map((row) => ({ row, result: { seq: row.seq, outcome: 'unclear', nextTryAt: now } }));
}
