/** What `npm test` runs: gets the Temporal servers when they are missing, then jest over test/, without
 *  the browser tests of test/e2e unless they are named or `--browser` asks for them too. Further
 *  arguments go to jest; `--prepare` only gets the servers. */
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findTemporalBinary } from '../embedded/temporal-binary.ts';
import { timeSkippingServerPath } from '../embedded/test-server.ts';
import { childEnv, readEnv, readVariable } from '../env.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const say = (line: string) => void process.stderr.write(`${line}\n`);

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const env = readEnv();
  // Side by side: one is built here, the other one mostly waits for the network.
  const got = await Promise.allSettled([
    findTemporalBinary(env, say),
    timeSkippingServerPath({ env, onProgress: say }),
  ]);
  const failures = got.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  for (const error of failures) say(error instanceof Error ? error.message : String(error));
  if (failures.length > 0) return 1;
  if (args.includes('--prepare')) return 0;

  say(
    readVariable('TEST_DATABASE_URL')
      ? 'The store suite runs on the embedded store and on the PostgreSQL of TEST_DATABASE_URL.'
      : 'The store suite runs on the embedded store only: TEST_DATABASE_URL is not set.',
  );
  return jest(args);
}

function jest(args: readonly string[]): Promise<number> {
  const browserTests = args.some((arg) => arg === '--browser' || arg.includes('e2e'));
  const ignored = browserTests ? ['/node_modules/'] : ['/node_modules/', '/test/e2e/'];
  const command = [
    `${root}node_modules/jest/bin/jest.js`,
    // First: the option below takes every plain word that follows it.
    ...args.filter((arg) => arg !== '--browser'),
    ...ignored.map((pattern) => `--testPathIgnorePatterns=${pattern}`),
  ];
  const options = `${readVariable('NODE_OPTIONS') ?? ''} --experimental-vm-modules`;
  const child = spawn(process.execPath, command, {
    cwd: root,
    stdio: 'inherit',
    env: childEnv({
      NODE_OPTIONS: `${options} --disable-warning=ExperimentalWarning`.trim(),
      // Many tests start the command line or a worker: what Node has compiled once is kept.
      NODE_COMPILE_CACHE:
        readVariable('NODE_COMPILE_CACHE') ?? join(tmpdir(), 'node-compile-cache'),
    }),
  });
  // Ctrl-C reaches jest by the terminal; we wait for it to clean up.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
