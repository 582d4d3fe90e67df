/** The life of one seed's company: first day, bad days, rest, last look. */
import { type Random, random } from '../../sandbox/seed/random.ts';
import { createSandbox, type Sandbox } from '../../sandbox/server.ts';
import type { Store } from '../../store/types.ts';
import { checkFields } from './check-fields.ts';
import { checkEpisodes, checkExplained, checkMirror, checkTasks } from './checks.ts';
import { type Company, drawCompany, hourMs } from './company.ts';
import { Fate } from './fate.ts';
import { Jobs } from './jobs.ts';
import { People } from './people.ts';
import { Policies } from './policies.ts';
import { SentTwice } from './sent-twice.ts';
import type { Settled } from './settled.ts';
import { spoils } from './spoil.ts';
import type { Actors } from './standing-edits.ts';
import { connection, SimulatedTemporal } from './temporal.ts';
import type { VirtualTime } from './virtual-time.ts';
import { Weather } from './weather.ts';

/** What a seed drew, what befell it, and what did not hold. */
export interface Outcome {
  seed: number;
  opportunities: number;
  steps: number;
  jobs: Record<string, number>;
  edits: Record<string, number>;
  faults: Record<string, number>;
  crashes: number;
  lostCompletions: number;
  zombies: number;
  clockMoves: number;
  hoursPassed: number;
  violations: string[];
}

/** Ten syncs with nothing new to read: by then all work is done, or never will be. */
const syncsMax = 10;

/** Plans and applies on the first days, whatever goes wrong in them. */
const triesMax = 12;

/** Reads of an idle sync: one for each mapped object (two objects are read from Account). */
const idleReads = 6;

export class Life {
  readonly violations: string[] = [];
  readonly #seed: number;
  readonly #time: VirtualTime;
  readonly #store: Store;
  readonly #trace: (line: string) => void;
  readonly #dice: Random;
  readonly #sandbox: Sandbox;
  readonly #fate: Fate;
  readonly #weather: Weather;
  readonly #people: People;
  readonly #policies: Policies;
  readonly #temporal: SimulatedTemporal;
  readonly #jobs: Jobs;
  readonly #company: Company;
  readonly #actors: Actors;
  readonly #sentTwice: SentTwice;
  readonly #began: number;
  readonly #undoes: boolean;
  #steps = 0;
  #clockMoves = 0;

