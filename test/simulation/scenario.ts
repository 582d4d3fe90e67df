/** One seed: a company is drawn, lives through bad days, comes to rest, and is looked at. */
import { random } from '../../sandbox/seed/random.ts';
import { createSandbox } from '../../sandbox/server.ts';
import type { Store } from '../../store/types.ts';
import type { JobKind, JobRequest, JobResult } from '../../workflows/messages.ts';
import {
  checkExplained,
  checkFields,
  checkMirror,
  checkTasks,
  checkTwice,
  type Settled,
} from './checks.ts';
import { drawCompany, hourMs } from './company.ts';
import type { Database } from './database.ts';
import { Fate } from './fate.ts';
import { People } from './people.ts';
import { connection, SimulatedTemporal } from './temporal.ts';
import type { VirtualTime } from './virtual-time.ts';
import { Weather } from './weather.ts';
import type { Outside } from './worker.ts';

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

/** A Monday; the seed moves it by up to a year. */
const firstDay = Date.parse('2026-03-02T09:00:00.000Z');

/** Runs a seed from the first day to the last look. Everything follows from the seed. */
export async function runSeed(
  seed: number,
  time: VirtualTime,
  database: Database,
  trace: (line: string) => void,
): Promise<Outcome> {
  const dice = random(seed, 'simulation');
  time.set(firstDay + dice.int(0, 365 * 24) * hourMs + dice.int(0, hourMs - 1));
  return database.withStore(async (store) => {
    const life = new Life(seed, time, store, trace);
    try {
      await life.begin();
      await life.live();
      await life.settle();
      await life.look();
    } catch (error) {
      life.violations.push(`the simulation itself stopped: ${(error as Error).stack}`);
    } finally {
      await life.close();
    }
    return life.outcome();
  });
}

class Life {
  readonly violations: string[] = [];
  readonly #seed: number;
  readonly #time: VirtualTime;
  readonly #store: Store;
  readonly #trace: (line: string) => void;
  readonly #dice;
  readonly #sandbox;
  readonly #fate: Fate;
  readonly #weather: Weather;
  readonly #people: People;
  readonly #temporal: SimulatedTemporal;
  readonly #company;
  readonly #began: number;
  readonly #jobsDone: Record<string, number> = {};
  readonly #spans: { from: number; to: number }[] = [];
  readonly #log: string[] = [];
  #steps = 0;
  #clockMoves = 0;

  constructor(seed: number, time: VirtualTime, store: Store, trace: (line: string) => void) {
    this.#seed = seed;
    this.#time = time;
    this.#store = store;
    this.#trace = trace;
    this.#began = time.now();
    this.#dice = random(seed, 'simulation/steps');
    this.#company = drawCompany(random(seed, 'simulation/company'), time.now());
    this.#sandbox = createSandbox({ dataset: this.#company.dataset });
    const org = this.#sandbox.tenants.defaultOrg;
    this.#fate = new Fate(seed);
    this.#weather = new Weather(seed, this.#sandbox);
    this.#people = new People(seed, org, time, trace);
    const speed = random(seed, 'simulation/calls');
    const slow = speed.chance(0.2);
    const outside: Outside = {
      sandbox: this.#sandbox,
      store,
      time,
      log: this.#log,
      callMs: () => (slow ? speed.int(20, 20_000) : 40),
    };
    this.#temporal = new SimulatedTemporal({ outside, fate: this.#fate, trace });
    trace(`seed ${seed}: ${this.#company.opportunities} opportunities, ${time.iso()}`);
  }

