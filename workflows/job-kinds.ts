/** The jobs of an owner: which workflow runs each, how urgent it is, how the UI names it. */
import type { ChildWorkflowOptions } from '@temporalio/workflow';
import { applyPlan } from './apply.ts';
import { backfillConnection } from './backfill.ts';
import type { JobInput, JobKind, JobResult, QueuedJob } from './messages.ts';
import { planChanges } from './plan.ts';
import { provisionConnection } from './provision.ts';
import { reconcileConnection } from './reconcile.ts';
import { retryFailedWrites } from './retry.ts';
import { startAttributes } from './search-attributes.ts';
import { syncConnection } from './sync.ts';
import { undoRun } from './undo.ts';

interface JobType {
  workflow: (input: JobInput) => Promise<JobResult>;
  /** 1 first, 5 last (design.md section 5); a person waits for a 2. */
  priority: 2 | 3 | 5;
  /** What the job is, after its number: 'Sync 12 of acme-salesforce'. */
  name: string;
  /** One sentence for people who see it for the first time. */
  about: string;
}

const jobTypes: Record<JobKind, JobType> = {
  sync: {
    workflow: syncConnection,
    priority: 3,
    name: 'Sync',
    about:
      'Reads what changed in the CRM, decides attribution, stale stages and tiers again where ' +
      'it matters, and writes the fields and tasks that differ.',
  },
  backfill: {
    workflow: backfillConnection,
    priority: 5,
    name: 'Backfill',
    about: 'Reads every record the mapping names again, then decides and writes as a sync does.',
  },
  reconcile: {
    workflow: reconcileConnection,
    priority: 5,
    name: 'Reconcile',
    about:
      'Compares every record the mapping names on both sides, reads again what differs, and says ' +
      '"complete" or what was missing and healed; then decides and writes as a sync does.',
  },
  plan: {
    workflow: planChanges,
    priority: 2,
    name: 'Plan',
    about:
      'Works out what the edited mapping and policy would change, record by record. Nothing is ' +
      'written to the CRM; `partner-sync apply` does exactly what the plan says.',
  },
  apply: {
    workflow: applyPlan,
    priority: 2,
    name: 'Apply',
    about:
      'Compares the plan with the CRM as it is now, makes its mapping the active version and ' +
      'writes its changes. A plan that is out of date is refused and nothing is written.',
  },
  provision: {
    workflow: provisionConnection,
    priority: 2,
    name: 'Provision',
    about: 'Creates the fields, keys and permission sets in the CRM that the mapping writes to.',
  },
  retry: {
    workflow: retryFailedWrites,
    priority: 2,
    name: 'Retry',
    about: 'Queues the rows that had failed for good again, and writes them.',
  },
  undo: {
    workflow: undoRun,
    priority: 2,
    name: 'Undo',
    about:
      'Restores what a run wrote, wherever the CRM still holds it, and keeps it restored until ' +
      'another value is decided. What a person has edited since is left alone.',
  },
};

/** The workflow that runs jobs of this kind. */
export function workflowOf(kind: JobKind): JobType['workflow'] {
  return jobTypes[kind].workflow;
}

/** How the job's child is started: business id, what the UI says about it, priority, fairness. */
export function childOptions(
  job: QueuedJob,
  input: JobInput,
  accountKey: string | null,
): Omit<ChildWorkflowOptions, 'typeInfo'> {
  const { connection, request } = input;
  const type = jobTypes[request.kind];
  const plan = request.planId === undefined ? '' : ` · ${request.planId}`;
  const reported = request.changedOnly ? ' · what the CRM reported' : '';
  const undone = request.undoRunId === undefined ? '' : ` · run ${request.undoRunId}`;
  return {
    workflowId: job.ticket.workflowId,
    // An owner that is terminated takes its job down in good order: the activity under way
    // stops, the run is closed, and only then does the next owner begin (see leftover.ts).
    parentClosePolicy: 'REQUEST_CANCEL',
    staticSummary: `${type.name} ${job.ticket.job} of ${connection}${plan}${undone}${reported}`,
    staticDetails: [
      type.about,
      '',
      request.commandId === null
        ? 'Started by the owner itself: the interval, a change in the CRM, or rows that waited.'
        : `Asked for by the command \`${request.commandId}\`.`,
    ].join('\n'),
    priority: {
      // Webhooks go before polls (design.md section 5).
      priorityKey: request.changedOnly ? 2 : type.priority,
      ...(accountKey ? { fairnessKey: accountKey } : {}),
    },
    ...(input.searchAttributes ? { typedSearchAttributes: startAttributes(connection) } : {}),
  };
}
