/** Turns whatever an activity or a child ended with into the failure people see. */
import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow';
import { failureTypes } from '../rules/failure-types.ts';
import type { Failure } from './messages.ts';

/** Longest sentence that is handed on; Temporal keeps it in the history of owner and child. */
const messageMax = 600;

/**
 * Type and sentence of a failure. A sentence travels only from an ApplicationFailure of ours:
 * any other error's text could hold CRM data, so it stays in the worker's log.
 */
export function failureOf(error: unknown): Failure {
  const known = causes(error).find(isOurs);
  if (known !== undefined) {
    return { type: known.type as string, message: shortened(known.message) };
  }
  if (isCancellation(error)) {
    return {
      type: 'Run.Cancelled',
      message: 'The run was cancelled. What it had done is kept; the next sync goes on from there.',
    };
  }
  if (causes(error).some((cause) => cause instanceof TimeoutFailure)) {
    return {
      type: 'Worker.Unavailable',
      message:
        'The worker gave no sign of life during this step, and no other took over in time. ' +
        'See that a worker is running; the next sync goes on from there.',
    };
  }
  return {
    type: 'Run.Failed',
    message: `The run failed${inStep(error)}; the worker's log has the details. Nothing is lost.`,
  };
}

function isOurs(error: unknown): error is ApplicationFailure {
  return (
    error instanceof ApplicationFailure && (failureTypes as readonly unknown[]).includes(error.type)
  );
}

/** The error and what caused it, outermost first. */
function causes(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let at = error; at instanceof Error && chain.length < 10; at = at.cause) {
    chain.push(at);
  }
  return chain;
}

function inStep(error: unknown): string {
  if (error instanceof ActivityFailure) {
    return ` in ${error.activityType}`;
  }
  return error instanceof ChildWorkflowFailure ? ' (it was ended from outside)' : '';
}

function shortened(message: string): string {
  return message.length <= messageMax ? message : `${message.slice(0, messageMax - 1)}…`;
}
