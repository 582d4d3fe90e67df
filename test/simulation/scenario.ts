/** One seed: a company is drawn, lives through bad days, comes to rest, and is looked at. */
import { random } from '../../sandbox/seed/random.ts';
import { hourMs } from './company.ts';
import type { Database } from './database.ts';
import { Life, type Outcome } from './life.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A Monday; the seed moves it by up to a year. */
const firstDay = Date.parse('2026-03-02T09:00:00.000Z');

/** What a seed is run with. */
export interface SeedOptions {
  seed: number;
  time: VirtualTime;
  database: Database;
  /** Damage done before the last look (spoil.ts), or null. */
  spoil: string | null;
  trace(line: string): void;
}

/** Runs a seed from the first day to the last look. Everything follows from the seed. */
export async function runSeed(options: SeedOptions): Promise<Outcome> {
  const { seed, time, database, spoil, trace } = options;
  const dice = random(seed, 'simulation');
  time.set(firstDay + dice.int(0, 365 * 24) * hourMs + dice.int(0, hourMs - 1));
  return database.withStore((store) => lived(new Life(seed, time, store, trace), spoil));
}

async function lived(life: Life, spoil: string | null): Promise<Outcome> {
  try {
    await life.begin();
    await life.live();
    await life.settle();
    await life.look(spoil);
  } catch (error) {
    life.violations.push(`the simulation itself stopped: ${(error as Error).stack}`);
  } finally {
    await life.close();
  }
  return life.outcome();
}
