/** Lives of workers over any course of pauses, delays and lost answers: nobody sends after his end. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lifeTimes } from '../../worker/life.ts';
import { Process, Table } from './process.ts';

type Step =
  | { kind: 'time'; ms: number }
  | { kind: 'sleep'; ms: number }
  | { kind: 'clockSet'; who: number; ms: number }
  | { kind: 'beat' | 'look' | 'end' | 'carryOut' | 'lose' | 'unheard' | 'round'; who: number };

const who = fc.nat(2);
const [time, sleep, clockSet] = ['time', 'sleep', 'clockSet'].map((kind) => fc.constant(kind));
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: time!, ms: fc.nat(4_000) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('round'), who }) },
  { weight: 1, arbitrary: fc.record({ kind: sleep!, ms: fc.nat(30_000) }) },
  {
    weight: 1,
    // Not of the one that sleeps: whose both clocks are wrong knows nothing of time (life.ts).
    arbitrary: fc.record({
      kind: clockSet!,
      who: fc.integer({ min: 1, max: 2 }),
      ms: fc.integer({ min: -99_999, max: 99_999 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end'), who }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('beat', 'look', 'carryOut', 'carryOut', 'lose', 'unheard'),
      who,
    }),
  },
) as fc.Arbitrary<Step>;

/** What a step does to the processes. */
async function take(step: Step, all: Process[]): Promise<void> {
  if (step.kind === 'time') {
    pass(all, step.ms);
  } else if (step.kind === 'sleep') {
    // The whole world goes on; the steady clock of the one that sleeps stands still.
    pass(all, step.ms);
    all[0]!.steadyMs -= step.ms;
  } else if (step.kind === 'clockSet') {
    all[step.who]!.wallMs += step.ms;
  } else {
    await all[step.who]![step.kind]();
  }
}

function pass(all: Process[], ms: number): void {
  for (const one of all) {
    one.wallMs += ms;
    one.steadyMs += ms;
  }
}

test('a life that another has ended does not last in its own process, then or ever after', () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 200 }), async (course) => {
      const table = new Table();
      const all = [new Process('a', table, 0), new Process('b', table, 90_000)];
      all.push(new Process('c', table, -3_600_000));
      for (const one of all) {
        await one.begin();
      }
      for (const next of course) {
        await take(next, all);
        const lasting = all.flatMap(({ lives }) => lives.filter((life) => life.lasts()));
        const ended = lasting.filter(({ id }) => table.rows.get(id)?.ended);
        expect(ended).toEqual([]);
      }
    }),
    { numRuns: 300 },
  ));

async function two(): Promise<[Table, Process, Process]> {
  const table = new Table();
  const both = [new Process('a', table, 0), new Process('b', table, 500_000)] as const;
  await both[0].begin();
  await both[1].begin();
  return [table, ...both];
}

test('one that is silent is ended within seconds of what the rule says, and told of by name', async () => {
  const [table, a, b] = await two();
  const { deadAfterMs, beatEveryMs, mayBeginMs } = lifeTimes;
  for (let ms = 0; ms <= deadAfterMs + 2 * beatEveryMs; ms += beatEveryMs) {
    await b.round();
    pass([a, b], beatEveryMs);
    expect(a.lives[0]!.lasts()).toBe(ms + beatEveryMs < mayBeginMs);
  }

  expect(table.rows.get(a.present.id)?.ended).toBe(true);
  expect(b.dead).toEqual(['a']);
  expect(b.said.join()).toContain('took over 0 rows of worker a, dead since 2026-01-01T00:00:00Z');
  expect(b.present.lasts()).toBe(true);
});

test('one that wakes up after its end says so, and goes on with a new life', async () => {
  const [table, a, b] = await two();
  const before = a.present;
  for (let i = 0; i < 8; i += 1) {
    await b.round();
    pass([a, b], lifeTimes.beatEveryMs);
  }
  await a.round();

  expect(before.lasts()).toBe(false);
  expect(a.present.id).not.toBe(before.id);
  expect(a.present.lasts()).toBe(true);
  expect(a.said.join()).toContain('it goes on with a new life');
  expect([...table.rows.values()].filter(({ ended }) => !ended)).toHaveLength(2);
});

test('one that could not ask the store does not take the silence for the death of others', async () => {
  const [table, a, b] = await two();
  await b.round();
  pass([a, b], lifeTimes.deadAfterMs + 60_000);
  // The store was away for both; b is the first to reach it again.
  await b.round();
  await b.round();

  expect(table.rows.get(a.present.id)?.ended).toBe(false);
  await a.round();
  expect(a.present.lasts()).toBe(true);
});

test('the right to send is counted from the question, however late its answer', async () => {
  const [, a, b] = await two();
  pass([a, b], 5_000);
  a.beat();
  pass([a, b], 10_000);
  await a.carryOutAll();

  expect(a.present.lasts()).toBe(true);
  pass([a, b], lifeTimes.mayBeginMs - 10_000);
  expect(a.present.lasts()).toBe(false);
});

test("a clock that is set ahead does not make another's silence longer", async () => {
  const [table, a, b] = await two();
  await b.round();
  b.wallMs += lifeTimes.deadAfterMs - 1_000;
  pass([a, b], 2_000);
  await b.round();

  expect(table.rows.get(a.present.id)?.ended).toBe(false);
});

test('the right to send ends before anybody may end the life', () => {
  expect(lifeTimes.mayBeginMs).toBeLessThan(lifeTimes.deadAfterMs);
});

test('leases that were left are given back with the next round, and once', async () => {
  const [table, a] = await two();
  a.present.leave('L1');
  a.present.leave('L2');
  await a.round();
  await a.round();

  expect(table.left).toEqual(['L1', 'L2']);
});

test('a worker that stops has no right to send before the others are told', async () => {
  const [table, a] = await two();
  const life = a.present;
  a.end();

  expect(life.lasts()).toBe(false);
  expect(table.rows.get(life.id)?.ended).toBe(false);
  await a.carryOutAll();
  expect(table.rows.get(life.id)?.ended).toBe(true);
});
