/** The activities as workflows call them: queue, time limits, retries and a summary per call. */
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { CrmActivities, EngineActivities } from '../activities/contract.ts';
import type { CrmName } from '../rules/types.ts';
import { crmQueues, engineQueue } from './messages.ts';

const limits = {
  // A stretch lasts ten minutes and then comes back by itself.
  startToCloseTimeout: '11 minutes',
  // Retries included. A CRM that asks for a longer pause than this gets it: the run ends red
  // and the next interval tries again.
  scheduleToCloseTimeout: '30 minutes',
  // 1 + 2 + 4 ... s, at most a minute: about four minutes of a CRM that does not answer, then
  // the run is red with one sentence. What cannot be retried is said by the failure itself.
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '1 minute',
    maximumAttempts: 10,
  },
  // One job at a time also means: a cancelled one has stopped before the next begins.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
} as const;

/** Store work, on the queue of the workflows themselves. */
export const engine = proxyActivities<EngineActivities>({
  ...limits,
  taskQueue: engineQueue,
  heartbeatTimeout: '30 seconds',
});

/** Calls of a CRM, on its own queue. */
export const crmCalls = {
  salesforce: crmProxy('salesforce'),
  hubspot: crmProxy('hubspot'),
} as const;

/** A CRM's name as people write it. */
export const crmTitles: Record<CrmName, string> = { salesforce: 'Salesforce', hubspot: 'HubSpot' };

function crmProxy(crm: CrmName) {
  // A page or a batch may wait a minute for the account's budget between two heartbeats.
  return proxyActivities<CrmActivities>({
    ...limits,
    taskQueue: crmQueues[crm],
    heartbeatTimeout: '60 seconds',
  });
}
