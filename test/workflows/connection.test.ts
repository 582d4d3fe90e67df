/** The owner of a connection: its interval, wake-ups, order of jobs, pause and resume. */
import { expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import {
  connectionWorkflowId,
  ownerStartOptions,
  workflowTypes,
} from '../../workflows/messages.ts';
import { type FakeEngine, fakeEngine, gate, until } from '../support/engine.ts';
import { resultOf } from '../support/owner.ts';
import { ownerTests } from '../support/owner-tests.ts';

const withOwner = ownerTests();
const noSyncs = { activeVersion: null };

test('an owner syncs when it starts and then once every interval', async () => {
  const engine = fakeEngine({ everyMs: 300_000 });

  await withOwner(engine, async ({ pass, status }) => {
    await until('the first sync', () => engine.closed.size === 1);
    await pass({ seconds: 290 });
    expect(engine.closed.size).toBe(1);
    await pass({ seconds: 640 });

    await until('three more', () => engine.closed.size === 4);
    expect(await status()).toMatchObject({ state: 'idle', lastOutcome: 'green', queued: 0 });
  });

  expect(runsOf(engine)).toEqual(['sync/1', 'sync/2', 'sync/3', 'sync/4']);
});

test('before the first plan was applied no sync starts by itself; afterwards they do', async () => {
  const engine = fakeEngine(noSyncs, (fake) => ({
    adoptPlan: async () => {
      fake.state.activeVersion = '2026.4+1a2b3c4';
      return { done: true, counts: {} };
    },
  }));

  await withOwner(engine, async ({ run, wake, pass, status }) => {
    await wake();
    await pass({ seconds: 600 });
    expect(engine.closed.size).toBe(0);
    expect((await status()).nextSyncAt).toBeNull();
    await run({ kind: 'apply', planId: 'P-1' });

    await until('the wake-up from before is answered', () => engine.closed.size === 2);
  });

  expect(runsOf(engine)).toEqual(['apply/1', 'sync/2']);
});

test('a hundred wake-ups during a run cause exactly one more run', async () => {
  const door = gate();
  const engine = fakeEngine({}, () => ({
    pullChanges: async () => {
      await door.wait();
      return { done: true, counts: {} };
    },
  }));

  await withOwner(engine, async ({ wake, pass, status }) => {
    await door.reached;
    for (let n = 0; n < 100; n += 1) {
      await wake();
    }
    door.open();
    await until('two runs', () => engine.closed.size === 2);
    await pass({ seconds: 120 });

    expect((await status()).state).toBe('idle');
  });

  expect(runsOf(engine)).toEqual(['sync/1', 'sync/2']);
});

test('a wake-up during the last activity of a run is not lost', async () => {
  const door = gate();
  let first = true;
  const engine = fakeEngine({}, (fake) => ({
    closeRun: async ({ runId }) => {
      if (first) {
        first = false;
        await door.wait();
      }
      fake.closed.set(runId, { outcome: 'green', failure: null });
      return { runId, outcome: 'green', counts: {} };
    },
  }));

  await withOwner(engine, async ({ wake }) => {
    await door.reached;
    await wake();
    door.open();

    await until('two runs', () => engine.closed.size === 2);
  });
});

test('jobs run one at a time, in the order they were asked for', async () => {
  const door = gate();
  let inside = 0;
  let most = 0;
  const engine = fakeEngine(noSyncs, () => ({
    pullChanges: async () => {
      inside += 1;
      most = Math.max(most, inside);
      await door.wait();
      inside -= 1;
      return { done: true, counts: {} };
    },
  }));

  await withOwner(engine, async ({ request, status, client }) => {
    await request({ kind: 'sync' });
    await door.reached;
    await request({ kind: 'plan' });
    await request({ kind: 'retry' });
    const last = await request({ kind: 'sync', full: true });
    expect(last).toMatchObject({ job: 4, workflowId: expect.stringMatching(/^backfill\//) });
    expect(await status()).toMatchObject({ state: 'running', queued: 3, running: { job: 1 } });
    door.open();

    await resultOf(client, last);
  });

  expect(runsOf(engine)).toEqual(['sync/1', 'plan/2', 'retry/3', 'backfill/4']);
  expect(most).toBe(1);
});

test('the same command sent twice gives the same job', async () => {
  const engine = fakeEngine(noSyncs);

  await withOwner(engine, async ({ request, run }) => {
    const first = await request({ kind: 'plan', commandId: 'c-1' });
    const again = await request({ kind: 'plan', commandId: 'c-1' });
    await run({ kind: 'plan', commandId: 'c-2' });

    expect(again).toEqual(first);
  });

  expect(runsOf(engine)).toEqual(['plan/1', 'plan/2']);
});

test('a pause lets the run under way end, keeps the rest waiting, and resume goes on', async () => {
  const door = gate();
  const engine = fakeEngine({}, () => ({
    pullChanges: async () => {
      await door.wait();
      return { done: true, counts: {} };
    },
  }));

  await withOwner(engine, async ({ request, run, pause, resume, pass, status, wake }) => {
    await door.reached;
    const retry = await request({ kind: 'retry', commandId: 'c-1' });
    const paused = await pause('Paused with partner-sync pause.');
    expect(paused).toMatchObject({ state: 'paused', pauseReason: expect.any(String) });
    expect(await pause('Paused with partner-sync pause.')).toEqual(paused);
    door.open();
    await wake();
    await pass({ seconds: 900 });
    expect(runsOf(engine)).toEqual(['sync/1']);
    await expect(request({ kind: 'sync' })).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/^acme-\d+ is paused\. Paused with .* resume acme/) },
    });
    expect(await request({ kind: 'retry', commandId: 'c-1' })).toEqual(retry);
    expect((await run({ kind: 'plan' })).outcome).toBe('green');
    expect(engine.state).toMatchObject({ paused: true });

    expect(await resume()).toMatchObject({ pauseReason: null });
    await until('the waiting job and a sync', () => engine.closed.size === 4);
    await until('it is idle', async () => (await status()).state === 'idle');
    await resume();
    await pass({ seconds: 60 });
    expect(engine.state).toMatchObject({ paused: false });
  });

  expect(runsOf(engine)).toEqual(['sync/1', 'plan/3', 'retry/2', 'sync/4']);
});

