/** One full cycle: N opportunities arrive, are pulled, decided and written back; and its floor. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompanySize } from './company.ts';
import { type Crm, startCrm } from './crm.ts';
import { type Engine, type StoreChoice, startEngine } from './engine.ts';
import { type Floor, floorOf } from './floor.ts';
import { type RunHistory, runHistory } from './history.ts';

/** What is measured. */
export interface CycleOptions {
  opportunities: number;
  store: StoreChoice;
  workers: number;
  /** CRMs, each with so many opportunities, synced at the same time. */
  connections: number;
  profileDir: string | null;
}

/** A row of the result, in the shape the README documents. */
export interface CycleRun {
  crm: 'salesforce';
  store: 'pglite' | 'postgresql';
  workers: number;
  opportunities: number;
  cycleSeconds: number;
  floorSeconds: number;
  floorRatio: number;
  zeroLatencyRatio: number;
  pullPerSecond: number;
  calls: number;
  leastCalls: number;
  peakRssMiB: number;
  historyEvents: number;
  activities: number;
}

/** The cycle, where its time went, and the sync after it. */
export interface MeasuredCycle {
  run: CycleRun;
  /** Seconds of each activity without latency, the first connection's. */
  spentSeconds: Record<string, number>;
  written: number;
}

/** A near CRM's answer time. */
const latencyMs = 80;

/** Runs the cycle with latency and without, each beside its floor, on fresh processes. */
export async function measureCycle(options: CycleOptions): Promise<MeasuredCycle> {
  const near = await onFreshEngine(options, latencyMs);
  const bare = await onFreshEngine(options, 0);
  const [history] = near.histories;
  const pullSeconds = (bare.histories[0]!.spentMs['pullChanges'] ?? 0) / 1_000;
  return {
    run: {
      crm: 'salesforce',
      store: options.store === 'pglite' ? 'pglite' : 'postgresql',
      workers: options.workers,
      opportunities: options.opportunities * options.connections,
      cycleSeconds: rounded(near.seconds),
      floorSeconds: rounded(near.floor.seconds),
      floorRatio: rounded(near.seconds / near.floor.seconds),
      zeroLatencyRatio: rounded(bare.seconds / bare.floor.seconds),
      pullPerSecond: Math.round(options.opportunities / pullSeconds),
      calls: near.calls,
      leastCalls: near.floor.leastCalls,
      peakRssMiB: Math.max(near.peakRssMiB, bare.peakRssMiB),
      historyEvents: history!.events,
      activities: history!.activities,
    },
    spentSeconds: Object.fromEntries(
      Object.entries(bare.histories[0]!.spentMs).map(([name, ms]) => [name, rounded(ms / 1_000)]),
    ),
    written: near.written,
  };
}

interface OneCycle {
  seconds: number;
  floor: Floor;
  histories: RunHistory[];
  calls: number;
  peakRssMiB: number;
  written: number;
}

async function onFreshEngine(options: CycleOptions, latency: number): Promise<OneCycle> {
  const size = { opportunities: options.opportunities, at: new Date().toISOString() };
  const folder = mkdtempSync(join(tmpdir(), 'partner-sync-calls-'));
  const fileOf = (crm: Crm) => join(folder, new URL(crm.url).port);
  try {
    return await withCrms(options.connections, size, async (crms) => {
      const cycle = await withEngine(options, crms, async (engine) => {
        for (const crm of crms) {
          await crm.loadOpportunities(size);
          await crm.control('POST', '/snapshot', { name: arrived });
          await backToArrival(crm, latency);
          await crm.record(fileOf(crm));
        }
        return engineCycle(engine, crms);
      });
      for (const crm of crms) {
        await crm.record(null);
        await backToArrival(crm, latency);
      }
      const floors = await Promise.all(crms.map((crm) => floorOf(crm, fileOf(crm))));
      return { ...cycle, floor: together(floors) };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The state in which the opportunities have arrived and nobody has read them. */
const arrived = 'arrived';

/** Puts the CRM into that state, its indexes built, its counters at zero. */
async function backToArrival(crm: Crm, latency: number): Promise<void> {
  await crm.control('POST', '/restore', { name: arrived });
  const newest = 'SELECT Id FROM Opportunity ORDER BY SystemModstamp DESC, Id LIMIT 1';
  await crm.control('GET', `/query?q=${encodeURIComponent(newest)}`);
  await crm.latency(latency);
  await crm.resetCalls();
}

async function engineCycle(engine: Engine, crms: Crm[]): Promise<Omit<OneCycle, 'floor'>> {
  const results = await Promise.all(engine.connections.map((name) => engine.job(name, 'sync')));
  const calls = await Promise.all(crms.map((crm) => crm.calls()));
  const histories = await Promise.all(
    results.map((result) => runHistory(engine.session.temporal, result.runId)),
  );
  const began = Math.min(...histories.map((history) => history.startedMs));
  const ended = Math.max(...histories.map((history) => history.endedMs));
  return {
    seconds: (ended - began) / 1_000,
    histories,
    calls: sum(calls),
    peakRssMiB: engine.peakRssMiB(),
    written: sum(results.map((result) => result.counts['written'] ?? 0)),
  };
}

/** Runs `body` with an engine whose connections are these CRMs, and stops it. */
export async function withEngine<T>(
  options: Omit<CycleOptions, 'opportunities' | 'connections'> & { every?: string },
  crms: Crm[],
  body: (engine: Engine) => Promise<T>,
): Promise<T> {
  const { workers, store, profileDir, every = '1 day' } = options;
  const engine = await startEngine({ crms, workers, store, profileDir, every });
  try {
    return await body(engine);
  } finally {
    await engine.stop();
  }
}

/** Runs `body` with fresh CRMs that hold everything but the opportunities, and stops them. */
export async function withCrms<T>(
  n: number,
  size: CompanySize,
  body: (crms: Crm[]) => Promise<T>,
): Promise<T> {
  const crms: Crm[] = [];
  try {
    for (let i = 0; i < n; i += 1) {
      const crm = await startCrm();
      crms.push(crm);
      await crm.loadSurroundings(size);
    }
    return await body(crms);
  } finally {
    for (const crm of crms) await crm.stop();
  }
}

/** Floors of CRMs that ran side by side. */
function together(floors: Floor[]): Floor {
  return {
    seconds: Math.max(...floors.map((floor) => floor.seconds)),
    rows: sum(floors.map((floor) => floor.rows)),
    calls: sum(floors.map((floor) => floor.calls)),
    leastCalls: sum(floors.map((floor) => floor.leastCalls)),
  };
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}

function rounded(n: number): number {
  return Math.round(n * 100) / 100;
}
