/**
 * The workflows' code in one piece, as a worker runs it. Making it is most of what a worker's start
 * costs, so it is kept in the user's cache under a hash of all that it is made of.
 */
import { createHash, randomUUID } from 'node:crypto';
import { globSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';
import type { Logger } from 'pino';
import { cacheFolder } from '../embedded/cache.ts';

/** What the bundle is made of. */
export interface BundleSource {
  /** The project's folder. */
  root: string;
  /** Of `root`: all that workflows run but packages. Workflows may import rules and nothing else. */
  folders: readonly string[];
  entry: string;
}

/** This program's own. */
export const ownSource: BundleSource = {
  root: fileURLToPath(new URL('..', import.meta.url)),
  folders: ['workflows', 'rules'],
  entry: 'workflows/index.ts',
};

type Log = Pick<Logger, 'debug' | 'warn'>;

/** Bundles made so long ago are removed; one still in use is made again. */
const keptForMs = 30 * 86_400_000;

/** The kept bundle of exactly these sources, or a new one, which is kept. */
export async function workflowBundle(log: Log, source = ownSource): Promise<WorkflowBundle> {
  const file = keptFile(source, log);
  const kept = file && read(file);
  if (kept) {
    return { code: kept };
  }
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(source.root, source.entry),
    logger: new DefaultLogger('WARN', ({ message }) => log.warn({ from: 'temporal' }, message)),
  });
  const strange = outside(code, source);
  if (strange.length > 0) {
    // An edit of that file would not be seen.
    log.warn({ strange }, 'The workflows import from outside of their folders: nothing is kept.');
  } else if (file) {
    keep(file, code, log);
  }
  return { code };
}

/** undefined: there is no cache to keep anything in. */
function keptFile(source: BundleSource, log: Log): string | undefined {
  try {
    return join(cacheFolder('workflows'), `${hashOf(source)}.bundle`);
  } catch (error) {
    log.debug({ err: error }, 'The cache folder cannot be used: the workflows are bundled anew.');
    return undefined;
  }
}

/** Sources, packages and what makes the bundle; and where, for the paths that its stacks name. */
function hashOf({ root, folders, entry }: BundleSource): string {
  const sdk = createRequire(import.meta.url)('@temporalio/worker/package.json') as object;
  const { version } = sdk as { version: string };
  const hash = createHash('sha256').update([root, entry, version, process.version].join('\n'));
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*`, { cwd: root }));
  for (const name of [...files.sort(), 'package.json', 'package-lock.json']) {
    const path = join(root, name);
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) {
      const content = readFileSync(path);
      hash.update(`\n${name} ${content.length}\n`).update(content);
    }
  }
  return hash.digest('hex').slice(0, 32);
}

/** Sources of the bundle, by its map, that the hash does not cover. */
function outside(code: string, { root, folders }: BundleSource): string[] {
  const map = code.slice(code.lastIndexOf('base64,') + 'base64,'.length);
  const { sources } = JSON.parse(Buffer.from(map, 'base64').toString()) as { sources: string[] };
  return sources
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
    .map((path) => relative(root, path))
    .filter((path) => !path.split(sep).includes('node_modules'))
    .filter((path) => !folders.some((folder) => path.startsWith(`${folder}${sep}`)));
}

/** undefined: there is none, or not the whole. The first line is the hash of the rest. */
function read(file: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const end = text.indexOf('\n');
  const code = text.slice(end + 1);
  return end > 0 && text.slice(0, end) === sumOf(code) ? code : undefined;
}

/** Whole or not at all: other workers start at the same moment, and this one may be killed. */
function keep(file: string, code: string, log: Log): void {
  const draft = `${file}.${randomUUID()}`;
  try {
    writeFileSync(draft, `${sumOf(code)}\n${code}`);
    renameSync(draft, file);
    forgetOld();
  } catch (error) {
    rmSync(draft, { force: true });
    log.debug(
      { err: error },
      'The bundle of the workflows could not be kept; the next is made anew.',
    );
  }
}

function forgetOld(): void {
  const folder = cacheFolder('workflows');
  for (const name of globSync('*.bundle*', { cwd: folder })) {
    const path = join(folder, name);
    const { mtimeMs = Number.POSITIVE_INFINITY } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (mtimeMs < Date.now() - keptForMs) {
      rmSync(path, { force: true });
    }
  }
}

function sumOf(code: string): string {
  return createHash('sha256').update(code).digest('hex');
}
