/** Opens a store: connects, brings the schema up to date, and offers every function on it. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { ObjectName } from '../rules/types.ts';
import * as adopt from './adopt.ts';
import * as alerts from './alerts.ts';
import { aliases } from './aliases.ts';
import * as attribution from './attribution.ts';
import { backup, restore } from './backup.ts';
import * as budgets from './budgets.ts';
import * as claims from './claims.ts';
import * as connections from './connections.ts';
import { type Db, openDatabase, type StoreLog } from './database.ts';
import { priorDecisions } from './decision-rows.ts';
import * as decisions from './decisions.ts';
import * as dirty from './dirty.ts';
import * as explain from './explain.ts';
import * as guard from './guard.ts';
import { migrate } from './migrate.ts';
import * as mirror from './mirror.ts';
import { mirrorShapes } from './mirror-columns.ts';
import { partnersNamed, unsettledNames } from './named-by.ts';
import * as overview from './overview.ts';
import * as ownership from './ownership.ts';
import * as pages from './pages.ts';
import * as planRows from './plan-rows.ts';
import * as plans from './plans.ts';
import * as runs from './runs.ts';
import { spanRows, spans } from './spans.ts';
import * as tasks from './tasks.ts';
import type { Store } from './types.ts';
import * as undo from './undo.ts';
import { createUpkeep, type TableName } from './upkeep.ts';
import * as workers from './workers.ts';
import * as writeRows from './write-rows.ts';

export { SchemaMismatchError, SchemaTooNewError } from './migrate.ts';

export interface OpenStoreOptions {
  connectionString: string;
  log?: StoreLog;
  /** Connections at most. The embedded store serves one transaction at a time: give it 1. */
  poolMax?: number;
  /** Folder for a backup before an existing store is migrated; null: none, it is logged. */
  backupFolder?: string | null;
}

/**
 * Opens the store. Throws SchemaTooNewError when a newer program has used it, and the driver's
 * error when it cannot be reached.
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const db = openDatabase(options);
  try {
    const kind = await kindOf(db);
    const schemaVersion = await migrate(db, {
      kind,
      log: options.log,
      beforeChange: (step) => backupBefore(db, options, step),
    });
    return compose(db, kind, schemaVersion, beatsOf(db, kind, options));
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** Three signs of life (worker/life.ts), and less than a right to send lasts. */
const beatsSilentMaxMs = 9_000;

/**
 * A worker's signs of life have a connection of their own: a pool that is busy with long queries
 * must not take its right to send. The pool connects when it is first asked.
 */
function beatsOf(db: Db, kind: 'pglite' | 'postgresql', options: OpenStoreOptions): Db {
  return kind === 'postgresql'
    ? openDatabase({ ...options, poolMax: 1, silentMaxMs: beatsSilentMaxMs })
    : db;
}

/** Fills the empty store at `connectionString` from a backup. Returns the rows restored. */
export async function restoreStore(options: {
  connectionString: string;
  path: string;
  poolMax?: number;
}): Promise<{ rows: number }> {
  const db = openDatabase(options);
  try {
    return { rows: await restore(db, options.path, await kindOf(db)) };
  } finally {
    await db.destroy();
  }
}

/** PGlite is PostgreSQL compiled to WebAssembly, and says so. */
async function kindOf(db: Db): Promise<'pglite' | 'postgresql'> {
  const { rows } = await sql<{ version: string }>`select version()`.execute(db);
  return /emcc|emscripten|wasm|pglite/i.test(rows[0]!.version) ? 'pglite' : 'postgresql';
}

async function backupBefore(
  db: Db,
  options: OpenStoreOptions,
  step: { from: number; to: number },
): Promise<void> {
  if (!options.backupFolder) {
    options.log?.warn(
      `The store moves from schema ${step.from} to ${step.to} without a backup of ours. ` +
        'Steps only add, and run in one transaction; keep a dump of the database as usual.',
    );
    return;
  }
  await mkdir(options.backupFolder, { recursive: true });
  const at = new Date().toISOString().replace(/[:.]/g, '-');
  const path = join(options.backupFolder, `before-schema-${step.to}-${at}.ndjson.gz`);
  const { bytes } = await backup(db, path);
  options.log?.info(`Backup before the store's schema moves: ${path} (${bytes} bytes).`);
}

type Bound<M> = {
  [K in keyof M]: M[K] extends (db: Db, ...args: infer A) => infer R ? (...args: A) => R : never;
};

/** Gives each function of a module the handle as its first argument. */
function bind<M extends object>(db: Db, module: M): Bound<M> {
  const bound = Object.entries(module).map(([name, value]) => [
    name,
    (...args: unknown[]) => value(db, ...args),
  ]);
  return Object.fromEntries(bound) as Bound<M>;
}

const factReads = {
  dueRecords: dirty.dueRecords,
  liveIds: dirty.liveIds,
  mirror: mirror.mirror,
  mirrorBy: mirror.mirrorBy,
  partnersNamed,
  stageChanges: mirror.stageChanges,
  priorDecisions,
  credits: attribution.credits,
  disputes: ownership.disputes,
};

