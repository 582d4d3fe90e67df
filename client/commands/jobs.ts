/** sync, pause, resume: what tells a connection's owner to work or to rest. */
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Env } from '../../env.ts';
import { when } from '../../mappings/shown.ts';
import type { RunRow } from '../../server/contract.ts';
import { connectionWorkflowId, pauseUpdate, resumeUpdate } from '../../workflows/messages.ts';
import { exitCodeOf, type JobOutcome, runJob } from '../jobs.ts';
import { CommandError, count, counted, type Output } from '../output.ts';
import { chosenConnections, openSession, type Session } from '../session.ts';

/** Runs one sync on each chosen connection. Returns the exit code. */
export async function syncCommand(
  env: Env,
  output: Output,
  options: { connection?: string; full: boolean; actor: string },
): Promise<number> {
  const session = await openSession(env);
  try {
    const outcomes: JobOutcome[] = [];
    for (const { name } of await chosenConnections(session, options.connection)) {
      const outcome = await runJob(
        session,
        { connection: name, kind: 'sync', full: options.full, actor: options.actor },
        output,
      );
      sayRun(output, outcome);
      outcomes.push(outcome);
    }
    output.result({ runs: outcomes.map(({ run }) => run) });
    return exitCodeOf(outcomes.map(({ result }) => result.outcome));
  } finally {
    await session.close();
  }
}

/** Compares both sides of each chosen connection and heals. Returns the exit code. */
export async function reconcileCommand(
  env: Env,
  output: Output,
  options: { connection?: string; acceptUnseen: boolean; actor: string },
): Promise<number> {
  const session = await openSession(env);
  try {
    const { acceptUnseen, actor } = options;
    const outcomes: JobOutcome[] = [];
    for (const { name } of await chosenConnections(session, options.connection)) {
      const job = { connection: name, kind: 'reconcile' as const, acceptUnseen, actor };
      const outcome = await runJob(session, job, output);
      sayRun(output, outcome);
      outcomes.push(outcome);
    }
    output.result({ runs: outcomes.map(({ run }) => run) });
    return exitCodeOf(outcomes.map(({ result }) => result.outcome));
  } finally {
    await session.close();
  }
}

/** Pauses or resumes the chosen connections. */
export async function pauseCommand(
  env: Env,
  output: Output,
  options: { connection?: string; reason: string | null },
): Promise<number> {
  const session = await openSession(env);
  try {
    const states = [];
    for (const { name } of await chosenConnections(session, options.connection)) {
      const status = await tellOwner(session, name, options.reason);
      output.say(`${name}: ${status.state === 'paused' ? 'paused' : 'going on'}.`);
      states.push({ connection: name, ...status });
    }
    output.result({ connections: states });
    return 0;
  } finally {
    await session.close();
  }
}

async function tellOwner(session: Session, name: string, reason: string | null) {
  const owner = session.temporal.workflow.getHandle(connectionWorkflowId(name));
  try {
    return reason === null
      ? await owner.executeUpdate(resumeUpdate)
      : await owner.executeUpdate(pauseUpdate, { args: [{ reason }] });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) {
      throw new CommandError(
        `Connection ${name} has no owner in Temporal. "partner-sync sync ${name}" starts it.`,
      );
    }
    throw error;
  }
}

/** Outcome, what it did, the sentence when it was not green, and when what waits is tried again. */
export function sayRun(output: Output, { run, result }: Pick<JobOutcome, 'run' | 'result'>): void {
  output.say(`${run.id}: ${run.outcome}. ${runLine(run)}`);
  if (run.message !== null) {
    output.say(run.message);
  }
  if (result.nextTryAt !== null) {
    output.say(
      `What waits is tried again by itself, the first of it at ${when(result.nextTryAt)}.`,
    );
  }
}

/** "14,277 opportunities read, 12 changed, 9 written, 2 tasks, 0 failed; 14 API calls". */
export function runLine({ counts }: RunRow): string {
  const total = (prefix: string) =>
    Object.entries(counts)
      .filter(([name]) => name.startsWith(prefix))
      .reduce((sum, [, n]) => sum + n, 0);
  const parts = [
    `${counted(total('pulled.'), 'record')} read`,
    `${count(total('changed.'))} changed`,
    `${count(counts['decided'] ?? 0)} decided`,
    `${count(counts['written'] ?? 0)} written`,
    counted(counts['tasks'] ?? 0, 'task'),
    `${count(counts['failed'] ?? 0)} failed`,
  ];
  const forecast = counts['forecast.calls'];
  const expected =
    forecast === undefined ? '' : ` (about ${count(forecast)} expected to read it all)`;
  return `${parts.join(', ')}; ${counted(counts['apiCalls'] ?? 0, 'API call')}${expected}.`;
}
