/** Who writes a field: the ledger's last value, edits counted so far, disputes, and holds. */
import { sql } from 'kysely';
import type { CanonicalValue, DecidedObject } from '../rules/types.ts';
import { type Db, recordset, type Trx } from './database.ts';
import { markDirty } from './dirty.ts';
import type {
  DecidedBatch,
  DisputeRow,
  FieldEditRow,
  FieldFacts,
  FieldKey,
  HoldRow,
} from './types.ts';

/**
 * What edits and holds say of records, and the ledger of those among them that are `differing`.
 * Records and fields without any of it are left out.
 */
export async function fieldFacts(
  db: Db,
  connection: string,
  object: DecidedObject,
  ids: string[],
  differing: string[],
): Promise<Map<string, FieldFacts>> {
  const facts = new Map<string, FieldFacts & { open: Set<string> }>();
  const of = (id: string) => {
    const known = facts.get(id) ?? {
      lastWritten: {},
      open: new Set<string>(),
      edits: {},
      holds: {},
    };
    facts.set(id, known);
    return known;
  };
  if (ids.length === 0) {
    return facts;
  }
  const written =
    differing.length === 0 ? [] : await latestWrites(db, connection, object, differing);
  for (const { id, field, value, seq, is_written } of written) {
    if (is_written) {
      of(id).lastWritten[field] = { value, seq };
    } else {
      of(id).open.add(field);
    }
  }
  for (const edit of await fieldEdits(db, connection, object, ids)) {
    of(edit.recordId).edits[edit.field] = edit;
  }
  for (const hold of await holds(db, connection, object, ids)) {
    of(hold.recordId).holds[hold.field] = hold;
  }
  return facts;
}

/** The last written value of each field of the records, and fields with a change on its way. */
async function latestWrites(db: Db, connection: string, object: DecidedObject, ids: string[]) {
  interface Written {
    id: string;
    field: string;
    value: CanonicalValue;
    seq: number;
    is_written: boolean;
  }
  const { rows } = await sql<Written>`
    select distinct on (w.record_id, f.key, w.state = 'written') w.record_id as id,
      f.key as field, f.value -> 'value' as value, w.seq, w.state = 'written' as is_written
    from write w cross join lateral jsonb_each(w.fields) f
    where w.connection = ${connection} and w.object = ${object}
      and w.record_id = any(${ids}) and w.state <> 'superseded'
    order by w.record_id, f.key, w.state = 'written', w.seq desc`.execute(db);
  return rows;
}

/** What is remembered of the edits of these records' fields. */
export async function fieldEdits(
  db: Db,
  connection: string,
  object: DecidedObject,
  ids: string[],
): Promise<FieldEditRow[]> {
  const { rows } = await sql<FieldEditRow>`
    select object, record_id as "recordId", field, stance, edits, flips,
      written_seq as "writtenSeq", wanted, found, by_user as "byUser", seen_at as "seenAt"
    from field_edit where connection = ${connection} and object = ${object}
      and record_id = any(${ids}) order by record_id, field`.execute(db);
  return rows;
}

/** Holds on these records. */
export async function holds(
  db: Db,
  connection: string,
  object: DecidedObject,
  ids: string[],
): Promise<HoldRow[]> {
  const { rows } = await sql<HoldRow>`
    select object, record_id as "recordId", field, value, run_id as "runId",
      undo_run_id as "undoRunId", held_at as "heldAt"
    from hold where connection = ${connection} and object = ${object}
      and record_id = any(${ids}) order by record_id, field`.execute(db);
  return rows;
}

/** Disputes of records, the latest first; `open`: only those not yet decided. */
export async function disputes(
  db: Db,
  connection: string,
  object: DecidedObject,
  ids: string[],
  which: 'open' | 'all',
): Promise<DisputeRow[]> {
  if (ids.length === 0) {
    return [];
  }
  const { rows } = await sql<DisputeRow>`
    select seq, object, record_id as "recordId", field, kind, ours, theirs, by_user as "byUser",
      opened_at as "openedAt", closed_at as "closedAt", outcome
    from dispute where connection = ${connection} and object = ${object}
      and record_id = any(${ids}) ${which === 'open' ? sql`and closed_at is null` : sql``}
    order by record_id, seq desc`.execute(db);
  return rows;
}

/** Stores what a batch has found out about its fields' owners, in the batch's transaction. */
export async function saveStances(
  trx: Trx,
  batch: Pick<DecidedBatch, 'connection' | 'runId' | 'now' | 'stances' | 'decisions'>,
): Promise<void> {
  const { stances } = batch;
  if (stances === undefined) {
    return;
  }
  await forget(trx, batch.connection, 'field_edit', stances.forgotten);
  await storeEdits(trx, batch, stances.edits);
  const opened = await openDisputes(trx, batch, stances.disputes);
  const withdrawn = await withdraw(trx, batch, stances.withdrawn);
  await forget(trx, batch.connection, 'hold', stances.released);
  // Credit that is disputed is out of the partners' earnings, and back when it is not.
  const ids = new Set([...opened, ...withdrawn].map(({ record_id }) => record_id));
  const partners = batch.decisions
    .filter(({ decision }) => decision.kind === 'attribution' && ids.has(decision.id))
    .flatMap(({ decision }) => decision.credits.map((credit) => credit.partnerId));
  await markDirty(
    trx,
    batch.connection,
    [...new Set(partners)].map((id) => ({ object: 'partner' as const, id })),
  );
}

