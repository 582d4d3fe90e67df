/** Waits for a job that an earlier owner, terminated in the middle of it, left behind. */
import {
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  sleep,
} from '@temporalio/workflow';

/** Reaches a job only while it runs; the job itself does nothing with it. */
const areYouThereSignal = defineSignal('areYouThere');
const firstWaitMs = 2_000;
const longestWaitMs = 120_000;

/**
 * Returns once no workflow of this id runs any more. The server has asked the job to cancel
 * (its parent closed); it stops its activity and closes its run first, which takes seconds.
 */
export async function waitForLeftover(workflowId: string): Promise<void> {
  const left = getExternalWorkflowHandle(workflowId);
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    try {
      await left.signal(areYouThereSignal);
    } catch (error) {
      if (isCancellation(error)) {
        throw error;
      }
      return;
    }
    await sleep(waitMs, { summary: `Wait for ${workflowId}, left by an earlier owner` });
  }
}
