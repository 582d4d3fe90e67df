/** Stores what was read of the CRM: rows, dirty marks and the cursor in one transaction. */
import { type RawBuilder, sql } from 'kysely';
import type { CanonicalRecord, Instant, ObjectName } from '../rules/types.ts';
import { ahead } from './ahead.ts';
import { followMerges } from './aliases.ts';
import { type Db, inTransaction, recordset, type Trx } from './database.ts';
import { dependants } from './dependants.ts';
import {
  inputColumns,
  type MirrorInput,
  type MirrorShape,
  mirrorInput,
  mirrorShapes,
} from './mirror-columns.ts';
import { type CursorRow, type PageCommit, type PageResult, StaleCursorError } from './types.ts';

/**
 * Stores a page and moves its cursor, or neither. Throws StaleCursorError when the cursor is not
 * as it was read: another attempt has stored this page or a later one.
 */
export async function commitPage(db: Db, page: PageCommit): Promise<PageResult> {
  return inTransaction(db, async (trx) => {
    await lockConnection(trx, page.connection);
    await moveCursor(trx, page);
    if (page.authoritative) {
      await forgetLaterStamps(trx, page);
    }
    return storeRecords(trx, page.connection, page.object, page.records, page.now);
  });
}

/** Rows read outside a window (by id): stored without moving a cursor. */
export async function upsertRecords(
  db: Db,
  connection: string,
  object: ObjectName,
  records: CanonicalRecord[],
  now: Instant,
): Promise<PageResult> {
  return inTransaction(db, async (trx) => {
    await lockConnection(trx, connection);
    return storeRecords(trx, connection, object, records, now);
  });
}

/** The cursor of a source; all null before the first page. */
export async function cursor(db: Db, connection: string, source: string): Promise<CursorRow> {
  const row = await db
    .selectFrom('cursor')
    .selectAll()
    .where('connection', '=', connection)
    .where('source', '=', source)
    .executeTakeFirst();
  return {
    committedUntil: row?.committed_until ?? null,
    windowUntil: row?.window_until ?? null,
    position: row?.position_modified_at
      ? { modifiedAt: row.position_modified_at, id: row.position_id ?? '' }
      : null,
    resume: row?.resume ?? null,
    ...(row?.shape ? { shape: row.shape } : {}),
  };
}

// What a row was before decides whose dirty mark it leaves, so writers of one connection's
// mirror take turns. Pages are short; in practice there is one owner, and a webhook now and then.
async function lockConnection(trx: Trx, connection: string): Promise<void> {
  await sql`select from connection where name = ${connection} for update`.execute(trx);
}

async function moveCursor(trx: Trx, page: PageCommit): Promise<void> {
  const { connection, source, expected, next } = page;
  const values = {
    committed_until: next.committedUntil,
    window_until: next.windowUntil,
    position_modified_at: next.position?.modifiedAt ?? null,
    position_id: next.position?.id ?? null,
    resume: next.resume,
    shape: next.shape ?? null,
  };
  const moved = await trx
    .updateTable('cursor')
    .set(values)
    .where('connection', '=', connection)
    .where('source', '=', source)
    .where('committed_until', 'is not distinct from', expected.committedUntil)
    .where('window_until', 'is not distinct from', expected.windowUntil)
    .where('position_modified_at', 'is not distinct from', expected.position?.modifiedAt ?? null)
    .where('position_id', 'is not distinct from', expected.position?.id ?? null)
    .where('resume', 'is not distinct from', expected.resume)
    .executeTakeFirst();
  if (moved.numUpdatedRows > 0n) {
    return;
  }
  if (Object.values(expected).every((value) => value === null)) {
    const made = await trx
      .insertInto('cursor')
      .values({ connection, source, ...values })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if ((made.numInsertedOrUpdatedRows ?? 0n) > 0n) {
      return;
    }
  }
  throw new StaleCursorError(
    `The cursor of ${connection} ${source} has moved since this page was read: another attempt ` +
      'has stored it. Nothing of this page was stored; read the cursor again.',
  );
}

