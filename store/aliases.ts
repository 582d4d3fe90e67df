/**
 * Merged records: the alias of an id that is gone, and what of ours follows it to the survivor
 * (domain.md case 15). The CRM re-parents its own children; attribution, decisions, alerts and
 * what waits to be written are ours to re-point, in the transaction that stores the merged row.
 */
import { sql } from 'kysely';
import type { CanonicalRecord, Instant, ObjectName } from '../rules/types.ts';
import type { Db, Trx } from './database.ts';
import { markDirty } from './dirty.ts';
import { mirrorShapes } from './mirror-columns.ts';
import { withNames } from './named-by.ts';
import type { IdentityAlias } from './types.ts';

/** All aliases of a connection: merges are rare, so a leg holds them all. */
export async function aliases(db: Db, connection: string): Promise<IdentityAlias[]> {
  const rows = await db
    .selectFrom('identity_alias')
    .selectAll()
    .where('connection', '=', connection)
    .orderBy('old_id')
    .execute();
  return rows.map((row) => ({
    object: row.object as ObjectName,
    oldId: row.old_id,
    survivorId: row.survivor_id,
    learnedAt: row.learned_at,
  }));
}

/**
 * Learns the merges among records just stored, and forgets those that were undone. What the mirror
 * holds counts: a page older than it was not stored, so it says nothing here either.
 */
export async function followMerges(
  trx: Trx,
  connection: string,
  object: ObjectName,
  records: CanonicalRecord[],
  now: Instant,
): Promise<void> {
  const live = records.flatMap(({ id, deleted }) => (deleted ? [] : [id]));
  if (live.length > 0) {
    // An undeleted record is itself again; what it had lent to the survivor stays there.
    await sql`delete from identity_alias a using ${sql.table(mirrorShapes[object].table)} m
      where a.connection = ${connection} and a.object = ${object} and a.old_id = any(${live})
        and m.connection = a.connection and m.id = a.old_id and m.deleted_at is null`.execute(trx);
  }
  const merged = records.flatMap(({ id, deleted, mergedInto }) =>
    deleted && mergedInto !== null ? [id] : [],
  );
  for (const { id, into } of merged.length > 0
    ? await mergedRows(trx, connection, object, merged)
    : []) {
    await follow(trx, { connection, object, from: id, to: into, now });
  }
}

async function mergedRows(
  trx: Trx,
  connection: string,
  object: ObjectName,
  ids: string[],
): Promise<{ id: string; into: string }[]> {
  const { rows } = await sql<{ id: string; into: string }>`
    select id, merged_into as into from ${sql.table(mirrorShapes[object].table)}
    where connection = ${connection} and id = any(${ids}) and deleted_at is not null
      and merged_into is not null order by id`.execute(trx);
  return rows;
}

interface Merge {
  connection: string;
  object: ObjectName;
  from: string;
  to: string;
  now: Instant;
}

async function follow(trx: Trx, merge: Merge): Promise<void> {
  const { connection, object, from } = merge;
  const to = await endOfChain(trx, merge);
  if (to === from || !(await learn(trx, { ...merge, to }))) {
    return;
  }
  const final = { ...merge, to };
  if (object === 'partner') {
    await repointPartner(trx, final);
  }
  if (object === 'partner' || object === 'opportunity') {
    await repointRecord(trx, final, object);
    await markDirty(trx, connection, [{ object, id: to }]);
  }
}

async function endOfChain(trx: Trx, { connection, object, to }: Merge): Promise<string> {
  const next = await trx
    .selectFrom('identity_alias')
    .select('survivor_id')
    .where('connection', '=', connection)
    .where('object', '=', object)
    .where('old_id', '=', to)
    .executeTakeFirst();
  return next?.survivor_id ?? to;
}

/** False when this was known: the overlap reads a merged row again and again. */
async function learn(trx: Trx, { connection, object, from, to, now }: Merge): Promise<boolean> {
  await sql`update identity_alias set survivor_id = ${to} where connection = ${connection}
    and object = ${object} and survivor_id = ${from}`.execute(trx);
  const learned = await sql`
    insert into identity_alias (connection, object, old_id, survivor_id, learned_at)
    values (${connection}, ${object}, ${from}, ${to}, ${now})
    on conflict (connection, object, old_id) do update set
      survivor_id = excluded.survivor_id, learned_at = excluded.learned_at
    where identity_alias.survivor_id <> excluded.survivor_id`.execute(trx);
  return (learned.numAffectedRows ?? 0n) > 0n;
}