/** Tables that a page of an object's records fills. */
function filledBy(object: ObjectName): TableName[] {
  const own = mirrorShapes[object].table;
  return own === 'partner' ? [own, 'partner_text', 'dirty_record'] : [own, 'dirty_record'];
}

type Growing = 'commitPage' | 'upsertRecords' | 'saveDecided' | 'saveAlerts' | 'adoptPlan';

/** The functions that fill the store: after each the statistics are looked after. */
function growing(db: Db, kind: 'pglite' | 'postgresql'): Pick<Store, Growing | 'settleWrites'> {
  const upkeep = createUpkeep(db, kind);
  const decided: TableName[] = ['decision', 'decision_log', 'attribution', 'write', 'dirty_record'];
  return {
    async commitPage(page) {
      const result = await pages.commitPage(db, page);
      await upkeep.changed(filledBy(page.object), result.changed);
      return result;
    },
    async upsertRecords(connection, object, records, now) {
      const result = await pages.upsertRecords(db, connection, object, records, now);
      await upkeep.changed(filledBy(object), result.changed);
      return result;
    },
    async saveDecided(batch) {
      const result = await decisions.saveDecided(db, batch);
      await upkeep.changed(decided, result.stored);
      await upkeep.changed(['plan_row'], batch.planRows.length);
      return result;
    },
    async saveAlerts(batch) {
      const result = await alerts.saveAlerts(db, batch);
      await upkeep.changed(['alert', 'write'], result.opened + result.closed);
      return result;
    },
    adoptPlan: (id, runId, now, skip) =>
      adopt.adoptPlan(db, id, runId, now, skip, () =>
        upkeep.changed(decided, adopt.adoptBatchSize),
      ),
    async settleWrites(connection, leaseId, runId, results, now) {
      await claims.settleWrites(db, connection, leaseId, runId, results, now);
      await upkeep.changed(['write', 'opportunity'], results.length);
    },
  };
}

function compose(db: Db, kind: 'pglite' | 'postgresql', schemaVersion: number, beats: Db): Store {
  const { upsertConnection, connection, pauseConnection } = connections;
  const { saveVersion, activeVersion, versions, version, activateVersion } = connections;
  const { openRun, addCounts, closeRun, run, saveCommand, finishCommand, command } = runs;
  const { attributionCounts, staleCount } = attribution;
  const { alertCandidates, openAlerts, tasksOpenedSince, summarisedSince } = alerts;
  const { createPlan, finishPlan, plan, openPlan, closePlan } = plans;
  const { pendingWrites, failures, retryFailures, writesOf } = writeRows;
  const { findRecord } = explain;
  const { beginWorker, beatWorker, livingWorkers, endWorker, takeOverClaims } = workers;
  const { exampleDecisions, pipelineCounts } = overview;
  const { saveRates, rates, leaseCalls, callsLeft, observeUsage } = budgets;
  return {
    ...bind(db, { upsertConnection, connection, connections: connections.connections }),
    ...bind(db, { pauseConnection, saveVersion, activeVersion, versions, version }),
    ...bind(db, { activateVersion, openRun, addCounts, closeRun, run, runs: runs.runs }),
    ...bind(db, { saveCommand, finishCommand, command, latestRun: runs.latestRun }),
    ...bind(db, { aliases, spans, spanRows, unsettledNames }),
    ...bind(db, { cursor: pages.cursor, mirrorCounts: mirror.mirrorCounts }),
    ...bind(db, { markAllDirty: dirty.markAllDirty, lastDecided: decisions.lastDecided }),
    ...bind(db, { attributionCounts, staleCount }),
    ...bind(db, factReads),
    reading: (work) => db.connection().execute((one) => work(bind(one, factReads))),
    ...bind(db, { alertCandidates, openAlerts, tasksOpenedSince }),
    ...bind(db, { createPlan, finishPlan, plan, openPlan, plans: plans.plans, closePlan }),
    ...bind(db, { planRows: planRows.planRows, planRecords: planRows.planRecords }),
    ...bind(db, { claimWrites: claims.claimWrites, pendingWrites, failures }),
    ...bind(db, { abandonClaims: claims.abandonClaims, rowsInHand: workers.rowsInHand }),
    ...bind(db, { livingWorkers, takeOverClaims, leaveClaims: workers.leaveClaims }),
    ...bind(beats, { beginWorker, beatWorker, endWorker }),
    ...bind(db, { skippedRecords: adopt.skippedRecords, beginAdoption: adopt.beginAdoption }),
    ...growing(db, kind),
    ...bind(db, { retryFailures, writesOf, explain: explain.explain, findRecord }),
    ...bind(db, { exampleDecisions, saveRates, rates, backup }),
    ...bind(db, { leaseCalls, callsLeft, observeUsage }),
    ...bind(db, { pipelineCounts, summarisedSince }),
    ...bind(db, { fieldFacts: ownership.fieldFacts, ...undo, ...tasks }),
    ...bind(db, guard),
    async health() {
      const started = performance.now();
      await sql`select 1`.execute(db);
      return { ok: true, kind, schemaVersion, latencyMs: performance.now() - started };
    },
    async close() {
      await Promise.all([db.destroy(), ...(beats === db ? [] : [beats.destroy()])]);
    },
  };
}
