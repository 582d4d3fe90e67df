/** A process for tests to kill: opens the embedded store, commits rows one by one, and never ends. */
import pg from 'pg';
import { startEmbeddedStore } from '../../embedded/store.ts';

const [, , dir = ''] = process.argv;
const store = await startEmbeddedStore({ dir });
const pool = new pg.Pool({ connectionString: store.connectionString, max: 1 });
await pool.query('create table if not exists kept (n int primary key)');
for (let n = 1; ; n += 1) {
  await pool.query('insert into kept values ($1)', [n]);
  process.stdout.write(`${n}\n`);
}
