/**
 * Stands in the place of '@temporalio/workflow' while the simulation runs: the real workflow
 * functions call the simulation's scheduler through it (main.ts redirects the import).
 */
import { CancelledFailure } from '@temporalio/common';

export {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  TimeoutFailure,
} from '@temporalio/common';

/** How an activity is called: what the proxies of workflows/activity-calls.ts ask for. */
export interface ActivityOptions {
  activityId: string;
  summary: string;
  taskQueue: string;
  retry: {
    initialInterval: string;
    backoffCoefficient: number;
    maximumInterval: string;
    maximumAttempts: number;
  };
}

/** What runs a workflow: the scheduler of temporal.ts. */
export interface Host {
  workflowId: string;
  /** Drawn: Temporal suggests it once a history is long. */
  suggestsContinueAsNew(): boolean;
  activity(name: string, options: ActivityOptions, input: unknown): Promise<unknown>;
}

let host: Host | null = null;

/** Runs a workflow function on a host; one at a time, as an owner runs its jobs. */
export async function hosted<T>(on: Host, workflow: () => Promise<T>): Promise<T> {
  host = on;
  try {
    return await workflow();
  } finally {
    host = null;
  }
}

function current(): Host {
  if (host === null) {
    throw new Error('A workflow API was called outside a hosted workflow.');
  }
  return host;
}

/** As in the SDK: each activity is a function with `executeWithOptions`. */
export function proxyActivities(options: object): unknown {
  return new Proxy(
    {},
    {
      get: (_, name: string) => ({
        executeWithOptions: (more: object, [input]: [unknown]) =>
          current().activity(name, { ...options, ...more } as ActivityOptions, input),
      }),
    },
  );
}

/** The two facts that jobs ask for. */
export function workflowInfo(): { workflowId: string; continueAsNewSuggested: boolean } {
  const { workflowId, suggestsContinueAsNew } = current();
  return {
    workflowId,
    get continueAsNewSuggested() {
      return suggestsContinueAsNew();
    },
  };
}

/** Thrown to begin the workflow again with another input. */
export class ContinueAsNew extends Error {
  override readonly name = 'ContinueAsNew';
  readonly input: unknown;

  constructor(input: unknown) {
    super('Workflow continues as new');
    this.input = input;
  }
}

/** Ends the run; the scheduler starts it again with the input. */
export async function continueAsNew<_F>(input: unknown): Promise<never> {
  throw new ContinueAsNew(input);
}

/** Whether the workflow or what it called was cancelled. */
export function isCancellation(error: unknown): boolean {
  return error instanceof CancelledFailure;
}

export const ActivityCancellationType = {
  WAIT_CANCELLATION_COMPLETED: 'WAIT_CANCELLATION_COMPLETED',
} as const;

/** The simulation cancels no workflow: the scope is the function itself. */
export const CancellationScope = { nonCancellable: <T>(work: () => Promise<T>) => work() };

/** What the UI would show is of no interest here. */
export function setCurrentDetails(): void {}

/** As above. */
export function upsertSearchAttributes(): void {}

const named = (name: string) => ({ name });

export { named as defineQuery, named as defineSignal, named as defineUpdate };
