/**
 * This worker's life in a PostgreSQL that several workers share, and the end of others' lives: what
 * a dead worker had in flight is taken over within a minute, not at the end of its lease.
 *
 * The rule, and why nothing is sent twice:
 * - A life says every 3 s that it lasts (`worker.beats`). Its worker may begin calls of a CRM for
 *   12 s from the moment it began to say so, and no longer until it has said so again; that is
 *   looked at last at the socket (connectors/deadline.ts), with nothing but the write after it.
 * - Another worker ends the life once it has seen `beats` stand still for 15 s of its own time,
 *   under the condition that they still do. The first look comes after the beat, so whoever ends
 *   it has waited for longer than the right to send has lasted: a process that was stopped, cut
 *   off or starved lost the right before anybody got its rows. Durations are compared only, never
 *   the clocks of two machines.
 * - An ended life never begins again. A process that wakes up after it begins a new one, and what it
 *   had claimed before stays bound to the old: it is neither sent nor settled.
 * - A call that was under way at the end may still be carried out by the CRM. Its rows become
 *   `unclear`: they are read back before anything is sent, and not before 45 s have passed, a minute
 *   after the last sign of life, as long as any call is given whose end nobody knows.
 *
 * What it cannot see is a machine whose every clock stands still, such as a virtual machine that is
 * frozen and goes on without its host telling it the time.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Life } from '../activities/lease.ts';
import type { Instant } from '../rules/types.ts';
import type { LivingWorker, TakenOver, WorkerStore } from '../store/types.ts';
import { longest, type Moment, moment, shortest } from './moment.ts';

/** Times in ms, as the rule above has them. Tests shorten them. */
export interface LifeTimes {
  beatEveryMs: number;
  mayBeginMs: number;
  deadAfterMs: number;
  readBackAfterMs: number;
}

export const lifeTimes: LifeTimes = {
  beatEveryMs: 3_000,
  mayBeginMs: 12_000,
  deadAfterMs: 15_000,
  readBackAfterMs: 45_000,
};

export interface LifeOptions {
  store: Omit<WorkerStore, 'rowsInHand'>;
  /** As Temporal shows it. */
  identity: string;
  log: Logger;
  /** Told of each worker that was found dead. */
  onDead(identity: string): void;
  times?: LifeTimes;
  /** This process's clocks; tests have their own. */
  clock?: () => Moment;
}

/** The lives of this process, one after the other, and its watch over the others. */
export interface WorkerLife {
  /** The present life. */
  now(): Life;
  /** Ends it; what might still be under way sends nothing more. */
  stop(): Promise<void>;
}

/** Begins a life and says so until it is stopped. Throws when the store cannot be asked. */
export async function beginLife(options: LifeOptions): Promise<WorkerLife> {
  const lives = await Lives.begin(options);
  const stopping = new AbortController();
  const { beatEveryMs } = options.times ?? lifeTimes;
  const pause = () => sleep(beatEveryMs, undefined, { signal: stopping.signal });
  let looking = Promise.resolve();
  let isLooking = false;
  const beating = (async () => {
    for (;;) {
      await pause().catch(() => undefined);
      if (stopping.signal.aborted) {
        return;
      }
      const lasts = await lives.beat();
      if (lasts && !isLooking) {
        // Not waited for: taking over may wait for locks, and the next beat must not.
        isLooking = true;
        looking = lives.look().finally(() => {
          isLooking = false;
        });
      }
    }
  })();
  return {
    now: () => lives.now,
    async stop() {
      stopping.abort();
      await beating;
      await looking;
      await lives.end();
    },
  };
}

/** The steps of it, one by one; neither throws. */
export class Lives {
  readonly #options: LifeOptions;
  readonly #watch: Watch;
  #life: OneLife;
  #isTold = false;

  static async begin(options: LifeOptions): Promise<Lives> {
    return new Lives(options, await OneLife.begin(options));
  }

  private constructor(options: LifeOptions, life: OneLife) {
    this.#options = options;
    this.#life = life;
    this.#watch = new Watch(options);
  }

  get now(): Life {
    return this.#life;
  }

  /** A sign of life; a new life where the old one was ended. Returns whether the present lasts. */
  async beat(): Promise<boolean> {
    try {
      const lasts = await this.#life.renew();
      if (this.#life.isOver) {
        this.#options.log.warn(
          'This worker gave no sign of life for so long that others took its rows over. What it ' +
            'had begun is not sent; it goes on with a new life. Nothing to do, unless this is ' +
            'often so: the machine or the way to PostgreSQL is too slow then.',
        );
        this.#life = await OneLife.begin(this.#options);
      }
      this.#isTold = false;
      return lasts;
    } catch (error) {
      this.#tellOnce(error);
      return false;
    }
  }

  /** Gives back what was left in this life; ends lives that stand still, and takes theirs over. */
  async look(): Promise<void> {
    try {
      await this.#life.giveBack();
      await this.#watch.look(this.#life.id);
    } catch (error) {
      this.#tellOnce(error);
    }
  }

  /** Ends the present life, here first: from then on others may take what it still had in hand. */
  async end(): Promise<void> {
    this.#life.isOver = true;
    await this.#options.store.endWorker(this.#life.id, null);
  }

  #tellOnce(error: unknown): void {
    this.#watch.forget();
    if (!this.#isTold) {
      this.#isTold = true;
      this.#options.log.warn(
        { err: error },
        'The store took no sign of life of this worker. Nothing is sent until it does; tried again.',
      );
    }
  }
}

