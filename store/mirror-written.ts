/** Puts what was written to the CRM into the mirror, in the transaction that stores the result. */
import { sql } from 'kysely';
import type { FieldValues } from '../rules/types.ts';
import { recordset, type Trx } from './database.ts';
import { recordHash } from './hash.ts';
import { mirrorShapes, typedValues } from './mirror-columns.ts';
import type { Fields } from './outbox-merge.ts';
import type { Settled } from './write-counts.ts';

/** The mirror holds what was written, with the hash its echo will have: the echo is no change. */
export async function mirrorWritten(
  trx: Trx,
  connection: string,
  written: Settled[],
): Promise<void> {
  for (const object of ['opportunity', 'partner'] as const) {
    const values = new Map<string, FieldValues>();
    for (const { row } of written) {
      if (row.object === object) {
        values.set(row.record_id, valuesOf(row.fields));
      }
    }
    if (values.size === 0) {
      continue;
    }
    const { rows } = await sql<{
      id: string;
      fields: FieldValues;
      deleted: boolean;
      merged_into: string | null;
    }>`
      select id, fields, deleted_at is not null as deleted, merged_into from ${sql.table(object)}
      where connection = ${connection} and id = any(${[...values.keys()]})
      order by id for update`.execute(trx);
    const shape = mirrorShapes[object];
    const touched = new Set([...values.values()].flatMap((fields) => Object.keys(fields)));
    const updated = rows.map((row) => {
      const fields = { ...row.fields, ...values.get(row.id) };
      const hash = recordHash({ deleted: row.deleted, mergedInto: row.merged_into, fields });
      return { id: row.id, hash, fields, ...typedValues(shape, fields) };
    });
    // Only columns of what was written; `closed_at` may be what we saw ourselves, so it stays.
    const changing = shape.columns.filter(
      ({ column, field }) => column !== 'closed_at' && touched.has(field),
    );
    const names = ['hash', 'fields', ...changing.map(({ column }) => column)];
    const types = changing.map(({ column, type }) => `, ${column} ${type}`).join('');
    await sql`
      update ${sql.table(object)} m
      set ${sql.join(names.map((name) => sql`${sql.ref(name)} = ${sql.ref(`input.${name}`)}`))}
      from ${recordset(updated, `id text, hash text, fields jsonb${types}`)}
      where m.connection = ${connection} and m.id = input.id`.execute(trx);
  }
}

/** The values of an outbox row. */
export function valuesOf(fields: Fields): FieldValues {
  return Object.fromEntries(Object.entries(fields).map(([key, { value }]) => [key, value]));
}
