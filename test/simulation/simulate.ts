/** The command's arguments, its lines, and its summary. */
import { parseArgs } from 'node:util';
import { openSimulationDatabase } from './database.ts';
import type { Outcome } from './life.ts';
import { runSeed } from './scenario.ts';
import { spoils } from './spoil.ts';
import type { VirtualTime } from './virtual-time.ts';

const seedsDefault = 20;

/** Runs what was asked for; the exit code. */
export async function simulate(
  args: string[],
  env: Readonly<Record<string, string | undefined>>,
  time: VirtualTime,
): Promise<number> {
  const text = { type: 'string' } as const;
  const options = { seeds: text, from: text, spoil: text } as const;
  const { values } = parseArgs({ args, options });
  const one = env['SEED'] === undefined ? null : whole('SEED', env['SEED']);
  const first = one ?? whole('--from', values.from ?? '1');
  const count = one === null ? whole('--seeds', values.seeds ?? String(seedsDefault)) : 1;
  const trace = one === null ? () => {} : say;
  const spoil = values.spoil ?? null;
  if (spoil !== null && !(spoil in spoils)) {
    throw new Error(`--spoil is one of ${Object.keys(spoils).join(', ')}.`);
  }
  const database = await openSimulationDatabase();
  const outcomes: Outcome[] = [];
  try {
    for (let seed = first; seed < first + count; seed += 1) {
      const outcome = await runSeed({ seed, time, database, spoil, trace });
      outcomes.push(outcome);
      say(lineOf(outcome));
      for (const violation of outcome.violations) {
        say(`    ${violation}`);
      }
    }
  } finally {
    await database.close();
  }
  return summary(outcomes);
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
