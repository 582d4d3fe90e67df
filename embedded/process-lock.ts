/** A lock file that only a dead holder loses: O_EXCL, with the holder's pid and process start time. */
import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, readlinkSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { errnoOf } from './errors.ts';

/** Who holds a lock. `started` tells the process from a later one that was given the same pid;
 *  `where` is the machine and, on Linux, the pid namespace in which the pid means something. */
export interface Holder {
  pid: number;
  started: string;
  where: string;
}

/** A held lock. Releasing twice is harmless; releasing what another has taken over does nothing. */
export interface Lock {
  release(): void;
}

/** Thrown when a living process holds the lock. */
export class LockHeld extends Error {
  override readonly name = 'LockHeld';
  readonly holder: Holder;

  constructor(file: string, holder: Holder) {
    super(`${file} is held by process ${holder.pid}`);
    this.holder = holder;
  }
}

const nobody: Holder = { pid: 0, started: '', where: '' };

/** Attempts before a lock that keeps changing hands counts as held. */
const attemptsMax = 20;

/** Takes the lock, from a dead holder too. Throws LockHeld when its holder lives. */
export function acquireLock(file: string): Lock {
  const mine = thisProcess();
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    if (createWhole(file, mine)) return { release: () => removeIfHeldBy(file, mine) };
    const holder = readHolder(file);
    if (holder && isAlive(holder)) throw new LockHeld(file, holder);
    if (holder) removeDead(file, holder);
  }
  throw new LockHeld(file, readHolder(file) ?? mine);
}

/** Who holds the lock now, dead or alive; undefined when nobody does. */
export function readHolder(file: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8')) as Holder;
    return Number.isInteger(holder.pid) ? holder : nobody;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return nobody;
    throw error;
  }
}

/** Whether that very process still runs: same pid and same start time. A holder in another
 *  container or on another machine cannot be seen from here and counts as alive. */
export function isAlive(holder: Holder): boolean {
  if (holder.pid <= 0) return false;
  if (holder.where !== whereWeAre()) return true;
  const started = processStart(holder.pid);
  return started !== undefined && started === holder.started;
}

/** This process, as it is written into a lock. */
export function thisProcess(): Holder {
  const started = processStart(process.pid) ?? '';
  return { pid: process.pid, started, where: whereWeAre() };
}

/** Whether the holder is in another container or on another machine. */
export function isElsewhere(holder: Holder): boolean {
  return holder.where !== whereWeAre();
}

/** A text that differs between two processes of one pid; undefined when no such process runs. */
export function processStart(pid: number): string | undefined {
  if (process.platform === 'linux') return linuxStart(pid);
  try {
    const args = ['-o', 'stat=,lstart=', '-p', String(pid)];
    const [state, ...start] = execFileSync('ps', args, { encoding: 'utf8', env: { LC_ALL: 'C' } })
      .trim()
      .split(/\s+/);
    return state === undefined || state.startsWith('Z') ? undefined : start.join(' ');
  } catch {
    return undefined; // ps exits 1 when there is no such process.
  }
}

function whereWeAre(): string {
  if (process.platform !== 'linux') return hostname();
  return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
}

/** Field 22 of /proc/<pid>/stat, clock ticks since boot; a zombie counts as gone. See proc(5). */
function linuxStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${fields[19]}`;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') return undefined;
    throw error;
  }
}

/** Creates the file with its whole text at once, so that nobody ever reads half a holder. */
function createWhole(file: string, holder: Holder): boolean {
  const draft = `${file}.${holder.pid}.${process.hrtime.bigint()}`;
  writeFileSync(draft, JSON.stringify(holder), { flag: 'wx', mode: 0o600 });
  try {
    linkSync(draft, file); // Fails with EEXIST like O_EXCL does, but never shows an empty file.
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

/** Removes a dead holder's file under a second lock: two takers must not both remove. */
function removeDead(file: string, dead: Holder): void {
  const takeover = `${file}.takeover`;
  if (!createWhole(takeover, thisProcess())) {
    const taker = readHolder(takeover);
    if (taker && !isAlive(taker)) rmSync(takeover, { force: true });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 25);
    return;
  }
  try {
    const now = readHolder(file);
    if (now && now.pid === dead.pid && now.started === dead.started) rmSync(file, { force: true });
  } finally {
    rmSync(takeover, { force: true });
  }
}

/** Removes the lock file unless another holder has taken it over since. */
export function removeIfHeldBy(file: string, mine: Holder): void {
  const holder = readHolder(file);
  if (holder?.pid === mine.pid && holder.started === mine.started) rmSync(file, { force: true });
}
