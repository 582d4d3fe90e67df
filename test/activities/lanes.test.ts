/** Lanes: how many run, when they end, and that an error waits for what is under way. */
import { expect, test } from '@jest/globals';
import { inLanes, type StepResult } from '../../activities/lanes.ts';

const later = () => new Promise<void>((done) => setTimeout(done, 5));

test('plenty of work opens lanes up to the limit, and all of it is done', async () => {
  let left = 20;
  let running = 0;
  let most = 0;

  const emptied = await inLanes(3, async (openLane): Promise<StepResult> => {
    if (left === 0) {
      return 'empty';
    }
    left -= 1;
    openLane();
    running += 1;
    most = Math.max(most, running);
    await later();
    running -= 1;
    return 'done';
  });

  expect({ emptied, left, most }).toEqual({ emptied: true, left: 0, most: 3 });
});

test('little work stays in one lane', async () => {
  let steps = 0;

  await inLanes(4, async () => {
    steps += 1;
    await later();
    return steps < 3 ? 'done' : 'empty';
  });

  expect(steps).toBe(3);
});

test('when time is over no lane begins another step', async () => {
  let steps = 0;

  const emptied = await inLanes(4, async (openLane) => {
    steps += 1;
    openLane();
    await later();
    return 'time-over';
  });

  expect({ emptied, steps }).toEqual({ emptied: false, steps: 4 });
});

test('an error is thrown after the steps under way have ended, and none begins after it', async () => {
  const ended: number[] = [];
  let begun = 0;

  const lanes = inLanes(2, async (openLane) => {
    begun += 1;
    const mine = begun;
    openLane();
    if (mine === 1) {
      throw new Error('refused as a whole');
    }
    await later();
    ended.push(mine);
    return 'done';
  });

  await expect(lanes).rejects.toThrow('refused as a whole');
  expect({ begun, ended }).toEqual({ begun: 2, ended: [2] });
});
