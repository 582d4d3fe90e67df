/** What the Temporal UI shows as the current details of a job, in Markdown. */
import type { Job, Leg } from './leg.ts';
import type { JobResult } from './messages.ts';

const outcomeTitles = {
  green: 'Green: everything done',
  amber: 'Amber: done, but some rows failed, wait or were skipped',
  red: 'Red: it did not get to its end',
} as const;

/** Steps with their state, counts so far, and after the end the outcome with its remedy. */
export function jobDetails(job: Job, legs: readonly Leg[], result: JobResult | null): string {
  const { connection } = job.input;
  const done = result === null || result.outcome === 'red' ? job.progress.leg : legs.length;
  const steps = legs.map((leg, index) => {
    const state =
      index < done ? 'done' : index > done ? '' : result ? '**stopped here**' : '**now**';
    return `| ${index + 1} | ${leg.title(job)} | ${state} |`;
  });
  return [
    result === null ? `**Running** for ${connection}` : `**${outcomeTitles[result.outcome]}**`,
    ...(result?.failure
      ? ['', `${copyable(result.failure.message)} \`${result.failure.type}\``]
      : []),
    ...(result?.nextTryAt ? ['', `The next try of waiting rows is due ${result.nextTryAt}.`] : []),
    '',
    '| # | Step | State |',
    '|---|---|---|',
    ...steps,
    '',
    // The UI cuts the end of a long text off: what is least missed comes last.
    moreAbout(job, result),
    '',
    ...countTable(result === null ? 'So far' : 'Counts', result?.counts ?? job.progress.counts),
    '',
  ].join('\n');
}

/** The UI makes other quotes and dashes of what is not code: a command must stay as it is typed. */
export function copyable(message: string): string {
  return message.replace(/"(partner-sync [^"]+)"/g, '`$1`');
}

/** What counts are called. */
const countTitles: Record<string, string> = {
  decided: 'Decisions made',
  enqueued: 'Records to change',
  written: 'Records written',
  fields: 'Fields written',
  tasks: 'Tasks written',
  failed: 'Rows failed',
  unclear: 'Rows to be read back (outcome unclear)',
  waiting: 'Rows that wait for a later try',
  quarantined: 'Records set aside (a value the mapping does not know)',
  unread: 'Objects the version reads otherwise: read in full once it is active',
  ambiguous: 'Opportunities with a partner key of several partners',
  unnamed: 'Opportunities with a partner key of no partner',
  skippedChanged: 'Records skipped (changed since the plan)',
  planned: 'Records the plan changes',
  plannedFields: 'Fields the plan changes',
  plannedTasks: 'Tasks the plan creates',
  checked: 'Planned records compared',
  outdated: 'Planned records that changed since',
  created: 'Fields created',
  unreadable: 'Records read with a value the mapping does not know',
  held: 'Changes held as a plan',
  alertsOpened: 'Alerts opened',
  alertsClosed: 'Alerts closed',
  retried: 'Failed rows tried again',
  restored: 'Records restored',
  restoredFields: 'Fields restored',
  already: 'Fields that had their earlier value already',
  tasksCancelled: 'Tasks cancelled',
  left: 'Fields left as they are',
  released: 'Fields that may be written again',
  versionsRestored: 'Versions made active again',
  healed: 'Records healed',
  unseen: 'Records no longer to be seen',
  reported: 'Changes the CRM reported',
  apiCalls: 'Calls to the CRM',
  'forecast.records': 'Records a full read expects',
  'forecast.calls': 'Calls a full read expects',
  'forecast.callsLeft': 'Calls of the day left before it',
};

/** Counts by object are named '<what>.<object>'. */
const objectTitles: Record<string, string> = {
  opportunity: 'Opportunities',
  partner: 'Partners',
  account: 'Accounts',
  registration: 'Registrations',
  touch: 'Touches',
  user: 'Users',
};
const foundTitles: Record<string, string> = {
  pulled: 'read',
  changed: 'that changed',
  deleted: 'deleted in the CRM',
  compared: 'compared',
  missing: 'missing here',
  outdated: 'outdated here',
  recalculated: 'recalculated by the CRM',
  removed: 'deleted in the CRM',
  merged: 'merged',
  left: 'no longer in the mapping',
  vanished: 'gone from the CRM',
  unseen: 'no longer to be seen',
};

/** What a count is called; one that is in no list has the words of its own name. */
export function countTitle(name: string): string {
  const [what = '', object = ''] = name.split('.');
  const whole = countTitles[name];
  if (whole !== undefined) {
    return whole;
  }
  const words = (text: string) => text.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  const known = objectTitles[object];
  return known === undefined
    ? words(name.replaceAll('.', ' ')).replace(/^./, (first) => first.toUpperCase())
    : `${known} ${foundTitles[what] ?? words(what)}`;
}

/** Counts as a Markdown table; nothing where there are none. */
export function countTable(title: string, counts: Record<string, number>): string[] {
  const rows = Object.entries(counts).filter(([, n]) => n !== 0);
  return rows.length === 0
    ? []
    : [
        `| ${title} | |`,
        '|---|--:|',
        ...rows.map(([name, n]) => `| ${countTitle(name)} | ${thousands(n)} |`),
      ];
}

/** 14277 -> '14,277'. */
function thousands(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

function moreAbout(job: Job, result: JobResult | null): string {
  const { connection } = job.input;
  const plan = job.progress.planId;
  if (plan !== null && job.input.request.kind === 'plan' && result?.outcome === 'green') {
    return `Apply it with \`partner-sync apply ${plan}\`.`;
  }
  return (result?.counts['failed'] ?? 0) > 0
    ? `Failed rows with their reasons: \`partner-sync failures ${connection}\`.`
    : `More: \`partner-sync status ${connection}\`.`;
}
