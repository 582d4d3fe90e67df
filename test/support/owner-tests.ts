/** Owners under test on a time-skipping server that all tests of a file share. */
import { afterAll, beforeAll } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { OwnerInput } from '../../workflows/messages.ts';
import { type Engines, type FakeEngine, quietRuntime, until, withWorkers } from './engine.ts';
import { type OwnerUnderTest, startOwner } from './owner.ts';
import { withTimeSkipping } from './temporal.ts';

let connections = 0;

/** Declares the shared server; gives the function that runs a test's body with an owner on it. */
export function ownerTests(): <T>(
  engine: FakeEngine,
  body: (owner: OwnerUnderTest) => Promise<T>,
  input?: Partial<OwnerInput>,
) => Promise<T> {
  const engines: Engines = new Map();
  let env: TestWorkflowEnvironment;
  let close = () => {};
  let closed: Promise<void>;
  beforeAll(async () => {
    quietRuntime();
    await new Promise<void>((ready, failed) => {
      closed = withTimeSkipping(async (started) => {
        env = started;
        await withWorkers(started.nativeConnection, engines, async () => {
          ready();
          await new Promise<void>((resolve) => {
            close = resolve;
          });
        });
      });
      closed.catch(failed);
    });
  });
  afterAll(async () => {
    close();
    await closed;
  });
  return async (engine, body, input) => {
    connections += 1;
    const connection = `acme-${connections}`;
    engines.set(connection, engine);
    const owner = await startOwner(env, { connection, searchAttributes: false, ...input });
    try {
      return await body(owner);
    } finally {
      await end(owner);
    }
  };
}

/**
 * Lays the owner to rest. It is not terminated: the time-skipping server's clock can stand still
 * for good after a workflow was terminated with something under way.
 */
async function end({ pause, status }: OwnerUnderTest): Promise<void> {
  await pause('The test is over.');
  await until('the job under way has ended', async () => (await status()).running === null);
}
