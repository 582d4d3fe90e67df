/** A whole stack of real processes for tests that kill: Temporal, sandbox, worker, PGlite store. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { startTemporal, type Temporal } from '../../embedded/temporal.ts';
import { childEnv, readEnv } from '../../env.ts';
import { defaultPrivateToken } from '../../sandbox/hubspot/portals.ts';
import {
  connectionWorkflowId,
  type JobRequest,
  type JobResult,
  type JobTicket,
  requestJobUpdate,
} from '../../workflows/messages.ts';
import { partnerSync } from '../support/command.ts';
import { prepareStore } from '../support/prepared-pglite.ts';
import type { Death } from './dies.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const token = 'token-of-the-crash-tests';
/** Longest wait for anything at all: a busy machine, a killed server that comes up again. */
const patienceMs = 180_000;
/** Longest wait for a step of a run: seconds where nothing else runs. */
const stepMaxMs = 600_000;
/** Longest single call of Temporal; then it is made again. */
const callMaxMs = 10_000;

/** A worker process that can be told where to die. */
export interface RunningWorker {
  pid: number;
  server: string;
  /** Has it die at a step of the run; see dies.ts. */
  arm(death: Death): void;
  disarm(): void;
  kill(): void;
  /** Whether it is stopped (SIGSTOP), and lets it go on. */
  isStopped(): boolean;
  goOn(): void;
  /** Resolves with the signal or code once the process is gone. */
  ended: Promise<NodeJS.Signals | number | null>;
}

/** Which of the sandbox's connections the worker has: the mapping of this name, the only one. */
export type SandboxConnection = 'sandbox-salesforce' | 'sandbox-hubspot';

/** The processes of one test, and the ways to them. */
export class CrashStack {
  readonly home: string;
  readonly folder: string;
  sandbox = '';
  temporal!: Temporal;
  client!: Client;
  /** Aborted when a killed server has been replaced. */
  private serverGone = new AbortController();
  private readonly children: ChildProcess[] = [];
  private readonly extraEnv: Record<string, string | undefined>;
  private readonly connection: SandboxConnection;

