/** The jobs of a seed, as its owner would start them; each is looked at when it has ended. */
import type { Org } from '../../sandbox/salesforce/org.ts';
import type { Random } from '../../sandbox/seed/random.ts';
import type { Store } from '../../store/types.ts';
import type { JobKind, JobRequest, JobResult } from '../../workflows/messages.ts';
import { connection, type SimulatedTemporal } from './temporal.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What jobs are started with. */
export interface JobsOptions {
  store: Store;
  org: Org;
  time: VirtualTime;
  temporal: SimulatedTemporal;
  /** Gets the write log's span of every job. */
  spans: { from: number; to: number }[];
  violations: string[];
  trace(line: string): void;
}

export class Jobs {
  readonly #with: JobsOptions;
  /** How often each kind ended in each colour. */
  readonly done: Record<string, number> = {};
  #commands = 0;
  #written: string[] = [];
  #undone: string[] = [];

  constructor(options: JobsOptions) {
    this.#with = options;
  }

  /** One job; a run that wrote may be undone later. */
  async run(kind: JobKind, more: Partial<JobRequest> = {}): Promise<JobResult> {
    const { org, temporal, spans, trace } = this.#with;
    const from = org.writeLog().length + 1;
    const result = await temporal.job(kind, more);
    spans.push({ from, to: org.writeLog().length + 1 });
    const { runId, outcome, failure, counts } = result;
    this.done[`${kind} ${outcome}`] = (this.done[`${kind} ${outcome}`] ?? 0) + 1;
    const why = failure === null ? '' : ` ${failure.type}`;
    trace(`  ${runId}: ${outcome}${why} ${JSON.stringify(counts)}`);
    if (kind === 'sync' && (counts['written'] ?? 0) > 0) {
      this.#written.push(runId);
    }
    this.#checkColour(result);
    return result;
  }

  async provision(): Promise<void> {
    const commandId = await this.#command('provision', { set: 'core' });
    await this.run('provision', { commandId });
  }

  /** A plan of the files as they are, and its apply. */
  async apply(skipChanged: boolean): Promise<void> {
    const { planId } = await this.run('plan');
    if (planId !== null) {
      await this.run('apply', { planId, skipChanged });
    }
  }

  /** Takes back a sync that wrote, where there is one. */
  async undo(dice: Random): Promise<void> {
    if (this.#written.length === 0) {
      await this.run('sync');
      return;
    }
    const undoRunId = dice.pick(this.#written);
    this.#undone.push(undoRunId);
    const commandId = await this.#command('undo', { run: undoRunId });
    await this.run('undo', { commandId, undoRunId });
  }

  /** Lets everything that was undone be written again. */
  async releaseUndone(): Promise<void> {
    for (const undoRunId of new Set(this.#undone)) {
      const commandId = await this.#command('undo', { run: undoRunId, release: true });
      await this.run('undo', { commandId, undoRunId, release: true });
    }
  }

  /** Runs that nobody closed; the last look wants none. */
  async leftOpen(): Promise<string[]> {
    const runs = await this.#with.store.runs(connection, 1_000);
    return runs
      .filter(({ outcome }) => outcome === 'running')
      .map(({ id }) => `${id} was left open`);
  }

  /** A run with a failed row is amber, never green; one that failed is red. */
  #checkColour({ runId, outcome, failure, counts }: JobResult): void {
    const { failed = 0, unclear = 0, waiting = 0 } = counts;
    if (outcome === 'green' && (failed + unclear + waiting > 0 || failure !== null)) {
      this.#with.violations.push(`${runId} is green with ${JSON.stringify(counts)}`);
    }
  }

  async #command(kind: string, args: object): Promise<string> {
    this.#commands += 1;
    const id = `command-${this.#commands}`;
    const createdAt = this.#with.time.iso();
    const command = { id, kind, connection, actor: 'simulation', createdAt, args };
    await this.#with.store.saveCommand(command as never);
    return id;
  }
}
