/** Runs Temporal, the sandbox and the worker as one: started in order, stopped in the other order. */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Env, readVariable } from '../env.ts';
import { type OnProgress, StackError } from './errors.ts';
import { signalGroup } from './guard.ts';
import { type PortWish, startOnPorts } from './ports.ts';
import { acquireLock, type Lock, LockHeld } from './process-lock.ts';
import { StackGroup } from './stack-group.ts';
import {
  type RunningStack,
  readStack,
  readState,
  type StackInfo,
  type StackState,
  stackFile,
  survivors,
} from './stack-state.ts';
import { startTemporal, type Temporal } from './temporal.ts';
import { ensureToken, tokenFile } from './token.ts';

export { type RunningStack, readStack, type StackInfo };

/** What the sandbox is filled with: the sample company of a seed, or a Salesforce data export. */
export type SandboxContent =
  | { seed: number }
  | { exportDir: string; asOf?: string | undefined; expectFile?: string | undefined }
  | 'none';

/** What `up` and `demo` start. `programs` replaces the scripts that are run (tests). */
export interface StackOptions {
  home: string;
  sandbox: SandboxContent;
  env: Env;
  onProgress: OnProgress;
  ports?: { temporal?: number; ui?: number; sandbox?: number; server?: number };
  programs?: { sandbox?: string; worker?: string };
}

/** A stack that is up. */
export interface Stack extends StackInfo {
  /** Stops the worker, then the sandbox, then Temporal. Twice is harmless. */
  stop(): Promise<void>;
  /**
   * Resolves, after everything is stopped, when a part ended unasked that cannot go on where it was
   * (the sandbox), or one that ends again and again.
   */
  crashed: Promise<StackError>;
}

/** Seconds more than its own grace a worker has before it is killed. */
const workerSpareSeconds = 5;

/** Starts everything. Throws a StackError with the remedy and leaves nothing running then. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const home = resolve(options.home);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const group = new StackGroup(
    home,
    await takeStackLock(home, options.onProgress),
    options.onProgress,
  );
  try {
    const info = await startParts(group, { ...options, home });
    group.publish(info);
    return { ...info, stop: () => group.stop(), crashed: group.crashed };
  } catch (error) {
    await group.stop();
    throw error;
  }
}

/** Waits for Ctrl-C, SIGTERM, SIGHUP, the death of the npm that started us, or a crash; then stops the
 *  stack. Returns the exit code: 0 when asked to stop, 1 after a crash, which `onProgress` has told. */
export async function runUntilStopped(stack: Stack, onProgress: OnProgress): Promise<0 | 1> {
  const asked = stopRequested().then((why) => ({ why }));
  const crashed = stack.crashed.then((error) => ({ error }));
  const end = await Promise.race([asked, crashed]);
  if ('error' in end) {
    onProgress(end.error.message);
    return 1;
  }
  onProgress(`Stopping (${end.why}).`);
  await stack.stop();
  return 0;
}

async function startParts(group: StackGroup, o: StackOptions): Promise<StackInfo> {
  ensureToken(o.home);
  o.onProgress('Starting Temporal.');
  const temporal = await startOwnTemporal(group, o, {
    grpc: o.ports?.temporal,
    ui: o.ports?.ui,
  });

  const sandboxUrl = await startSandbox(group, o);

  o.onProgress('Starting the worker.');
  const server = await startWorker(group, o, temporal.address, sandboxUrl);
  return {
    temporal: { address: temporal.address, uiUrl: temporal.uiUrl, source: temporal.source },
    server,
    tokenFile: tokenFile(o.home),
    sandbox: sandboxUrl ?? null,
  };
}

/** Started again it has the same ports and the same database: everybody finds it where it was. */
async function startOwnTemporal(
  group: StackGroup,
  o: StackOptions,
  ports: { grpc: number | undefined; ui: number | undefined },
): Promise<Temporal> {
  const temporal = await startTemporal({ ...o, ports });
  const [grpc, ui] = [`http://${temporal.address}`, temporal.uiUrl].map((url) =>
    Number(new URL(url).port),
  );
  if (temporal.child) group.add(temporal.child, () => startOwnTemporal(group, o, { grpc, ui }));
  return temporal;
}

