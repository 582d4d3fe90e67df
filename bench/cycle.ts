/** One full cycle: N opportunities arrive, are pulled, decided and written back; and its floor. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompanySize } from './company.ts';
import { type Crm, startCrm } from './crm.ts';
import type { CrmName } from './crm-process.ts';
import { type Engine, type StoreChoice, startEngine } from './engine.ts';
import { type Floor, floorOf } from './floor.ts';
import { type RunHistory, runHistory } from './history.ts';
import { hubspotFloorOf, type KeptRate, keptRateIn } from './hubspot-floor.ts';

/** What is measured. */
export interface CycleOptions {
  crm: CrmName;
  opportunities: number;
  store: StoreChoice;
  workers: number;
  /** CRMs, each with so many opportunities, synced at the same time. */
  connections: number;
  profileDir: string | null;
}

/** A row of the result, in the shape the README documents. */
export interface CycleRun {
  crm: CrmName;
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
  /** HubSpot with its limits enforced: of the rates allowed, what was kept, and 429s. */
  limits?: KeptRate & { cycleSeconds: number };
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
  const near = await onFreshEngine(options, { latencyMs });
  const bare = await onFreshEngine(options, { latencyMs: 0 });
  const limited =
    options.crm === 'hubspot' ? await onFreshEngine(options, { latencyMs, limited: true }) : null;
  const [history] = near.histories;
  const pullSeconds = (bare.histories[0]!.spentMs['pullChanges'] ?? 0) / 1_000;
  return {
    run: {
      crm: options.crm,
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
      ...(limited?.kept
        ? { limits: { ...limited.kept, cycleSeconds: rounded(limited.seconds) } }
        : {}),
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
  /** Under HubSpot's limits. */
  kept?: KeptRate;
}

async function onFreshEngine(
  options: CycleOptions,
  { latencyMs: latency, limited = false }: { latencyMs: number; limited?: boolean },
): Promise<OneCycle> {
  const size = { opportunities: options.opportunities, at: new Date().toISOString() };
  const folder = mkdtempSync(join(tmpdir(), 'partner-sync-calls-'));
  const fileOf = (crm: Crm) => join(folder, new URL(crm.url).port);
  try {
    const kind = { crm: options.crm, limited };
    return await withCrms(options.connections, { size, ...kind }, async (crms) => {
      const cycle = await withEngine(options, crms, async (engine) => {
        for (const crm of crms) {
          await crm.loadOpportunities(size);
          await crm.control('POST', `${partOf(crm)}/snapshot`, { name: arrived });
          await backToArrival(crm, latency);
          await crm.record(fileOf(crm));
        }
        return engineCycle(engine, crms);
      });
      for (const crm of crms) {
        await crm.record(null);
        await backToArrival(crm, latency);
      }
      if (limited) {
        const none = { seconds: 0, rows: 0, calls: 0, leastCalls: 0 };
        return { ...cycle, floor: none, kept: keptRateIn(fileOf(crms[0]!)) };
      }
      const floor = options.crm === 'hubspot' ? hubspotFloorOf : floorOf;
      const floors = await Promise.all(crms.map((crm) => floor(crm, fileOf(crm))));
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
  await crm.control('POST', `${partOf(crm)}/restore`, { name: arrived });
  const newest = 'SELECT Id FROM Opportunity ORDER BY SystemModstamp DESC, Id LIMIT 1';
  if (crm.crm === 'salesforce') {
    await crm.control('GET', `/query?q=${encodeURIComponent(newest)}`);
  }
  await crm.latency(latency);
  await crm.resetCalls();
}

/** Where a CRM's half of the control plane is. */
function partOf({ crm }: Crm): string {
  return crm === 'hubspot' ? '/hubspot' : '';
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
  options: Omit<CycleOptions, 'crm' | 'opportunities' | 'connections'> & { every?: string },
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
  of: CompanySize | { size: CompanySize; crm: CrmName; limited: boolean },
  body: (crms: Crm[]) => Promise<T>,
): Promise<T> {
  const { size, crm: name, limited } = 'size' in of ? of : { size: of, ...orgs };
  const crms: Crm[] = [];
  try {
    for (let i = 0; i < n; i += 1) {
      const crm = await startCrm(name, limited);
      crms.push(crm);
      await crm.loadSurroundings(size);
    }
    return await body(crms);
  } finally {
    for (const crm of crms) await crm.stop();
  }
}

const orgs = { crm: 'salesforce', limited: false } as const;

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
