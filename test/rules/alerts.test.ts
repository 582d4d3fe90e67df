import { expect, test } from '@jest/globals';
import { type AlertInputs, type AlertState, alertChanges } from '../../rules/alerts.ts';
import { aPolicy, utc } from '../support/facts.ts';

const { alerts: policy } = aPolicy();

function inputs(states: AlertState[], change: Partial<AlertInputs> = {}): AlertInputs {
  return {
    connection: 'acme-sf',
    states,
    activatedAt: utc('2026-04-01'),
    now: utc('2026-05-01T09:00'),
    tasksToday: new Map(),
    policy,
    ...change,
  };
}

/** A condition without an open episode. */
function holds(recordId: string, since: string, change: Partial<AlertState> = {}): AlertState {
  const kind = 'stale' as const;
  return {
    object: 'opportunity',
    recordId,
    recordName: `Deal ${recordId}`,
    kind,
    condition: {
      kind,
      since: utc(since),
      ownerId: 'U-1',
      subject: `Stale ${recordId}`,
      body: 'Why.',
    },
    open: null,
    episodes: 0,
    ...change,
  };
}

const openEpisode = {
  baseline: false,
  since: utc('2026-04-10'),
  ownerId: 'U-1',
  taskKey: 'acme-sf:O-1:stale:1',
  subject: 'Stale O-1',
};

test('a condition opens one episode with one task, keyed by connection, record, kind and episode', () => {
  const outcome = alertChanges(inputs([holds('O-1', '2026-04-10', { episodes: 2 })]));

  expect(outcome).toEqual({
    changes: [
      {
        object: 'opportunity',
        recordId: 'O-1',
        kind: 'stale',
        change: 'open',
        baseline: false,
        since: utc('2026-04-10'),
        ownerId: 'U-1',
        taskKey: 'acme-sf:O-1:stale:3',
        subject: 'Stale O-1',
      },
    ],
    tasks: [
      {
        key: 'acme-sf:O-1:stale:3',
        object: 'opportunity',
        recordId: 'O-1',
        kind: 'stale',
        ownerId: 'U-1',
        subject: 'Stale O-1',
        body: 'Why.',
      },
    ],
    closedTaskKeys: [],
    summaries: [],
  });
});

test('a cleared condition closes its episode and its task', () => {
  const cleared = holds('O-1', '2026-04-10', { condition: null, open: openEpisode, episodes: 1 });
  const outcome = alertChanges(inputs([cleared]));

  expect(outcome.changes).toEqual([
    { ...openEpisode, object: 'opportunity', recordId: 'O-1', kind: 'stale', change: 'close' },
  ]);
  expect(outcome.closedTaskKeys).toEqual(['acme-sf:O-1:stale:1']);
  expect(outcome.tasks).toEqual([]);
});

test('a condition whose episode is open makes nothing new', () => {
  const still = holds('O-1', '2026-04-10', { open: openEpisode, episodes: 1 });

  expect(alertChanges(inputs([still]))).toEqual({
    changes: [],
    tasks: [],
    closedTaskKeys: [],
    summaries: [],
  });
});

test('a baseline episode that clears closes no task', () => {
  const open = { ...openEpisode, baseline: true, taskKey: null };
  const outcome = alertChanges(inputs([holds('O-1', '2026-03-01', { condition: null, open })]));

  expect(outcome.changes).toHaveLength(1);
  expect(outcome.closedTaskKeys).toEqual([]);
});

test('what is older than activation is baseline: no task, one summary an owner', () => {
  const states = [
    holds('O-1', '2026-03-31T23:59'),
    holds('O-2', '2026-02-01'),
    holds('O-3', '2026-04-01'),
  ];
  const outcome = alertChanges(inputs(states));

  expect(outcome.changes.map((c) => [c.recordId, c.baseline])).toEqual([
    ['O-2', true],
    ['O-1', true],
    ['O-3', false],
  ]);
  expect(outcome.tasks.map((task) => task.recordId)).toEqual(['O-3']);
  expect(outcome.summaries).toEqual([
    {
      key: 'acme-sf:U-1:summary:2026-05-01',
      ownerId: 'U-1',
      subject: 'Partner sync: 2 items to look at',
      body: '2 stale opportunities, oldest Deal O-2 since 1 Feb 2026',
      episodes: 2,
    },
  ]);
});

test('case 55: an owner gets five tasks a day, the oldest first; the rest is in the summary', () => {
  const many = Array.from({ length: 8 }, (_, n) => holds(`O-${n}`, `2026-04-1${n}`));
  const outcome = alertChanges(inputs(many.toReversed(), { tasksToday: new Map([['U-1', 2]]) }));

  expect(outcome.tasks.map((task) => task.recordId)).toEqual(['O-0', 'O-1', 'O-2']);
  expect(outcome.changes).toHaveLength(8);
  expect(outcome.summaries.map((s) => s.body)).toEqual([
    '5 stale opportunities, oldest Deal O-3 since 13 Apr 2026',
  ]);
});

test('more urgent kinds go before older ones', () => {
  const review = holds('O-2', '2026-04-20', {
    kind: 'pending_review',
    condition: {
      kind: 'pending_review',
      since: utc('2026-04-20'),
      ownerId: 'U-1',
      subject: 'Decide',
      body: 'Why.',
    },
  });
  const outcome = alertChanges(
    inputs([holds('O-1', '2026-04-10'), review], {
      policy: { ...policy, maxNewTasksPerOwnerPerDay: 1 },
    }),
  );

  expect(outcome.tasks.map((task) => task.kind)).toEqual(['pending_review']);
});

test("today's summary is made again with what it held before", () => {
  const earlier = [
    { ownerId: 'U-1', kind: 'pending_review', since: utc('2026-02-02'), recordName: 'Deal X' },
    { ownerId: 'U-2', kind: 'stale', since: utc('2026-02-02'), recordName: 'Deal Y' },
  ];
  const outcome = alertChanges(inputs([holds('O-1', '2026-03-01')], { summarisedToday: earlier }));

  expect(outcome.summaries.map((s) => s.body)).toEqual([
    '1 partner credit to decide, oldest Deal X since 2 Feb 2026; ' +
      '1 stale opportunity, oldest Deal O-1 since 1 Mar 2026',
  ]);
});

test('a record without an owner goes to the fallback owner, who has a cap like all others', () => {
  const orphan = (recordId: string): AlertState => {
    const state = holds(recordId, '2026-04-10');
    return { ...state, condition: { ...state.condition!, ownerId: null } };
  };
  const outcome = alertChanges(
    inputs([orphan('O-1'), orphan('O-2')], {
      policy: { ...policy, maxNewTasksPerOwnerPerDay: 1 },
    }),
  );

  expect(outcome.tasks.map((task) => task.ownerId)).toEqual(['U-ops']);
  expect(outcome.summaries.map((s) => s.ownerId)).toEqual(['U-ops']);
});
