/** Finds the Temporal CLI that starts the local server, or gets it once into the user's cache. */
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { childEnv, type Env } from '../env.ts';
import { cacheFolder, onceAtATime } from './cache.ts';
import { isExecutable, onPath, run } from './commands.ts';
import { messageOf, type OnProgress, StackError } from './errors.ts';
import { freePort } from './ports.ts';

/** Where the binary came from, as `up` and `doctor` print it. */
export type BinarySource = 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | 'download' | 'go install';

/** A Temporal CLI binary that can run `server start-dev`. */
export interface TemporalBinary {
  path: string;
  source: BinarySource;
}

/** The newest CLI that `go install` can build: later ones have a `replace` in their go.mod. */
const goModule = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';

/** Longest a build may take: 5 to 6 minutes were measured on 2 cores. */
const buildTimeoutMs = 30 * 60_000;

/** The binary by the look-up order of the README. Throws a StackError that names every way. */
export async function findTemporalBinary(
  env: Pick<Env, 'TEMPORAL_CLI_PATH'>,
  onProgress: OnProgress,
): Promise<TemporalBinary> {
  if (env.TEMPORAL_CLI_PATH !== undefined) return fromVariable(env.TEMPORAL_CLI_PATH);
  const installed = onPath('temporal');
  if (installed) return { path: installed, source: 'PATH' };
  if (isExecutable(cachedBinary())) return { path: cachedBinary(), source: 'cache' };

  return onceAtATime('the Temporal server', onProgress, async () => {
    if (isExecutable(cachedBinary())) return { path: cachedBinary(), source: 'cache' };
    const failures: string[] = [];
    const downloaded = await attempt(failures, 'The download', () => download(onProgress));
    if (downloaded) return downloaded;
    const built = await attempt(failures, 'The build', () => build(onProgress));
    if (built) return built;
    throw new StackError(everyWay(failures));
  });
}

function cachedBinary(): string {
  return join(cacheFolder('temporal'), 'temporal');
}

function fromVariable(path: string): TemporalBinary {
  if (isExecutable(path)) return { path, source: 'TEMPORAL_CLI_PATH' };
  const state = existsSync(path) ? 'is not a program this user may run' : 'does not exist';
  throw new StackError(
    `TEMPORAL_CLI_PATH is "${path}", which ${state}. ` +
      'Point it at the `temporal` binary, or unset it to have one found.',
  );
}

/** The SDK downloads while it starts a server: it starts one for a moment, into our cache. */
async function download(onProgress: OnProgress): Promise<TemporalBinary> {
  onProgress('Downloading the Temporal server (about 60 MB, once).');
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const folder = mkdtempSync(join(cacheFolder('temporal'), 'download-'));
  try {
    const server = await TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'cached-download', downloadDir: folder },
        port: await freePort(),
        ui: false,
      },
    });
    await server.teardown();
    const [file] = readdirSync(folder); // Named after the SDK's version: the only file there.
    renameSync(join(folder, file ?? ''), cachedBinary());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { path: cachedBinary(), source: 'download' };
}

async function build(onProgress: OnProgress): Promise<TemporalBinary> {
  const go = onPath('go');
  if (!go) throw new Error('Go is not on PATH');
  onProgress('Building the Temporal server with Go (5 to 10 minutes, once).');
  const folder = mkdtempSync(join(cacheFolder('temporal'), 'build-'));
  try {
    await run(go, ['install', goModule], {
      env: childEnv({ GOBIN: folder }),
      timeout: buildTimeoutMs,
    });
    renameSync(join(folder, 'temporal'), cachedBinary());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { path: cachedBinary(), source: 'go install' };
}

async function attempt<T>(
  failures: string[],
  what: string,
  way: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await way();
  } catch (error) {
    failures.push(`${what} failed: ${messageOf(error)}`);
    return undefined;
  }
}

function everyWay(failures: readonly string[]): string {
  return [
    'No Temporal server was found and none could be fetched. Any one of these helps:',
    '  1. TEMPORAL_ADDRESS=host:port uses a Temporal server that is already running.',
    '  2. TEMPORAL_CLI_PATH=/path/to/temporal, or `temporal` on PATH (the Temporal CLI).',
    `  3. A Temporal CLI binary placed at ${cachedBinary()}.`,
    '  4. Internet access to temporal.download: it is then downloaded by itself.',
    `  5. Go on PATH: it is then built by \`go install ${goModule}\`.`,
    ...failures,
  ].join('\n');
}
