/** Two workers: on PostgreSQL they share the work and one outlives the other; embedded there is one. */
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, jest, test } from '@jest/globals';
import { withDatabase } from '../support/store.ts';
import { connection, day } from '../support/world.ts';
import { company, editsOf, noon } from './company.ts';
import type { Death } from './dies.ts';
import { CrashStack, type RunningWorker } from './stack.ts';

// The server notices a worker that is gone by a heartbeat missed for a minute.
jest.setTimeout(900_000);
/** Longest wait for a step. */
const patienceMs = 300_000;

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
    withTwoWorkers(async (live, workers) => {
      await dayComes(live, 3);
      // Slow enough to be met in the middle of its first leg.
      await live.control('PUT', '/latency', { ms: 400 });

      const ticket = await live.request({ kind: 'sync' });
      const killed = await holderOf(live, ticket.workflowId, workers);
      killed.kill();
      await live.control('PUT', '/latency', { ms: 0 });
      const result = await live.result(ticket);

      expect(result).toMatchObject({ outcome: 'green', failure: null });
      // Days two and three: two opportunities a day fell stale; the next sync has nothing to do.
      expect(result.counts).toMatchObject({ failed: 0, tasks: 4 });
      const again = await live.result(await live.request({ kind: 'sync' }));
      expect(again.counts).toMatchObject({ written: 0, tasks: 0 });
    }));

  test.each([
    ['before it sent them', { step: 'claim', when: 'after', nth: 1 }],
    [
      'when the CRM had them and the store did not know',
      { step: 'settle', when: 'before', nth: 1 },
    ],
  ] as const)(
    'rows in flight in a worker killed %s are written once, in the same run',
    (_, death) =>
      withTwoWorkers(async (live, workers) => {
        const before = await dayComes(live, 3);
        const ticket = await live.request({ kind: 'sync' });
        const killed = await firstToReach(live, workers, death, ({ ended }) => ended);
        const result = await live.result(ticket);

        expect(result).toMatchObject({ outcome: 'green', failure: null });
        expect(await writesSince(live, before)).toEqual(eachOnce);
        expect(live.log('worker')).toMatch(tookOver(killed));
      }),
  );

  test('a worker that stood still while another took its rows over sends none of them', () =>
    withTwoWorkers(async (live, workers) => {
      const before = await dayComes(live, 3);
      const ticket = await live.request({ kind: 'sync' });
      const death = { step: 'claim', when: 'after', nth: 1, signal: 'SIGSTOP' } as const;
      const zombie = await firstToReach(
        live,
        workers,
        death,
        until(({ isStopped }) => isStopped()),
      );
      const result = await live.result(ticket);
      expect(result).toMatchObject({ outcome: 'green', failure: null });
      expect(live.log('worker')).toMatch(tookOver(zombie));

      const written = await writesSince(live, before);
      zombie.goOn();
      await until(() => live.log('worker').includes('it goes on with a new life'))();
      await until(() => live.log('worker').includes('"type":"Store.Unavailable"'))();
      expect(await writesSince(live, before)).toEqual(written);
      expect(written).toEqual(eachOnce);

      // It is as good as new: alone it does the next day's work.
      workers.find((one) => one !== zombie)!.kill();
      await dayComes(live, 4);
      const next = await live.result(await live.request({ kind: 'sync' }));
      expect(next).toMatchObject({ outcome: 'green', failure: null });
      expect(next.counts['written']).toBeGreaterThan(0);
    }));
}

type Workers = readonly [RunningWorker, RunningWorker];

