/** The run's row: opened with its workflow's id, counted by step, closed green, amber or red. */
import { activityInfo } from '@temporalio/activity';
import type { RunCounts, RunOutcome, Store } from '../store/types.ts';
import type { EngineActivities, RunRef, RunSummary } from './contract.ts';

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
      return { connection: input.connection, runId };
    },

    async closeRun(input) {
      const run = await store.run(input.runId);
      const counts = run?.counts ?? {};
      const outcome = outcomeOf(counts, input.failure !== null);
      const message = input.failure?.message ?? amberMessage(counts);
      const closed = await store.closeRun(input.runId, outcome, message, new Date().toISOString());
      return summary(closed.id, outcome, closed.counts);
    },
  };
}

/** Adds a stretch's counts once, however often Temporal retries the activity. */
export async function countStretch(store: Store, run: RunRef, counts: RunCounts): Promise<void> {
  const { activityId } = activityInfo();
  await store.addCounts(run.runId, activityId, counts);
}

/** Red when it failed; amber when a row failed, waits or is quarantined; else green. */
function outcomeOf(counts: RunCounts, failed: boolean): Exclude<RunOutcome, 'running'> {
  if (failed) {
    return 'red';
  }
  const amber = ['failed', 'unclear', 'waiting', 'quarantined', 'skippedChanged'];
  return amber.some((name) => (counts[name] ?? 0) > 0) ? 'amber' : 'green';
}

function amberMessage(counts: RunCounts): string | null {
  const parts = [
    [counts['failed'], 'rows failed (see "partner-sync failures")'],
    [counts['unclear'], 'rows have an unclear outcome and are read back'],
    [counts['waiting'], 'rows wait for their next try'],
    [counts['quarantined'], 'records hold a value the mapping does not know'],
    [counts['skippedChanged'], 'records changed since the plan and were skipped'],
  ] as const;
  const said = parts.filter(([n]) => (n ?? 0) > 0).map(([n, what]) => `${n} ${what}`);
  return said.length > 0 ? `${said.join('; ')}.` : null;
}

function summary(
  runId: string,
  outcome: Exclude<RunOutcome, 'running'>,
  counts: RunCounts,
): RunSummary {
  return { runId, outcome, counts };
}
