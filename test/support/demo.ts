/** Runs the demo as a person does, in a home of its own, and reads its last line. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnv } from '../../env.ts';

/** The last line of `demo --exit --json` (issue "the main job end to end on Salesforce"). */
export interface DemoResult {
  outcome: string;
  seconds: number;
  temporal: { address: string; ui: string; source: string };
  sandbox: { url: string };
  connections: {
    connection: string;
    crm: string;
    pulled: { opportunity: number; partner: number; registration: number; touch: number };
    decided: number;
    planned: number;
    written: number;
    tasks: number;
    failed: number;
    apiCalls: number;
    attribution: Record<string, number>;
    stale: number;
  }[];
  examples: { record: string; sentence: string; url: string }[];
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `npm run demo -- --exit --json ...args`; every port is chosen by the stack itself. */
export async function runDemo(
  args: readonly string[] = [],
): Promise<{ code: number; err: string; lines: string[]; result: DemoResult }> {
  const home = mkdtempSync(join(tmpdir(), 'ps-demo-'));
  try {
    const { code, out, err } = await npmDemo(home, args);
    const lines = out.trimEnd().split('\n');
    const last = lines.at(-1) ?? '';
    if (!last.startsWith('{')) {
      throw new Error(`The demo ended with ${code} and no result. ${err.slice(-2_000)}`);
    }
    return { code, err, lines, result: JSON.parse(last) as DemoResult };
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function npmDemo(
  home: string,
  args: readonly string[],
): Promise<{ code: number; out: string; err: string }> {
  const child = spawn('npm', ['run', '-s', 'demo', '--', '--exit', '--json', ...args], {
    cwd: root,
    env: childEnv({
      PARTNER_SYNC_HOME: home,
      PARTNER_SYNC_PORT: '0',
      TEMPORAL_ADDRESS: undefined,
      DATABASE_URL: undefined,
      SANDBOX_URL: undefined,
      NODE_OPTIONS: undefined,
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
    child.once('close', (code) => resolve({ code: code ?? -1, out, err }));
  });
}
