/** The command's arguments, its lines, and its summary. */
import { parseArgs } from 'node:util';
import { openSimulationDatabase } from './database.ts';
import type { Outcome } from './life.ts';
import { runSeed, type SeedOptions } from './scenario.ts';
import { spoils } from './spoil.ts';
import type { VirtualTime } from './virtual-time.ts';

const seedsDefault = 20;

interface Asked {
  first: number;
  count: number;
  /** Each seed a second time: its trace must be the same. */
  twice: boolean;
  /** The damages done before the last look; [null]: none. */
  damages: (string | null)[];
  trace: boolean;
}

/** Runs what was asked for; the exit code. */
export async function simulate(
  args: string[],
  env: Readonly<Record<string, string | undefined>>,
  time: VirtualTime,
): Promise<number> {
  const asked = read(args, env);
  const database = await openSimulationDatabase();
  const outcomes: Outcome[] = [];
  try {
    for (let seed = asked.first; seed < asked.first + asked.count; seed += 1) {
      for (const spoil of asked.damages) {
        const outcome = await oneSeed({ seed, spoil, time, database }, asked);
        outcomes.push(outcome);
        say(lineOf(outcome));
        for (const violation of outcome.violations) {
          say(`    ${violation}`);
        }
      }
    }
  } finally {
    await database.close();
  }
  return summary(outcomes);
}

type Run = Omit<SeedOptions, 'trace'>;

async function oneSeed(run: Run, { trace, twice }: Asked): Promise<Outcome> {
  const lines: string[] = [];
  const outcome = await runSeed({
    ...run,
    trace(line) {
      lines.push(line);
      if (trace) {
        say(line);
      }
    },
  });
  if (twice) {
    const again: string[] = [];
    await runSeed({ ...run, trace: (line) => void again.push(line) });
    const at = lines.findIndex((line, i) => line !== again[i]);
    if (at >= 0 || again.length !== lines.length) {
      outcome.violations.push(`a second run went another way: ${lines[at]} / ${again[at]}`);
    }
  }
  return run.spoil === null ? outcome : seen(run.spoil, outcome);
}

/** Of a world that was damaged the violations must be the damage's own, and are then expected. */
function seen(spoil: string, outcome: Outcome): Outcome {
  const { says } = spoils[spoil]!;
  const expected = outcome.violations.filter((violation) => says.test(violation));
  say(`${spoil}: ${expected[0] ?? 'NOT SEEN'}`);
  const violations = expected.length > 0 ? [] : [`the damage "${spoil}" was not seen`];
  return { ...outcome, violations };
}

function read(args: string[], env: Readonly<Record<string, string | undefined>>): Asked {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = { seeds: text, from: text, spoil: flag, twice: flag } as const;
  const { values } = parseArgs({ args, options });
  const one = env['SEED'] === undefined ? null : whole('SEED', env['SEED']);
  return {
    first: one ?? whole('--from', values.from ?? '1'),
    count: one === null ? whole('--seeds', values.seeds ?? String(seedsDefault)) : 1,
    twice: values.twice === true,
    damages: values.spoil === true ? Object.keys(spoils) : [null],
    trace: one !== null,
  };
}

function lineOf(outcome: Outcome): string {
  const { seed, violations, opportunities, steps, crashes, lostCompletions, zombies } = outcome;
  const { clockMoves, hoursPassed, jobs, edits, faults } = outcome;
  return [
    `seed ${seed} ${violations.length === 0 ? 'ok' : 'VIOLATED'}`,
    `${opportunities} opportunities, ${steps} steps, ${hoursPassed} h`,
    `jobs ${said(jobs)}`,
    `edits ${said(edits)}`,
    `faults ${said(faults)}`,
    `${crashes} crashes (${zombies} came back), ${lostCompletions} completions lost`,
    `${clockMoves} clock moves`,
  ].join(' · ');
}

function said(counts: Record<string, number>): string {
  const parts = Object.entries(counts).map(([name, n]) => `${n} ${name}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function summary(outcomes: Outcome[]): number {
  const total = (of: (outcome: Outcome) => number) =>
    outcomes.reduce((sum, outcome) => sum + of(outcome), 0);
  const merged = (of: (outcome: Outcome) => Record<string, number>) => {
    const all: Record<string, number> = {};
    for (const outcome of outcomes) {
      for (const [name, n] of Object.entries(of(outcome))) {
        all[name] = (all[name] ?? 0) + n;
      }
    }
    return said(all);
  };
  const bad = outcomes.filter(({ violations }) => violations.length > 0);
  say('');
  say(`${outcomes.length} seeds, ${outcomes.length - bad.length} ok, ${bad.length} violated.`);
  say(`Opportunities: ${total((o) => o.opportunities)}; steps: ${total((o) => o.steps)}.`);
  say(`Jobs: ${merged((o) => o.jobs)}.`);
  say(`Edits: ${merged((o) => o.edits)}.`);
  say(`Faults that struck: ${merged((o) => o.faults)}.`);
  say(
    `Crashes of a worker: ${total((o) => o.crashes)}, of which came back as zombies: ` +
      `${total((o) => o.zombies)}; completions lost with the server: ` +
      `${total((o) => o.lostCompletions)}; clock moves: ${total((o) => o.clockMoves)}.`,
  );
  for (const { seed } of bad) {
    say(`Reproduce: SEED=${seed} npm run simulate`);
  }
  return bad.length === 0 ? 0 : 1;
}

function whole(name: string, text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 0) {
    throw new Error(`${name} must be a whole number, not "${text}".`);
  }
  return n;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
