/** T18: payloads and histories stay far below Temporal's limits, however large the org is. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { keptMax } from '../../workflows/changes.ts';
import type { OwnerInput } from '../../workflows/messages.ts';
import { everyActivityIsSmall, everyMessageIsSmall } from './payload-types.ts';

/** Temporal refuses a payload above 2 MB and a history above 51,200 events or 50 MB. */
const payloadMax = 2 * 1024 * 1024;
const eventsMax = 51_200;
/** workflows/job.ts: activity calls of one job, whatever its legs say. */
const callsMax = 2_000;

const folder = new URL('../replay/histories/', import.meta.url);
const recorded = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({
    name,
    events: (
      JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as {
        history: { events: { eventType: string }[] };
      }
    ).history.events,
  }));

test('T18: every activity and message is made of ids, counts, states and instants alone', () => {
  // Proven by the compiler (npm run types); named here so that the proof is part of the suite.
  expect([everyActivityIsSmall, everyMessageIsSmall]).toEqual([true, true]);
});

test('T18: the largest owner there can be carries less than a tenth of a payload on', () => {
  const id = 'x'.repeat(200);
  const sentence = 'ä'.repeat(600);
  const ticket = { job: 1_000_000, workflowId: id };
  const request = {
    kind: 'apply',
    commandId: id,
    planId: id,
    undoRunId: id,
    field: 'f'.repeat(80),
  };
  const counts = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`changed.${n}`, 1e9]));
  const largest = {
    connection: id,
    queue: Array.from({ length: 50 }, () => ({ request, ticket })),
    recent: Array.from({ length: 100 }, () => ({ commandId: id, ticket })),
    pauseReason: sentence,
    changes: {
      records: Array.from({ length: keptMax }, () => `2-${'9'.repeat(12)}/${'9'.repeat(20)}`),
      links: [],
      more: true,
      moreLinks: true,
    },
    lastRun: {
      workflowId: id,
      outcome: 'red',
      endedAt: id,
      counts,
      failure: { type: id, message: sentence },
    },
  } as OwnerInput;

  expect(Buffer.byteLength(JSON.stringify(largest))).toBeLessThan(payloadMax / 10);
});

test.each(recorded.filter(({ name }) => !/^(runConnection|checkMapping)/.test(name)))(
  'T18: $name takes at most six events a stretch',
  ({ events }) => {
    const calls = events.filter((event) => event.eventType.endsWith('ACTIVITY_TASK_SCHEDULED'));

    // Scheduled, started, completed; and the workflow task that takes the answer.
    expect(events.length).toBeLessThanOrEqual(6 * calls.length + 12);
  },
);

test('T18: a job of a million records stays below the history limit even if it never continued as new', () => {
  // A stretch lasts ten minutes, so events depend on time, not on records: a million records at
  // the slowest CRM rate known (180 a second, crm-apis.md) are 93 minutes, ten stretches.
  const stretches = Math.ceil(1_000_000 / 180 / 600);

  expect(stretches * 6).toBeLessThanOrEqual(60);
  // And the bound that holds whatever happens: the calls of one job are counted.
  expect(readFileSync(new URL('../../workflows/job.ts', import.meta.url), 'utf8')).toContain(
    'const callsMax = 2_000;',
  );
  expect(callsMax * 6).toBeLessThan(eventsMax / 2);
});
