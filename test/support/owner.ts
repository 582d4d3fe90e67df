/** One owner under test on a time-skipping server that all tests of a file share. */
import { afterAll, beforeAll } from '@jest/globals';
import type { Client, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
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
  requestJobUpdate,
  resumeUpdate,
  wakeSignal,
  workflowTypes,
} from '../../workflows/messages.ts';
import { type FakeEngine, quietRuntime, withWorkers } from './engine.ts';
import { withTimeSkipping } from './temporal.ts';

/** An owner that runs, and the ways to talk to it. */
export interface OwnerUnderTest {
  env: TestWorkflowEnvironment;
  client: Client;
  handle: WorkflowHandleWithFirstExecutionRunId<typeof runConnection>;
  status(): Promise<OwnerStatus>;
  wake(): Promise<void>;
  request(request: Partial<JobRequest> & Pick<JobRequest, 'kind'>): Promise<JobTicket>;
  /** Asks for the job and waits for its end. */
  run(request: Partial<JobRequest> & Pick<JobRequest, 'kind'>): Promise<JobResult>;
  pause(reason: string): Promise<OwnerStatus>;
  resume(): Promise<OwnerStatus>;
}

/** Declares the shared server; gives the function that runs a test's body with an owner on it. */
export function ownerTests(): <T>(
  engine: FakeEngine,
  body: (owner: OwnerUnderTest) => Promise<T>,
  input?: Partial<OwnerInput>,
) => Promise<T> {
  let env: TestWorkflowEnvironment;
  let close = () => {};
  let closed: Promise<void>;
  beforeAll(async () => {
    quietRuntime();
    await new Promise<void>((ready, failed) => {
      closed = withTimeSkipping(async (started) => {
        env = started;
        ready();
        await new Promise<void>((resolve) => {
          close = resolve;
        });
      });
      closed.catch(failed);
    });
  });
  afterAll(async () => {
    close();
    await closed;
  });
  return (engine, body, input) =>
    withWorkers(env.nativeConnection, engine, async () => {
      const owner = await startOwner(env, input);
      try {
        return await body(owner);
      } finally {
        await env.client.workflow.getHandle(owner.handle.workflowId).terminate();
      }
    });
}

let connections = 0;

/** Starts an owner (of a connection of its own, where `input` names none). */
export async function startOwner(
  env: TestWorkflowEnvironment,
  input: Partial<OwnerInput> = {},
): Promise<OwnerUnderTest> {
  const { client } = env;
  connections += 1;
  const full = { connection: `acme-${connections}`, searchAttributes: false, ...input };
  const handle = await client.workflow.start<typeof runConnection>(
    workflowTypes.runConnection,
    ownerStartOptions(full),
  );
  // Follows the owner through continue-as-new: no run id.
  const current = client.workflow.getHandle<typeof runConnection>(handle.workflowId);
  const request: OwnerUnderTest['request'] = (wanted) =>
    current.executeUpdate(requestJobUpdate, { args: [{ commandId: null, ...wanted }] });
  return {
    env,
    client,
    handle,
    request,
    status: () => current.query(ownerStatusQuery),
    wake: () => current.signal(wakeSignal),
    run: async (wanted) => {
      const { workflowId } = await request(wanted);
      return client.workflow.getHandle(workflowId).result();
    },
    pause: (reason) => current.executeUpdate(pauseUpdate, { args: [{ reason }] }),
    resume: () => current.executeUpdate(resumeUpdate),
  };
}
