/** status, explain, failures, backup: what is, why it is, what is stuck, and a safe copy. */
import { resolve } from 'node:path';
import type { Env } from '../../env.ts';
import { when } from '../../mappings/shown.ts';
import {
  type BackupView,
  type Candidate,
  type ConnectionView,
  type ErrorAnswer,
  type ExplainField,
  type ExplainView,
  type FailureView,
  paths,
  type RunRow,
} from '../../server/contract.ts';
import { exitCodeOf, runJob } from '../jobs.ts';
import { CommandError, count, counted, exitCodes, type Output } from '../output.ts';
import { chosenConnections, openSession, type Session } from '../session.ts';
import { runLine, sayRun } from './jobs.ts';

/** Runs a person is shown of the connection they name. */
const runsShown = 10;

/** What each connection is doing; of the one that is named, its last runs too. */
export async function statusCommand(
  env: Env,
  output: Output,
  options: { connection?: string },
): Promise<number> {
  const session = await openSession(env);
  try {
    const rows =
      options.connection === undefined
        ? await session.api.get<ConnectionView[]>(paths.connections)
        : await chosenConnections(session, options.connection);
    output.table(
      ['Connection', 'State', 'Version', 'Last run', 'Opportunities', 'Failed', 'Open plan'],
      rows.map((row) => [
        row.name,
        row.paused ? 'paused' : 'on',
        row.activeVersion ?? 'none active: plan and apply',
        row.lastRun === null ? '-' : `${row.lastRun.id} ${row.lastRun.outcome}`,
        count(row.mirrored['opportunity'] ?? 0),
        count(row.failures),
        row.openPlan ?? '-',
      ]),
    );
    const runs =
      options.connection === undefined
        ? undefined
        : await session.api.get<RunRow[]>(paths.runs, { ...options, limit: runsShown });
    if (runs !== undefined && runs.length > 0) {
      output.say('\nLast runs');
      output.table(
        ['Run', 'Outcome', 'Began', 'What it did'],
        runs.map((run) => [
          run.id,
          run.outcome,
          when(run.startedAt),
          [runLine(run), run.message].filter(Boolean).join(' '),
        ]),
      );
    }
    for (const row of rows.filter((each) => each.pauseReason !== null)) {
      output.say(`${row.name} is paused: ${row.pauseReason}`);
    }
    if (session.uiUrl !== null) {
      output.say(`Temporal UI: ${session.uiUrl}`);
    }
    output.result({
      connections: rows,
      ...(runs === undefined ? {} : { runs }),
      temporalUi: session.uiUrl,
      server: session.api.url,
    });
    return exitCodes.done;
  } finally {
    await session.close();
  }
}

/** Why a record has its values. */
export async function explainCommand(
  env: Env,
  output: Output,
  options: { record: string; connection?: string },
): Promise<number> {
  const session = await openSession(env);
  try {
    const { status, body } = await session.api.ask(paths.explain, options);
    if (status === 300) {
      return sayCandidates(output, options.record, body as Candidate[]);
    }
    if (status !== 200) {
      throw new CommandError((body as ErrorAnswer | null)?.error ?? `The server said ${status}.`);
    }
    sayExplanation(output, body as ExplainView);
    output.result(body);
    return exitCodes.done;
  } finally {
    await session.close();
  }
}

function sayCandidates(output: Output, text: string, candidates: Candidate[]): number {
  output.say(`"${text}" could be any of these; give the id:`);
  output.table(
    ['Id', 'Name', 'Object', 'Connection'],
    candidates.map((each) => [each.id, each.name, each.object, each.connection]),
  );
  output.result({ candidates });
  return exitCodes.usage;
}

