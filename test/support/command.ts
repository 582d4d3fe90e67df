/** The real command line in a process of its own, as a person or a script would run it. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { childEnv } from '../../env.ts';

/** What a command printed, and how it ended. */
export interface Ran {
  code: number;
  out: string;
  err: string;
  /** The last line of stdout, parsed. */
  json<T = Record<string, unknown>>(): T;
}

const client = fileURLToPath(new URL('../../client.ts', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs `partner-sync ...args`. Variables of the caller that name a running engine are left out. */
export function partnerSync(
  args: readonly string[],
  env: Record<string, string | undefined> = {},
): Promise<Ran> {
  const child = spawn(process.execPath, ['--no-warnings', client, ...args], {
    cwd: root,
    env: childEnv({
      TEMPORAL_ADDRESS: undefined,
      PARTNER_SYNC_SERVER_URL: undefined,
      PARTNER_SYNC_TOKEN: undefined,
      DATABASE_URL: undefined,
      NODE_OPTIONS: undefined,
      ...env,
    }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const json = <T>() => {
        const line = out.trimEnd().split('\n').at(-1) ?? '';
        try {
          return JSON.parse(line) as T;
        } catch {
          throw new Error(`The last line is no JSON: "${line}". stderr: ${err.slice(-500)}`);
        }
      };
      resolve({ code: code ?? -1, out, err, json });
    });
  });
}
