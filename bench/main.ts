/** `npm run bench`: what the engine costs, as ratios to a bare loop; see bench/README.md. */
import { mkdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readVariable } from '../env.ts';
import { type CycleOptions, measureCycle } from './cycle.ts';
import { measureFirstRun } from './first-run.ts';
import { measureIdle } from './idle.ts';
import { measureLatency } from './latency.ts';
import { jsonLine, printTables } from './report.ts';
import type { Results } from './results.ts';
import { measureRules } from './rules.ts';
import { measureWebhookLatency } from './webhook-latency.ts';

const usage = `Usage: npm run bench -- [--only PART]... [--json] [--profile DIR]
  PART: 10k, 100k, 1m       full cycle of so many opportunities on the embedded store
        postgresql          the same of 10k on PostgreSQL (TEST_DATABASE_URL names the server)
        workers             two connections of 10k on PostgreSQL, by one worker and by two
        first-run           the first plan of 100,000 opportunities over ten years
        hubspot, hubspot-100k  the full cycle on HubSpot of 10k, of 100k; and under its limits
        rules, idle, latency
  Without --only: all but 1m, hubspot-100k and first-run; postgresql and workers where TEST_DATABASE_URL is set.
  --profile DIR             CPU profiles of the workers, one file a process`;

const parts = [
  ...(['rules', 'idle', 'latency', '10k', '100k', '1m'] as const),
  ...(['hubspot', 'hubspot-100k', 'first-run', 'postgresql', 'workers'] as const),
];
type Part = (typeof parts)[number];

/** Load that the bench makes by itself: worker, store, CRM and Temporal side by side. */
const ownShare = 1;

const onEmbedded = { crm: 'salesforce', store: 'pglite', workers: 1, connections: 1 } as const;
const onHubSpot = { ...onEmbedded, crm: 'hubspot' } as const;
const onPostgresql = { crm: 'salesforce', workers: 1, connections: 1 } as const;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const profileDir = values.profile === undefined ? null : resolve(values.profile);
  if (profileDir !== null) mkdirSync(profileDir, { recursive: true });
  const results: Results = { cycles: [], notes: [] };
  let busiest = loadavg()[0] ?? 0;
  for (const part of chosenParts(values.only, results)) {
    process.stderr.write(`bench: ${part}\n`);
    await measure(part, results, profileDir);
    busiest = Math.max(busiest, loadavg()[0] ?? 0);
  }
  if (busiest > cpus().length + ownShare) {
    results.notes.push(
      `The machine was busy: load ${busiest.toFixed(1)} on ${cpus().length} cores. The bare loop ` +
        'mostly waits and the engine mostly computes, so that every ratio is too high.',
    );
  }
  printTables(results);
  if (values.json) console.log(jsonLine(results));
}

/** Parts in a fixed order. Throws for a name that is none. */
function chosenParts(only: string[], results: Results): Part[] {
  const unknown = only.find((name) => !parts.includes(name as Part));
  if (unknown !== undefined) throw new Error(`There is no part "${unknown}".\n${usage}`);
  if (only.length > 0) return parts.filter((part) => only.includes(part));
  const server = readVariable('TEST_DATABASE_URL');
  if (server === undefined) {
    results.notes.push('PostgreSQL was not measured: TEST_DATABASE_URL is not set.');
  }
  results.notes.push(
    '1m, hubspot-100k and first-run were not measured: ask with --only 1m (about ten minutes), ' +
      '--only hubspot-100k, --only first-run.',
  );
  return parts.filter(
    (part) =>
      !onlyAsked.includes(part) && (server !== undefined || !needsPostgresql.includes(part)),
  );
}

const onlyAsked: Part[] = ['1m', 'hubspot-100k', 'first-run'];
const needsPostgresql: Part[] = ['postgresql', 'workers'];

async function measure(part: Part, results: Results, profileDir: string | null): Promise<void> {
  const cycle = async (options: Omit<CycleOptions, 'profileDir'>) =>
    void results.cycles.push(await measureCycle({ ...options, profileDir }));
  switch (part) {
    case '10k':
      return cycle({ ...onEmbedded, opportunities: 10_000 });
    case '100k':
      return cycle({ ...onEmbedded, opportunities: 100_000 });
    case '1m':
      return cycle({ ...onEmbedded, opportunities: 1_000_000 });
    case 'postgresql':
      return cycle({ ...onPostgresql, store: postgresql(), opportunities: 10_000 });
    case 'workers': {
      const two = { ...onPostgresql, store: postgresql(), connections: 2, opportunities: 10_000 };
      await cycle(two);
      return cycle({ ...two, workers: 2 });
    }
    case 'hubspot':
      return cycle({ ...onHubSpot, opportunities: 10_000 });
    case 'hubspot-100k':
      return cycle({ ...onHubSpot, opportunities: 100_000 });
    case 'first-run':
      results.firstRun = await measureFirstRun(profileDir);
      return;
    case 'rules':
      results.rules = measureRules();
      return;
    case 'idle':
      results.idle = await measureIdle(profileDir);
      return;
    case 'latency':
      results.latency = await measureLatency(profileDir);
      results.webhookLatency = await measureWebhookLatency();
  }
}

function postgresql(): { server: string } {
  const server = readVariable('TEST_DATABASE_URL');
  if (server === undefined) {
    throw new Error(
      'TEST_DATABASE_URL is not set: postgres://user:password@host/database of a ' +
        'server on which the bench may create databases.',
    );
  }
  return { server };
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
