/**
 * Keeps the planner's statistics true while the store fills. Without them PostgreSQL takes every
 * connection's rows for one row and reads a whole index for each record of a batch (measured: 100
 * claims a second instead of thousands). The embedded store has no autovacuum at all, and on a
 * real PostgreSQL it comes a minute after a backfill has begun.
 */
import { sql } from 'kysely';
import type { Db } from './database.ts';
import type { Schema } from './schema.ts';

export type TableName = keyof Schema;

/** Counts changes and analyses a table when it has grown by half. */
export interface Upkeep {
  /** Call after a commit, outside of transactions. */
  changed(tables: TableName[], rows: number): Promise<void>;
}

/** Changes before a table is looked at first. */
const firstRows = 500;
/** A table is analysed again after this share of its rows has changed. */
const analyseShare = 0.5;
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
        await sql`${sql.raw(vacuum ? 'vacuum (analyze)' : 'analyze')} ${sql.table(table)}`.execute(
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

/** Tables that one run moves by thousands of rows. */
const moving: TableName[] = [
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

/** Takes the statistics of the large tables at once, whatever has changed since the last time. */
export async function refreshStatistics(db: Db): Promise<void> {
  await sql`analyze ${sql.join(moving.map((name) => sql.table(name)))}`.execute(db);
}
