/** What the Temporal UI shows as the current details of a connection's owner, in Markdown. */
import { copyable, countTable } from './job-details.ts';
import type { QueuedJob } from './messages.ts';
import { type Owner, syncsByItself } from './owner-state.ts';

/** State, reason with remedy, what runs, last run with its counts, next step with its time. */
export function ownerDetails(owner: Owner): string {
  const { known, connection } = owner;
  const rows: [string, string][] = [
    ['Now', nowDoing(owner)],
    ['Next', nextStep(owner)],
    ['Waiting jobs', owner.queue.length === 0 ? 'none' : owner.queue.map(named).join(', ')],
    ['Active version', known?.activeVersion ?? 'none yet'],
    ['Open plan', openPlan(owner)],
    ['Last run', lastRun(owner)],
  ];
  return [
    `### ${connection}: ${headline(owner)}`,
    ...reason(owner),
    '',
    '| | |',
    '|---|---|',
    ...rows.map(([name, value]) => `| **${name}** | ${value} |`),
    '',
    // The UI cuts the end of a long text off: what is least missed comes last.
    `More: \`partner-sync status ${connection}\`.`,
    '',
    ...(owner.lastRun === null ? [] : countTable('Last run', owner.lastRun.counts)),
    '',
  ].join('\n');
}

function headline(owner: Owner): string {
  if (owner.problem !== null) {
    return 'cannot work';
  }
  if (owner.pauseReason !== null) {
    return 'paused';
  }
  return owner.running === null ? 'waiting' : 'working';
}

function reason(owner: Owner): string[] {
  const { problem, pauseReason, connection, lastRun } = owner;
  if (problem !== null) {
    return ['', `> ${copyable(problem.message)} \`${problem.type}\``];
  }
  if (pauseReason !== null) {
    return ['', `> ${pauseReason}`, '', `To go on: \`partner-sync resume ${connection}\`.`];
  }
  return lastRun?.failure ? ['', `> Last run: ${copyable(lastRun.failure.message)}`] : [];
}

function nowDoing(owner: Owner): string {
  if (owner.leftover !== null) {
    return `waits for \`${owner.leftover}\`, which an earlier owner began`;
  }
  return owner.running === null ? 'nothing' : `runs ${named(owner.running)}`;
}

function nextStep(owner: Owner): string {
  if (owner.problem !== null) {
    return 'looks again within five minutes, or when asked for a job';
  }
  if (owner.pauseReason !== null) {
    return 'nothing until it is resumed (plan and provision are possible)';
  }
  if (!syncsByItself(owner)) {
    return `syncs begin after the first \`partner-sync plan\` and \`apply\``;
  }
  if (owner.running !== null) {
    return owner.woken || owner.news
      ? 'another sync: the CRM reported a change meanwhile'
      : 'the interval';
  }
  return owner.nextSyncAt === null
    ? 'a sync at once'
    : `sync at ${utc(new Date(owner.nextSyncAt).toISOString())}, or when the CRM reports a change`;
}

function openPlan(owner: Owner): string {
  const plan = owner.known?.openPlan ?? null;
  return plan === null ? 'none' : `\`${plan}\`: write it with \`partner-sync apply ${plan}\``;
}

function lastRun(owner: Owner): string {
  if (owner.lastRun === null) {
    return 'none yet';
  }
  const { workflowId, outcome, endedAt } = owner.lastRun;
  return `**${outcome}** · \`${workflowId}\` · ${utc(endedAt)}`;
}

function named(job: QueuedJob): string {
  return `\`${job.ticket.workflowId}\``;
}

/** '2026-11-21 11:20:05 UTC' */
function utc(instant: string): string {
  return `${instant.slice(0, 19).replace('T', ' ')} UTC`;
}
