/** Mapping versions through plans: candidate when planned, active when its plan is adopted. */
import { rulesVersion } from '../rules/version.ts';
import type { MappingVersionRow, PlanHead, SkippedRecord, Store } from '../store/types.ts';
import { requireAccess } from './access.ts';
import type { Connections } from './connections.ts';
import type { ActivityDeps, LegClock, OpenConnection } from './context.ts';
import type { LegResult, PlanCheck, PlanResult, RunRef } from './contract.ts';
import { guardTaskKey } from './guard.ts';
import { factSource } from './leg.ts';
import { type OutdatedRecord, outdatedRecords } from './plan.ts';
import { closeTask } from './task-writes.ts';

/** How many outdated records the command's answer names; the count is always whole. */
const outdatedShown = 50;

/**
 * Stores the edited files as candidate (or finds them active) and opens a plan of this run. Throws
 * ConnectorError 'missing-scope' where what it would write may not be written.
 */
export async function openVersionPlan(
  deps: ActivityDeps,
  connections: Connections,
  run: RunRef,
): Promise<{ planId: string }> {
  const { store } = deps;
  const open = await connections.openEdited(run.connection);
  await requireAccess(open);
  const version = await candidate(store, open.mapping.connection, {
    label: open.mapping.version.label,
    hash: open.mapping.version.hash,
    sources: open.mapping.sources,
    now: await open.connector.now(),
  });
  const earlier = await store.openPlan(run.connection);
  if (earlier?.id === run.runId) {
    return { planId: earlier.id };
  }
  if (earlier) {
    await store.closePlan(earlier.id, 'superseded', run.runId, new Date().toISOString());
    if (earlier.cause === 'guard') {
      await closeGuardTask(store, earlier, run.runId);
    }
  }
  await store.createPlan({
    id: run.runId,
    connection: run.connection,
    cause: 'version',
    version: version.id,
    runId: run.runId,
    createdAt: await open.connector.now(),
  });
  return { planId: run.runId };
}

async function candidate(
  store: Store,
  connection: string,
  made: Pick<MappingVersionRow, 'label' | 'hash' | 'sources'> & { now: string },
): Promise<MappingVersionRow> {
  const id = `${connection}@${made.label}`;
  const known = await store.version(id);
  if (known) {
    return known;
  }
  const row: MappingVersionRow = {
    id,
    connection,
    state: 'candidate',
    label: made.label,
    hash: made.hash,
    rulesVersion,
    sources: made.sources,
    createdAt: made.now,
    activatedAt: null,
  };
  await store.saveVersion(row);
  return row;
}

/**
 * Adds the plan up. One that changes nothing, of the version that is active already, is closed as
 * 'discarded': it would only stand in the place of a plan that does something.
 */
export async function finishVersionPlan(store: Store, planId: string): Promise<PlanResult> {
  const plan = await store.finishPlan(planId);
  const { connection, records, fields, tasks } = plan;
  const now = new Date().toISOString();
  if (fields + tasks === 0 && plan.state === 'open') {
    const isActive = (await store.activeVersion(connection))?.id === plan.version;
    const { held } = await store.pendingWrites(connection, now);
    if (isActive && held === 0) {
      await store.closePlan(planId, 'discarded', null, now);
    }
  }
  return { planId, records, fields, tasks };
}

/**
 * Compares the plan with the CRM; the differences become the command's result. Throws ConnectorError
 * 'missing-scope' where the plan may not be written: before any of it is.
 */
export async function checkOpenPlan(
  deps: ActivityDeps,
  connections: Connections,
  input: RunRef & { planId: string },
  clock: LegClock,
): Promise<PlanCheck> {
  const planned = await openPlanned(deps.store, connections, input);
  await requireAccess(planned.open);
  const { check, outdated } = await comparePlan(deps.store, planned, input.planId, clock);
  const run = await deps.store.run(input.runId);
  if (run?.commandId && outdated.length > 0) {
    const now = new Date().toISOString();
    const shown = await named(deps.store, input.connection, outdated.slice(0, outdatedShown));
    await deps.store.finishCommand(run.commandId, { outdated: shown, of: outdated.length }, now);
  }
  return check;
}