  constructor(seed: number, time: VirtualTime, store: Store, trace: (line: string) => void) {
    this.#seed = seed;
    this.#time = time;
    this.#store = store;
    this.#trace = trace;
    this.#began = time.now();
    this.#dice = random(seed, 'simulation/steps');
    this.#undoes = this.#dice.chance(0.3);
    this.#company = drawCompany(random(seed, 'simulation/company'), time.now());
    this.#sandbox = createSandbox({ dataset: this.#company.dataset });
    const org = this.#sandbox.tenants.defaultOrg;
    this.#actors = { integrationUserId: org.integrationUserId, jobs: [] };
    this.#fate = new Fate(seed);
    this.#weather = new Weather(seed, this.#sandbox);
    this.#people = new People(seed, org, time, !this.#undoes, trace);
    this.#policies = new Policies(seed);
    this.#sentTwice = new SentTwice(org, this.#actors);
    const speed = random(seed, 'simulation/calls');
    const slow = speed.chance(0.2);
    this.#temporal = new SimulatedTemporal({
      outside: {
        sandbox: this.#sandbox,
        store,
        time,
        log: [],
        mappingsDir: this.#policies.folder,
        callMs: () => (slow ? speed.int(20, 20_000) : 40),
        watch: (request) => this.#sentTwice.watch(request),
      },
      fate: this.#fate,
      editMeanwhile: () => this.#people.edit(),
      trace,
    });
    const { violations } = this;
    this.#jobs = new Jobs({
      store,
      org,
      time,
      temporal: this.#temporal,
      spans: this.#actors.jobs as { from: number; to: number }[],
      violations,
      trace,
    });
    trace(`seed ${seed}: ${this.#company.opportunities} opportunities, ${time.iso()}`);
  }

  /** Provision on a calm day, for a person watches; plan and apply on any, until they are done. */
  async begin(): Promise<void> {
    this.#fate.calm();
    await this.#jobs.provision();
    if (this.#dice.chance(0.4)) {
      this.#fate.rise();
      this.#armFaults();
    }
    for (let tries = 1; (await this.#store.activeVersion(connection)) === undefined; tries += 1) {
      if (tries > triesMax) {
        throw new Error(`No version is active after ${triesMax} tries.`);
      }
      await this.#jobs.apply(false);
      this.#weather.clear();
      this.#time.advance(26 * hourMs);
    }
    this.#weather.clear();
    this.#fate.rise();
  }

  /** Bad days. */
  async live(): Promise<void> {
    const steps = this.#dice.int(3, 12);
    for (let i = 0; i < steps; i += 1) {
      this.#steps += 1;
      this.#trace(`  step ${this.#steps}, ${this.#time.iso()}`);
      for (let n = this.#dice.int(0, 5); n > 0; n -= 1) {
        this.#people.edit();
      }
      this.#passTime();
      this.#armFaults();
      await this.#anyJob();
      this.#weather.clear();
    }
  }

  /** Faults off, another day for the quota, and syncs until there is nothing left to do. */
  async settle(): Promise<void> {
    this.#fate.calm();
    await this.#temporal.releaseDead();
    this.#time.advance(26 * hourMs);
    this.#trace(`  settling, ${this.#time.iso()}`);
    await this.#jobs.releaseUndone();
    await this.#jobs.run('sync');
    // A field that was hidden moves no timestamp when it is back; all else the syncs must find.
    if (!('field-hidden' in this.#weather.struck)) {
      const missed = await checkMirror(await this.#settled());
      this.violations.push(...missed.map((one) => `before any reconcile: ${one}`));
    }
    await this.#jobs.run('reconcile');
    for (let i = 0; i < syncsMax; i += 1) {
      this.#time.advance(2 * hourMs);
      await this.#jobs.run('retry');
      const { outcome, counts } = await this.#jobs.run('sync');
      const { written = 0, tasks = 0, waiting = 0 } = counts;
      if (outcome === 'green' && written + tasks + waiting === 0) {
        return;
      }
    }
    this.violations.push(`it does not come to rest: ${syncsMax} syncs later there is still work`);
  }

  /** The last look: a further sync that has nothing to do, then the checks. */
  async look(spoil: string | null): Promise<void> {
    await this.#lookIdle();
    if (spoil !== null) {
      await this.#spoil(spoil);
    }
    await this.#checkAll();
  }

  async close(): Promise<void> {
    await this.#temporal.close();
    this.#policies.remove();
  }

  outcome(): Outcome {
    return {
      seed: this.#seed,
      opportunities: this.#company.opportunities,
      steps: this.#steps,
      jobs: this.#jobs.done,
      edits: this.#people.done,
      faults: this.#weather.struck,
      crashes: this.#fate.crashes,
      lostCompletions: this.#fate.lost,
      zombies: this.#fate.zombies,
      clockMoves: this.#clockMoves,
      hoursPassed: Math.round((this.#time.now() - this.#began) / hourMs),
      violations: this.violations,
    };
  }

  async #anyJob(): Promise<void> {
    const weights = { sync: 12, reconcile: 2, backfill: 1, retry: 2, apply: 2, undo: 0 };
    const kind = this.#dice.weighted({ ...weights, undo: this.#undoes ? 3 : 0 });
    if (kind === 'apply') {
      if (this.#dice.chance(0.6)) {
        this.#trace(`    policy ${JSON.stringify(this.#policies.edit())}`);
      }
      await this.#jobs.apply(this.#dice.chance(0.5));
    } else if (kind === 'undo') {
      await this.#jobs.undo(this.#dice);
    } else {
      await this.#jobs.run(kind as 'sync' | 'reconcile' | 'backfill' | 'retry');
    }
  }

  #armFaults(): void {
    for (const armed of this.#weather.arm()) {
      this.#trace(`    armed ${armed}`);
    }
  }

  #passTime(): void {
    const hours = this.#dice.pick([0.02, 0.1, 1, 5, 26, 100, 24 * 20]);
    this.#time.advance(Math.round(hours * hourMs));
    if (this.#dice.chance(0.15)) {
      // The CRM's clock alone: as far as a real one is off, and as far as a demo moves it.
      const ms = this.#dice.pick([2_000, 45_000, 26 * hourMs]);
      this.#clockMoves += 1;
      this.#sandbox.clock.advance(ms);
      this.#trace(`    the CRM's clock moves by ${ms} ms`);
    }
    this.#trace(`    time passes to ${this.#time.iso()}`);
  }

  /** Twice at most: in between a decision may have fallen due. */
  async #lookIdle(): Promise<void> {
    let said = '';
    for (let i = 0; i < 2; i += 1) {
      this.#time.advance(61_000);
      const before = this.#sandbox.calls.calls().at(-1)?.seq ?? 0;
      const { counts, outcome } = await this.#jobs.run('sync');
      const calls = this.#sandbox.calls.calls().filter(({ seq }) => seq > before);
      const { written = 0, tasks = 0 } = counts;
      // The list of versions needs no token and counts against no limit: it tells the CRM's time.
      const names = calls
        .map(({ operation }) => operation)
        .filter((operation) => operation !== 'GET /services/data/');
      if (outcome === 'green' && written + tasks === 0 && names.length === idleReads) {
        return;
      }
      said = `${outcome}, ${written} written, ${tasks} tasks, calls ${names.join(', ')}`;
    }
    this.violations.push(`a further sync is not idle: ${said}`);
  }

  /** Damages the settled world, to see that the checks say so. */
  async #spoil(name: string): Promise<void> {
    const send = async (method: string, path: string, body: unknown): Promise<void> => {
      const url = `http://sandbox/services/data/v62.0${path}`;
      await this.#sentTwice.watch(new Request(url, { method, body: JSON.stringify(body) }));
    };
    await spoils[name]!.do({ org: this.#sandbox.tenants.defaultOrg, send });
  }

  async #checkAll(): Promise<void> {
    const settled = await this.#settled();
    this.violations.push(
      ...checkFields(settled),
      ...(await checkMirror(settled)),
      ...this.#sentTwice.found,
      ...checkTasks(settled),
      ...(await checkEpisodes(settled)),
      ...(await checkExplained(settled)),
      ...(await this.#jobs.leftOpen()),
    );
  }

  async #settled(): Promise<Settled> {
    const active = (await this.#store.activeVersion(connection))!;
    const policy = this.#policies.labelled(/^\d+\.\d+/.exec(active.label)![0]);
    return {
      org: this.#sandbox.tenants.defaultOrg,
      store: this.#store,
      now: this.#sandbox.clock.now(),
      actors: this.#actors,
      policy,
      policies: [...this.#policies.written.filter((one) => one !== policy), policy],
      merged: this.#people.merged,
      renamed: this.#people.renamed,
    };
  }
}
