/** Two workers: on PostgreSQL they share the work and one outlives the other; embedded there is one. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { withDatabase } from '../support/store.ts';
import { connection, day } from '../support/world.ts';
import { company, editsOf, noon } from './company.ts';
import { CrashStack, type RunningWorker } from './stack.ts';

// The server notices a worker that is gone by a heartbeat missed for a minute.
jest.setTimeout(600_000);

let stack: CrashStack | undefined;

afterEach(async () => {
  await stack?.stop();
  stack = undefined;
});

test('a second embedded worker is refused with a sentence that names the first', async () => {
  stack = new CrashStack();
  await stack.start();
  const first = await stack.startWorker();

  const refusal = await stack.startWorker().then(
    () => 'it started',
    (error: Error) => error.message,
  );

  expect(refusal).toContain(`is open in process ${first.pid}.`);
  expect(refusal).toContain('To run several workers, set DATABASE_URL to a PostgreSQL server.');
});

if (process.env['TEST_DATABASE_URL'] === undefined) {
  test.skip('two workers on one PostgreSQL: not run, TEST_DATABASE_URL is not set', () => {});
} else {
  test('of two workers on one PostgreSQL one is killed in mid-run, and the other finishes it', () =>
    withDatabase(async ({ connectionString }) => {
      stack = new CrashStack({ DATABASE_URL: connectionString });
      await stack.start();
      await stack.control('POST', '/load', company());
      await stack.control('POST', '/clock/set', { at: noon + day });
      const workers = [await stack.startWorker(), await stack.startWorker()] as const;
      await stack.command(['provision', connection], workers[0].server);
      const { planId } = await stack.result(await stack.request({ kind: 'plan' }));
      const applied = await stack.result(await stack.request({ kind: 'apply', planId: planId! }));
      expect(applied.outcome).toBe('green');
      await stack.control('POST', '/clock/set', { at: noon + 3 * day });
      for (const edit of editsOf(3)) {
        await stack.control('POST', '/dml', edit);
      }
      // Slow enough to be met in the middle of its first leg.
      await stack.control('PUT', '/latency', { ms: 400 });

      const ticket = await stack.request({ kind: 'sync' });
      const killed = await holderOf(stack, ticket.workflowId, workers);
      killed.kill();
      await stack.control('PUT', '/latency', { ms: 0 });
      const result = await stack.result(ticket);

      expect(result).toMatchObject({ outcome: 'green', failure: null });
      // Days two and three: two opportunities a day fell stale; the next sync has nothing to do.
      expect(result.counts).toMatchObject({ failed: 0, tasks: 4 });
      const again = await stack.result(await stack.request({ kind: 'sync' }));
      expect(again.counts).toMatchObject({ written: 0, tasks: 0 });
      const keys = await stack.control<{ Partner_Sync_Key__c: string }[]>(
        'GET',
        `/query?q=${encodeURIComponent('SELECT Partner_Sync_Key__c FROM Task')}`,
      );
      expect(new Set(keys.map((row) => row.Partner_Sync_Key__c)).size).toBe(keys.length);
    }, 'postgresql'));
}

/** The worker that has the run's activity in hand. */
async function holderOf(
  { client }: CrashStack,
  workflowId: string,
  workers: readonly RunningWorker[],
): Promise<RunningWorker> {
  for (const end = Date.now() + 300_000; Date.now() < end; ) {
    const described = await client.workflow
      .getHandle(workflowId)
      .describe()
      .catch(() => null);
    const pending = described?.raw.pendingActivities ?? [];
    const holder = workers.find(({ pid }) =>
      pending.some((activity) => activity.lastWorkerIdentity === `partner-sync/${pid}`),
    );
    if (holder !== undefined) {
      return holder;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`No worker took ${workflowId} in hand.`);
}
