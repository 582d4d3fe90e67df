/** A store in one file and back: gzipped lines of JSON, the same on PGlite and PostgreSQL. */
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { sql } from 'kysely';
import { type Db, inTransaction, type Trx } from './database.ts';
import { migrate, migrations } from './migrate.ts';

/** Rows read and written at a time: a few megabytes. */
const chunkRows = 2_000;
const format = 'partner-sync-backup-1';

/**
 * Writes the whole store as it is at one instant. The file appears under its name only when it is
 * complete. Lines: a head, then for each table its name and its rows as PostgreSQL prints them
 * (exact money, no row goes through JavaScript values), the sequences, and an end with the count.
 */
export async function backup(db: Db, path: string): Promise<{ bytes: number }> {
  const partial = `${path}.partial`;
  try {
    await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute((trx) =>
        pipeline(
          Readable.from(linesOf(trx)),
          createGzip(),
          createWriteStream(partial, { mode: 0o600 }),
        ),
      );
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return { bytes: (await stat(path)).size };
}

/**
 * Fills an empty store from a backup, then brings it to this program's schema. One transaction: a
 * damaged file leaves the store empty. Throws when the store holds a connection already.
 */
export async function restore(
  db: Db,
  path: string,
  kind: 'pglite' | 'postgresql',
): Promise<number> {
  const lines = createInterface({
    input: createReadStream(path).pipe(createGunzip()),
    crlfDelay: Number.POSITIVE_INFINITY,
  })[Symbol.asyncIterator]();
  const head = JSON.parse((await lines.next()).value ?? '{}') as {
    format?: string;
    schema?: number;
  };
  if (head.format !== format || head.schema === undefined) {
    throw new Error(`${path} is not a backup of partner-sync: its first line says nothing of one.`);
  }
  const steps = migrations.filter((step) => step.number <= (head.schema as number));
  if (steps.at(-1)?.number !== head.schema) {
    throw new Error(
      `${path} was made with schema ${head.schema}, this program knows up to ` +
        `${migrations.at(-1)!.number}. Restore it with the version that made it, or a later one.`,
    );
  }
  await migrate(db, { kind, steps });
  const rows = await inTransaction(db, (trx) => fill(trx, lines, path));
  await migrate(db, { kind });
  return rows;
}

async function* linesOf(trx: Trx): AsyncGenerator<string> {
  const { rows: schema } = await sql<{ number: number }>`
    select max(number) as number from schema_migration`.execute(trx);
  yield `${JSON.stringify({ format, schema: schema[0]!.number, at: new Date().toISOString() })}\n`;
  let count = 0;
  for (const table of await tables(trx)) {
    yield `${JSON.stringify({ table })}\n`;
    await sql`declare dump no scroll cursor for
      select row_to_json(t)::text as line from ${sql.table(table)} t`.execute(trx);
    for (;;) {
      const { rows } = await sql<{
        line: string;
      }>`fetch ${sql.raw(String(chunkRows))} from dump`.execute(trx);
      if (rows.length === 0) {
        break;
      }
      count += rows.length;
      yield `${rows.map((row) => row.line).join('\n')}\n`;
    }
    await sql`close dump`.execute(trx);
  }
  yield `${JSON.stringify({ sequences: await sequences(trx) })}\n`;
  yield `${JSON.stringify({ end: true, rows: count })}\n`;
}

/** Every table of the store but the record of its migrations. */
async function tables(trx: Trx): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables
    where schemaname = current_schema() and tablename <> 'schema_migration'
    order by tablename`.execute(trx);
  return rows.map((row) => row.name);
}

async function sequences(trx: Trx): Promise<Record<string, number>> {
  const { rows } = await sql<{ name: string; last: number | null }>`
    select sequencename as name, last_value as last from pg_sequences
    where schemaname = current_schema() order by sequencename`.execute(trx);
  return Object.fromEntries(
    rows.flatMap(({ name, last }) => (last === null ? [] : [[name, last]])),
  );
}

async function fill(trx: Trx, lines: AsyncIterator<string>, path: string): Promise<number> {
  const { rows: used } = await sql`select from connection limit 1`.execute(trx);
  if (used.length > 0) {
    throw new Error(
      'The store to restore into is not empty. Restore into a new folder or database, then ' +
        'point the worker at it.',
    );
  }
  const known = new Set(await tables(trx));
  let table = '';
  let chunk: string[] = [];
  let count = 0;
  const flush = async () => {
    await insert(trx, table, chunk);
    count += chunk.length;
    chunk = [];
  };
  for (;;) {
    const { value: line, done } = await lines.next();
    if (done) {
      throw new Error(`${path} ends too early: it was cut off. Nothing was restored.`);
    }
    // A row's first key is a column of its table; these three are no column's name.
    const mark = /^\{"(table|sequences|end)":/.test(line) ? JSON.parse(line) : null;
    if (mark === null) {
      chunk.push(line);
      if (chunk.length === chunkRows) {
        await flush();
      }
      continue;
    }
    await flush();
    if (mark.end) {
      assertCount(mark.rows, count, path);
      return count;
    }
    if (mark.sequences) {
      await setSequences(trx, mark.sequences);
    } else if (known.has(mark.table)) {
      table = mark.table;
    } else {
      throw new Error(`${path} holds a table "${mark.table}" that its schema does not have.`);
    }
  }
}

function assertCount(said: number, found: number, path: string): void {
  if (said !== found) {
    throw new Error(
      `${path} says ${said} rows and holds ${found}: it is damaged. Nothing restored.`,
    );
  }
}

async function insert(trx: Trx, table: string, chunk: string[]): Promise<void> {
  if (chunk.length === 0) {
    return;
  }
  const rows = `[${chunk.join(',')}]`;
  await sql`insert into ${sql.table(table)} overriding system value
    select * from json_populate_recordset(null::${sql.table(table)}, ${rows}::json)`.execute(trx);
}

async function setSequences(trx: Trx, values: Record<string, number>): Promise<void> {
  for (const [name, last] of Object.entries(values)) {
    await sql`select setval(quote_ident(current_schema()) || '.' || quote_ident(${name}),
      ${last}::bigint)`.execute(trx);
  }
}