  /** Provision, plan, apply; on a calm day, for a person watches. */
  async begin(): Promise<void> {
    this.#fate.calm();
    await this.#saveCommand('provision-1', 'provision', { set: 'core' });
    await this.#job('provision', { commandId: 'provision-1' });
    const plan = await this.#job('plan');
    await this.#job('apply', { planId: plan.planId! });
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
      for (const armed of this.#weather.arm()) {
        this.#trace(`    armed ${armed}`);
      }
      await this.#anyJob();
      this.#weather.clear();
    }
  }

  /** Faults off, time past lag and overlap, and syncs until there is nothing left to do. */
  async settle(): Promise<void> {
    this.#fate.calm();
    await this.#temporal.releaseDead();
    this.#time.advance(hourMs);
    this.#trace(`  settling, ${this.#time.iso()}`);
    await this.#job('sync');
    await this.#job('reconcile');
    for (let i = 0; i < 10; i += 1) {
      this.#time.advance(2 * hourMs);
      await this.#job('retry');
      const { outcome, counts } = await this.#job('sync');
      const { written = 0, tasks = 0, waiting = 0 } = counts;
      if (outcome === 'green' && written + tasks + waiting === 0) {
        return;
      }
    }
    this.violations.push('it does not come to rest: ten syncs later there is still work');
  }

  /** The last look: the checks, and a further sync that has nothing to do. */
  async look(): Promise<void> {
    await this.#checkIdle();
    const org = this.#sandbox.tenants.defaultOrg;
    const settled: Settled = {
      org,
      store: this.#store,
      now: this.#sandbox.clock.now(),
      actors: { integrationUserId: org.integrationUserId, jobs: this.#spans },
      merged: this.#people.merged,
      renamed: this.#people.renamed,
    };
    this.violations.push(
      ...checkFields(settled),
      ...(await checkMirror(settled)),
      ...checkTwice(settled),
      ...checkTasks(settled),
      ...(await checkExplained(settled)),
    );
  }

  async close(): Promise<void> {
    await this.#temporal.close();
  }

  outcome(): Outcome {
    return {
      seed: this.#seed,
      opportunities: this.#company.opportunities,
      steps: this.#steps,
      jobs: this.#jobsDone,
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
    const kind = this.#dice.weighted({ sync: 12, reconcile: 2, backfill: 1, retry: 2, apply: 2 });
    if (kind !== 'apply') {
      await this.#job(kind as JobKind);
      return;
    }
    const { planId } = await this.#job('plan');
    if (planId !== null) {
      const skipChanged = this.#dice.chance(0.5);
      await this.#job('apply', { planId, skipChanged });
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

  async #job(kind: JobKind, more: Partial<JobRequest> = {}): Promise<JobResult> {
    const org = this.#sandbox.tenants.defaultOrg;
    const from = org.writeLog().length + 1;
    const result = await this.#temporal.job(kind, more);
    this.#spans.push({ from, to: org.writeLog().length + 1 });
    this.#jobsDone[`${kind} ${result.outcome}`] =
      (this.#jobsDone[`${kind} ${result.outcome}`] ?? 0) + 1;
    const why = result.failure === null ? '' : ` ${result.failure.type}`;
    this.#trace(`  ${result.runId}: ${result.outcome}${why} ${JSON.stringify(result.counts)}`);
    await this.#checkColour(result);
    return result;
  }

  /** A run with a failed row is amber, never green; one that failed is red. */
  async #checkColour({ runId, outcome, failure, counts }: JobResult): Promise<void> {
    const { failed = 0, unclear = 0, waiting = 0 } = counts;
    if (outcome === 'green' && (failed + unclear + waiting > 0 || failure !== null)) {
      this.violations.push(`${runId} is green with ${JSON.stringify(counts)}`);
    }
    const row = await this.#store.run(runId);
    if (row !== undefined && row.outcome === 'running') {
      this.violations.push(`${runId} was left open`);
    }
  }

  /** Twice at most: in between a decision may have fallen due. */
  async #checkIdle(): Promise<void> {
    const objects = ['Opportunity', 'Account', 'Account', 'Deal_Registration__c'];
    const reads = [...objects, 'Partner_Touch__c', 'User'].length;
    let said = '';
    for (let i = 0; i < 2; i += 1) {
      this.#time.advance(61_000);
      const before = this.#sandbox.calls.calls().at(-1)?.seq ?? 0;
      const { counts, outcome } = await this.#job('sync');
      const calls = this.#sandbox.calls.calls().filter(({ seq }) => seq > before);
      const { written = 0, tasks = 0 } = counts;
      // The list of versions needs no token and counts against no limit: it tells the CRM's time.
      const names = calls.map(({ operation }) => operation).filter(isCounted);
      if (outcome === 'green' && written + tasks === 0 && names.length === reads) {
        return;
      }
      said = `${outcome}, ${written} written, ${tasks} tasks, calls ${names.join(', ')}`;
    }
    this.violations.push(`a further sync is not idle: ${said}`);
  }

  async #saveCommand(id: string, kind: string, args: object): Promise<void> {
    const createdAt = this.#time.iso();
    const command = { id, kind, connection, actor: 'simulation', createdAt, args };
    await this.#store.saveCommand(command as never);
  }
}

function isCounted(operation: string): boolean {
  return operation !== 'GET /services/data/';
}
