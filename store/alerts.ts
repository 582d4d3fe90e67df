/** Alert episodes: what asks for one, opening and closing them together with their tasks. */
import { sql } from 'kysely';
import type { AlertCondition, DecidedObject, Instant } from '../rules/types.ts';
import { type Db, inTransaction, recordset, type Trx } from './database.ts';
import { desiresOf, enqueue } from './outbox.ts';
import { storePlanRows } from './plan-rows.ts';
import type {
  AlertBatch,
  AlertCandidate,
  AlertRow,
  DecisionSlot,
  SummarisedAlert,
} from './types.ts';

interface StoredAlert {
  connection: string;
  object: DecidedObject;
  record_id: string;
  kind: string;
  episode: number;
  baseline: boolean;
  since: Instant;
  owner_id: string | null;
  task_key: string | null;
  subject: string;
  opened_at: Instant;
  closed_at: Instant | null;
}

/**
 * Decisions whose alert has no open episode, and open episodes whose alert has cleared (also
 * because the record is gone), in (object, record, kind) order.
 */
export async function alertCandidates(
  db: Db,
  connection: string,
  slot: DecisionSlot,
  limit: number,
): Promise<AlertCandidate[]> {
  interface Found {
    object: DecidedObject;
    record_id: string;
    kind: string;
    record_name: string | null;
    condition: AlertCondition | null;
    episodes: number;
    open: StoredAlert | null;
  }
  // A slot of a plan has decided every live record, so it is compared like the live one.
  const wanted = (object: DecidedObject) => sql`
    select d.object, d.record_id, d.alert_kind as kind, m.name, d.alert
    from decision d join ${sql.table(object)} m
      on m.connection = d.connection and m.id = d.record_id and m.deleted_at is null
    where d.connection = ${connection} and d.slot = ${slot} and d.object = ${object}
      and d.alert_kind is not null`;
  const { rows } = await sql<Found>`
    with wanted as (${wanted('opportunity')} union all ${wanted('partner')}),
    opened as (select * from alert where connection = ${connection} and closed_at is null),
    differing as (
      select coalesce(w.object, o.object) as object,
        coalesce(w.record_id, o.record_id) as record_id, coalesce(w.kind, o.kind) as kind,
        w.name, w.alert as condition, o.episode as open_episode
      from wanted w full join opened o
        on o.object = w.object and o.record_id = w.record_id and o.kind = w.kind
      where w.kind is null or o.kind is null
      order by 1, 2, 3 limit ${limit})
    select d.object, d.record_id, d.kind, d.condition,
      coalesce(d.name, opp.name, par.name) as record_name,
      (select count(*)::int from alert a where a.connection = ${connection}
        and a.object = d.object and a.record_id = d.record_id and a.kind = d.kind) as episodes,
      to_jsonb(o) as open
    from differing d
    left join opened o on o.object = d.object and o.record_id = d.record_id
      and o.kind = d.kind and o.episode = d.open_episode
    left join opportunity opp on d.object = 'opportunity' and opp.connection = ${connection}
      and opp.id = d.record_id
    left join partner par on d.object = 'partner' and par.connection = ${connection}
      and par.id = d.record_id
    order by d.object, d.record_id, d.kind`.execute(db);
  return rows.map((row) => ({
    object: row.object,
    recordId: row.record_id,
    recordName: row.record_name ?? row.record_id,
    kind: row.kind,
    condition: row.condition,
    open: row.open && alertRowOf(row.open),
    episodes: row.episodes,
  }));
}

/**
 * Opens and closes episodes and puts their tasks into the outbox. An episode that is open
 * already, or closed already, is left as it is: repeating a batch changes nothing. A plan's slot
 * gets plan rows only.
 */
export async function saveAlerts(
  db: Db,
  batch: AlertBatch,
): Promise<{ opened: number; closed: number; enqueued: number }> {
  return inTransaction(db, async (trx) => {
    if (batch.slot !== 'live') {
      await storePlanRows(trx, batch.slot, [], batch.planRows);
      return { opened: 0, closed: 0, enqueued: 0 };
    }
    const closed = await closeEpisodes(trx, batch);
    const opened = await openEpisodes(trx, batch);
    const { connection, runId, now } = batch;
    const context = { connection, runId, planId: null, now };
    const enqueued = await enqueue(trx, context, [...desiresOf(batch.writes).values()]);
    return { opened, closed, enqueued };
  });
}

