/** A Temporal server of a few lines: real workflows; activities with retries and deaths. */
import {
  ActivityFailure,
  ApplicationFailure,
  RetryState,
  TimeoutFailure,
} from '@temporalio/common';
import { workflowOf } from '../../workflows/job-kinds.ts';
import type { JobInput, JobKind, JobRequest, JobResult } from '../../workflows/messages.ts';
import type { Fate } from './fate.ts';
import type { Intermission } from './gate.ts';
import type { VirtualTime } from './virtual-time.ts';
import { type Outside, type SimulatedWorker, startWorker } from './worker.ts';
import { type ActivityOptions, ContinueAsNew, hosted } from './workflow-host.ts';

/** The connection of the simulation: mappings/sandbox-salesforce.yaml. */
export const connection = 'sandbox-salesforce';

/** When a worker that died is given up: the heartbeat timeout of workflows/activity-calls.ts. */
const heartbeatMs = 60_000;
/** Its start-to-close timeout: a completion that was lost is missed then. */
const startToCloseMs = 11 * 60_000;
const scheduleToCloseMs = 30 * 60_000;

export interface TemporalOptions {
  outside: Outside;
  fate: Fate;
  /** Somebody edits records while an activity runs. */
  editMeanwhile(): void;
  trace(line: string): void;
}

/** Runs jobs one at a time, as the owner of a connection does. */
export class SimulatedTemporal {
  readonly #outside: Outside;
  readonly #time: VirtualTime;
  readonly #fate: Fate;
  readonly #editMeanwhile: () => void;
  readonly #trace: (line: string) => void;
  #worker: SimulatedWorker | null = null;
  #dead: { worker: SimulatedWorker; run: Promise<unknown> }[] = [];
  #closing: SimulatedWorker[] = [];
  #jobs = 0;

  constructor({ outside, fate, editMeanwhile, trace }: TemporalOptions) {
    this.#outside = outside;
    this.#time = outside.time;
    this.#fate = fate;
    this.#editMeanwhile = editMeanwhile;
    this.#trace = trace;
  }

  /** One job to its end, however often it continues as new. */
  async job(kind: JobKind, more: Partial<JobRequest> = {}): Promise<JobResult> {
    this.#jobs += 1;
    const workflowId = `${kind}/${connection}/${this.#jobs}`;
    const request: JobRequest = { kind, commandId: null, ...more };
    let input: JobInput = { connection, crm: 'salesforce', request, searchAttributes: false };
    const host = {
      workflowId,
      suggestsContinueAsNew: () => this.#fate.continuesAsNew(),
      activity: (name: string, options: ActivityOptions, given: unknown) =>
        this.#activity(workflowId, name, options, given),
    };
    for (;;) {
      try {
        const result = await hosted(host, () => workflowOf(kind)(copied(input)));
        await this.releaseDead();
        return copied(result);
      } catch (error) {
        if (!(error instanceof ContinueAsNew)) {
          throw error;
        }
        this.#trace(`    ${workflowId} continues as new`);
        input = copied(error.input) as JobInput;
      }
    }
  }

  /** Workers that were thought dead go on, and end. */
  async releaseDead(): Promise<void> {
    for (const { worker, run } of this.#dead.splice(0)) {
      this.#fate.zombies += 1;
      worker.gate.release();
      const end = await run.then(
        () => 'done',
        (error: ApplicationFailure) => `failed with ${error.type ?? error.name}`,
      );
      this.#trace(`    a worker thought dead went on: ${end}`);
    }
  }

  async close(): Promise<void> {
    await this.#worker?.close();
    this.#worker = null;
    for (const worker of this.#closing.splice(0)) {
      await worker.abandon();
    }
  }

