/** The stack: order of stopping, no orphan and no lock however it ends, one stack a folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { processStart } from '../../embedded/process-lock.ts';
import { readStack } from '../../embedded/stack.ts';
import { readState, stackFile } from '../../embedded/stack-state.ts';
import { ensureToken, tokenFile } from '../../embedded/token.ts';

let home: string;
const started: ChildProcess[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'partner-sync-test-'));
});

afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  await until(() => children().every(({ pid }) => processStart(pid) === undefined));
  rmSync(home, { recursive: true, force: true });
});

/** A stack in a process of its own. `up` resolves with its printed lines once it is up or ended. */
async function runStack(env: NodeJS.ProcessEnv = {}) {
  const script = fileURLToPath(new URL('../support/stack-runner.ts', import.meta.url));
  const { TEMPORAL_ADDRESS: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [script, home], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...inherited, NODE_OPTIONS: '', FAKE_HOME: home, ...env },
  });
  started.push(child);
  const lines: string[] = [];
  const exit = once(child, 'close').then(([code]) => code as number | null);
  const up = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      if (line.startsWith('up ')) resolve();
    });
  });
  await Promise.race([up, exit]);
  return { child, lines, exit };
}

const children = () => readState(home)?.children ?? [];
const events = () => readFileSync(join(home, 'events'), 'utf8').trim().split('\n');

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not so within two minutes: ${condition}`);
    await sleep(50);
  }
}

test('Ctrl-C stops the worker, then the sandbox, then Temporal, and leaves nothing', async () => {
  const { child, exit } = await runStack();
  const parts = children();
  const running = readStack(home);
  expect(parts.map(({ name }) => name)).toEqual(['Temporal', 'the sandbox', 'the worker']);
  expect(running).toMatchObject({ pid: child.pid, tokenFile: join(home, 'token') });
  expect((await fetch(running?.temporal.uiUrl ?? '')).status).toBe(200);

  child.kill('SIGINT');

  expect(await exit).toBe(0);
  expect(events().slice(-2)).toEqual(['worker stopped', 'sandbox stopped']);
  expect(parts.filter(({ pid }) => processStart(pid) !== undefined)).toEqual([]);
  expect(existsSync(stackFile(home))).toBe(false);
  expect(readStack(home)).toBeUndefined();
});

test('kill -9 leaves no orphan and no lock, and the next start works at once', async () => {
  const { child, exit } = await runStack();
  const parts = children();

  child.kill('SIGKILL');
  await exit;
  expect(readStack(home)).toBeUndefined();
  const again = await runStack();

  expect(parts.map(({ pid }) => processStart(pid))).toEqual([undefined, undefined, undefined]);
  expect(again.lines.at(-1)).toMatch(/^up /);
  expect(events()).toContain('worker stopped');
  again.child.kill('SIGKILL');
  await until(() => !existsSync(stackFile(home)));
});

test("a second stack in the same folder is refused with the first one's pid and address", async () => {
  const { child } = await runStack();
  const { server, temporal } = readStack(home) ?? {};

  const second = await runStack();

  expect(await second.exit).toBe(1);
  expect(second.lines.at(-1)).toBe(
    `StackError: partner-sync is already up in ${home}: process ${child.pid}. ` +
      `Its server is ${server}, the Temporal Web UI ${temporal?.uiUrl}. Use it as it is, ` +
      `stop it with Ctrl-C in its terminal or "kill ${child.pid}", ` +
      'or set PARTNER_SYNC_HOME to another folder.',
  );
  expect(readStack(home)?.pid).toBe(child.pid);
});

test('a worker or a Temporal that dies is started again in its place, and the stack goes on', async () => {
  const { child, lines, exit } = await runStack();
  const before = readStack(home);
  for (const name of ['the worker', 'Temporal']) {
    const pid = kill(name);
    await until(() => children().some((part) => part.name === name && part.pid !== pid));
  }
  await until(
    () => lines.filter((line) => line.endsWith('what was under way goes on.')).length === 2,
  );
  await until(() => events().filter((event) => event === 'worker started').length === 2);

  expect(lines).toContain(
    'The worker was killed by SIGKILL; it is started again, and what was under way goes on.',
  );
  expect(children().map(({ name }) => name)).toEqual(['Temporal', 'the sandbox', 'the worker']);
  expect(readStack(home)).toEqual(before);
  expect((await fetch(before?.temporal.uiUrl ?? '')).status).toBe(200);

  child.kill('SIGINT');
  expect(await exit).toBe(0);
  expect(events().slice(-2)).toEqual(['worker stopped', 'sandbox stopped']);
});

test('a worker that ends again and again ends the stack, with its last words', async () => {
  const { lines, exit } = await runStack({ FAKE_FAILS: 'worker-later' });

  expect(await exit).toBe(1);
  const again = lines.filter((line) => line.includes('it is started again'));
  expect(again).toHaveLength(5);
  expect(lines.join('\n')).toContain(
    'The worker ended with exit code 1; everything else was stopped. ' +
      `Its log ${join(home, 'worker.log')} ends with:`,
  );
  expect(existsSync(stackFile(home))).toBe(false);
});

test('a sandbox that dies ends the stack: what it held is gone', async () => {
  const { lines, exit } = await runStack();

  kill('the sandbox');

  expect(await exit).toBe(1);
  expect(lines.join('\n')).toContain(
    `The sandbox was killed by SIGKILL; everything else was stopped. Its log ${join(home, 'sandbox.log')} `,
  );
  expect(existsSync(stackFile(home))).toBe(false);
});

/** Kills a part of the stack; its process id. */
function kill(name: string): number {
  const pid = children().find((part) => part.name === name)?.pid ?? 0;
  process.kill(pid, 'SIGKILL');
  return pid;
}

test('a worker that does not start is told with its last words, and nothing stays', async () => {
  const { lines, exit } = await runStack({ FAKE_FAILS: 'worker' });

  expect(await exit).toBe(1);
  expect(lines.join('\n')).toContain('StackError: The worker did not start. Its log');
  // Its standard output and error are two pipes: the order of their last lines is chance.
  expect(lines.slice(-2)).toContain('the mapping is wrong');
  expect(existsSync(stackFile(home))).toBe(false);
});

test('the end of the npm that started it ends the stack', async () => {
  const script = fileURLToPath(new URL('../support/stack-runner.ts', import.meta.url));
  const npm = spawn('sh', ['-c', '"$0" "$1" "$2"; true', process.execPath, script, home], {
    stdio: 'ignore',
    env: { ...process.env, NODE_OPTIONS: '', FAKE_HOME: home, npm_lifecycle_event: 'demo' },
  });
  started.push(npm);
  await until(() => readStack(home) !== undefined);

  npm.kill('SIGKILL');

  await until(() => !existsSync(stackFile(home)));
  expect(events().slice(-2)).toEqual(['worker stopped', 'sandbox stopped']);
});

test('the token is made once, random, and for its owner only', () => {
  const token = ensureToken(home);

  expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(ensureToken(home)).toBe(token);
  expect(statSync(tokenFile(home)).mode & 0o777).toBe(0o600);
});