/** Two workers on a PostgreSQL of their own, and a company that has had its first apply. */
function withTwoWorkers(work: (live: CrashStack, workers: Workers) => Promise<void>) {
  return withDatabase(async ({ connectionString }) => {
    const live = new CrashStack({ DATABASE_URL: connectionString });
    stack = live;
    await live.start();
    await live.control('POST', '/load', company());
    await live.control('POST', '/clock/set', { at: noon + day });
    const workers = [await live.startWorker(), await live.startWorker()] as const;
    await live.command(['provision', connection], workers[0].server);
    const { planId } = await live.result(await live.request({ kind: 'plan' }));
    const applied = await live.result(await live.request({ kind: 'apply', planId: planId! }));
    expect(applied.outcome).toBe('green');
    await work(live, workers);
    const keys = await live.control<{ Partner_Sync_Key__c: string }[]>(
      'GET',
      `/query?q=${encodeURIComponent('SELECT Partner_Sync_Key__c FROM Task')}`,
    );
    expect(new Set(keys.map((row) => row.Partner_Sync_Key__c)).size).toBe(keys.length);
  }, 'postgresql');
}

/** A day's noon with what people did until then. Returns the last number of the CRM's write log. */
async function dayComes(live: CrashStack, n: number): Promise<number> {
  await live.control('POST', '/clock/set', { at: noon + n * day });
  for (const edit of editsOf(n)) {
    await live.control('POST', '/dml', edit);
  }
  const { entries } = await live.control<WriteLog>('GET', '/writes');
  return entries.at(-1)!.seq;
}

interface WriteLog {
  entries: { seq: number; via: string; operation: string; object: string; id: string }[];
}

/** What was written through the API: "update Opportunity 006...". */
async function writesSince(live: CrashStack, seq: number): Promise<string[]> {
  const { entries } = await live.control<WriteLog>('GET', `/writes?since=${seq}`);
  return entries
    .filter(({ via }) => via !== 'control')
    .map(({ operation, object, id }) => `${operation} ${object} ${id}`)
    .sort();
}

/** A list in which something is, and nothing twice. */
const eachOnce = {
  asymmetricMatch: (list: unknown) =>
    Array.isArray(list) && list.length > 0 && new Set(list).size === list.length,
};

/** What the survivor's log says of a worker. */
function tookOver({ pid }: RunningWorker): RegExp {
  const name = `partner-sync/${hostname()}/${pid}/[0-9a-f]{6}`;
  return new RegExp(`took over [1-9]\\d* rows of worker ${name}, dead since \\d{4}-`);
}

/** Whichever worker comes to the step meets its death there; the other is spared. */
async function firstToReach(
  live: CrashStack,
  workers: Workers,
  death: Death,
  metBy: (worker: RunningWorker) => Promise<unknown>,
): Promise<RunningWorker> {
  for (const worker of workers) {
    worker.arm(death);
  }
  const late = sleep(patienceMs, undefined, { ref: false });
  const met = workers.map((worker) => metBy(worker).then(() => worker));
  const first = await Promise.race([...met, late]);
  if (first === undefined) {
    throw new Error(`${JSON.stringify(death)} never came.\n${live.log('worker')}`);
  }
  workers.find((one) => one !== first)!.disarm();
  return first;
}

/** Waits until it is so. */
function until<A extends unknown[]>(isSo: (...given: A) => boolean) {
  return async (...given: A): Promise<void> => {
    for (const end = Date.now() + patienceMs; !isSo(...given); await sleep(50)) {
      if (Date.now() > end) {
        throw new Error(`What was waited for never came.\n${stack?.log('worker')}`);
      }
    }
  };
}

/** The worker that has the run's activity in hand. */
async function holderOf(
  { client }: CrashStack,
  workflowId: string,
  workers: Workers,
): Promise<RunningWorker> {
  for (const end = Date.now() + patienceMs; Date.now() < end; ) {
    const described = await client.workflow
      .getHandle(workflowId)
      .describe()
      .catch(() => null);
    const pending = described?.raw.pendingActivities ?? [];
    const holder = workers.find(({ pid }) =>
      pending.some(({ lastWorkerIdentity: name }) => name?.includes(`/${pid}/`)),
    );
    if (holder !== undefined) {
      return holder;
    }
    await sleep(50);
  }
  throw new Error(`No worker took ${workflowId} in hand.`);
}