  async #activity(
    workflowId: string,
    name: string,
    options: ActivityOptions,
    input: unknown,
  ): Promise<unknown> {
    const until = this.#time.now() + scheduleToCloseMs;
    const { maximumAttempts } = options.retry;
    for (let attempt = 1; ; attempt += 1) {
      const ended = await this.#attempt(workflowId, name, options.activityId, attempt, input);
      if ('result' in ended) {
        return copied(ended.result);
      }
      const { failure } = ended;
      const wait = failure instanceof ApplicationFailure ? backoff(failure, attempt) : 0;
      const isFinal = failure instanceof ApplicationFailure && failure.nonRetryable === true;
      const isLate = this.#time.now() + wait > until;
      if (isFinal || isLate || attempt >= maximumAttempts) {
        const state = isFinal ? RetryState.NON_RETRYABLE_FAILURE : RetryState.TIMEOUT;
        const { activityId } = options;
        throw new ActivityFailure('Activity failed', name, activityId, state, 'worker', failure);
      }
      this.#time.advance(wait);
    }
  }

  /** One attempt: its result, its failure, or a timeout where the worker or the answer was lost. */
  async #attempt(
    workflowId: string,
    name: string,
    activityId: string,
    attempt: number,
    input: unknown,
  ): Promise<{ result: unknown } | { failure: ApplicationFailure | TimeoutFailure }> {
    this.#worker ??= await startWorker(this.#outside);
    const worker = this.#worker;
    const crash = this.#fate.crash();
    worker.gate.begin(crash, this.#intermissions());
    const run = worker.run(name, { workflowId, activityId, attempt, input: copied(input) });
    const ended = await Promise.race([
      run.then(
        (result) => ({ result }),
        (failure: ApplicationFailure) => ({ failure }),
      ),
      worker.gate.down.then(() => 'down' as const),
    ]);
    const what = `    ${name} ${activityId}${attempt > 1 ? `, attempt ${attempt}` : ''}`;
    if (ended === 'down') {
      await worker.gate.idle();
      this.#trace(`${what}: the worker died ${crash?.when} ${crash?.kind} effect ${crash?.n}`);
      this.#bury(worker, run);
      this.#time.advance(heartbeatMs + this.#fate.outageMs());
      return { failure: new TimeoutFailure('activity Heartbeat timeout', undefined, 'HEARTBEAT') };
    }
    if ('failure' in ended) {
      const { type, message } = ended.failure;
      this.#trace(`${what}: ${type ?? ended.failure.name}: ${message}`);
      return ended;
    }
    if (this.#fate.losesCompletion()) {
      this.#trace(`${what}: done, but the server died before it had stored the completion`);
      this.#time.advance(startToCloseMs);
      return { failure: new TimeoutFailure('activity timeout', undefined, 'START_TO_CLOSE') };
    }
    this.#trace(`${what}: ${JSON.stringify(ended.result ?? null)}`);
    return ended;
  }

  /** What happens in the middle of an attempt: a dead worker comes back, people go on working. */
  #intermissions(): Intermission[] {
    const wakesAt = this.#dead.length > 0 ? this.#fate.zombieWakesAt() : null;
    const editAt = this.#fate.editMeanwhileAt();
    return [
      ...(wakesAt === null ? [] : [{ n: wakesAt, run: () => this.releaseDead() }]),
      ...(editAt === null ? [] : [{ n: editAt, run: async () => this.#editMeanwhile() }]),
    ];
  }

  #bury(worker: SimulatedWorker, run: Promise<unknown>): void {
    this.#worker = null;
    this.#closing.push(worker);
    run.catch(() => undefined);
    if (this.#fate.becomesZombie()) {
      this.#dead.push({ worker, run });
    }
  }
}

/** 1, 2, 4 ... s, at most a minute, or as long as the failure asks for. */
function backoff(failure: ApplicationFailure, attempt: number): number {
  const asked = failure.nextRetryDelay;
  return typeof asked === 'number' ? asked : Math.min(60_000, 1_000 * 2 ** (attempt - 1));
}

/** As it would come through Temporal: JSON, and nothing shared. */
function copied<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}