/** A plan, and the connection as the plan's version maps it. */
interface Planned {
  plan: PlanHead | undefined;
  open: OpenConnection;
}

async function openPlanned(
  store: Store,
  connections: Connections,
  { connection, planId }: RunRef & { planId: string },
): Promise<Planned> {
  const plan = await store.plan(planId);
  const version = plan && (await store.version(plan.version));
  const open = version
    ? await connections.openVersion(connection, version)
    : await connections.open(connection);
  return { plan, open };
}

async function comparePlan(store: Store, { plan, open }: Planned, planId: string, clock: LegClock) {
  // A guard's plan holds what is decided live; a version's plan has decisions of its own.
  const slot = plan?.cause === 'guard' ? 'live' : planId;
  const facts = await factSource(store, open, slot, plan?.version ?? '');
  return outdatedRecords({ store, open, planId, facts, clock });
}

async function named(store: Store, connection: string, outdated: OutdatedRecord[]) {
  return Promise.all(
    outdated.map(async (record) => {
      const object = record.object === 'partner' ? 'partner' : 'opportunity';
      const [row] = await store.mirror(connection, object, [record.recordId]);
      return { ...record, name: String(row?.fields['name'] ?? record.recordId) };
    }),
  );
}

/** Makes the plan true: its version active, its decisions live, its rows in the outbox. */
export async function adoptCheckedPlan(
  deps: ActivityDeps,
  connections: Connections,
  input: RunRef & { planId: string; skipChanged: boolean },
  clock: LegClock,
): Promise<LegResult> {
  const { store } = deps;
  const plan = await store.plan(input.planId);
  if (plan === undefined || plan.state === 'discarded') {
    return { done: true, counts: {} };
  }
  const skipped = await skippedBy(deps, connections, input, clock);
  const now = new Date().toISOString();
  const version = await store.version(plan.version);
  if (version && version.state !== 'active') {
    // From the plan's own instant on: what is older is the first day's baseline.
    await store.activateVersion(version.id, plan.createdAt);
  }
  const adopted =
    plan.cause === 'version'
      ? (await store.adoptPlan(plan.id, input.runId, now, skipped)).enqueued
      : 0;
  // What a guard held is part of either plan: its own rows, or decided again for the new version.
  const released = await store.releaseHeld(input.connection, plan.id, skipped);
  if (plan.cause === 'guard') {
    await closeGuardTask(store, plan, input.runId);
  }
  await store.closePlan(plan.id, 'applied', input.runId, now);
  const counts: Record<string, number> = { planned: Math.max(adopted, released) };
  if (skipped.length > 0) {
    counts['skippedChanged'] = skipped.length;
  }
  return { done: true, counts };
}

/** Compared once a run: what an attempt before this one adopted would look like changes. */
async function skippedBy(
  deps: ActivityDeps,
  connections: Connections,
  input: RunRef & { planId: string; skipChanged: boolean },
  clock: LegClock,
): Promise<SkippedRecord[]> {
  const { store } = deps;
  const known = await store.skippedRecords(input.planId, input.runId);
  if (known !== undefined) {
    return known;
  }
  const { outdated } = input.skipChanged
    ? await comparePlan(store, await openPlanned(store, connections, input), input.planId, clock)
    : { outdated: [] };
  const skipped = outdated.map(({ object, recordId }) => ({ object, recordId }));
  return store.beginAdoption(input.planId, input.runId, skipped);
}

/** The task about a held plan has done its work. */
async function closeGuardTask(store: Store, plan: PlanHead, runId: string): Promise<void> {
  const batch = { connection: plan.connection, slot: 'live', runId, changes: [], planRows: [] };
  const writes = [closeTask(guardTaskKey(plan))];
  await store.saveAlerts({ ...batch, now: new Date().toISOString(), writes });
}
