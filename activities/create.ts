/** Makes the activities a worker runs: each leg with its clock, its counts and its failures. */
import { Context } from '@temporalio/activity';
import type { RunKind } from '../store/types.ts';
import { alertLeg } from './alerts.ts';
import { checkMappingOnline } from './check-mapping.ts';
import { type Connections, createConnections } from './connections.ts';
import type { ActivityDeps, LegClock, OpenConnection } from './context.ts';
import { stretchMs } from './context.ts';
import type { Activities, CrmActivities, EngineActivities, LegResult, RunRef } from './contract.ts';
import { decideAll, decideDue } from './decide.ts';
import type { DecideLeg } from './decide-leg.ts';
import { toFailure } from './failures.ts';
import { guardOutbox } from './guard.ts';
import { decideLegOf } from './leg.ts';
import {
  adoptCheckedPlan,
  checkOpenPlan,
  finishVersionPlan,
  openVersionPlan,
} from './plan-versions.ts';
import { provisionMapping } from './provision.ts';
import { pullConnection, pullRates, readOtherwise } from './pull.ts';
import { readReported } from './read-reported.ts';
import { reconcileConnection } from './reconcile.ts';
import { countFailedTry, countStretch, runActivities } from './runs.ts';
import { readConnectionState } from './state.ts';
import { releaseRun, undoRunWrites, undoVersion } from './undo.ts';
import { drainOutbox } from './write.ts';

/** The activities of both kinds of queue, and what must be closed at the end. */
export interface CreatedActivities {
  engine: EngineActivities;
  crm: CrmActivities;
  connections: Connections;
}

/** Binds every activity to the worker's store and connectors. */
export function createActivities(deps: ActivityDeps): CreatedActivities {
  const connections = createConnections(deps);
  const world = { deps, connections, store: deps.store };
  return {
    connections,
    engine: guarded(deps, engineActivities(world)),
    crm: guarded(deps, crmActivities(world)),
  };
}

interface World {
  deps: ActivityDeps;
  connections: Connections;
  store: ActivityDeps['store'];
}

function engineActivities({ deps, connections, store }: World): EngineActivities {
  return {
    ...runActivities(store),
    readConnection: ({ connection }) => readConnectionState(deps, connection),

    pauseConnection: ({ connection, reason }) =>
      store.pauseConnection(connection, reason, new Date().toISOString()),
    resumeConnection: ({ connection }) => store.pauseConnection(connection, null, null),

    decideRecords: (run) =>
      counted(store, run, async (clock) => {
        const open = await connections.open(run.connection);
        return open.active === null
          ? { done: true, counts: {} }
          : decideDue(await decideLegOf(store, open, run, clock, null));
      }),

    decideAlerts: (input) =>
      counted(store, input, async (clock) => {
        const leg = await legOf(store, connections, input, clock, input.planId);
        return leg === null ? { done: true, counts: {} } : alertLeg(leg);
      }),

    openPlan: (run) => openVersionPlan(deps, connections, run),

    decidePlan: (input) =>
      counted(store, input, async (clock) => {
        const leg = await legOf(store, connections, input, clock, input.planId);
        if (leg === null) {
          return { done: true, counts: {} };
        }
        const { done, counts } = await decideAll(leg);
        const unread = done ? await readOtherwise(store, leg.open) : 0;
        return { done, counts: unread === 0 ? counts : { ...counts, unread } };
      }),

    finishPlan: ({ planId }) => finishVersionPlan(store, planId),

    adoptPlan: (input) =>
      counted(store, input, (clock) => adoptCheckedPlan(deps, connections, input, clock)),

    undoVersion: (input) => counted(store, input, () => undoVersion(store, input)),
    releaseHolds: (input) => counted(store, input, () => releaseRun(store, input)),

    retryFailures: (run) =>
      counted(store, run, async () => {
        const retried = await store.retryFailures(run.connection, null, new Date().toISOString());
        return { done: true, counts: { retried } };
      }),
  };
}

/** Runs that nobody has looked at before they write; an apply is a person's own decision. */
const guardedKinds: ReadonlySet<RunKind> = new Set(['sync', 'backfill', 'reconcile', 'retry']);

/** A run that wrote nothing says so. */
const noRows = { written: 0, tasks: 0, failed: 0, unclear: 0 };

/** Rates change once a day; a worker asks for them when it starts and daily after that. */
const ratesEveryMs = 24 * 3_600_000;

