/** A worker that dies in the middle of a job: the next one finishes it, without a person. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { type Engines, fakeEngine, quietRuntime, until, withWorkers } from '../support/engine.ts';
import { resultOf, startOwner } from '../support/owner.ts';
import { withDevServer } from '../support/temporal.ts';

quietRuntime();

test('a job whose worker was killed is finished by the next worker', async () => {
  await withDevServer(async ({ env, address }) => {
    const script = new URL('../support/doomed-worker.ts', import.meta.url).pathname;
    const doomed = spawn(process.execPath, [script, address], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const ended = once(doomed, 'exit');
    const owner = await startOwner(env, { connection: 'killed', searchAttributes: false });
    const deciding = once(doomed.stdout, 'data');
    const ticket = await owner.request({ kind: 'sync' });
    await deciding;
    doomed.kill('SIGKILL');
    await ended;

    const engine = fakeEngine({ activeVersion: null, nextJob: 2 });
    const engines: Engines = new Map([['killed', engine]]);
    await withWorkers(env.nativeConnection, engines, async () => {
      // The server misses the dead worker's sign of life after 30 s, the leg's heartbeat limit.
      await until('the run is closed', () => engine.closed.size === 1);
      const result = await resultOf(owner.client, ticket);

      expect(result.outcome).toBe('green');
      expect((await owner.run({ kind: 'sync' })).runId).toBe('sync/killed/2');
      expect(engine.calls.map(({ name }) => name).slice(0, 3)).toEqual([
        'decideRecords',
        'decideAlerts',
        'writeChanges',
      ]);
    });
  });
}, 90_000);
