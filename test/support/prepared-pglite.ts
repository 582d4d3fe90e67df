/** PGlite as its initdb leaves it, kept in the user's cache: initdb takes seconds, a copy does not. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { cacheFolder } from '../../embedded/cache.ts';

/** A new database in memory. */
export async function createPGlite(): Promise<PGlite> {
  const loadDataDir = new Blob([readFileSync(await preparedFile())]);
  return PGlite.create({ relaxedDurability: true, loadDataDir });
}

/** Has the embedded store of a home find its database made: for tests of what comes after. */
export async function prepareStore(home: string): Promise<void> {
  const data = join(home, 'store', 'data');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const args = ['--extract', '--file', await preparedFile(), '--directory', data];
  execFileSync('tar', args, { stdio: 'ignore' }); // It tells of each name that begins with "/".
}

async function preparedFile(): Promise<string> {
  const file = join(cacheFolder('tests'), `pglite-${version()}.tar`);
  if (existsSync(file)) return file;
  const db = await PGlite.create({ relaxedDurability: true });
  const dump = await db.dumpDataDir('none');
  await db.close();
  const draft = `${file}.${process.pid}.part`;
  writeFileSync(draft, Buffer.from(await dump.arrayBuffer()));
  renameSync(draft, file); // Whoever else made one has made the same.
  return file;
}

function version(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const text = readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
