/** The state file of a running stack: its lock, and the addresses other terminals need. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from './errors.ts';
import { type Holder, isAlive, processStart } from './process-lock.ts';

/** The addresses of a running stack. */
export interface StackInfo {
  temporal: { address: string; uiUrl: string; source: string };
  /** The worker's server, for reading; its token is in `tokenFile`. */
  server: string;
  tokenFile: string;
  /** The sandbox's address; null when the stack runs without one. */
  sandbox: string | null;
}

/** A stack that another process runs now. */
export interface RunningStack extends StackInfo {
  pid: number;
}

/** A child as the state file keeps it: should we be killed, the next start waits for its end. */
export interface ChildMark {
  name: string;
  pid: number;
  started: string;
}

/** The whole file: the lock's holder, the children so far, and the addresses once it is up. */
export interface StackState extends Holder {
  children?: ChildMark[];
  stack?: StackInfo;
}

/** The state file in a home folder; it is the stack's lock too. */
export function stackFile(home: string): string {
  return join(home, 'stack.json');
}

/** The stack that runs in this home folder and is ready; undefined when none is, or its holder died. */
export function readStack(home: string): RunningStack | undefined {
  const state = readState(home);
  if (!state?.stack || !isAlive(state)) return undefined;
  return { pid: state.pid, ...state.stack };
}

/** What the file says, dead holder or not; undefined when it is missing or not ours. */
export function readState(home: string): StackState | undefined {
  try {
    return JSON.parse(readFileSync(stackFile(home), 'utf8')) as StackState;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || (error as Error).name === 'SyntaxError') return undefined;
    throw error;
  }
}

/** Replaces the file in one step; only the lock's holder may. */
export function writeState(home: string, state: StackState): void {
  const draft = `${stackFile(home)}.draft`;
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, stackFile(home));
}

/** The children of a state that still run. */
export function survivors(state: StackState): ChildMark[] {
  return (state.children ?? []).filter(({ pid, started }) => processStart(pid) === started);
}