test('an owner that starts anew finds the pause in the store', async () => {
  const engine = fakeEngine({ paused: true, pauseReason: 'Paused last week.' });

  await withOwner(engine, async ({ status, pass }) => {
    await pass({ seconds: 600 });

    expect(await status()).toMatchObject({ state: 'paused', pauseReason: 'Paused last week.' });
  });

  expect(engine.closed.size).toBe(0);
});

test('a refused token pauses the connection after one attempt, with the remedy', async () => {
  let refuse = true;
  const message = 'Salesforce rejected the token. Authorise the app again, then resume.';
  const engine = fakeEngine({}, () => ({
    pullChanges: async () => {
      if (refuse) {
        throw ApplicationFailure.nonRetryable(message, 'Crm.Unauthorized');
      }
      return { done: true, counts: {} };
    },
  }));

  await withOwner(engine, async ({ status, pass, resume }) => {
    await until('paused', async () => (await status()).state === 'paused');
    await pass({ seconds: 3_600 });
    expect(engine.calls.filter(({ name }) => name === 'pullChanges')).toHaveLength(1);
    expect(await status()).toMatchObject({ pauseReason: message, lastOutcome: 'red' });
    expect(engine.state).toMatchObject({ paused: true, pauseReason: message });

    refuse = false;
    await resume();
    await until('a green run', async () => (await status()).lastOutcome === 'green');
  });
});

test.each([
  { kind: 'plan' as const, type: 'Mapping.Invalid', pauses: false },
  { kind: 'plan' as const, type: 'Crm.Unauthorized', pauses: true },
  { kind: 'provision' as const, type: 'Crm.MissingScope', pauses: false },
  { kind: 'sync' as const, type: 'Mapping.Invalid', pauses: true },
  { kind: 'sync' as const, type: 'Crm.QuotaExhausted', pauses: false },
])('$type in a $kind pauses the connection: $pauses', async ({ kind, type, pauses }) => {
  const fail = async () => {
    throw ApplicationFailure.nonRetryable('What to do.', type);
  };
  const engine = fakeEngine(noSyncs, () => ({ pullChanges: fail, provisionFields: fail }));

  await withOwner(engine, async ({ run, status }) => {
    expect(await run({ kind, commandId: 'c-1' })).toMatchObject({ failure: { type } });

    await until('the owner knows', async () => (await status()).lastOutcome === 'red');
    expect((await status()).state).toBe(pauses ? 'paused' : 'idle');
  });
});