  constructor(
    extraEnv: Record<string, string | undefined> = {},
    connection: SandboxConnection = 'sandbox-salesforce',
  ) {
    this.connection = connection;
    this.folder = mkdtempSync(join(tmpdir(), 'ps-crash-'));
    this.home = join(this.folder, 'home');
    this.extraEnv = extraEnv;
    mkdirSync(this.home);
    cpSync(join(root, 'mappings'), join(this.folder, 'mappings'), { recursive: true });
    const other = connection === 'sandbox-hubspot' ? 'sandbox-salesforce' : 'sandbox-hubspot';
    rmSync(join(this.folder, 'mappings', `${other}.yaml`));
    // Only the runs a test asks for.
    const file = join(this.folder, 'mappings', `${connection}.yaml`);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('every: 1 minute', 'every: 12 hours'));
  }

  /** Temporal with its database file, on ports that stay the same, and the sandbox. */
  async start(): Promise<void> {
    await Promise.all([this.startTemporal(), prepareStore(this.home)]);
    const args = [join(root, 'sandbox/main.ts'), '--control', '--exit-with-parent'];
    const sandbox = this.spawn('sandbox', args, {}, ['pipe', 'pipe']);
    this.sandbox = await said(sandbox, 'url');
  }

  private async startTemporal(ports = { grpc: 0, ui: 0 }): Promise<void> {
    const env = { ...readEnv(), TEMPORAL_ADDRESS: undefined };
    this.temporal = await startTemporal({ home: this.home, env, onProgress: () => {}, ports });
    const before = this.client;
    const connection = await Connection.connect({ address: this.temporal.address });
    this.client = new Client({ connection });
    // A call still under way on a connection that is closed would never be answered at all.
    this.serverGone.abort();
    this.serverGone = new AbortController();
    await before?.connection.close();
  }

  /** `kill -9` of the Temporal server, and a new one on its database file and address. */
  async killTemporal(): Promise<void> {
    const { address, uiUrl, child } = this.temporal;
    process.kill(child!.pid, 'SIGKILL');
    await child!.ended;
    const portOf = (text: string) => Number(text.slice(text.lastIndexOf(':') + 1));
    await this.startTemporal({ grpc: portOf(address), ui: portOf(uiUrl) });
  }

  /** A worker, ready. */
  async startWorker(env: Record<string, string> = {}): Promise<RunningWorker> {
    const preloads = ['dies.ts', 'soon-read-back.ts'].flatMap((file) => [
      '--import',
      new URL(file, import.meta.url).href,
    ]);
    const args = ['--no-warnings', ...preloads, join(root, 'worker.ts')];
    const child = this.spawn('worker', args, this.workerEnv(env), ['ignore', 'pipe', 'ipc']);
    const ended = once(child, 'exit').then(([code, signal]) => signal ?? code);
    return {
      pid: child.pid!,
      server: await said(child, 'server').catch((error: Error) => {
        throw new Error(`${error.message}\n${this.log('worker')}`);
      }),
      arm: (death) => void child.send(death),
      disarm: () => void child.send('disarm'),
      isStopped: () => isStopped(child.pid!),
      goOn: () => void child.kill('SIGCONT'),
      kill: () => void child.kill('SIGKILL'),
      ended,
    };
  }

  /** A death that never comes is a step the run no longer has: the test's list is out of date. */
  async diesAt(worker: RunningWorker, death: Death): Promise<void> {
    const late = sleep(stepMaxMs, 'late' as const, { ref: false });
    const end = await Promise.race([worker.ended, late]);
    if (end !== 'SIGKILL') {
      throw new Error(`${JSON.stringify(death)} never came (${end}).\n${this.log('worker')}`);
    }
  }

  private workerEnv(env: Record<string, string>): Record<string, string | undefined> {
    return {
      TEMPORAL_ADDRESS: this.temporal.address,
      PARTNER_SYNC_HOME: this.home,
      PARTNER_SYNC_MAPPINGS: join(this.folder, 'mappings'),
      PARTNER_SYNC_PORT: '0',
      PARTNER_SYNC_TOKEN: token,
      DATABASE_URL: undefined,
      SANDBOX_URL: this.sandbox,
      SANDBOX_CLIENT_ID: 'sandbox',
      SANDBOX_CLIENT_SECRET: 'sandbox-secret',
      SANDBOX_HUBSPOT_TOKEN: defaultPrivateToken,
      LOG_LEVEL: 'info',
      ...this.extraEnv,
      ...env,
    };
  }

  /** A command of the command line against a worker's server. */
  async command(args: string[], server: string): Promise<void> {
    const { code, err } = await partnerSync(args, {
      ...this.workerEnv({}),
      PARTNER_SYNC_SERVER_URL: server,
    });
    if (code !== 0) {
      throw new Error(`partner-sync ${args.join(' ')} ended with ${code}: ${err}`);
    }
  }

  /** Asks the owner for a job until it has taken it; the command's id makes repeating safe. */
  request(job: Partial<JobRequest> & Pick<JobRequest, 'kind'>): Promise<JobTicket> {
    const owner = connectionWorkflowId(this.connection);
    const commandId = `${job.kind}-${Math.random()}`;
    return insist(() =>
      this.asking(() =>
        this.client.workflow
          .getHandle(owner)
          .executeUpdate(requestJobUpdate, { args: [{ commandId, ...job }] }),
      ),
    );
  }

  /** The end of a job, whatever is killed meanwhile. */
  result(ticket: JobTicket): Promise<JobResult> {
    return insist(() =>
      this.asking(() => this.client.workflow.getHandle(ticket.workflowId).result()),
    );
  }

  /** A call that was under way when its server was killed is given up; insist makes it again. */
  private asking<T>(call: () => Promise<T>): Promise<T> {
    const { client, serverGone } = this;
    return client.withAbortSignal(serverGone.signal, () =>
      client.withDeadline(Date.now() + callMaxMs, call),
    );
  }

  /** A call of the sandbox's control plane. */
  async control<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.sandbox}/__sandbox${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) {
      throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    }
    return (await answer.json()) as T;
  }

  async stop(): Promise<void> {
    for (const child of this.children) {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
    }
    await this.client?.connection.close();
    await this.temporal?.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  private spawn(
    name: string,
    args: string[],
    env: Record<string, string | undefined>,
    [input, output, channel]: ('pipe' | 'ignore' | 'ipc')[],
  ): ChildProcess {
    const log = openSync(join(this.folder, `${name}.log`), 'a');
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: [input!, output!, log, ...(channel ? [channel] : [])],
      env: childEnv({ NODE_OPTIONS: '', ...env }),
    });
    this.children.push(child);
    return child;
  }

  /** What the processes have said on their standard error, for a failing test. */
  log(name: 'worker' | 'sandbox'): string {
    return readFileSync(join(this.folder, `${name}.log`), 'utf8').slice(-20_000);
  }
}

/** See ps(1): a state of 'T' is one of a stopped process. */
function isStopped(pid: number): boolean {
  return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith(
    'T',
  );
}

/** The value of `key` in the first JSON line that has it. */
async function said(child: ChildProcess, key: string): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line.startsWith('{') && key in JSON.parse(line)) {
      return (JSON.parse(line) as Record<string, string>)[key]!;
    }
  }
  throw new Error(`The process ended before it said "${key}".`);
}

/** Tries again until it works: what is asked is safe to repeat, and its server may be down. */
async function insist<T>(call: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + patienceMs; ; ) {
    try {
      return await call();
    } catch (error) {
      if (Date.now() > end) {
        throw error;
      }
      await sleep(200);
    }
  }
}
