/** Sends a job to a connection's owner and waits for its result, with a line of progress. */
import {
  isGrpcServiceError,
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import type { RunRow } from '../server/contract.ts';
import { paths } from '../server/contract.ts';
import {
  type JobRequest,
  type JobResult,
  ownerStartOptions,
  requestJobUpdate,
  workflowTypes,
} from '../workflows/messages.ts';
import { CommandError, exitCodes, type Output } from './output.ts';
import type { Session } from './session.ts';

/** How often the run's counts are looked at while it runs. */
const lookEveryMs = 1_000;
/** How often a queued job is looked for. */
const queuedPollMs = 150;

/** A job, the text of which is stored before Temporal sees its id. */
export interface Job {
  connection: string;
  kind: JobRequest['kind'];
  actor: string;
  args?: Record<string, unknown>;
  planId?: string;
  skipChanged?: boolean;
  undoRunId?: string;
  field?: string;
  release?: boolean;
  full?: boolean;
  acceptUnseen?: boolean;
}

/** The job's own answer and its row with the counts. */
export interface JobOutcome {
  result: JobResult;
  run: RunRow;
  commandId: string;
}

/** Stores the command, queues the job, waits. Throws CommandError where the owner refuses it. */
export async function runJob(session: Session, job: Job, output: Output): Promise<JobOutcome> {
  const { api, temporal } = session;
  const command = await api.post<{ id: string }>(paths.commands, {
    kind: job.kind,
    connection: job.connection,
    actor: job.actor,
    args: job.args ?? {},
  });
  const request: JobRequest = {
    kind: job.kind,
    commandId: command.id,
    ...(job.planId === undefined ? {} : { planId: job.planId }),
    ...(job.skipChanged === undefined ? {} : { skipChanged: job.skipChanged }),
    ...(job.undoRunId === undefined ? {} : { undoRunId: job.undoRunId }),
    ...(job.field === undefined ? {} : { field: job.field }),
    ...(job.release === undefined ? {} : { release: job.release }),
    ...(job.full === undefined ? {} : { full: job.full }),
    ...(job.acceptUnseen === undefined ? {} : { acceptUnseen: job.acceptUnseen }),
  };
  const ticket = await queue(session, job.connection, request);
  const watch = watchRun(session, ticket.workflowId, job, output);
  try {
    const result = await resultOf(temporal, ticket.workflowId).catch((error: unknown) => {
      throw lostSight(error, ticket.workflowId, job.connection);
    });
    const run = await api.get<RunRow>(paths.run, { id: result.runId }).catch((error: Error) => {
      throw new CommandError(`${result.runId} has ended ${result.outcome}. ${error.message}`);
    });
    return { result, run, commandId: command.id };
  } finally {
    watch.stop();
  }
}

/** Temporal is gone in the middle of a job: the job is not, and the person must not start it anew. */
function lostSight(error: unknown, runId: string, connection: string): unknown {
  return isGrpcServiceError(error)
    ? new CommandError(
        `Temporal does not answer any more. ${runId} was accepted and goes on when Temporal is ` +
          `back; "partner-sync status ${connection}" then shows it. See "partner-sync doctor".`,
      )
    : error;
}

/** Waits through the queue too: a job accepted behind others has no workflow yet. */
async function resultOf(temporal: Session['temporal'], workflowId: string): Promise<JobResult> {
  for (;;) {
    try {
      return (await temporal.workflow.getHandle(workflowId).result()) as JobResult;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) {
        throw error;
      }
      await new Promise((done) => setTimeout(done, queuedPollMs));
    }
  }
}

async function queue(session: Session, connection: string, request: JobRequest) {
  const start = new WithStartWorkflowOperation(
    workflowTypes.runConnection,
    ownerStartOptions({ connection, searchAttributes: session.searchAttributes }),
  );
  try {
    return await session.temporal.workflow.executeUpdateWithStart(requestJobUpdate, {
      startWorkflowOperation: start,
      args: [request],
      updateId: request.commandId ?? undefined,
    });
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      throw new CommandError(error.cause?.message ?? error.message);
    }
    throw error;
  }
}

/** Prints the counts when they have moved, so that nobody waits in the dark. */
function watchRun(session: Session, runId: string, job: Job, output: Output) {
  let last = '';
  let looking = false;
  const look = async () => {
    if (looking) {
      return;
    }
    looking = true;
    const { status, body } = await session.api
      .ask(paths.run, { id: runId })
      .catch(() => ({ status: 0, body: null }));
    looking = false;
    const line = status === 200 ? progressLine(body as RunRow) : '';
    if (line !== '' && line !== last) {
      last = line;
      output.progress(`${job.connection}: ${job.kind} ${line}`);
    }
  };
  const timer = setInterval(() => void look(), lookEveryMs);
  return { stop: () => clearInterval(timer) };
}

function progressLine(run: RunRow): string {
  const pulled = Object.entries(run.counts)
    .filter(([name]) => name.startsWith('pulled.'))
    .reduce((total, [, n]) => total + n, 0);
  const compared = Object.entries(run.counts)
    .filter(([name]) => name.startsWith('compared.'))
    .reduce((total, [, n]) => total + n, 0);
  const parts = [
    ['read', pulled],
    ['compared', compared],
    ['decided', run.counts['decided'] ?? 0],
    ['written', run.counts['written'] ?? 0],
    ['tasks', run.counts['tasks'] ?? 0],
  ] as const;
  return parts
    .filter(([, n]) => n > 0)
    .map(([name, n]) => `${n.toLocaleString('en-US')} ${name}`)
    .join(', ');
}

/** The exit code of an outcome: amber is 3, red is 1. */
export function exitCodeOf(outcomes: JobResult['outcome'][]): number {
  if (outcomes.includes('red')) {
    return exitCodes.failed;
  }
  return outcomes.includes('amber') ? exitCodes.amber : exitCodes.done;
}
