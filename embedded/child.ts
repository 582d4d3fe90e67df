/** Starts one child process of the stack in a group of its own, and ends it for certain. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
} from 'node:fs';
import { createInterface } from 'node:readline';
import { childEnv } from '../env.ts';
import { entrust, signalGroup } from './guard.ts';

/** What to start. Its standard error and output go to `logFile`. */
export interface ChildOptions {
  name: string;
  command: string;
  args: readonly string[];
  env?: Record<string, string | undefined>;
  logFile: string;
  /** Called for each line of standard output. */
  onLine?: (line: string) => void;
}

/** A running child; it never outlives this process (guard.ts). */
export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Set once the process has ended. */
  readonly exited: ChildExit | undefined;
  /** Resolves when the process has ended, whether asked to or not. */
  readonly ended: Promise<ChildExit>;
  /** The last lines of its log and where the rest is, for an error message. */
  lastWords(): string;
  /** SIGTERM, then SIGKILL after `graceMs`; resolves when the process is gone. */
  stop(graceMs?: number): Promise<void>;
}

/** How a child ended, and whether `stop` asked for it. */
export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  asked: boolean;
}

/** Default grace between SIGTERM and SIGKILL. */
const defaultGraceMs = 10_000;

/** Starts the child. A command that cannot be run shows as an exit with code 127. */
export function startChild(options: ChildOptions): Child {
  keepSmall(options.logFile);
  const log = openSync(options.logFile, 'a', 0o600);
  const logStart = fstatSync(log).size;
  const child = spawn(options.command, options.args, {
    detached: true, // Its own group: Ctrl-C reaches us alone, and we stop the children in order.
    stdio: ['pipe', options.onLine ? 'pipe' : log, log],
    env: childEnv(options.env ?? {}),
  });
  closeSync(log);
  const release = child.pid === undefined ? () => {} : entrust(child.pid);
  if (options.onLine && child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      appendFileSync(options.logFile, `${line}\n`);
      options.onLine?.(line);
    });
  }
  child.stdin?.on('error', () => {}); // A child that ends first closes its own input.
  return supervise(child, { ...options, logStart }, release);
}

type Supervised = ChildOptions & { logStart: number };

function supervise(child: ChildProcess, options: Supervised, release: () => void): Child {
  let asked = false;
  let exited: ChildExit | undefined;
  const ended = new Promise<ChildExit>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null) => {
      exited ??= { code, signal, asked };
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL'); // What it started itself.
      release();
      resolve(exited);
    };
    child.once('error', () => end(127, null));
    child.once('close', end); // Not 'exit': what it said last must have been read.
  });
  return {
    name: options.name,
    pid: child.pid ?? 0,
    logFile: options.logFile,
    get exited() {
      return exited;
    },
    ended,
    lastWords: () => lastWords(options.logFile, options.logStart),
    stop: async (graceMs = defaultGraceMs) => {
      asked = true;
      if (exited || child.pid === undefined) return;
      signalGroup(child.pid, 'SIGTERM');
      const timer = setTimeout(() => signalGroup(child.pid ?? 0, 'SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** A log larger than this makes place for a new one at the next start; the old one is kept once. */
const logBytesMax = 10_000_000;

function keepSmall(logFile: string): void {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > logBytesMax) renameSync(logFile, `${logFile}.1`);
}

/** Lines of a log that go into an error message. */
const wordsMax = 3;

function lastWords(logFile: string, from: number): string {
  const text = readFileSync(logFile).subarray(from).toString('utf8').trim();
  if (text === '') return `It wrote nothing to its log, ${logFile}.`;
  const lines = text.split('\n').slice(-wordsMax);
  return `Its log ${logFile} ends with:\n${lines.join('\n')}`;
}
