/** An owner under test, and the ways to talk to it. */
import {
  Client,
  type WorkflowHandle,
  type WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { runConnection } from '../../workflows/connection.ts';
import {
  type JobRequest,
  type JobResult,
  type JobTicket,
  type OwnerInput,
  type OwnerStatus,
  ownerStartOptions,
  ownerStatusQuery,
  pauseUpdate,
  type ReportedChanges,
  requestJobUpdate,
  resumeUpdate,
  wakeSignal,
  workflowTypes,
} from '../../workflows/messages.ts';
import { until } from './engine.ts';

/** An owner that runs, and the ways to talk to it. */
export interface OwnerUnderTest {
  env: TestWorkflowEnvironment;
  client: Client;
  handle: WorkflowHandleWithFirstExecutionRunId<typeof runConnection>;
  /** The same, through continue-as-new. */
  current: WorkflowHandle<typeof runConnection>;
  connection: string;
  status(): Promise<OwnerStatus>;
  wake(changes?: Partial<ReportedChanges>): Promise<void>;
  request(request: Partial<JobRequest> & Pick<JobRequest, 'kind'>): Promise<JobTicket>;
  /** Asks for the job and waits for its end. */
  run(request: Partial<JobRequest> & Pick<JobRequest, 'kind'>): Promise<JobResult>;
  pause(reason: string): Promise<OwnerStatus>;
  resume(): Promise<OwnerStatus>;
  /** Lets Temporal's clock run on; what falls due on the way is done on the way. */
  pass(duration: { seconds: number }): Promise<void>;
  /** Lets the clock run on in steps of ten seconds until `check` holds; gives up after a day. */
  passUntil(what: string, check: () => boolean): Promise<void>;
}

/** Steps of the clock: the server must get to hand out what fell due in each. */
const stepSeconds = 10;
const settleMs = 15;

/** The result of a job; its workflow exists from when the job begins. */
export async function resultOf(client: Client, ticket: JobTicket): Promise<JobResult> {
  const job = client.workflow.getHandle(ticket.workflowId);
  await until(`${ticket.workflowId} begins`, () =>
    job.describe().then(
      () => true,
      () => false,
    ),
  );
  return job.result();
}

async function step(env: TestWorkflowEnvironment, seconds: number): Promise<void> {
  await env.sleep(seconds * 1_000);
  await new Promise((resolve) => setTimeout(resolve, settleMs));
}

/** Starts an owner. */
export async function startOwner(
  env: TestWorkflowEnvironment,
  input: OwnerInput,
): Promise<OwnerUnderTest> {
  // Not the environment's own client, whose result() lets the clock run on: only `pass` does.
  const client = new Client({ connection: env.connection });
  const handle = await client.workflow.start<typeof runConnection>(
    workflowTypes.runConnection,
    ownerStartOptions(input),
  );
  // Follows the owner through continue-as-new: no run id.
  const current = client.workflow.getHandle<typeof runConnection>(handle.workflowId);
  const request: OwnerUnderTest['request'] = (wanted) =>
    current.executeUpdate(requestJobUpdate, { args: [{ commandId: null, ...wanted }] });
  return {
    env,
    client,
    handle,
    current,
    connection: input.connection,
    request,
    status: () => current.query(ownerStatusQuery),
    wake: (changes) => current.signal(wakeSignal, ...(changes === undefined ? [] : [changes])),
    run: async (wanted) => resultOf(client, await request(wanted)),
    pause: (reason) => current.executeUpdate(pauseUpdate, { args: [{ reason }] }),
    resume: () => current.executeUpdate(resumeUpdate),
    pass: async ({ seconds }) => {
      for (let left = seconds; left > 0; left -= stepSeconds) {
        await step(env, Math.min(left, stepSeconds));
      }
    },
    passUntil: async (what, check) => {
      for (let passed = 0; !check(); passed += stepSeconds) {
        if (passed > 86_400) {
          throw new Error(`Not within a day: ${what}`);
        }
        await step(env, stepSeconds);
      }
    },
  };
}