/** The statement below refuses what is older than the mirror: here the CRM itself has gone back. */
async function forgetLaterStamps(trx: Trx, page: PageCommit): Promise<void> {
  const stamps = page.records.map(({ id, modifiedAt }) => ({ id, modified_at: modifiedAt }));
  await sql`
    update ${sql.table(mirrorShapes[page.object].table)} m set modified_at = input.modified_at
    from ${recordset(stamps, 'id text, modified_at timestamptz')}
    where m.connection = ${page.connection} and m.id = input.id
      and m.modified_at > input.modified_at`.execute(trx);
}

interface StoredCounts {
  changed: number;
  deleted: number;
}

async function storeRecords(
  trx: Trx,
  connection: string,
  object: ObjectName,
  records: CanonicalRecord[],
  now: Instant,
): Promise<PageResult> {
  const newest = newestById(records);
  const { added, fresh } = await sorted(trx, connection, object, newest);
  const stored = { changed: 0, deleted: 0 };
  for (const [rows, statement] of [
    [added, insertNew],
    [fresh, updateKnown],
  ] as const) {
    if (rows.length > 0) {
      const { rows: counted } = await statement({ connection, object, now }, rows).execute(trx);
      stored.changed += counted[0]!.changed;
      stored.deleted += counted[0]!.deleted;
    }
  }
  await followMerges(trx, connection, object, newest, now);
  const { changed, deleted } = stored;
  return { changed, unchanged: records.length - changed, deleted };
}

/**
 * What the mirror lacks, and what is later than it or differs. The rest, which the overlap reads
 * again and again, costs a look at its hash and nothing else; a read older than what is stored
 * (a late page) never replaces it.
 */
async function sorted(
  trx: Trx,
  connection: string,
  object: ObjectName,
  records: CanonicalRecord[],
): Promise<{ added: MirrorInput[]; fresh: MirrorInput[] }> {
  const shape = mirrorShapes[object];
  const ids = records.map((record) => record.id);
  const asked = ahead(
    sql<{ id: string; hash: string; modified_at: Instant }>`
      select id, hash, modified_at from ${sql.table(shape.table)}
      where connection = ${connection} and id = any(${ids})`.execute(trx),
  );
  const inputs = records.map((record) => mirrorInput(shape, record)); // Meanwhile.
  const { rows } = await asked;
  const known = new Map(rows.map((row) => [row.id, row]));
  const added: MirrorInput[] = [];
  const fresh: MirrorInput[] = [];
  for (const row of inputs) {
    const old = known.get(row.id);
    if (old === undefined) {
      added.push(row);
    } else {
      const later = Date.parse(row.modified_at) - Date.parse(old.modified_at);
      if (later > 0 || (later === 0 && row.hash !== old.hash)) {
        fresh.push(row);
      }
    }
  }
  return { added, fresh };
}

/** A page may hold a record twice; one statement may touch a row once. The latest state stays. */
function newestById(records: CanonicalRecord[]): CanonicalRecord[] {
  const byId = new Map<string, CanonicalRecord>();
  for (const record of records) {
    const other = byId.get(record.id);
    if (other === undefined || other.modifiedAt <= record.modifiedAt) {
      byId.set(record.id, record);
    }
  }
  return [...byId.values()];
}

/** Where rows of a page belong. */
interface Target {
  connection: string;
  object: ObjectName;
  now: Instant;
}

/** Columns of the mirror that are as the record has them. */
const copied = ['hash', 'created_at', 'modified_at', 'modified_by', 'merged_into', 'fields'];

/**
 * One statement for all that is new, one for all that is known: cheaper than "on conflict" with
 * "returning", and safe because writers of a mirror take turns. What both make dirty is asked of
 * the rows as they were before the statement, `old`: none, here.
 */
