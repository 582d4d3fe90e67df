/** The replay gate: the workflows as they are now must go the way every released history went. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { quietRuntime, workflowBundle } from '../support/engine.ts';
import { type HistoryJson, historyFrom } from '../support/history.ts';

const folder = new URL('./histories/', import.meta.url);
const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.json'))
  .sort();
quietRuntime();

interface Recorded {
  workflowId: string;
  history: HistoryJson;
}

function recorded(name: string): Recorded {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
}

function replayable({ workflowId, history }: Recorded) {
  return { workflowId, history: historyFrom(history) };
}

test('every recorded history replays', async () => {
  const histories = names.map(recorded).map(replayable);
  const options = { workflowBundle: await workflowBundle() };
  const failed: string[] = [];
  let replayed = 0;

  for await (const result of Worker.runReplayHistories(options, histories)) {
    replayed += 1;
    if (result.error !== undefined) {
      failed.push(`${result.workflowId}: ${result.error.message}`);
    }
  }

  expect(failed).toEqual([]);
  expect(replayed).toBe(names.length);
});

test('every workflow has a recorded history', async () => {
  const exported = await import('../../workflows/index.ts');

  expect([...new Set(names.map((name) => name.split('/')[0]))]).toEqual(
    Object.keys(exported).sort(),
  );
});

test('a workflow that goes another way is caught', async () => {
  const { workflowId, history } = recorded('syncConnection/green.json');
  const text = JSON.stringify(history).replaceAll('"decideRecords"', '"forgetRecords"');
  const changed = replayable({ workflowId, history: JSON.parse(text) });
  const results = Worker.runReplayHistories({ workflowBundle: await workflowBundle() }, [changed]);

  for await (const { error } of results) {
    expect(error?.name).toBe('DeterminismViolationError');
  }
  expect.assertions(1);
});

test.each(names)('%s holds ids, counts, states and instants only', (name) => {
  const text = readFileSync(new URL(name, folder), 'utf8');
  const decoded = [...text.matchAll(/"data": "([A-Za-z0-9+/=]+)"/g)].map(([, data]) =>
    Buffer.from(data as string, 'base64').toString(),
  );

  expect(decoded.length).toBeGreaterThan(0);
  for (const payload of decoded) {
    expect(payload).not.toMatch(/@|\/work|\/home|\/root|Bearer|StageName|"amount"/i);
  }
});
