/** What PostgreSQL's background processes do, for a store that has none (PGlite). */
import { sql } from 'kysely';
import type { Db } from './database.ts';

/** Tables whose size moves by thousands in one run. */
const moving = [
  'opportunity',
  'partner',
  'account',
  'registration',
  'touch',
  'dirty_record',
  'decision',
  'decision_log',
  'attribution',
  'plan_row',
  'write',
];

/** Takes statistics of the large tables; without them the planner joins them row by row. */
export async function refreshStatistics(db: Db): Promise<void> {
  await sql`analyze ${sql.join(moving.map((name) => sql.table(name)))}`.execute(db);
}