function insertNew(target: Target, rows: MirrorInput[]): RawBuilder<StoredCounts> {
  const { connection, object, now } = target;
  const shape = mirrorShapes[object];
  const table = sql.table(shape.table);
  const columns = refs([...copied, ...shape.columns.map(({ column }) => column)]);
  const { compared, marks, alsoInsert } = dependants(object, connection, now);
  // In the order of ids, as the index has them.
  const inOrder = rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return sql<StoredCounts>`
    with input as materialized (select * from ${recordset(inOrder, inputColumns(shape))}),
    old as materialized (
      select ${refs(['id', 'hash', 'deleted_at', ...compared])} from ${table} where false),
    inserted as (
      insert into ${table} (connection, id, first_seen_at, deleted_at, ${columns})
      select ${connection}, id, ${now}::timestamptz, case when deleted then ${now}::timestamptz end,
        ${columns}
      from input),
    changed as not materialized (select *, true as is_new from input),
    ${marked(connection, marks)}
    ${alsoInsert}
    select count(*)::int as changed, (count(*) filter (where deleted))::int as deleted from input`;
}

/** The same for rows the mirror holds. All parts of a statement see what was before it: `old`. */
function updateKnown(target: Target, rows: MirrorInput[]): RawBuilder<StoredCounts> {
  const { connection, object, now } = target;
  const shape = mirrorShapes[object];
  const table = sql.table(shape.table);
  const typed = shape.columns.map(({ column }) => column);
  const { compared, marks, alsoInsert } = dependants(object, connection, now);
  return sql<StoredCounts>`
    with input as materialized (select * from ${recordset(rows, inputColumns(shape))}),
    old as materialized (
      select ${refs(['id', 'hash', 'deleted_at', ...compared], 'm')} from ${table} m
      join input on input.id = m.id where m.connection = ${connection}),
    fresh as materialized (
      select input.id, ${refs(copied, 'input')}, input.deleted, false as is_new,
        old.hash is distinct from input.hash as is_changed,
        ${sql.join(typed.map((name) => sql`${typedColumn(shape, name)} as ${sql.ref(name)}`))}
      from input join old on old.id = input.id),
    updated as (
      update ${table} t set
        deleted_at = case when fresh.deleted
          then coalesce(t.deleted_at, ${now}::timestamptz) end,
        ${sql.join([...copied, ...typed].map((c) => sql`${sql.ref(c)} = ${sql.ref(`fresh.${c}`)}`))}
      from fresh where t.connection = ${connection} and t.id = fresh.id),
    changed as not materialized (select * from fresh where is_changed),
    ${marked(connection, marks)}
    ${alsoInsert}
    select count(*)::int as changed,
      (count(*) filter (where changed.deleted and old.deleted_at is null))::int as deleted
    from changed left join old on old.id = changed.id`;
}

/** The part of a statement that marks rows dirty. A record may be marked before it is here. */
function marked(connection: string, marks: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`marked as (
      insert into dirty_record (connection, object, id, marker)
      select ${connection}, m.object, m.id, (select nextval('dirty_marker'))
      from (select distinct object collate "C" as object, id collate "C" as id
            from (${marks}) as every_mark where id is not null order by 1, 2) m
      on conflict (connection, object, id) do update set marker = excluded.marker)`;
}

function refs(columns: string[], table?: string): RawBuilder<unknown> {
  return sql.join(columns.map((name) => sql.ref(table ? `${table}.${name}` : name)));
}

/** What a known row's column becomes; some keep what `old` has seen. */
function typedColumn({ table }: MirrorShape, name: string): RawBuilder<unknown> {
  const value = sql`${sql.ref(`input.${name}`)}`;
  if (table === 'opportunity' && name === 'closed_at') {
    // Where the CRM does not say when it was closed: when we first saw it closed.
    const seen = sql`case when old.is_closed then old.closed_at else input.modified_at end`;
    return sql`case when input.is_closed then coalesce(${value}, ${seen}) end`;
  }
  if (name === 'named_by') {
    // HubSpot keeps of a merged company its id alone: what named it now names the survivor.
    return sql`case when input.deleted then coalesce(${value}, old.named_by) else ${value} end`;
  }
  return value;
}
