/** Empties a store that the migrations have made, without running them again. */
import type pg from 'pg';

/** Longest wait for a connection that a failed test has left in a transaction. */
const lockMaxMs = 5_000;

/**
 * Empties every table; false where the schema is not `shape` any more or a lock is held, and the
 * database must be made anew.
 */
export async function emptyAgain(client: pg.Client, shape: string): Promise<boolean> {
  if ((await shapeOf(client)) !== shape) {
    return false;
  }
  const { rows } = await client.query<{ name: string }>(
    `select format('%I', relname) as name from pg_class
     where relnamespace = current_schema()::regnamespace and relkind = 'r'
       and relname <> 'schema_migration' and pg_relation_size(oid) > 0`,
  );
  if (rows.length === 0) {
    return true;
  }
  const names = rows.map(({ name }) => name).join(', ');
  try {
    await client.query(`set lock_timeout = ${lockMaxMs}`);
    await client.query(`truncate ${names} restart identity cascade`);
    return true;
  } catch {
    return false;
  } finally {
    await client.query('reset lock_timeout');
  }
}

/** All that is in the schema: tables and indexes with columns, constraints, triggers, functions. */
export async function shapeOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ shape: string }>(
    `with part(line) as (
       select concat_ws(' ', relname, relkind, attname, atttypid, atttypmod, attnotnull, attnum)
       from pg_class left join pg_attribute on attrelid = pg_class.oid
       where relnamespace = current_schema()::regnamespace
       union all
       select concat_ws(' ', conname, contype, conrelid::regclass, conkey) from pg_constraint
       where connamespace = current_schema()::regnamespace
       union all
       select concat_ws(' ', tgname, tgenabled, relname) from pg_trigger
       join pg_class on pg_class.oid = tgrelid
       where relnamespace = current_schema()::regnamespace
       union all
       select concat_ws(' ', proname, prosrc) from pg_proc
       where pronamespace = current_schema()::regnamespace
       union all
       select concat_ws(' ', attname, pg_get_expr(adbin, adrelid)) from pg_attrdef
       join pg_class on pg_class.oid = adrelid
       join pg_attribute on attrelid = adrelid and attnum = adnum
       where relnamespace = current_schema()::regnamespace
       union all
       select schema_migration::text from schema_migration)
     select md5(string_agg(line, ',' order by line)) as shape from part`,
  );
  return rows[0]!.shape;
}
