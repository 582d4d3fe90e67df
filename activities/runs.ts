/** The run's row: opened with its workflow's id, counted by step, closed green, amber or red. */
import { activityInfo } from '@temporalio/activity';
import type { RunCounts, RunOutcome, Store } from '../store/types.ts';
import type { EngineActivities, RunRef, RunSummary } from './contract.ts';
import { reconcileMessage } from './reconcile-report.ts';

type RunActivities = Pick<EngineActivities, 'openRun' | 'closeRun'>;

/** Activities that open and close runs. */
export function runActivities(store: Store): RunActivities {
  return {
    async openRun(input) {
      const { workflowExecution } = activityInfo();
      const runId = workflowExecution!.workflowId;
      await store.openRun({
        id: runId,
        connection: input.connection,
        kind: input.kind,
        workflowId: runId,
        workflowRunId: workflowExecution!.runId,
        commandId: input.commandId,
        planId: input.planId,
        startedAt: new Date().toISOString(),
      });
      await closeLeftOpen(store, input.connection, runId);
      return { connection: input.connection, runId };
    },

    async closeRun(input) {
      const run = await store.run(input.runId);
      const counts = run?.counts ?? {};
      const outcome = outcomeOf(counts, input.failure !== null);
      const message = input.failure?.message ?? messageOf(counts);
      const closed = await store.closeRun(input.runId, outcome, message, new Date().toISOString());
      return summary(closed.id, outcome, closed.counts);
    },
  };
}

/** Looked at for runs that were left open: the last few are enough, for each run looks anew. */
const lookedAt = 20;

/**
 * A connection runs one job at a time: an earlier run that is still open has lost its workflow (it
 * was terminated, or it never learned that its run had been opened) and would stay so for good.
 */
async function closeLeftOpen(store: Store, connection: string, runId: string): Promise<void> {
  const runs = await store.runs(connection, lookedAt);
  const mine = runs.find(({ id }) => id === runId);
  for (const run of runs) {
    // Only earlier ones: this may be a try of long ago that comes back while a later job runs.
    if (run.outcome === 'running' && mine !== undefined && run.startedAt < mine.startedAt) {
      const message = `Its workflow ended without closing it, found by ${runId}. What it did is kept.`;
      await store.closeRun(run.id, 'red', message, new Date().toISOString());
    }
  }
}

/** Adds a stretch's counts once, however often Temporal retries the activity. */
export async function countStretch(store: Store, run: RunRef, counts: RunCounts): Promise<void> {
  const { activityId } = activityInfo();
  await store.addCounts(run.runId, activityId, counts);
}

/** Adds what a try stored before it failed; the next try counts what it does itself. */
export async function countFailedTry(store: Store, run: RunRef, counts: RunCounts): Promise<void> {
  const { activityId, attempt } = activityInfo();
  await store.addCounts(run.runId, `${activityId}#${attempt}`, counts);
}

/** A count with its words for one and for several. */
interface Said {
  name: string;
  one: string;
  several: string;
}

/** What RevOps should know of a run that has done its work. */
const notedCounts: Said[] = [
  {
    name: 'unread',
    one: 'object is read otherwise by this version than it was so far: once it is active the next sync reads it all, and decides what that changes',
    several:
      'objects are read otherwise by this version than they were so far: once it is active the next sync reads them all, and decides what that changes',
  },
  {
    name: 'ambiguous',
    one: 'opportunity has a partner key that several partners have ("partner-sync validate --online" lists them)',
    several:
      'opportunities have a partner key that several partners have ("partner-sync validate --online" lists them)',
  },
  {
    name: 'unnamed',
    one: 'opportunity has a partner key that no partner has',
    several: 'opportunities have a partner key that no partner has',
  },
];

/** What makes a run amber. */
const amberCounts: Said[] = [
  {
    name: 'failed',
    one: 'row failed (see "partner-sync failures")',
    several: 'rows failed (see "partner-sync failures")',
  },
  {
    name: 'unclear',
    one: 'row has an unclear outcome and is read back',
    several: 'rows have an unclear outcome and are read back',
  },
  {
    name: 'waiting',
    one: 'row waits for its next try',
    several: 'rows wait for their next try',
  },
  {
    name: 'unreadable',
    one: 'record was read with a value the mapping does not know',
    several: 'records were read with a value the mapping does not know',
  },
  {
    name: 'quarantined',
    one: 'record is not decided because of such a value ("partner-sync explain" names it)',
    several: 'records are not decided because of such values ("partner-sync explain" names them)',
  },
  {
    name: 'held',
    one: 'change is held as a plan: too much would change at once ("partner-sync status" names it)',
    several:
      'changes are held as a plan: too much would change at once ("partner-sync status" names it)',
  },
  {
    name: 'skippedChanged',
    one: 'record changed since the plan and was skipped',
    several: 'records changed since the plan and were skipped',
  },
  {
    name: 'unseen',
    one: 'record can no longer be seen in the CRM',
    several: 'records can no longer be seen in the CRM',
  },
];

/** Red when it failed; amber when a row failed, waits or is held back; else green. */
function outcomeOf(counts: RunCounts, failed: boolean): Exclude<RunOutcome, 'running'> {
  if (failed) {
    return 'red';
  }
  return amberCounts.some(({ name }) => (counts[name] ?? 0) > 0) ? 'amber' : 'green';
}

/** What a reconcile found, what made the run amber, and what to know; null: nothing to say. */
function messageOf(counts: RunCounts): string | null {
  const parts = [reconcileMessage(counts), say(amberCounts, counts), say(notedCounts, counts)];
  const said = parts.filter((text) => text !== null);
  return said.length > 0 ? said.join(' ') : null;
}

function say(worded: Said[], counts: RunCounts): string | null {
  const said = worded.flatMap(({ name, one, several }) => {
    const n = counts[name] ?? 0;
    return n > 0 ? [`${n} ${n === 1 ? one : several}`] : [];
  });
  return said.length > 0 ? `${said.join('; ')}.` : null;
}

function summary(
  runId: string,
  outcome: Exclude<RunOutcome, 'running'>,
  counts: RunCounts,
): RunSummary {
  return { runId, outcome, counts };
}