/**
 * Opportunities that credited the merged partner now credit the survivor. Where both were
 * credited in one role the shares add up, so each pool still sums to what it did.
 */
async function repointPartner(trx: Trx, { connection, from, to }: Merge): Promise<void> {
  // A whole text, or one id of a set of them ('id;id'): ids are letters and digits.
  const named = `(?<=[";])${from.replace(/\W/g, '\\$&')}(?=[";])`;
  const renamed = (column: string) =>
    sql`regexp_replace(${sql.ref(column)}::text, ${named}, ${to}, 'g')::jsonb`;
  const names = await withNames(trx, connection, [from]);
  const opportunities = await sql<{ id: string }>`
    select opportunity_id as id from attribution
      where connection = ${connection} and partner_id = ${from}
    union select opportunity_id from registration
      where connection = ${connection} and partner_id = any(${names}) and opportunity_id is not null
    union select opportunity_id from touch
      where connection = ${connection} and partner_id = any(${names}) and opportunity_id is not null
    `.execute(trx);
  const ids = opportunities.rows.map((row) => row.id);
  const touched = sql`connection = ${connection} and object = 'opportunity'
    and record_id = any(${ids})`;
  await sql`
    update decision set fields = ${renamed('fields')}::json, credits = coalesce((
      select jsonb_agg(jsonb_build_object('partnerId', partner, 'role', role, 'pool', pool,
        'basisPoints', share) order by place)
      from (
        select c->>'partnerId' as partner, c->>'role' as role, c->>'pool' as pool,
          sum((c->>'basisPoints')::int) as share, min(place) as place
        from jsonb_array_elements(${renamed('credits')}) with ordinality as every(c, place)
        group by 1, 2, 3) by_partner), '[]')::json
    where ${touched}`.execute(trx);
  await sql`update write set fields = ${renamed('fields')}
    where ${touched} and fields::text ~ ${named}`.execute(trx);
  await sql`
    with moved as (
      delete from attribution where connection = ${connection} and partner_id = ${from}
      returning *)
    insert into attribution (connection, slot, opportunity_id, partner_id, role, pool,
      basis_points, attribution_type)
    select connection, slot, opportunity_id, ${to}, role, pool, basis_points, attribution_type
    from moved
    on conflict (connection, slot, opportunity_id, partner_id, role, pool) do update
      set basis_points = attribution.basis_points + excluded.basis_points`.execute(trx);
  await markDirty(
    trx,
    connection,
    ids.map((id) => ({ object: 'opportunity' as const, id })),
  );
}

/**
 * An open episode goes on at the survivor, with its task; where the survivor has one of its own
 * the merged record's ends by itself. What waits to be written to a record that is gone never will
 * be; a task about it is about the survivor.
 */
async function repointRecord(
  trx: Trx,
  { connection, from, to }: Merge,
  object: 'partner' | 'opportunity',
): Promise<void> {
  const at = sql`connection = ${connection} and object = ${object}`;
  await sql`
    update alert a set record_id = ${to}, episode = 1 + coalesce((
      select max(b.episode) from alert b where b.connection = ${connection}
        and b.object = ${object} and b.record_id = ${to} and b.kind = a.kind), 0)
    where ${at} and record_id = ${from} and closed_at is null and not exists (
      select from alert b where b.connection = ${connection} and b.object = ${object}
        and b.record_id = ${to} and b.kind = a.kind and b.closed_at is null)`.execute(trx);
  await sql`update write set state = 'superseded', next_try_at = null
    where ${at} and record_id = ${from}
      and state in ('pending', 'held', 'failed', 'unclear')`.execute(trx);
  await sql`update write set fields = jsonb_set(fields, '{about,value}', to_jsonb(${to}::text))
    where connection = ${connection} and object = 'task'
      and state in ('pending', 'held', 'failed', 'unclear')
      and fields->'about'->>'value' = ${from}`.execute(trx);
}
