/** Processes for the tests of lives: clocks that are off, a store that answers when it is told to. */
import pino from 'pino';
import type { Life } from '../../activities/lease.ts';
import type { LivingWorker } from '../../store/types.ts';
import { type LifeOptions, Lives } from '../../worker/life.ts';
import type { Moment } from '../../worker/moment.ts';

type LifeStore = LifeOptions['store'];

/** The table `worker` as SQL changes it, one statement at a time. */
export class Table {
  readonly rows = new Map<string, LivingWorker & { ended: boolean }>();
  readonly left: string[] = [];

  readonly store: LifeStore = {
    beginWorker: async (id, identity) => {
      this.rows.set(id, { id, identity, beats: 0, seenAt: '2026-01-01T00:00:00Z', ended: false });
    },
    beatWorker: async (id) => {
      const row = this.rows.get(id)!;
      row.beats += row.ended ? 0 : 1;
      return !row.ended;
    },
    livingWorkers: async () => [...this.rows.values()].filter((row) => !row.ended).map(copyOf),
    endWorker: async (id, beats) => {
      const row = this.rows.get(id)!;
      const ends = !row.ended && (beats === null || row.beats === beats);
      row.ended ||= ends;
      return ends;
    },
    takeOverClaims: async () => [],
    leaveClaims: async (leases) => {
      this.left.push(...leases);
      return leases.length;
    },
  };
}

const copyOf = <T>(row: T): T => ({ ...row });

/** A process: clocks that are off, a way to the store that takes time, and the lives it has had. */
export class Process {
  wallMs: number;
  steadyMs: number;
  readonly said: string[] = [];
  readonly dead: string[] = [];
  readonly lives: Life[] = [];
  /** Calls of the store under way: each is carried out when the course says so, or its answer lost. */
  readonly #underWay: { carryOut(): Promise<void>; lose(): void; unheard(): Promise<void> }[] = [];
  #own: Lives | undefined;
  readonly #options: LifeOptions;
  private readonly name: string;

  constructor(name: string, table: Table, offMs: number) {
    this.name = name;
    this.wallMs = 1e12 + offMs;
    this.steadyMs = offMs % 7_919;
    const log = pino({ level: 'warn' }, { write: (line: string) => void this.said.push(line) });
    this.#options = {
      identity: name,
      log,
      store: this.#slow(table.store),
      onDead: (identity) => void this.dead.push(identity),
      clock: (): Moment => ({ wall: this.wallMs, steady: this.steadyMs }),
    };
  }

  async begin(): Promise<void> {
    const begun = Lives.begin(this.#options);
    await this.carryOutAll();
    this.#own = await begun;
    this.#remember();
  }

  /** Asks; the store answers when it is told to. */
  beat(): void {
    void this.#own!.beat().then(() => this.#remember());
  }

  look(): void {
    void this.#own!.look();
  }

  end(): void {
    void this.#own!.end().catch(() => undefined);
  }

  async carryOut(): Promise<void> {
    await this.#underWay.shift()?.carryOut();
    await settled();
    this.#remember();
  }

  async carryOutAll(): Promise<void> {
    do {
      await this.carryOut();
    } while (this.#underWay.length > 0);
  }

  /** The call does not reach the store. */
  async lose(): Promise<void> {
    this.#underWay.shift()?.lose();
    await settled();
  }

  /** It does, and the answer is lost. */
  async unheard(): Promise<void> {
    await this.#underWay.shift()?.unheard();
    await settled();
  }

  async round(): Promise<void> {
    this.beat();
    await this.carryOutAll();
    this.look();
    await this.carryOutAll();
  }

  get present(): Life {
    return this.#own!.now;
  }

  #remember(): void {
    const present = this.#own?.now;
    if (present !== undefined && !this.lives.includes(present)) {
      this.lives.push(present);
    }
  }

  #slow(store: LifeStore): LifeStore {
    const slowly = (name: keyof LifeStore, call: (...given: never[]) => Promise<unknown>) => {
      return (...given: never[]) =>
        new Promise<unknown>((resolve, reject) => {
          const lose = () => reject(new Error(`${this.name}: no answer to ${name}`));
          this.#underWay.push({
            lose,
            carryOut: () => call(...given).then(resolve, reject),
            unheard: () => call(...given).then(lose),
          });
        });
    };
    return Object.fromEntries(
      Object.entries(store).map(([name, call]) => [name, slowly(name as keyof LifeStore, call)]),
    ) as unknown as LifeStore;
  }
}

/** Lets everything that has been answered be acted on. */
async function settled(): Promise<void> {
  for (let i = 0; i < 12; i += 1) {
    await Promise.resolve();
  }
}
