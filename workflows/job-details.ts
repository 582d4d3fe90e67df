/** What the Temporal UI shows as the current details of a job, in Markdown. */
import type { Job, Leg } from './leg.ts';
import type { JobResult } from './messages.ts';

const outcomeTitles = {
  green: '🟢 Green: everything done',
  amber: '🟠 Amber: done, but some rows failed, wait or were skipped',
  red: '🔴 Red: it did not get to its end',
} as const;

/** Steps with their state, counts so far, and after the end the outcome with its remedy. */
export function jobDetails(job: Job, legs: readonly Leg[], result: JobResult | null): string {
  const { connection } = job.input;
  const done = result === null || result.outcome === 'red' ? job.progress.leg : legs.length;
  const steps = legs.map((leg, index) => {
    const state = index < done ? '✓ done' : index > done ? '' : result ? '✗ stopped' : '▶ now';
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
    ...countTable(result?.counts ?? job.progress.counts),
    '',
    moreAbout(job, result),
  ].join('\n');
}

/** Counts as a Markdown table; nothing but a sentence where there are none. */
export function countTable(counts: Record<string, number>): string[] {
  const rows = Object.entries(counts).filter(([, n]) => n !== 0);
  return rows.length === 0
    ? ['Nothing to do so far.']
    : ['| Count | |', '|---|--:|', ...rows.map(([name, n]) => `| ${name} | ${n} |`)];
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
