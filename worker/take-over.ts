/**
 * Gives back at once what a killed worker held: its leases in the embedded store, its activities and
 * its cached workflows in Temporal. Without it the same happens by time: a heartbeat's limit of up
 * to a minute, and a lease's five. On PostgreSQL the leases are those of worker/life.ts.
 */
import { ApplicationFailure, Client, Connection } from '@temporalio/client';
import type { Logger } from 'pino';
import { temporalConnectionOptions } from '../embedded/namespace.ts';
import type { Env } from '../env.ts';
import type { Store } from '../store/types.ts';
import { connectionWorkflowId } from '../workflows/messages.ts';

/** `PENDING_ACTIVITY_STATE_STARTED` of the Temporal API: some worker has it in hand. */
const startedState = 2;

/**
 * Only before this worker's own Temporal workers start, and only with the embedded store: its lock
 * is ours, so no other worker lives. Never throws: what is not given back here is by time.
 */
export async function takeOver(env: Env, store: Store, log: Logger): Promise<void> {
  const rows = await store.abandonClaims(new Date().toISOString());
  const activities = await giveBackActivities(env, store, log, () => true);
  if (rows + activities > 0) {
    log.info({ rows, activities }, 'what a worker before this one had in hand is taken over');
  }
}

/**
 * Has Temporal try again at once what the workers of these identities had in hand; a zombie among
 * them is told by its next heartbeat. Never throws. Returns how many activities it were.
 */
export async function giveBackActivities(
  env: Env,
  store: Store,
  log: Logger,
  isDead: IsDead,
): Promise<number> {
  try {
    const connections = await store.connections();
    if (connections.length === 0) {
      return 0;
    }
    const connection = await Connection.connect(temporalConnectionOptions(env));
    try {
      const client = new Client({ connection, namespace: env.TEMPORAL_NAMESPACE });
      let activities = 0;
      for (const { name } of connections) {
        activities += await giveBack(client, connectionWorkflowId(name), isDead);
      }
      return activities;
    } finally {
      await connection.close();
    }
  } catch (error) {
    log.warn({ err: error }, 'what a dead worker had in hand is noticed within a minute');
    return 0;
  }
}

/** Whether the worker of an identity is dead. */
type IsDead = (identity: string) => boolean;

/** An owner and the job it runs. Returns the activities that were in hand. */
async function giveBack(client: Client, workflowId: string, isDead: IsDead): Promise<number> {
  const described = await client.workflow.getHandle(workflowId).describe().catch(isGone);
  if (described === undefined || described.status.name !== 'RUNNING') {
    return 0;
  }
  const { namespace } = client.options;
  const execution = { workflowId, runId: described.runId };
  await client.workflowService.resetStickyTaskQueue({ namespace, execution });
  let given = 0;
  for (const activity of described.raw.pendingActivities ?? []) {
    const { activityId, state, lastWorkerIdentity } = activity;
    if (state === startedState && activityId && isDead(lastWorkerIdentity ?? '')) {
      const gone = ApplicationFailure.retryable('The worker that had it is gone.', 'Worker.Gone');
      // One that has just been timed out or cancelled is no longer there to be given back.
      await client.activity.fail({ ...execution, activityId }, gone).catch(() => undefined);
      given += 1;
    }
  }
  for (const { workflowId: child } of described.raw.pendingChildren ?? []) {
    given += child ? await giveBack(client, child, isDead) : 0;
  }
  return given;
}

function isGone(): undefined {
  return undefined;
}
