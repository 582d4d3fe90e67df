/** All that is known of a record, for the person who asks why; and how a record is found. */
import { sql } from 'kysely';
import type { DecidedObject, ObjectName } from '../rules/types.ts';
import { alertRowOf } from './alerts.ts';
import type { Db } from './database.ts';
import { mirror, mirrorBy } from './mirror.ts';
import { mirrorShapes } from './mirror-columns.ts';
import { ownershipOf } from './ownership.ts';
import { decisionRowOf, storedDecisions } from './stored-decisions.ts';
import type { AlertRow, DecisionLogRow, Explanation, WriteRow } from './types.ts';
import { type StoredWrite, writeRowOf } from './write-rows.ts';

/** Rows of each kind shown: the latest; a page nobody scrolls to the end of. */
const historyMax = 200;
/** Records a search gives. */
const foundMax = 20;

/** Explains an opportunity or partner by its CRM id (15 characters are enough on Salesforce). */
export async function explain(
  db: Db,
  connection: string,
  recordId: string,
): Promise<Explanation | undefined> {
  const found = (await byId(db, recordId, connection)).find(
    (r): r is typeof r & { object: DecidedObject } =>
      r.object === 'opportunity' || r.object === 'partner',
  );
  if (!found) {
    return undefined;
  }
  const { object, id } = found;
  const formerIds = await formerOf(db, connection, object, id);
  const ids = [id, ...formerIds];
  const record = (await mirror(db, connection, object, [id]))[0]!;
  const registrations = await mirrorBy(db, connection, 'registration', object, ids);
  const touches = await mirrorBy(db, connection, 'touch', object, ids);
  const stored = await storedDecisions(db, connection, 'live', { objects: [object], ids: [id] });
  const decisions = stored.map(decisionRowOf);
  const partnerIds = [
    ...decisions.flatMap((d) => d.credits.map((c) => c.partnerId)),
    ...[record, ...registrations, ...touches].flatMap(({ fields }) =>
      partnerKeys.flatMap((key) => (typeof fields[key] === 'string' ? [fields[key]] : [])),
    ),
  ];
  return {
    connection,
    object,
    record,
    formerIds,
    decisions,
    history: await historyOf(db, connection, object, ids),
    writes: await writesOfRecord(db, connection, object, ids),
    alerts: await alertsOf(db, connection, object, ids),
    ...(await ownershipOf(db, connection, object, id)),
    registrations: registrations.slice(0, historyMax),
    touches: touches.slice(0, historyMax),
    partnerNames: await namesOf(db, connection, partnerIds),
  };
}

/** Fields that name a partner. */
const partnerKeys = [
  'partner',
  'referral_partner',
  'origin_partner',
  'partner_of_record',
  'sourcing_partner',
];

/**
 * Finds records by id; where there is none, by exact name; where there is none, by the beginning
 * of the name. Names are compared without case; deleted records come last.
 */
export async function findRecord(
  db: Db,
  text: string,
  connection: string | null,
): Promise<{ connection: string; object: ObjectName; id: string; name: string }[]> {
  const wanted = text.trim();
  if (wanted === '') {
    return [];
  }
  const found = await byId(db, wanted, connection);
  if (found.length > 0) {
    return found;
  }
  const lower = wanted.toLowerCase();
  const exact = await searchBy(db, connection, sql`lower(m.name) = ${lower}`);
  return exact.length > 0
    ? exact
    : searchBy(db, connection, sql`starts_with(lower(m.name), ${lower})`);
}

async function historyOf(
  db: Db,
  connection: string,
  object: DecidedObject,
  ids: string[],
): Promise<DecisionLogRow[]> {
  const { rows } = await sql<DecisionLogRow>`
    select seq, kind, rule, version, fields, reason, decided_at as "decidedAt"
    from decision_history
    where connection = ${connection} and object = ${object} and record_id = any(${ids})
    order by seq desc, decided_at desc, kind limit ${historyMax}`.execute(db);
  return rows;
}

async function writesOfRecord(
  db: Db,
  connection: string,
  object: DecidedObject,
  ids: string[],
): Promise<WriteRow[]> {
  const { rows } = await sql<StoredWrite>`
    select * from write where connection = ${connection} and object = ${object}
      and record_id = any(${ids}) order by seq desc limit ${historyMax}`.execute(db);
  return rows.map(writeRowOf);
}

async function alertsOf(
  db: Db,
  connection: string,
  object: DecidedObject,
  ids: string[],
): Promise<AlertRow[]> {
  const { rows } = await sql<Parameters<typeof alertRowOf>[0]>`
    select * from alert where connection = ${connection} and object = ${object}
      and record_id = any(${ids}) order by opened_at desc, kind limit ${historyMax}`.execute(db);
  return rows.map(alertRowOf);
}

async function namesOf(db: Db, connection: string, ids: string[]): Promise<Record<string, string>> {
  const { rows } = await sql<{ id: string; name: string | null }>`
    select id, name from partner where connection = ${connection}
      and id = any(${[...new Set(ids)]}) order by id`.execute(db);
  return Object.fromEntries(rows.map(({ id, name }) => [id, name ?? id]));
}

type Found = { connection: string; object: ObjectName; id: string; name: string };

/** Salesforce shows ids with 15 characters and gives 18: the last three only check the case. */
async function byId(db: Db, id: string, connection: string | null): Promise<Found[]> {
  const short = /^[A-Za-z0-9]{15}$/.test(id);
  // '{' follows every letter in byte order: the range of ids that begin with these characters.
  const named = (column: string) =>
    short
      ? sql`(${sql.ref(column)} >= ${id} and ${sql.ref(column)} < ${`${id}{`})`
      : sql`${sql.ref(column)} = ${id}`;
  const { rows } = await sql<{ id: string }>`
    select survivor_id as id from identity_alias where ${named('old_id')}
      and ${connection === null ? sql`true` : sql`connection = ${connection}`}`.execute(db);
  // A merged record is found as its survivor, which lives and so comes first. Apart, not as a
  // sub-query: an "or" with one would read whole tables.
  const survivors = rows.map((row) => row.id);
  return searchBy(
    db,
    connection,
    survivors.length === 0 ? named('m.id') : sql`(${named('m.id')} or m.id = any(${survivors}))`,
  );
}

/** Ids of the records that were merged into this one. */
async function formerOf(
  db: Db,
  connection: string,
  object: DecidedObject,
  id: string,
): Promise<string[]> {
  const { rows } = await sql<{ old_id: string }>`
    select old_id from identity_alias where connection = ${connection} and object = ${object}
      and survivor_id = ${id} order by old_id limit ${historyMax}`.execute(db);
  return rows.map((row) => row.old_id);
}

async function searchBy(
  db: Db,
  connection: string | null,
  condition: ReturnType<typeof sql>,
): Promise<Found[]> {
  const named = ['opportunity', 'partner', 'registration', 'account', 'user'] as const;
  // A list of names, not "every row": so that the primary key serves both ways.
  const where =
    connection === null
      ? sql`m.connection in (select name from connection)`
      : sql`m.connection = ${connection}`;
  const parts = named.map(
    (object, rank) => sql`
      select m.connection, ${object}::text as object, m.id, coalesce(m.name, m.id) as name,
        m.deleted_at is not null as gone, ${rank}::int as rank
      from ${sql.table(mirrorShapes[object].table)} m
      where ${where} and ${condition}`,
  );
  const { rows } = await sql<Found>`
    select connection, object, id, name from (${sql.join(parts, sql` union all `)}) found
    order by gone, rank, connection, name, id limit ${foundMax}`.execute(db);
  return rows;
}
