/**
 * Keeps the planner's statistics true while the store fills. Without them PostgreSQL takes every
 * connection's rows for one row and reads a whole index for each record of a batch (measured: 100
 * claims a second instead of thousands). The embedded store has no autovacuum at all, and on a
 * real PostgreSQL it comes a minute after a backfill has begun.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Db } from './database.ts';
import type { Schema } from './schema.ts';

export type TableName = keyof Schema;

/** Counts changes and analyses a table when it has doubled. */
export interface Upkeep {
  /** Call after a commit, outside of transactions. */
  changed(tables: TableName[], rows: number): Promise<void>;
}

/** Changes before a table is looked at first. */
const firstRows = 500;
/**
 * A table is analysed again when as many rows as it had have changed: the planner itself scales
 * what it knows by the table's size, so only the first statistics make a difference.
 */
const analyseShare = 1;
/** The embedded store reclaims dead rows after this many changes a live row, and at least ... */
const vacuumShare = 2;
const vacuumRows = 20_000;

interface Counted {
  sinceAnalyse: number;
  sinceVacuum: number;
  rows: number;
}

/** Upkeep of one open store. */
export function createUpkeep(db: Db, kind: 'pglite' | 'postgresql'): Upkeep {
  const counted = new Map<TableName, Counted>();
  return {
    async changed(tables, rows) {
      for (const table of tables) {
        const now = counted.get(table) ?? { sinceAnalyse: 0, sinceVacuum: 0, rows: 0 };
        counted.set(table, now);
        now.sinceAnalyse += rows;
        now.sinceVacuum += rows;
        if (now.sinceAnalyse < Math.max(firstRows, now.rows * analyseShare)) {
          continue;
        }
        const isChurned = now.sinceVacuum > Math.max(vacuumRows, now.rows * vacuumShare);
        const vacuum = kind === 'pglite' && isChurned;
        now.sinceAnalyse = 0;
        now.sinceVacuum = vacuum ? 0 : now.sinceVacuum;
        await sql`${sql.raw(vacuum ? 'vacuum (analyze)' : 'analyze')} ${analysed(table)}`.execute(
          db,
        );
        now.rows = await liveRows(db, table);
      }
    },
  };
}

async function liveRows(db: Db, table: TableName): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select reltuples::int as n from pg_class where oid = to_regclass(${table}::text)`.execute(db);
  return Math.max(0, rows[0]?.n ?? 0);
}

/**
 * The columns that statements filter or join by, of each table that a run moves by thousands of
 * rows. The others are wide (fields, evidence, sentences): to sample them costs ten times as much
 * and decides no plan.
 */
const keyColumns: Partial<Record<TableName, string>> = {
  opportunity: 'connection, id, deleted_at',
  partner: 'connection, id, deleted_at',
  partner_text: 'connection, name, partner_id',
  account: 'connection, id, deleted_at',
  registration: 'connection, id, opportunity_id, partner_id',
  touch: 'connection, id, opportunity_id, partner_id',
  dirty_record: 'connection, object, id, marker',
  decision: 'connection, slot, object, record_id, kind, due_at, alert_kind',
  decision_log: 'connection, object, record_id',
  attribution: 'connection, slot, opportunity_id, partner_id',
  plan_row: 'plan, record_id, object',
  write: 'seq, connection, object, record_id, state, priority, plan_id, lease_until',
};

function analysed(table: TableName): RawBuilder<unknown> {
  const columns = keyColumns[table];
  return columns === undefined ? sql.table(table) : sql`${sql.table(table)} (${sql.raw(columns)})`;
}
