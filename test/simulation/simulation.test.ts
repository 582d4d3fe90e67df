/** A fixed handful of seeds in a process of their own, for the simulation replaces `Date`. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

/** Seconds where nothing else runs; a busy machine takes as long as it takes. */
const patienceMs = 10 * 60_000;

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

function simulate(args: string[], seed?: number): Promise<{ code: number; out: string }> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const more = seed === undefined ? {} : { SEED: String(seed) };
  return new Promise((resolve) => {
    const options = { env: { ...env, ...more }, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [main, ...args], options, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), out: `${out}${err}` }),
    );
  });
}

const lines = (out: string) =>
  out.split('\n').filter((line) => /^seed \d+ (ok|VIOLATED)/.test(line));

test(
  'whatever a handful of seeds draws, the CRM ends as the oracle says, nothing twice',
  async () => {
    const { code, out } = await simulate(['--from', '1', '--seeds', '6']);

    expect(out).toMatch(/6 seeds, 6 ok, 0 violated/);
    expect(code).toBe(0);
    expect(lines(out)).toHaveLength(6);
    // A run without deaths, faults and edits would prove nothing.
    expect(out).toMatch(/Crashes of a worker: [1-9]/);
    expect(out).toMatch(/Faults that struck: [1-9]/);
    expect(out).toMatch(/Edits: [1-9]/);
  },
  patienceMs,
);

test(
  'a seed goes the same way each time',
  async () => {
    const { code, out } = await simulate(['--twice'], 2);

    expect(lines(out)).toEqual([expect.stringMatching(/^seed 2 ok/)]);
    expect(code).toBe(0);
  },
  patienceMs,
);

test(
  'a wrong field, a value sent again, a second task, a lost record: each damage is seen',
  async () => {
    const { code, out } = await simulate(['--from', '2', '--seeds', '1', '--spoil']);

    expect(out).not.toMatch(/NOT SEEN/);
    expect(lines(out)).toHaveLength(4);
    expect(code).toBe(0);
  },
  patienceMs,
);
