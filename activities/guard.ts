/** The mass-change guard: a run that would change too much waits as a plan for a person. */
import { corporateAmount, rateTable } from '../rules/currency.ts';
import { opportunityFact } from '../rules/facts.ts';
import { exceedsGuard } from '../rules/guard.ts';
import type { DecidedObject } from '../rules/types.ts';
import type {
  DesiredWrite,
  MirrorRow,
  PlanHead,
  PlanRow,
  Store,
  WriteRow,
} from '../store/types.ts';
import type { LegClock, OpenConnection } from './context.ts';
import { closeTask, dueDate, taskPlanRows, taskWrite } from './task-writes.ts';

/** Held rows turned into plan rows at a time. */
const batchSize = 1_000;

/** One look at what a run is about to write. */
export interface GuardLeg {
  store: Store;
  open: OpenConnection;
  runId: string;
  clock: LegClock;
}

/**
 * Before a drain: when more would be written than the policy allows, those rows are held as a plan
 * with cause 'guard', with one task about it. While the plan is open its rows follow what is
 * decided. Returns the rows held just now. Safe to repeat.
 */
export async function guardOutbox(leg: GuardLeg): Promise<number> {
  const { store, open } = leg;
  const exceeding = await exceedingObjects(leg);
  const before = await store.openPlan(open.name);
  if (exceeding.length === 0 && before?.cause !== 'guard') {
    return 0;
  }
  const plan = before?.cause === 'guard' ? before : await openGuardPlan(leg);
  const held = exceeding.length === 0 ? 0 : await store.holdWrites(open.name, plan.id, exceeding);
  const { rows, touched } = await store.heldCount(plan.id, leg.runId);
  if (rows === 0) {
    // All that was held has become as the CRM is: there is nothing left to decide about.
    await store.closePlan(plan.id, 'superseded', leg.runId, new Date().toISOString());
    await tell(leg, closeTask(guardTaskKey(plan)));
  } else if (touched || held > 0 || rows !== plan.records + plan.tasks) {
    await refreshPlanRows(leg, plan);
    const counted = await store.finishPlan(plan.id);
    if (before?.id !== plan.id) {
      await tell(leg, guardTask(leg, counted));
    }
  }
  return held;
}

/** External key of the one task about a held plan. */
export function guardTaskKey(plan: Pick<PlanHead, 'id' | 'connection'>): string {
  return `${plan.connection}:guard:${plan.id}`;
}

async function exceedingObjects({ store, open }: GuardLeg): Promise<DecidedObject[]> {
  const policy = open.mapping.policy.guard;
  const waiting = await store.unguardedWrites(open.name);
  const objects = (['opportunity', 'partner'] as const).filter(
    (object) => (waiting[object] ?? 0) > policy.maxRecords,
  );
  if (objects.length === 0) {
    return [];
  }
  const live = await store.mirrorCounts(open.name);
  return objects.filter((object) =>
    exceedsGuard({ changed: waiting[object] ?? 0, live: live[object] }, policy),
  );
}

async function openGuardPlan({ store, open, runId }: GuardLeg): Promise<PlanHead> {
  await store.createPlan({
    id: runId,
    connection: open.name,
    cause: 'guard',
    version: open.active!.id,
    runId,
    createdAt: await open.connector.now(),
  });
  return (await store.plan(runId))!;
}

async function refreshPlanRows(leg: GuardLeg, plan: PlanHead): Promise<void> {
  let after = 0;
  for (let first = true; ; first = false) {
    const page = await leg.store.heldWrites(plan.id, batchSize, after);
    await leg.store.savePlanRows(plan.id, await planRowsOf(leg, page), first);
    if (page.length < batchSize) {
      return;
    }
    after = page.at(-1)!.seq;
    leg.clock.beat({ held: after });
  }
}

/** Each held field with the decision behind it. */
async function planRowsOf(leg: GuardLeg, writes: WriteRow[]): Promise<Omit<PlanRow, 'plan'>[]> {
  const { store, open } = leg;
  const rates = rateTable(await store.rates(open.name));
  const { corporateCurrency } = open.mapping.policy;
  const now = await open.connector.now();
  const tasks = writes.filter(({ object }) => object === 'task');
  const keys = tasks.map(({ recordId }) => recordId);
  const known = await store.writtenTasks(open.name, keys);
  const rows = tasks.flatMap((task) => taskPlanRows(task, known.get(task.recordId)));
  for (const object of ['opportunity', 'partner'] as const) {
    const own = writes.filter((write) => write.object === object);
    const ids = own.map((write) => write.recordId);
    const mirrored = new Map((await store.mirror(open.name, object, ids)).map((r) => [r.id, r]));
    const decided = await store.priorDecisions(open.name, 'live', object, ids);
    for (const write of own) {
      const row = mirrored.get(write.recordId);
      const decisions = Object.entries(decided.get(write.recordId) ?? {});
      const money = (record: MirrorRow) =>
        corporateAmount(opportunityFact(record), rates, corporateCurrency, now) ?? '0';
      for (const [field, change] of Object.entries(write.fields)) {
        const [kind, decision] =
          decisions.find(([, { fields }]) => field in fields) ?? decisions[0] ?? [];
        if (row === undefined || decision === undefined) {
          continue;
        }
        rows.push({
          object,
          recordId: write.recordId,
          recordName: String(row.fields['name'] ?? row.id),
          field,
          old: change.before,
          new: change.value,
          kind: kind as PlanRow['kind'],
          reason: decision.reason,
          rule: decision.rule,
          inputHash: decision.inputHash,
          moneyMoved: field === 'attribution_type' ? money(row) : '0',
        });
      }
    }
  }
  return rows;
}

function guardTask({ open, runId }: GuardLeg, plan: PlanHead): DesiredWrite {
  const { policy } = open.mapping;
  const { maxRecords, maxBasisPointsOfObject } = policy.guard;
  return taskWrite(guardTaskKey(plan), {
    subject: `Partner sync waits for you: ${plan.records} records would change at once`,
    body:
      `Run ${runId} would change ${plan.records} records and make ${plan.tasks} tasks, more than ` +
      `${maxRecords} and ${maxBasisPointsOfObject / 100} % of the records there are. Nothing of it ` +
      `is written until a person has looked: "partner-sync apply ${plan.id}" does it, a new ` +
      '"partner-sync plan" takes its place. Everything else goes on meanwhile.',
    owner: policy.alerts.fallbackOwnerId,
    about: null,
    about_object: 'opportunity',
    due_on: dueDate({ open, now: plan.createdAt }),
  });
}

/** Queues the task about the plan; the guard has looked at this drain already. */
async function tell({ store, open, runId }: GuardLeg, write: DesiredWrite): Promise<void> {
  const now = new Date().toISOString();
  const batch = { connection: open.name, slot: 'live', runId, now, changes: [], planRows: [] };
  await store.saveAlerts({ ...batch, writes: [write] });
}
