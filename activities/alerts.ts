/** The alert leg: episodes opened and closed, each with its task, in the live slot or a plan's. */
import { alertChanges, type OwnerSummary } from '../rules/alerts.ts';
import type { CanonicalValue } from '../rules/types.ts';
import type { AlertCandidate, DesiredWrite } from '../store/types.ts';
import { addTo } from './context.ts';
import type { LegResult } from './contract.ts';
import type { DecideLeg } from './decide-leg.ts';
import { closeTask, dueDate, taskPlanRows, taskWrite } from './task-writes.ts';

/** Episodes changed at a time; a first day opens thousands. */
const batchSize = 5_000;
/** A plan keeps no episodes, so it cannot go on after a batch: it works all of them out at once. */
const planBatchSize = 1_000_000;

/** Brings episodes and tasks in line with the slot's decisions. */
export async function alertLeg(leg: DecideLeg): Promise<LegResult> {
  const { store, open, slot, now } = leg;
  const counts: Record<string, number> = {};
  const limit = slot === 'live' ? batchSize : planBatchSize;
  const states = await store.alertCandidates(open.name, slot, limit);
  if (states.length === 0) {
    return { done: true, counts };
  }
  const dayBegan = `${now.slice(0, 10)}T00:00:00.000Z`;
  const outcome = alertChanges({
    connection: open.name,
    states: await withActiveOwners(leg, states),
    activatedAt: leg.activatedAt,
    now,
    tasksToday: await store.tasksOpenedSince(open.name, dayBegan),
    // A summary has one task a day: what it said this morning it must go on saying.
    summarisedToday: await store.summarisedSince(open.name, dayBegan),
    policy: open.mapping.policy.alerts,
  });
  const dueOn = dueDate(leg);
  const tasks = [
    ...outcome.tasks.map((task) =>
      taskWrite(task.key, {
        subject: task.subject,
        body: task.body,
        owner: task.ownerId,
        about: task.recordId,
        about_object: task.object,
        due_on: dueOn,
      }),
    ),
    ...outcome.summaries.map((summary) => taskWrite(summary.key, summaryFields(summary, dueOn))),
    ...outcome.closedTaskKeys.map(closeTask),
  ];
  const saved = await store.saveAlerts({
    connection: open.name,
    slot,
    runId: leg.runId,
    now,
    changes: outcome.changes,
    writes: slot === 'live' ? tasks : [],
    planRows: slot === 'live' ? [] : await planRowsOf(leg, tasks),
  });
  addTo(counts, 'alertsOpened', saved.opened);
  addTo(counts, 'alertsClosed', saved.closed);
  leg.clock.beat(counts);
  return { done: states.length < limit, counts };
}

async function planRowsOf({ store, open }: DecideLeg, tasks: DesiredWrite[]) {
  const known = await store.writtenTasks(
    open.name,
    tasks.map(({ recordId }) => recordId),
  );
  return tasks.flatMap((task) => taskPlanRows(task, known.get(task.recordId)));
}

function summaryFields(summary: OwnerSummary, dueOn: string): Record<string, CanonicalValue> {
  return {
    subject: summary.subject,
    body: summary.body,
    owner: summary.ownerId,
    about: null,
    about_object: 'opportunity',
    due_on: dueOn,
  };
}

/** A CRM takes no task for a user who has left: such a record counts as without an owner. */
async function withActiveOwners(
  leg: DecideLeg,
  states: AlertCandidate[],
): Promise<AlertCandidate[]> {
  const owners = new Set(states.flatMap((state) => state.condition?.ownerId ?? []));
  const users = await leg.store.mirror(leg.open.name, 'user', [...owners]);
  const gone = new Set(
    users
      .filter((user) => user.deleted || user.fields['is_active'] === false)
      .map((user) => user.id),
  );
  return states.map((state) =>
    state.condition?.ownerId != null && gone.has(state.condition.ownerId)
      ? { ...state, condition: { ...state.condition, ownerId: null } }
      : state,
  );
}
