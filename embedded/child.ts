/** Starts one child process of the stack in a group of its own, and ends it for certain. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { childEnv } from '../env.ts';
import { entrust, signalGroup } from './guard.ts';

/** What to start. Its standard error, and output unless `onLine` is given, go to `logFile`. */
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
  const log = openSync(options.logFile, 'a', 0o600);
  const child = spawn(options.command, options.args, {
    detached: true, // Its own group: Ctrl-C reaches us alone, and we stop the children in order.
    stdio: ['pipe', options.onLine ? 'pipe' : log, log],
    env: childEnv(options.env ?? {}),
  });
  closeSync(log);
  const release = child.pid === undefined ? () => {} : entrust(child.pid);
  if (options.onLine && child.stdout) {
    createInterface({ input: child.stdout }).on('line', options.onLine);
  }
  child.stdin?.on('error', () => {}); // A child that ends first closes its own input.
  return supervise(child, options, release);
}

function supervise(child: ChildProcess, options: ChildOptions, release: () => void): Child {
  let asked = false;
  let exited: ChildExit | undefined;
  const ended = new Promise<ChildExit>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null) => {
      exited ??= { code, signal, asked };
      release();
      resolve(exited);
    };
    child.once('error', () => end(127, null));
    child.once('exit', end);
  });
  return {
    name: options.name,
    pid: child.pid ?? 0,
    logFile: options.logFile,
    get exited() {
      return exited;
    },
    ended,
    lastWords: () => lastWords(options.logFile),
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

/** Lines of a log that go into an error message. */
const wordsMax = 3;

function lastWords(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trim().split('\n').slice(-wordsMax);
  const said = lines.join('\n').trim();
  return said === '' ? `Its log, ${logFile}, is empty.` : `Its log ${logFile} ends with:\n${said}`;
}
