/** The connection pool, what PostgreSQL types become in JavaScript, and short transactions. */
import { Socket } from 'node:net';
import { Kysely, PostgresDialect, type RawBuilder, sql, type Transaction } from 'kysely';
import pg from 'pg';
import type { Schema } from './schema.ts';

/** A Kysely handle: the pool's, or a transaction's. */
export type Db = Kysely<Schema>;
export type Trx = Transaction<Schema>;

/** Connections of a real PostgreSQL: an activity each, and the server's reads. */
const defaultPoolMax = 10;
/**
 * Deadlocks, serialisation failures, and two transactions that inserted the same key at the same
 * moment are tried again: nothing of them was stored, and the second try sees the other's row.
 */
const transactionTries = 4;
const retryableCodes = new Set(['40001', '40P01', '23505']);

/** What the pool reports by itself: a lost idle connection. */
export interface StoreLog {
  info(message: string): void;
  warn(message: string): void;
}

/** Opens a pool. The embedded store serves one transaction at a time: give it `poolMax` 1. */
export function openDatabase(options: {
  connectionString: string;
  poolMax?: number;
  log?: StoreLog;
  /** A connection that is silent for longer is given up; for one that is used all the time. */
  silentMaxMs?: number;
}): Db {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.poolMax ?? defaultPoolMax,
    types: { getTypeParser },
    ...(options.silentMaxMs === undefined ? {} : { stream: () => socket(options.silentMaxMs!) }),
  });
  // Without listeners a dropped connection would end the process: one with a query under way, whose
  // error its asker gets as well, or an idle one.
  pool.on('connect', (client) => void client.on('error', () => {}));
  pool.on('error', (error) => {
    options.log?.warn(
      `A store connection was lost while idle (${error.message}); a new one opens.`,
    );
  });
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}

/**
 * A server whose machine is gone answers nothing, not even that it is gone, and the system waits a
 * quarter of an hour for it.
 */
function socket(silentMaxMs: number): Socket {
  const stream = new Socket();
  stream.setTimeout(silentMaxMs, () =>
    stream.destroy(new Error(`PostgreSQL was silent for ${silentMaxMs / 1_000} s.`)),
  );
  return stream;
}

/** Runs `work` in one transaction; one that collided with another is tried again. */
export async function inTransaction<T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      const code = (error as { code?: string }).code ?? '';
      if (attempt === transactionTries || !retryableCodes.has(code)) {
        throw error;
      }
    }
  }
}

/**
 * Rows of JavaScript as a relation: `columns` is 'id text, fields jsonb'. One parameter however
 * many rows, so that a page is one statement; numbers of money go as text and stay exact.
 */
export function recordset(rows: readonly object[], columns: string): RawBuilder<unknown> {
  return sql`json_to_recordset(${toJson(rows)}::json) as input(${sql.raw(columns)})`;
}

/** JSON that PostgreSQL takes: without NUL characters and halves of surrogate pairs. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value);
  // JSON.stringify writes only these two as escapes; a value cut in the middle of an emoji has
  // them, and one such value must not fail the page it came with.
  return /\\u(0000|d[89a-f])/.test(text) ? JSON.stringify(value, replaceUnstorable) : text;
}

function replaceUnstorable(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value;
}

const oids = { int8: 20, date: 1082, timestamptz: 1184 } as const;

// Local to this pool: other users of `pg` in the process keep their own parsers.
function getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  switch (oid) {
    case oids.int8:
      return Number;
    case oids.date:
      return (value) => value;
    case oids.timestamptz:
      return toInstant;
    default:
      return pg.types.getTypeParser(oid, format as 'text');
  }
}

/** PostgreSQL's '2026-11-21 09:00:00.5+00' as '2026-11-21T09:00:00.500Z', whatever its zone. */
export function toInstant(value: string): string {
  if (value.endsWith('+00') && value.length >= 22 && value.charCodeAt(4) === hyphen) {
    // By hand: a page holds thousands, and a Date costs ten times as much.
    const fraction = value.slice(20, -3).padEnd(3, '0').slice(0, 3);
    return `${value.slice(0, 10)}T${value.slice(11, 19)}.${fraction}Z`;
  }
  return new Date(value.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).toISOString();
}

/** After a year of four digits; longer ones are left to Date. */
const hyphen = 45;
