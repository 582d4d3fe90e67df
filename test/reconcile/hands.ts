/** Hands in the org and behind the store that no API has: what reconcile exists to find. */
import type { World } from '../support/world.ts';
import { connection, minute } from '../support/world.ts';

/** begin(), and everything it wrote so long ago that no overlap reads it again by chance. */
export async function settledBegin(world: World): Promise<void> {
  await world.begin();
  world.advance(10 * minute);
  // The connector looks at the CRM's clock once a second.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await world.job('sync');
}

/** Changes a row of the org as it lies there: no stamp moves, nothing is logged. */
export function setSilently(
  { org }: World,
  object: string,
  recordId: string,
  values: Record<string, string | boolean | null>,
): void {
  const definition = org.describe(object);
  const row = [...org.row(definition, recordId)!];
  for (const [name, value] of Object.entries(values)) {
    row[definition.field(name)!.slot] = value;
  }
  org.table(definition).put(row);
}

/** Takes a record out for good: no deleted row is left behind. */
export function erase({ org }: World, object: string, recordId: string): void {
  org.table(org.describe(object)).remove(recordId);
}

/** An instant as the org stores it, from a record that has one. */
export function stampBefore(instant: string, ms: number): string {
  return new Date(Date.parse(instant) - ms).toISOString().replace('Z', '+0000');
}

/** The mirror loses a row. */
export async function forget({ query }: World, table: string, recordId: string): Promise<void> {
  await query(`delete from ${table} where connection = $1 and id = $2`, [connection, recordId]);
}

/** Live ids of the mirror. */
export async function mirrored({ query }: World, table: string): Promise<string[]> {
  const rows = await query(
    `select id from ${table} where connection = $1 and deleted_at is null order by id`,
    [connection],
  );
  return rows.map((row) => String(row['id']));
}