type Context = Pick<DecidedBatch, 'connection' | 'runId' | 'now'>;

async function storeEdits(trx: Trx, batch: Context, edits: FieldEditRow[]): Promise<void> {
  if (edits.length === 0) {
    return;
  }
  const rows = edits.map((edit) => ({
    object: edit.object,
    record_id: edit.recordId,
    field: edit.field,
    stance: edit.stance,
    edits: edit.edits,
    flips: edit.flips,
    written_seq: edit.writtenSeq,
    wanted: edit.wanted,
    found: edit.found,
    by_user: edit.byUser,
    seen_at: edit.seenAt,
  }));
  const columns =
    'object text, record_id text, field text, stance text, edits integer, flips integer, ' +
    'written_seq bigint, wanted jsonb, found jsonb, by_user text, seen_at timestamptz';
  const names = columns.replace(/ (text|jsonb|integer|bigint|timestamptz)/g, '');
  await sql`
    insert into field_edit (connection, run_id, ${sql.raw(names)})
    select ${batch.connection}, ${batch.runId}, ${sql.raw(names)}
    from ${recordset(rows, columns)}
    on conflict (connection, object, record_id, field) do update set
      stance = excluded.stance, edits = excluded.edits, flips = excluded.flips,
      written_seq = excluded.written_seq, wanted = excluded.wanted, found = excluded.found,
      by_user = excluded.by_user, seen_at = excluded.seen_at, run_id = excluded.run_id`.execute(
    trx,
  );
}

async function openDisputes(
  trx: Trx,
  batch: Context,
  disputed: NonNullable<DecidedBatch['stances']>['disputes'],
): Promise<{ record_id: string }[]> {
  if (disputed.length === 0) {
    return [];
  }
  const rows = disputed.map((one) => ({
    object: one.object,
    record_id: one.recordId,
    field: one.field,
    kind: one.kind,
    ours: one.ours,
    theirs: one.theirs,
    by_user: one.byUser,
  }));
  const columns =
    'object text, record_id text, field text, kind text, ours jsonb, theirs jsonb, by_user text';
  const names = columns.replace(/ (text|jsonb)/g, '');
  const opened = await sql<{ record_id: string }>`
    insert into dispute (connection, run_id, opened_at, ${sql.raw(names)})
    select ${batch.connection}, ${batch.runId}, ${batch.now}::timestamptz, ${sql.raw(names)}
    from ${recordset(rows, columns)}
    on conflict do nothing returning record_id`.execute(trx);
  return opened.rows;
}

const keyColumns = 'object text, record_id text, field text';

function keysOf(fields: FieldKey[]): { object: string; record_id: string; field: string }[] {
  return fields.map(({ object, recordId, field }) => ({ object, record_id: recordId, field }));
}

/** The person has put the decided value back: nothing is disputed any more. */
async function withdraw(
  trx: Trx,
  batch: Context,
  fields: FieldKey[],
): Promise<{ record_id: string }[]> {
  if (fields.length === 0) {
    return [];
  }
  const keys = keysOf(fields);
  // The next edit counts as a new one, though nothing was written since.
  await sql`
    update field_edit e set written_seq = -1 from ${recordset(keys, keyColumns)}
    where e.connection = ${batch.connection} and e.object = input.object
      and e.record_id = input.record_id and e.field = input.field`.execute(trx);
  const closed = await sql<{ record_id: string }>`
    update dispute d set closed_at = ${batch.now}::timestamptz, outcome = 'withdrawn'
    from ${recordset(keys, keyColumns)}
    where d.connection = ${batch.connection} and d.object = input.object
      and d.record_id = input.record_id and d.field = input.field and d.closed_at is null
    returning d.record_id`.execute(trx);
  return closed.rows;
}

async function forget(
  trx: Trx,
  connection: string,
  table: 'field_edit' | 'hold',
  fields: FieldKey[],
): Promise<void> {
  if (fields.length === 0) {
    return;
  }
  await sql`
    delete from ${sql.table(table)} t using ${recordset(keysOf(fields), keyColumns)}
    where t.connection = ${connection} and t.object = input.object
      and t.record_id = input.record_id and t.field = input.field`.execute(trx);
}

/** Everything a record's explanation says of its fields' owners. */
export async function ownershipOf(
  db: Db,
  connection: string,
  object: DecidedObject,
  id: string,
): Promise<{ disputes: DisputeRow[]; edits: FieldEditRow[]; holds: HoldRow[] }> {
  return {
    disputes: await disputes(db, connection, object, [id], 'all'),
    edits: await fieldEdits(db, connection, object, [id]),
    holds: await holds(db, connection, object, [id]),
  };
}