test('a CRM that is down pauses the connection, which looks again by itself, later each time', async () => {
  let tries = 0;
  const engine = fakeEngine({ everyMs: 300_000 }, () => ({
    pullChanges: async () => {
      tries += 1;
      if (tries > 20) {
        return { done: true, counts: {} };
      }
      throw ApplicationFailure.retryable('Salesforce does not answer.', 'Crm.Unavailable');
    },
  }));

  await withOwner(engine, async ({ passUntil, pass, status }) => {
    await passUntil('the first red run', () => engine.closed.size === 1);
    expect(tries).toBe(10);
    await until('the pause', async () => (await status()).state === 'paused');
    expect((await status()).pauseReason).toMatch(
      /^Salesforce does not answer\. It is looked at again by itself at \d\d:\d\d UTC\.$/,
    );
    await pass({ seconds: 280 });
    expect(tries).toBe(10);
    await passUntil('the second red run', () => engine.closed.size === 2);
    await until('the second pause', async () => (await status()).state === 'paused');
    await pass({ seconds: 580 });
    expect(tries).toBe(20);
    await passUntil('the run that finds it back', () => engine.closed.size === 3);

    await until('the end of the pause', async () => (await status()).lastOutcome === 'green');
    expect(await status()).toMatchObject({ pauseReason: null, lastOutcome: 'green' });
  });
});

test('rows that wait for a later try make the next sync start when the first of them is due', async () => {
  let env: { currentTimeMs(): Promise<number | bigint> } | undefined;
  let due = 0;
  let second = 0;
  const engine = fakeEngine({ everyMs: 3_600_000 }, () => ({
    pullChanges: async () => {
      second = due > 0 ? Number(await env!.currentTimeMs()) : 0;
      return { done: true, counts: {} };
    },
    writeChanges: async () => {
      const waiting = due === 0 ? 1 : 0;
      due ||= Number(await env!.currentTimeMs()) + 90_000;
      const nextTryAt = waiting > 0 ? new Date(due).toISOString() : null;
      return { done: true, written: 99, tasks: 0, failed: 1, unclear: 0, waiting, nextTryAt };
    },
    closeRun: async ({ runId }) => {
      engine.closed.set(runId, { outcome: 'amber', failure: null });
      return { runId, outcome: 'amber', counts: {} };
    },
  }));

  await withOwner(engine, async (owner) => {
    env = owner.env;
    await until('the first run', async () => (await owner.status()).lastOutcome === 'amber');
    await owner.passUntil('the second run', () => engine.closed.size === 2);
  });

  expect(second).toBeGreaterThanOrEqual(due);
  expect(second).toBeLessThan(due + 15_000);
});

test('a mapping that cannot be read is the answer to every request until it is mended', async () => {
  const message = 'mappings/acme.yaml:5:13 policy: expected "acme", found "acne".';
  let broken = true;
  const engine = fakeEngine(noSyncs, (fake) => ({
    readConnection: async () => {
      if (broken) {
        throw ApplicationFailure.nonRetryable(message, 'Mapping.Invalid');
      }
      return { ...fake.state };
    },
  }));

  await withOwner(engine, async ({ request, run, status }) => {
    await expect(request({ kind: 'plan' })).rejects.toMatchObject({ cause: { message } });
    expect((await status()).problem).toEqual({ type: 'Mapping.Invalid', message });
    broken = false;

    expect((await run({ kind: 'plan' })).outcome).toBe('green');
    expect((await status()).problem).toBeNull();
  });
});

test.each([
  { request: { kind: 'dance' as 'sync' }, says: /^There is no job of this kind; there are sync, / },
  { request: { kind: 'apply' as const }, says: /^apply needs a planId\. See the open plan/ },
  { request: { kind: 'provision' as const }, says: /^provision needs a commandId/ },
  { request: { kind: 'plan' as const, commandId: 'Jane said so' }, says: /are ids .* not text\.$/ },
])('a request that makes no sense is refused: $says', async ({ request: wrong, says }) => {
  await withOwner(fakeEngine(noSyncs), async ({ request }) => {
    const refused = { cause: { type: 'Request.Invalid', message: expect.stringMatching(says) } };

    await expect(request(wrong)).rejects.toMatchObject(refused);
  });
});

test('starting an owner that runs already is harmless', async () => {
  const engine = fakeEngine();

  await withOwner(engine, async ({ client, handle, status, connection }) => {
    await until('the first sync', async () => (await status()).lastOutcome === 'green');
    const options = ownerStartOptions({ connection, searchAttributes: false });
    const again = await client.workflow.start(workflowTypes.runConnection, options);

    expect(again.workflowId).toBe(connectionWorkflowId(connection));
    expect((await again.describe()).runId).toBe(handle.firstExecutionRunId);
    expect((await status()).lastRun?.workflowId).toBe(`sync/${connection}/1`);
  });

  expect(engine.closed.size).toBe(1);
});

/** Runs in the order they were closed: kind and number. */
function runsOf(engine: FakeEngine): string[] {
  return [...engine.closed.keys()].map((id) => `${id.split('/')[0]}/${id.split('/')[2]}`);
}
