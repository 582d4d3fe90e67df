/** Ties children to the life of this process: a guardian ends them when we vanish, even by kill -9. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { errnoOf } from './errors.ts';
import { thisProcess } from './process-lock.ts';

let guardian: ChildProcess | undefined;
const trusted = new Set<number>();
const locks = new Set<string>();

/** Has the guardian watch over a child's process group; call what it returns when the child ended. */
export function entrust(pid: number): () => void {
  trusted.add(pid);
  guardian ??= startGuardian();
  tell(`+${pid}`);
  return () => {
    if (!trusted.delete(pid)) return;
    tell(`-${pid}`);
    dismissIfIdle();
  };
}

/** Has the guardian remove a lock file of this process should we vanish; call what it returns when
 *  the lock has been given up. */
export function entrustLock(file: string): () => void {
  locks.add(file);
  guardian ??= startGuardian();
  tell(`>${file}`);
  return () => {
    if (!locks.delete(file)) return;
    tell(`<${file}`);
    dismissIfIdle();
  };
}

function startGuardian(): ChildProcess {
  const script = fileURLToPath(new URL('guardian.ts', import.meta.url));
  // Its own session: a signal to our group, kill -9 included, does not reach it.
  const child = spawn(process.execPath, [script, JSON.stringify(thisProcess())], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin?.on('error', () => {}); // Seen as its exit, below.
  child.once('exit', () => {
    if (guardian !== child) return;
    guardian = undefined;
    // Someone killed it. Children must never run unguarded, so a new one takes over.
    for (const file of locks) entrustLock(file);
    for (const pid of trusted) entrust(pid);
  });
  child.unref();
  (child.stdin as { unref?: () => void } | null)?.unref?.();
  return child;
}

function tell(line: string): void {
  guardian?.stdin?.write(`${line}\n`);
}

function dismissIfIdle(): void {
  if (trusted.size > 0 || locks.size > 0) return;
  const leaving = guardian;
  guardian = undefined;
  leaving?.stdin?.end();
}

/** Sends a signal to a process and all it started; a group that is gone is not an error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // EPERM: macOS says so of a group of which only zombies are left.
    if (errnoOf(error) !== 'ESRCH' && errnoOf(error) !== 'EPERM') throw error;
  }
}
