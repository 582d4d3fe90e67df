/** The mirror's half of a comparison with the CRM: fingerprints and rows by span of creation. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { FieldValues, Instant, ObjectName } from '../rules/types.ts';
import type { Db } from './database.ts';
import { mirrorShapes } from './mirror-columns.ts';
import type { ComparedRow, Span } from './types.ts';

/**
 * Live records from an instant of creation on, cut into spans of about `size`; the first span also
 * has those without one, the last has no end. Each with its count and the sum of its rows'
 * fingerprints over id, stamp and `keys`: two sides whose sums agree hold the same rows (a row
 * missing here and another too many there keep the count, never the sum). One pass over the table.
 */
export async function spans(
  db: Db,
  connection: string,
  object: ObjectName,
  cut: { from: Instant | null; size: number; keys: string[] },
): Promise<Span[]> {
  const { from, size, keys } = cut;
  const rows = sql`${sql.table(mirrorShapes[object].table)} m
    where m.connection = ${connection} and m.deleted_at is null and ${inSpan(from, null)}`;
  const borders = await sql<{ at: Instant }>`
    select distinct created_at as at from (
      select m.created_at, row_number() over (order by m.created_at) as n from ${rows}
        and m.created_at is not null) numbered
    where n % ${size}::int = 0 and created_at > coalesce(${from}::timestamptz, '-infinity')
    order by 1`.execute(db);
  const starts = borders.rows.map((row) => row.at);
  const summed = await sql<{ span: number; count: number; sum: string }>`
    select coalesce(width_bucket(m.created_at, ${starts}::timestamptz[]), 0) as span,
      count(*)::int as count, sum(${fingerprint(keys)}::numeric)::text as sum
    from ${rows} group by 1`.execute(db);
  const bySpan = new Map(summed.rows.map((row) => [row.span, row]));
  return [from, ...starts].map((start, index) => ({
    from: start,
    before: starts[index] ?? null,
    count: bySpan.get(index)?.count ?? 0,
    sum: bySpan.get(index)?.sum ?? '0',
  }));
}

/** The live rows of a span, by what is compared of them. */
export async function spanRows(
  db: Db,
  connection: string,
  object: ObjectName,
  span: { from: Instant | null; before: Instant | null; keys: string[] },
): Promise<ComparedRow[]> {
  const values = sql.join(span.keys.map((key) => sql`${sql.lit(key)}, m.fields->${sql.lit(key)}`));
  const { rows } = await sql<{ id: string; modified_at: Instant; values: FieldValues }>`
    select m.id, m.modified_at,
      ${span.keys.length > 0 ? sql`jsonb_build_object(${values})` : sql`'{}'::jsonb`} as values
    from ${sql.table(mirrorShapes[object].table)} m
    where m.connection = ${connection} and m.deleted_at is null
      and ${inSpan(span.from, span.before)}`.execute(db);
  return rows.map((row) => ({ id: row.id, modifiedAt: row.modified_at, values: row.values }));
}

/** The same sum over rows of the CRM: decimal text, as PostgreSQL gives it. */
export function sumOf(rows: Iterable<ComparedRow>, keys: string[]): string {
  let sum = 0n;
  for (const { id, modifiedAt, values } of rows) {
    let text = `${id}|${Date.parse(modifiedAt)}`;
    for (const key of keys) {
      const value = values[key] ?? null;
      text += value === null ? '|-' : `|+${String(value)}`;
    }
    sum += BigInt(`0x${createHash('md5').update(text).digest('hex').slice(0, 15)}`);
  }
  return String(sum);
}

/** 60 bits of a row: enough that no two different spans will ever sum to the same. */
function fingerprint(keys: string[]) {
  const parts = keys.map((key) => sql` || coalesce('|+' || (m.fields->>${sql.lit(key)}), '|-')`);
  return sql`('x' || left(md5(m.id || '|' || (extract(epoch from m.modified_at) * 1000)::bigint
    ${sql.join(parts, sql``)}), 15))::bit(60)::bigint`;
}

function inSpan(from: Instant | null, before: Instant | null) {
  const first = from === null ? sql`true` : sql`m.created_at >= ${from}::timestamptz`;
  if (before === null) {
    return first;
  }
  const last = sql`m.created_at < ${before}::timestamptz`;
  return from === null ? sql`(m.created_at is null or ${last})` : sql`(${first} and ${last})`;
}
