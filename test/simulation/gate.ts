/** The line between a worker and the world: where the worker dies, and where a dead one wakes. */

/** A call of the CRM or of the store: what a worker does that outlives it. */
export type EffectKind = 'http' | 'store';

/** A worker's end: at its n-th effect of this kind, before it happens or when its answer comes. */
export interface CrashPlan {
  kind: EffectKind;
  n: number;
  when: 'before' | 'after';
}

/** Something that happens before the n-th effect of an attempt begins. */
export interface Intermission {
  n: number;
  run(): Promise<void>;
}

/**
 * Every effect of a worker passes here. Once the worker is down nothing begins and no answer
 * comes back, until it is released: then it goes on as if nothing had happened (a zombie).
 */
export class Gate {
  #crash: CrashPlan | null = null;
  #intermissions: Intermission[] = [];
  #seen = { http: 0, store: 0 };
  #running = 0;
  #isDown = false;
  #down = Promise.withResolvers<void>();
  #released = Promise.withResolvers<void>();
  #idle: (() => void)[] = [];

  /** Counts from zero again: a new attempt begins. */
  begin(crash: CrashPlan | null, intermissions: Intermission[]): void {
    this.#crash = crash;
    this.#intermissions = intermissions;
    this.#seen = { http: 0, store: 0 };
  }

  /** Runs one effect. */
  async effect<T>(kind: EffectKind, work: () => Promise<T>): Promise<T> {
    await this.#mayPass();
    this.#seen[kind] += 1;
    await this.#pause();
    const strikes = this.#crash?.kind === kind && this.#crash.n === this.#seen[kind];
    if (strikes && this.#crash?.when === 'before') {
      this.#stop();
      await this.#mayPass();
    }
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      if (strikes && this.#crash?.when === 'after') {
        this.#stop();
      }
      this.#tellIdle();
      await this.#mayPass();
    }
  }

  /**
   * The last instant at which the worker is still to decide whether it calls the CRM: one that dies
   * before its n-th call stands still here, and finds what time it is when it comes back. Counts
   * nothing. (Beyond, a process cannot look any more: see the README.)
   */
  async beforeCall(): Promise<void> {
    const crash = this.#crash;
    if (crash?.kind === 'http' && crash.when === 'before' && crash.n === this.#seen.http + 1) {
      this.#stop();
    }
    await this.#mayPass();
  }

  /** Resolves when the worker goes down. */
  get down(): Promise<void> {
    return this.#down.promise;
  }

  /** Takes the worker down from outside. */
  stop(): void {
    this.#stop();
  }

  /** Resolves when nothing that had begun is under way any more. */
  async idle(): Promise<void> {
    if (this.#running > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  /** Lets a worker that is down go on. */
  release(): void {
    this.#crash = null;
    this.#isDown = false;
    this.#released.resolve();
  }

  #stop(): void {
    this.#isDown = true;
    this.#down.resolve();
  }

  async #mayPass(): Promise<void> {
    if (this.#isDown) {
      await this.#released.promise;
    }
  }

  async #pause(): Promise<void> {
    const { http, store } = this.#seen;
    const due = this.#intermissions.filter(({ n }) => http + store >= n);
    this.#intermissions = this.#intermissions.filter((one) => !due.includes(one));
    for (const { run } of due) {
      await run();
    }
  }

  #tellIdle(): void {
    if (this.#running === 0) {
      for (const resolve of this.#idle.splice(0)) {
        resolve();
      }
    }
  }
}
