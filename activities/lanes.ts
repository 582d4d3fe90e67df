/** Runs one kind of step in several lanes side by side: batches to a CRM, objects of it. */

/** What a step found: work was done, there was none, or there is no time for more. */
export type StepResult = 'done' | 'empty' | 'time-over';

/**
 * Starts with one lane; a step that finds plenty calls `openLane`, until there are `lanesMax`. Each
 * lane repeats the step until it finds nothing. Resolves false when time was over first. When a
 * step throws, the other lanes end with the step they are in, and then the first error is thrown.
 */
export async function inLanes(
  lanesMax: number,
  step: (openLane: () => void) => Promise<StepResult>,
): Promise<boolean> {
  const lanes: Promise<void>[] = [];
  const errors: unknown[] = [];
  let opened = 0;
  let isOver = false;
  const openLane = (): void => {
    if (opened < lanesMax) {
      opened += 1;
      lanes.push(lane());
    }
  };
  const lane = async (): Promise<void> => {
    try {
      while (!isOver && errors.length === 0) {
        const found = await step(openLane);
        if (found === 'empty') {
          return;
        }
        isOver ||= found === 'time-over';
      }
    } catch (error) {
      errors.push(error);
    }
  };
  openLane();
  // Lanes are added while the earlier ones run.
  for (let at = 0; at < lanes.length; at += 1) {
    await lanes[at];
  }
  if (errors.length > 0) {
    throw errors[0];
  }
  return !isOver;
}
