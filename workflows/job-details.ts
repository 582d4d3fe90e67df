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
    ...(result?.failure ? ['', `${result.failure.message} \`${result.failure.type}\``] : []),
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

/** What counts are called; one that is not listed is shown by its own name. */
const countTitles: Record<string, string> = {
  'pulled.opportunity': 'Opportunities read',
  'pulled.partner': 'Partners read',
  'pulled.account': 'Accounts read',
  'pulled.registration': 'Registrations read',
  'pulled.touch': 'Touches read',
  decided: 'Decisions made',
  enqueued: 'Records to change',
  written: 'Records written',
  fields: 'Fields written',
  tasks: 'Tasks written',
  failed: 'Rows failed',
  unclear: 'Rows to be read back (outcome unclear)',
  waiting: 'Rows that wait for a later try',
  quarantined: 'Records set aside (a value the mapping does not know)',
  skippedChanged: 'Records skipped (changed since the plan)',
  planned: 'Records the plan changes',
  plannedFields: 'Fields the plan changes',
  plannedTasks: 'Tasks the plan creates',
  checked: 'Planned records compared',
  outdated: 'Planned records that changed since',
  created: 'Fields created',
};

/** Counts as a Markdown table; nothing where there are none. */
export function countTable(title: string, counts: Record<string, number>): string[] {
  const rows = Object.entries(counts).filter(([, n]) => n !== 0);
  return rows.length === 0
    ? []
    : [
        `| ${title} | |`,
        '|---|--:|',
        ...rows.map(([name, n]) => `| ${countTitles[name] ?? name} | ${n} |`),
      ];
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