function sayExplanation(output: Output, view: ExplainView): void {
  output.say(`${view.name} (${view.object} ${view.id}, ${view.connection})`);
  if (view.formerIds.length > 0) {
    output.say(`Merged into this record: ${view.formerIds.join(', ')}.`);
  }
  if (view.problem !== null) {
    output.say(view.problem);
  }
  for (const decision of view.decisions) {
    output.say('');
    output.say(decision.sentence);
    if (decision.counterfactual !== null) {
      output.say(decision.counterfactual);
    }
    output.say(
      `  rule ${decision.rule}, policy ${decision.version}, decided ${when(decision.decidedAt)}`,
    );
    for (const item of decision.evidence) {
      output.say(`  - ${item.text}${item.id === null ? '' : ` [${item.id}]`}`);
    }
  }
  sayFields(output, view.fields);
  if (view.owners.length > 0) {
    output.say('\nEdited by people, undone, or disputed');
    for (const owner of view.owners) {
      output.say(`  ${owner.label}: ${owner.sentence} (${when(owner.at)})`);
    }
  }
  if (view.history.length > 0) {
    output.say('\nDecisions so far');
    output.table(
      ['When', 'Rule', 'Policy', 'Sentence'],
      view.history.map((row) => [when(row.at), row.rule, row.version, row.sentence]),
    );
  }
  if (view.writes.length > 0) {
    output.say('\nWritten to the CRM');
    output.table(
      ['When', 'Field', 'Before', 'After', 'State', 'Run'],
      view.writes.map((row) => [
        when(row.at),
        row.label,
        row.shown.before,
        row.shown.after,
        row.state,
        row.run,
      ]),
    );
  }
  output.say(`\nPage: ${view.pageUrl}`);
  if (view.crmUrl !== null) {
    output.say(`CRM:  ${view.crmUrl}`);
  }
}

/** What the mapping writes as a table; what else is decided in one line. */
function sayFields(output: Output, fields: ExplainField[]): void {
  const mapped = fields.filter(({ state }) => state !== 'not mapped');
  output.say('');
  output.table(
    ['Field', 'Decided', 'In the CRM', 'State'],
    mapped.map((field) => [field.label, field.shown.decided, field.shown.inCrm, field.state]),
  );
  const rest = fields.filter((field) => field.state === 'not mapped' && field.decided !== null);
  if (rest.length > 0) {
    const each = rest.map((field) => `${field.label} ${field.shown.decided}`);
    output.say(`Decided too, but not mapped: ${each.join(' · ')}`);
  }
}

/** Rows the CRM refused, with reason and next try. Exit code 3 when there are any. */
export async function failuresCommand(
  env: Env,
  output: Output,
  options: { connection?: string },
): Promise<number> {
  const session = await openSession(env);
  try {
    if (options.connection !== undefined) {
      await chosenConnections(session, options.connection);
    }
    const rows = await session.api.get<FailureView[]>(paths.failures, options);
    if (rows.length === 0) {
      output.say('No failed rows.');
      await sayWaiting(session, output, options.connection);
    } else {
      output.table(
        ['Record', 'Fields', 'Code', 'Tries', 'Next try', 'What to do'],
        rows.map((row) => [
          `${row.object} ${row.record}`,
          row.fields.join(', '),
          row.code,
          String(row.attempts),
          when(row.nextTryAt),
          row.remedy,
        ]),
      );
    }
    output.result({ failures: rows });
    return rows.length > 0 ? exitCodes.amber : exitCodes.done;
  } finally {
    await session.close();
  }
}

/** Rows that nobody refused, but that are not written yet: a claim that runs out, a later try. */
async function sayWaiting(session: Session, output: Output, name?: string): Promise<void> {
  const rows = await session.api.get<ConnectionView[]>(paths.connections);
  for (const row of rows.filter((each) => name === undefined || each.name === name)) {
    if (row.waiting > 0) {
      output.say(
        `${row.name}: ${counted(row.waiting, 'row waits', 'rows wait')} to be written, by itself.`,
      );
    }
  }
}

/** Makes every failed row due now and writes it. */
export async function retryCommand(
  env: Env,
  output: Output,
  options: { connection?: string; actor: string },
): Promise<number> {
  const session = await openSession(env);
  try {
    const runs = [];
    for (const { name } of await chosenConnections(session, options.connection)) {
      const job = { connection: name, kind: 'retry' as const, actor: options.actor };
      const outcome = await runJob(session, job, output);
      output.say(`${name}: ${counted(outcome.run.counts['retried'] ?? 0, 'row')} tried again.`);
      sayRun(output, outcome);
      runs.push(outcome);
    }
    output.result({ runs: runs.map(({ run }) => run) });
    return exitCodeOf(runs.map(({ result }) => result.outcome));
  } finally {
    await session.close();
  }
}

/** A copy of the whole store, written by the worker. */
export async function backupCommand(
  env: Env,
  output: Output,
  options: { file?: string },
): Promise<number> {
  const session = await openSession(env);
  try {
    const asked = options.file === undefined ? {} : { path: resolve(options.file) };
    const { path, bytes } = await session.api.post<BackupView>(paths.backup, asked);
    output.say(`Backed up ${count(bytes)} bytes to ${path}.`);
    output.result({ path, bytes });
    return exitCodes.done;
  } finally {
    await session.close();
  }
}
