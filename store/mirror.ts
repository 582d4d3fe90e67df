/** Reads the mirror: records by id, registrations and touches by what they name, counts. */
import { sql } from 'kysely';
import type { FieldValues, Instant, ObjectName } from '../rules/types.ts';
import type { Db } from './database.ts';
import { mirrorShapes } from './mirror-columns.ts';
import { withNames } from './named-by.ts';
import type { MirrorRow } from './types.ts';

interface StoredRow {
  id: string;
  hash: string;
  created_at: Instant | null;
  modified_at: Instant;
  modified_by: string | null;
  deleted_at: Instant | null;
  merged_into: string | null;
  first_seen_at: Instant;
  fields: FieldValues;
  marker: number | null;
}

const columns = sql.raw(
  'm.id, m.hash, m.created_at, m.modified_at, m.modified_by, m.deleted_at, m.merged_into, ' +
    'm.first_seen_at, m.fields',
);

/** Records by id, in the order of `ids`; what the mirror does not hold is left out. */
export async function mirror(
  db: Db,
  connection: string,
  object: ObjectName,
  ids: string[],
): Promise<MirrorRow[]> {
  if (ids.length === 0) {
    return [];
  }
  // Before the rows: a record that changes in between then has an older marker, which clears
  // nothing. Apart, not joined: before the first statistics a join is planned badly.
  const marked = await sql<{ id: string; marker: number }>`
    select id, marker from dirty_record
    where connection = ${connection} and object = ${object} and id = any(${ids})`.execute(db);
  const { rows } = await sql<Omit<StoredRow, 'marker'>>`
    select ${columns} from ${sql.table(mirrorShapes[object].table)} m
    where m.connection = ${connection} and m.id = any(${ids})`.execute(db);
  const markers = new Map(marked.rows.map((row) => [row.id, row.marker]));
  const byId = new Map(rows.map((row) => [row.id, row]));
  return [...new Set(ids)].flatMap((id) => {
    const row = byId.get(id);
    return row ? [mirrorRowOf(object, { ...row, marker: markers.get(id) ?? null })] : [];
  });
}

/**
 * Registrations or touches of opportunities, or of partners by id or by a text of theirs (which
 * others may hold too), in id order; deleted ones too.
 */
export async function mirrorBy(
  db: Db,
  connection: string,
  object: 'registration' | 'touch',
  by: 'opportunity' | 'partner',
  ids: string[],
): Promise<MirrorRow[]> {
  if (ids.length === 0) {
    return [];
  }
  const named = by === 'partner' ? await withNames(db, connection, ids) : ids;
  const { rows } = await sql<StoredRow>`
    select ${columns}, null::bigint as marker from ${sql.table(object)} m
    where m.connection = ${connection} and m.${sql.ref(`${by}_id`)} = any(${named})
    order by m.id`.execute(db);
  return rows.map((row) => mirrorRowOf(object, row));
}

/** Stage changes seen, by opportunity, oldest first. */
export async function stageChanges(
  db: Db,
  connection: string,
  opportunityIds: string[],
): Promise<Map<string, { stage: string; at: Instant }[]>> {
  const changes = new Map<string, { stage: string; at: Instant }[]>();
  if (opportunityIds.length === 0) {
    return changes;
  }
  const { rows } = await sql<{ opportunity_id: string; stage: string; at: Instant }>`
    select opportunity_id, stage, at from stage_change
    where connection = ${connection} and opportunity_id = any(${opportunityIds})
    order by opportunity_id, at`.execute(db);
  for (const { opportunity_id, stage, at } of rows) {
    const list = changes.get(opportunity_id) ?? [];
    list.push({ stage, at });
    changes.set(opportunity_id, list);
  }
  return changes;
}

/** Live records of each object. */
export async function mirrorCounts(
  db: Db,
  connection: string,
): Promise<Record<ObjectName, number>> {
  const objects = Object.keys(mirrorShapes) as ObjectName[];
  const counted = objects.map(
    (object) => sql`select ${object}::text as object, count(*)::int as n
      from ${sql.table(mirrorShapes[object].table)}
      where connection = ${connection} and deleted_at is null`,
  );
  const { rows } = await sql<{ object: ObjectName; n: number }>`
    ${sql.join(counted, sql` union all `)}`.execute(db);
  return Object.fromEntries(rows.map(({ object, n }) => [object, n])) as Record<ObjectName, number>;
}

function mirrorRowOf(object: ObjectName, row: StoredRow): MirrorRow {
  return {
    object,
    id: row.id,
    hash: row.hash,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
    modifiedBy: row.modified_by,
    deleted: row.deleted_at !== null,
    mergedInto: row.merged_into,
    fields: row.fields,
    firstSeenAt: row.first_seen_at,
    dirty: row.marker,
  };
}