function crmActivities({ deps, connections, store }: World): CrmActivities {
  const ratesReadAt = new Map<string, number>();
  const ratesAreDue = (connection: string): boolean => {
    const due = Date.now() - (ratesReadAt.get(connection) ?? 0) >= ratesEveryMs;
    if (due) {
      ratesReadAt.set(connection, Date.now());
    }
    return due;
  };
  return {
    pullChanges: (input) =>
      counted(store, input, async (clock) => {
        const open = await connections.open(input.connection);
        const before = open.connector.usage().calls;
        const result = await pullConnection({
          runId: input.runId,
          mode: input.mode,
          open,
          store,
          clock,
        });
        if (result.done && ratesAreDue(open.name)) {
          await pullRates(open, store);
        }
        return withCalls(result, open, before);
      }),

    readReported: (input) =>
      counted(store, input, async (clock) => {
        const open = await connections.open(input.connection);
        const before = open.connector.usage().calls;
        const result = await readReported({ open, store, clock, changed: input.changed });
        return withCalls(result, open, before);
      }),

    reconcile: (input) =>
      counted(store, input, async (clock) => {
        const open = await connections.open(input.connection);
        const before = open.connector.usage().calls;
        const { runId, commandId, acceptUnseen } = input;
        const leg = { store, open, runId, acceptUnseen, clock };
        const { report, ...result } = await reconcileConnection(leg);
        if (report !== null && commandId !== null) {
          await store.finishCommand(commandId, report, new Date().toISOString());
        }
        return withCalls(result, open, before);
      }),

    async checkPlan(input) {
      return checkOpenPlan(deps, connections, input, legClock());
    },

    async writeChanges(input) {
      const clock = legClock();
      const open = await connections.open(input.connection);
      const before = open.connector.usage().calls;
      const run = await store.run(input.runId);
      const isGuarded = input.planId === null && run !== undefined && guardedKinds.has(run.kind);
      const held =
        isGuarded && open.active !== null
          ? await guardOutbox({ store, open, runId: input.runId, clock })
          : 0;
      const { runId, planId } = input;
      const drain = { store, open, runId, planId, clock, life: deps.life };
      const drained = await drainOutbox(drain);
      const { waiting, done } = drained;
      // Rows are counted where they are settled, in the same transaction. What waits is a state
      // of the whole outbox: an apply drains its plan first, then the rest.
      const last = done && input.planId === null;
      const counts = { ...noRows, held, ...(last ? { waiting } : {}) };
      await countStretch(store, input, withCalls({ done, counts }, open, before).counts);
      return drained;
    },

    undoChanges: (input) =>
      counted(store, input, async (clock) => {
        const open = await connections.open(input.connection);
        const before = open.connector.usage().calls;
        const result = await undoRunWrites({ ...input, store, open, clock });
        return withCalls(result, open, before);
      }),

    provisionFields: (input) => provisionMapping(deps, connections, input),
    checkMapping: (input) => checkMappingOnline(deps, connections, input),
  };
}

/** A plan's leg by the plan's version; the live one by the active version; null: none is. */
async function legOf(
  store: ActivityDeps['store'],
  connections: Connections,
  run: RunRef,
  clock: LegClock,
  planId: string | null,
): Promise<DecideLeg | null> {
  if (planId === null) {
    const open = await connections.open(run.connection);
    return open.active === null ? null : decideLegOf(store, open, run, clock, null);
  }
  const plan = await store.plan(planId);
  const version = plan && (await store.version(plan.version));
  if (!plan || !version) {
    return null;
  }
  const open = await connections.openVersion(run.connection, version);
  return decideLegOf(store, open, run, clock, plan);
}

/** Runs a stretch and adds its counts to the run, once however often it is tried. */
async function counted(
  store: ActivityDeps['store'],
  run: RunRef,
  stretch: (clock: LegClock) => Promise<LegResult>,
): Promise<LegResult> {
  const clock = legClock();
  const result = await countedOnFailure(store, run, clock, () => stretch(clock));
  await countStretch(store, run, result.counts);
  return result;
}

/** What a stretch stored before it failed counts too: its pages and rows are there. */
async function countedOnFailure<T>(
  store: ActivityDeps['store'],
  run: RunRef,
  clock: StretchClock,
  stretch: () => Promise<T>,
): Promise<T> {
  try {
    return await stretch();
  } catch (error) {
    await countFailedTry(store, run, clock.lastBeat());
    throw error;
  }
}

function withCalls(result: LegResult, open: OpenConnection, before: number): LegResult {
  const apiCalls = open.connector.usage().calls - before;
  return { ...result, counts: { ...result.counts, apiCalls } };
}

interface StretchClock extends LegClock {
  /** The counts of the latest sign of life. */
  lastBeat(): Record<string, number>;
}

/** The stretch's clock: ten minutes, a heartbeat at each beat, cancelled with the activity. */
function legClock(): StretchClock {
  const context = Context.current();
  const until = Date.now() + stretchMs;
  let last: Record<string, number> = {};
  return {
    lastBeat: () => last,
    isOver: () => Date.now() > until,
    beat: (counts) => {
      last = counts;
      context.heartbeat(counts);
      context.cancellationSignal.throwIfAborted();
    },
    signal: context.cancellationSignal,
  };
}

/** Every error leaves as a failure with its type; what it was stands in the log. */
function guarded<T extends Partial<Activities>>(deps: ActivityDeps, activities: T): T {
  const wrap =
    (name: string, run: (input: never) => Promise<unknown>) =>
    async (input: never): Promise<unknown> => {
      try {
        return await run(input);
      } catch (error) {
        const failure = toFailure(error);
        deps.log.warn({ activity: name, type: failure.type, err: error }, failure.message);
        throw failure;
      }
    };
  return Object.fromEntries(
    Object.entries(activities).map(([name, run]) => [
      name,
      wrap(name, run as (input: never) => Promise<unknown>),
    ]),
  ) as T;
}