/** Open episodes of records. */
export async function openAlerts(
  db: Db,
  connection: string,
  object: DecidedObject,
  ids: string[],
): Promise<AlertRow[]> {
  const { rows } = await sql<StoredAlert>`
    select * from alert where connection = ${connection} and object = ${object}
      and record_id = any(${ids}) and closed_at is null order by record_id, kind`.execute(db);
  return rows.map(alertRowOf);
}

/** Tasks opened by owner since an instant. Episodes without an owner count under ''. */
export async function tasksOpenedSince(
  db: Db,
  connection: string,
  since: Instant,
): Promise<Map<string, number>> {
  const { rows } = await sql<{ owner: string; n: number }>`
    select coalesce(owner_id, '') as owner, count(distinct task_key)::int as n from alert
    where connection = ${connection} and task_key is not null
      and opened_at >= ${since}::timestamptz
    group by 1`.execute(db);
  return new Map(rows.map(({ owner, n }) => [owner, n]));
}

/** Episodes opened since an instant that got no task of their own: what summaries told of. */
export async function summarisedSince(
  db: Db,
  connection: string,
  since: Instant,
): Promise<SummarisedAlert[]> {
  const { rows } = await sql<{ owner: string | null; kind: string; since: Instant; name: string }>`
    select a.owner_id as owner, a.kind, a.since,
      coalesce(o.name, p.name, a.record_id) as name
    from alert a
    left join opportunity o on a.object = 'opportunity' and o.connection = a.connection
      and o.id = a.record_id
    left join partner p on a.object = 'partner' and p.connection = a.connection
      and p.id = a.record_id
    where a.connection = ${connection} and a.task_key is null and a.closed_at is null
      and a.opened_at >= ${since}::timestamptz
    order by a.object, a.record_id, a.kind`.execute(db);
  return rows.map((row) => ({
    ownerId: row.owner,
    kind: row.kind,
    since: row.since,
    recordName: row.name,
  }));
}

/** A stored episode as the interface gives it; also from jsonb, whose instants have offsets. */
export function alertRowOf(row: StoredAlert): AlertRow {
  return {
    connection: row.connection,
    object: row.object,
    recordId: row.record_id,
    kind: row.kind,
    episode: row.episode,
    baseline: row.baseline,
    since: new Date(row.since).toISOString(),
    ownerId: row.owner_id,
    taskKey: row.task_key,
    subject: row.subject,
    openedAt: new Date(row.opened_at).toISOString(),
    closedAt: row.closed_at && new Date(row.closed_at).toISOString(),
  };
}

async function closeEpisodes(trx: Trx, batch: AlertBatch): Promise<number> {
  const rows = batch.changes
    .filter((change) => change.change === 'close')
    .map(({ object, recordId, kind }) => ({ object, record_id: recordId, kind }));
  if (rows.length === 0) {
    return 0;
  }
  const result = await sql`
    update alert a set closed_at = ${batch.now}::timestamptz
    from ${recordset(rows, 'object text, record_id text, kind text')}
    where a.connection = ${batch.connection} and a.object = input.object
      and a.record_id = input.record_id and a.kind = input.kind
      and a.closed_at is null`.execute(trx);
  return Number(result.numAffectedRows ?? 0);
}

async function openEpisodes(trx: Trx, batch: AlertBatch): Promise<number> {
  const rows = batch.changes
    .filter((change) => change.change === 'open')
    .map((change) => ({
      object: change.object,
      record_id: change.recordId,
      kind: change.kind,
      baseline: change.baseline,
      since: change.since,
      owner_id: change.ownerId,
      task_key: change.taskKey,
      subject: change.subject,
    }));
  if (rows.length === 0) {
    return 0;
  }
  const columns =
    'object text, record_id text, kind text, baseline boolean, since timestamptz, ' +
    'owner_id text, task_key text, subject text';
  const result = await sql`
    insert into alert (connection, object, record_id, kind, episode, baseline, since, owner_id,
      task_key, subject, opened_at)
    select ${batch.connection}, object, record_id, kind,
      1 + (select coalesce(max(a.episode), 0) from alert a
        where a.connection = ${batch.connection} and a.object = input.object
          and a.record_id = input.record_id and a.kind = input.kind),
      baseline, since, owner_id, task_key, subject, ${batch.now}::timestamptz
    from ${recordset(rows, columns)}
    where not exists (select from alert a
      where a.connection = ${batch.connection} and a.object = input.object
        and a.record_id = input.record_id and a.kind = input.kind and a.closed_at is null)
    on conflict do nothing`.execute(trx);
  return Number(result.numAffectedRows ?? 0);
}
