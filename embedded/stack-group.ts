/** The children of one running stack: started until ready, watched, recorded, stopped in order. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, type ChildExit, startChild } from './child.ts';
import { StackError } from './errors.ts';
import { entrustLock } from './guard.ts';
import { type Lock, processStart, thisProcess } from './process-lock.ts';
import { type StackInfo, stackFile, writeState } from './stack-state.ts';

/** The sandbox reads a million rows in well under this; the worker waits for nothing longer. */
const readyTimeoutMs = 180_000;

/** One of our own scripts to start, and the time it may take to stop. */
export interface Part {
  name: string;
  args: string[];
  log: string;
  env?: Record<string, string | undefined>;
  graceMs?: number;
}

/** The children of one stack with their lock and state file. */
export class StackGroup {
  readonly crashed: Promise<StackError>;
  private readonly home: string;
  private readonly lock: Lock;
  private readonly releaseGuard: () => void;
  private readonly children: { child: Child; graceMs: number | undefined }[] = [];
  private info: StackInfo | undefined;
  private stopping: Promise<void> | undefined;
  private reportCrash: (error: StackError) => void = () => {};

  constructor(home: string, lock: Lock) {
    this.home = home;
    this.lock = lock;
    this.releaseGuard = entrustLock(stackFile(home));
    this.crashed = new Promise((resolve) => {
      this.reportCrash = resolve;
    });
  }

  add(child: Child, graceMs?: number): void {
    this.children.push({ child, graceMs });
    this.save();
    void child.ended.then((exit) => this.noticeEnd(child, exit));
  }

  publish(info: StackInfo): void {
    this.info = info;
    this.save();
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
      ...(part.env && { env: part.env }),
    });
    this.add(child, part.graceMs);
    const timeout = new AbortController();
    const late = sleep(readyTimeoutMs, 'late' as const, { signal: timeout.signal, ref: false });
    const end = child.ended.then(() => 'ended' as const);
    const outcome = await Promise.race([value.then((url) => ({ url })), end, late]);
    timeout.abort();
    late.catch(() => {}); // The abort above; whichever came first has been taken.
    if (typeof outcome === 'object') return outcome.url;
    const what =
      outcome === 'late' ? `was not ready in ${readyTimeoutMs / 1000} s` : 'did not start';
    throw new StackError(`${capital(part.name)} ${what}. ${child.lastWords()}`);
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    for (const { child, graceMs } of [...this.children].reverse()) await child.stop(graceMs);
    this.lock.release();
    this.releaseGuard();
  }

  private noticeEnd(child: Child, exit: ChildExit): void {
    if (exit.asked || this.stopping || !this.info) return; // Before publish, the starter reports.
    const how = exit.signal ? `was killed by ${exit.signal}` : `ended with exit code ${exit.code}`;
    const error = new StackError(
      `${capital(child.name)} ${how}; everything else was stopped. Start it again with the same ` +
        `command: on a CRM of your own, runs that were under way go on. ${child.lastWords()}`,
    );
    void this.stop().then(() => this.reportCrash(error));
  }

  private save(): void {
    const children = this.children.map(({ child: { name, pid } }) => ({
      name,
      pid,
      started: processStart(pid) ?? '',
    }));
    writeState(this.home, { ...thisProcess(), children, ...(this.info && { stack: this.info }) });
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