class OneLife implements Life {
  readonly id: string;
  /** Ended by somebody: for good. */
  isOver = false;
  readonly #store: LifeOptions['store'];
  readonly #clock: () => Moment;
  readonly #mayBeginMs: number;
  readonly #left = new Set<string>();
  #heldSince: Moment;

  static async begin(options: LifeOptions): Promise<OneLife> {
    const life = new OneLife(options);
    await options.store.beginWorker(life.id, options.identity);
    return life;
  }

  private constructor({ store, clock = moment, times = lifeTimes }: LifeOptions) {
    this.id = randomUUID();
    this.#store = store;
    this.#clock = clock;
    this.#mayBeginMs = times.mayBeginMs;
    this.#heldSince = clock();
  }

  lasts(): boolean {
    return !this.isOver && longest(this.#heldSince, this.#clock()) < this.#mayBeginMs;
  }

  async renew(): Promise<boolean> {
    // Before it is asked: whoever sees the beat sees it later than this.
    const asked = this.#clock();
    if (!(await this.#store.beatWorker(this.id))) {
      this.isOver = true;
      return false;
    }
    this.#heldSince = asked;
    return this.lasts();
  }

  leave(leaseId: string): void {
    this.#left.add(leaseId);
  }

  /** Their calls have ended: they are read back at once, not when their lease ends. */
  async giveBack(): Promise<void> {
    const leases = [...this.#left];
    if (leases.length > 0) {
      await this.#store.leaveClaims(leases, new Date().toISOString());
      for (const lease of leases) {
        this.#left.delete(lease);
      }
    }
  }
}

/** Looks at the other lives, each round; ends those that stand still and takes their rows over. */
class Watch {
  readonly #options: LifeOptions;
  readonly #times: LifeTimes;
  readonly #clock: () => Moment;
  readonly #seen = new Map<string, { beats: number; since: Moment }>();
  #lookedAt: Moment;

  constructor(options: LifeOptions) {
    this.#options = options;
    this.#times = options.times ?? lifeTimes;
    this.#clock = options.clock ?? moment;
    this.#lookedAt = this.#clock();
  }

  /** Who could not look does not know for how long the others stand still. */
  forget(): void {
    this.#seen.clear();
  }

  async look(self: string): Promise<void> {
    const { store, onDead } = this.#options;
    const now = this.#clock();
    if (longest(this.#lookedAt, now) > this.#times.deadAfterMs) {
      this.forget();
    }
    this.#lookedAt = now;
    const ended: LivingWorker[] = [];
    const living = await store.livingWorkers();
    for (const id of this.#seen.keys()) {
      if (!living.some((one) => one.id === id)) {
        this.#seen.delete(id);
      }
    }
    for (const other of living) {
      const isDead = other.id !== self && this.#standsStill(other);
      if (isDead && (await store.endWorker(other.id, other.beats))) {
        ended.push(other);
      }
    }
    const dueAt = new Date(now.wall + this.#times.readBackAfterMs).toISOString();
    this.#tell(ended, await store.takeOverClaims(dueAt), dueAt);
    for (const { identity } of ended) {
      onDead(identity);
    }
  }

  #standsStill({ id, beats }: LivingWorker): boolean {
    const seen = this.#seen.get(id);
    if (seen?.beats !== beats) {
      this.#seen.set(id, { beats, since: this.#clock() });
      return false;
    }
    return shortest(seen.since, this.#clock()) >= this.#times.deadAfterMs;
  }

  #tell(ended: LivingWorker[], taken: TakenOver[], readBackAt: Instant): void {
    const { log } = this.#options;
    for (const { id, identity, seenAt } of ended) {
      const rows = taken.find(({ workerId }) => workerId === id)?.rows ?? 0;
      log.warn(
        { worker: identity, deadSince: seenAt, rows, readBackAt },
        `took over ${rows} rows of worker ${identity}, dead since ${seenAt}`,
      );
    }
    // Of one that stopped with rows in hand, or that claimed before it knew of its own end.
    for (const { workerId, rows } of taken) {
      if (!ended.some(({ id }) => id === workerId)) {
        log.warn({ rows, readBackAt }, `took over ${rows} rows of a worker that had ended`);
      }
    }
  }
}
