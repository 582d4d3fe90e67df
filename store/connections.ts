/** Connections and the mapping versions they run. */
import { sql } from 'kysely';
import type { CrmName, Instant } from '../rules/types.ts';
import { type Db, inTransaction, toJson } from './database.ts';
import type { ConnectionRow, MappingVersionRow } from './types.ts';

/** Makes the connection, or changes what is given of it; what is not given stays. */
export async function upsertConnection(
  db: Db,
  row: Pick<ConnectionRow, 'name' | 'crm'> & Partial<ConnectionRow>,
): Promise<void> {
  const given = {
    crm: row.crm,
    account_id: row.accountId,
    user_id: row.userId,
    record_url_base: row.recordUrlBase,
    corporate_currency: row.corporateCurrency,
    activated_at: row.activatedAt,
    paused_at: row.pausedAt,
    pause_reason: row.pauseReason,
    clock_offset_ms: row.clockOffsetMs,
  };
  const values = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as { crm: string };
  await db
    .insertInto('connection')
    .values({ name: row.name, ...values })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
    .execute();
}

/** A connection by name. */
export async function connection(db: Db, name: string): Promise<ConnectionRow | undefined> {
  return (await connections(db)).find((row) => row.name === name);
}

/** All connections by name. */
export async function connections(db: Db): Promise<ConnectionRow[]> {
  const rows = await db.selectFrom('connection').selectAll().orderBy('name').execute();
  return rows.map((row) => ({
    name: row.name,
    crm: row.crm as CrmName,
    accountId: row.account_id,
    userId: row.user_id,
    recordUrlBase: row.record_url_base,
    corporateCurrency: row.corporate_currency,
    activatedAt: row.activated_at,
    pausedAt: row.paused_at,
    pauseReason: row.pause_reason,
    clockOffsetMs: row.clock_offset_ms,
  }));
}

/** Pauses with a reason, or resumes with nulls. */
export async function pauseConnection(
  db: Db,
  name: string,
  reason: string | null,
  at: Instant | null,
): Promise<void> {
  await db
    .updateTable('connection')
    .set({ pause_reason: reason, paused_at: at })
    .where('name', '=', name)
    .execute();
}

/** Stores a version. One that is stored already keeps its state and activation. */
export async function saveVersion(db: Db, row: MappingVersionRow): Promise<void> {
  await db
    .insertInto('mapping_version')
    .values({
      id: row.id,
      connection: row.connection,
      state: row.state,
      label: row.label,
      hash: row.hash,
      rules_version: row.rulesVersion,
      sources: toJson(row.sources),
      created_at: row.createdAt,
      activated_at: row.activatedAt,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** The version a connection runs. */
export async function activeVersion(
  db: Db,
  connection: string,
): Promise<MappingVersionRow | undefined> {
  return (await versions(db, connection)).find((row) => row.state === 'active');
}

/** Versions of a connection, latest first. */
export async function versions(db: Db, connection: string): Promise<MappingVersionRow[]> {
  const rows = await db
    .selectFrom('mapping_version')
    .selectAll()
    .where('connection', '=', connection)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  return rows.map(versionOf);
}

/** A version by id. */
export async function version(db: Db, id: string): Promise<MappingVersionRow | undefined> {
  const row = await db
    .selectFrom('mapping_version')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row && versionOf(row);
}

/** Makes a version the active one; the active one before it is retired. Repeating it is nothing. */
export async function activateVersion(db: Db, id: string, at: Instant): Promise<void> {
  await inTransaction(db, async (trx) => {
    const row = await trx
      .selectFrom('mapping_version')
      .select(['connection', 'state'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (!row) {
      throw new Error(`Mapping version ${id} is not in the store: it cannot be activated.`);
    }
    if (row.state === 'active') {
      return;
    }
    await trx
      .updateTable('mapping_version')
      .set({ state: 'retired' })
      .where('connection', '=', row.connection)
      .where('state', '=', 'active')
      .execute();
    await trx
      .updateTable('mapping_version')
      .set({ state: 'active', activated_at: at })
      .where('id', '=', id)
      .execute();
    // What an undo held back was decided by the version before.
    await sql`delete from hold where connection = ${row.connection}`.execute(trx);
    await sql`update connection set activated_at = ${at}::timestamptz
      where name = ${row.connection} and activated_at is null`.execute(trx);
  });
}

function versionOf(row: {
  id: string;
  connection: string;
  state: string;
  label: string;
  hash: string;
  rules_version: string;
  sources: MappingVersionRow['sources'];
  created_at: Instant;
  activated_at: Instant | null;
}): MappingVersionRow {
  return {
    id: row.id,
    connection: row.connection,
    state: row.state as MappingVersionRow['state'],
    label: row.label,
    hash: row.hash,
    rulesVersion: row.rules_version,
    sources: row.sources,
    createdAt: row.created_at,
    activatedAt: row.activated_at,
  };
}