async function startSandbox(group: StackGroup, o: StackOptions): Promise<string | undefined> {
  if (o.sandbox === 'none') return o.env.SANDBOX_URL;
  if (o.env.SANDBOX_URL !== undefined) return o.env.SANDBOX_URL;
  o.onProgress('Starting the sandbox CRM.');
  const wish: PortWish = {
    what: 'the sandbox',
    usual: 7790,
    asked: o.ports?.sandbox,
    remedy: 'Choose another port for it.',
  };
  const content =
    'seed' in o.sandbox ? ['--seed', String(o.sandbox.seed)] : exportArguments(o.sandbox);
  const script = o.programs?.sandbox ?? scriptPath('sandbox/main.ts');
  return startOurs(wish, (port) => {
    const args = [script, '--port', String(port), '--control', '--exit-with-parent', ...content];
    return group.startReady({ name: 'the sandbox', args, log: 'sandbox.log' }, 'url');
  });
}

/** Our own programs take any free port themselves, and say which. */
function startOurs(wish: PortWish, start: (port: number) => Promise<string>): Promise<string> {
  return wish.asked === 0 ? start(0) : startOnPorts([wish], ([port]) => start(port!));
}

function exportArguments(o: Exclude<SandboxContent, 'none' | { seed: number }>): string[] {
  const asOf = o.asOf === undefined ? [] : ['--as-of', o.asOf];
  const expect = o.expectFile === undefined ? [] : ['--expect', o.expectFile];
  return ['--export', o.exportDir, ...asOf, ...expect];
}

async function startWorker(
  group: StackGroup,
  o: StackOptions,
  temporalAddress: string,
  sandboxUrl: string | undefined,
): Promise<string> {
  const asked = o.ports?.server ?? (readVariable('PARTNER_SYNC_PORT') && o.env.PARTNER_SYNC_PORT);
  const wish: PortWish = {
    what: "the worker's server",
    usual: o.env.PARTNER_SYNC_PORT,
    asked: asked === '' ? undefined : asked,
    remedy: 'Set PARTNER_SYNC_PORT to another port, or to 0 for any free one.',
  };
  const script = o.programs?.worker ?? scriptPath('worker.ts');
  const env = {
    TEMPORAL_ADDRESS: temporalAddress,
    PARTNER_SYNC_HOME: o.home,
    SANDBOX_URL: sandboxUrl,
    SANDBOX_CLIENT_ID: o.env.SANDBOX_CLIENT_ID,
    SANDBOX_CLIENT_SECRET: o.env.SANDBOX_CLIENT_SECRET,
    SANDBOX_HUBSPOT_TOKEN: o.env.SANDBOX_HUBSPOT_TOKEN,
  };
  const graceMs = (o.env.WORKER_SHUTDOWN_GRACE_SECONDS + workerSpareSeconds) * 1_000;
  const args = [script];
  const part = { name: 'the worker', args, log: 'worker.log', graceMs, restarts: true };
  return startOurs(wish, async (port) => {
    const ofThisStart = { ...env, PARTNER_SYNC_PORT: String(port) };
    const server = await group.startReady({ ...part, env: ofThisStart }, 'server');
    // Started again it is where everybody looks for it.
    ofThisStart.PARTNER_SYNC_PORT = new URL(server).port;
    return server;
  });
}

function scriptPath(name: string): string {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}

async function takeStackLock(home: string, onProgress: OnProgress): Promise<Lock> {
  const before = readState(home);
  try {
    const lock = acquireLock(stackFile(home));
    if (before) await endSurvivors(before, onProgress);
    return lock;
  } catch (error) {
    if (error instanceof LockHeld) throw new StackError(alreadyUp(home, error.holder.pid));
    throw error;
  }
}

function alreadyUp(home: string, pid: number): string {
  const running = readStack(home);
  const where = running
    ? `Its server is ${running.server}, the Temporal Web UI ${running.temporal.uiUrl}. Use it as it is`
    : 'It is still starting. Wait for it';
  return (
    `partner-sync is already up in ${home}: process ${pid}. ${where}, ` +
    `stop it with Ctrl-C in its terminal or "kill ${pid}", or set PARTNER_SYNC_HOME to another folder.`
  );
}

/** What a killed stack left behind is being ended by its guardian; two servers must not share a file. */
async function endSurvivors(before: StackState, onProgress: OnProgress): Promise<void> {
  const deadline = Date.now() + 15_000;
  let left = survivors(before);
  if (left.length > 0)
    onProgress('Waiting for the end of what an earlier, killed run left behind.');
  while (left.length > 0 && Date.now() < deadline) {
    await sleep(100);
    left = survivors(before);
  }
  for (const { pid } of left) signalGroup(pid, 'SIGKILL');
}

/** How often we look whether the npm that started us is still there. */
const parentPollMs = 1_000;

function stopRequested(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => resolve(signal));
    }
    // npm killed outright cannot pass the signal on; its script must not live on without it.
    if (readVariable('npm_lifecycle_event') === undefined) return;
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      resolve('npm has ended');
    }, parentPollMs);
    timer.unref();
  });
}
