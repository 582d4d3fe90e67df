/** The children of one running stack: started, watched, started again, recorded, stopped in order. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readVariable } from '../env.ts';
import { cacheFolder } from './cache.ts';
import { type Child, type ChildExit, startChild } from './child.ts';
import { messageOf, type OnProgress, StackError } from './errors.ts';
import { entrustLock } from './guard.ts';
import { type Lock, processStart, thisProcess } from './process-lock.ts';
import { type StackInfo, stackFile, writeState } from './stack-state.ts';

/** The sandbox reads a million rows in well under this; the worker waits for nothing longer. */
const readyTimeoutMs = 180_000;
/** What ends again and again has a cause that a new start does not take away. */
const restartsMax = 5;
const restartsWithinMs = 10 * 60_000;

/** One of our own scripts to start, and the time it may take to stop. */
export interface Part {
  name: string;
  args: string[];
  log: string;
  env?: Record<string, string | undefined>;
  graceMs?: number;
  /** Whether it goes on where it was when it is started again after its death. */
  restarts?: boolean;
}

/** A child with what is known of it. */
interface Member {
  child: Child;
  graceMs: number | undefined;
  /** Starts it again, in the same place; undefined: its death is the stack's. */
  again: (() => Promise<unknown>) | undefined;
  /** Before that, whoever starts it reports its end. */
  isUp: boolean;
}

/** The children of one stack with their lock and state file. */
export class StackGroup {
  readonly crashed: Promise<StackError>;
  private readonly home: string;
  private readonly lock: Lock;
  private readonly onProgress: OnProgress;
  private readonly releaseGuard: () => void;
  private readonly members: Member[] = [];
  private readonly restarts: number[] = [];
  /** Restarts one after the other: a worker waits until its Temporal is there again. */
  private healing: Promise<void> = Promise.resolve();
  private info: StackInfo | undefined;
  private stopping: Promise<void> | undefined;
  private reportCrash: (error: StackError) => void = () => {};

  constructor(home: string, lock: Lock, onProgress: OnProgress) {
    this.home = home;
    this.lock = lock;
    this.onProgress = onProgress;
    this.releaseGuard = entrustLock(stackFile(home));
    this.crashed = new Promise((resolve) => {
      this.reportCrash = resolve;
    });
  }

  /** A child that is up; `again` starts it again where it ends unasked. */
  add(child: Child, again?: () => Promise<unknown>): void {
    this.watch({ child, graceMs: undefined, again, isUp: true });
  }

  publish(info: StackInfo): void {
    this.info = info;
    this.save();
    for (const member of [...this.members]) {
      if (member.child.exited) this.noticeEnd(member, member.child.exited);
    }
  }

  /** Starts a script and waits for the JSON line in which it says `key`; that value is returned. */
  async startReady(part: Part, key: string): Promise<string> {
    let ready: (value: string) => void = () => {};
    const value = new Promise<string>((resolve) => {
      ready = resolve;
    });
    const child = startChild({
      name: part.name,
      command: process.execPath,
      args: part.args,
      logFile: join(this.home, part.log),
      onLine: (line) => {
        const said = textOf(line, key);
        if (said !== undefined) ready(said);
      },
      env: { NODE_COMPILE_CACHE: compileCache(), ...part.env },
    });
    const again = part.restarts ? () => this.startReady(part, key) : undefined;
    const member = this.watch({ child, graceMs: part.graceMs, again, isUp: false });
    const timeout = new AbortController();
    const late = sleep(readyTimeoutMs, 'late' as const, { signal: timeout.signal, ref: false });
    const end = child.ended.then(() => 'ended' as const);
    const outcome = await Promise.race([value.then((url) => ({ url })), end, late]);
    timeout.abort();
    late.catch(() => {}); // The abort above; whichever came first has been taken.
    if (typeof outcome === 'object') {
      member.isUp = true;
      return outcome.url;
    }
    // One that is only late would keep its port and its lock.
    await child.stop(part.graceMs);
    const what =
      outcome === 'late' ? `was not ready in ${readyTimeoutMs / 1000} s` : 'did not start';
    throw new StackError(`${capital(part.name)} ${what}. ${child.lastWords()}`);
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    await this.stopMembers();
    // What was just being started again.
    await this.healing;
    await this.stopMembers();
    this.lock.release();
    this.releaseGuard();
  }

  private async stopMembers(): Promise<void> {
    for (const { child, graceMs } of this.members.toReversed()) await child.stop(graceMs);
  }

  private watch(member: Member): Member {
    // Started again it takes its old place: stopping goes by their order.
    const at = this.members.findIndex(({ child }) => child.name === member.child.name);
    this.members.splice(at < 0 ? this.members.length : at, 1, member);
    this.save();
    void member.child.ended.then((exit) => this.noticeEnd(member, exit));
    return member;
  }

  private noticeEnd(member: Member, exit: ChildExit): void {
    if (exit.asked || this.stopping || !this.info || !member.isUp) return;
    const { child } = member;
    const how = exit.signal ? `was killed by ${exit.signal}` : `ended with exit code ${exit.code}`;
    const what = `${capital(child.name)} ${how}`;
    if (member.again !== undefined && this.mayStartAgain()) {
      this.onProgress(`${what}; it is started again, and what was under way goes on.`);
      const { again } = member;
      this.healing = this.healing.then(() => this.startAgain(again));
    } else {
      this.giveUp(`${what}; everything else was stopped. ${child.lastWords()}`);
    }
  }

  private async startAgain(again: () => Promise<unknown>): Promise<void> {
    if (this.stopping) return;
    try {
      await again();
    } catch (error) {
      if (this.stopping) return;
      if (this.mayStartAgain()) return this.startAgain(again);
      this.giveUp(`${messageOf(error)} Everything else was stopped.`);
    }
  }

  private mayStartAgain(): boolean {
    const now = Date.now();
    this.restarts.push(now);
    return this.restarts.filter((at) => at > now - restartsWithinMs).length <= restartsMax;
  }

  private giveUp(sentence: string): void {
    void this.stop().then(() => this.reportCrash(new StackError(sentence)));
  }

  private save(): void {
    const children = this.members.map(({ child: { name, pid } }) => ({
      name,
      pid,
      started: processStart(pid) ?? '',
    }));
    writeState(this.home, { ...thisProcess(), children, ...(this.info && { stack: this.info }) });
  }
}

/** Node keeps what it has compiled: a third of what a worker's start costs (nodejs.org, module). */
function compileCache(): string | undefined {
  try {
    return readVariable('NODE_COMPILE_CACHE') ?? cacheFolder('node');
  } catch {
    return undefined; // No cache to write in: it starts all the same.
  }
}

function textOf(line: string, key: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value = (JSON.parse(line) as Record<string, unknown>)[key];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined; // A log line that only looks like JSON.
  }
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
