/** plan and apply: see every field before it changes, then do exactly that. */
import type { Env } from '../../env.ts';
import { labelOf } from '../../mappings/field-set.ts';
import { shownValue } from '../../mappings/shown.ts';
import type { CanonicalValue } from '../../rules/types.ts';
import {
  type CommandRow,
  type PlanRowsPage,
  type PlanRowView,
  type PlanView,
  paths,
} from '../../server/contract.ts';
import { csvForPeople } from '../csv.ts';
import { checkWritable, writePrivate } from '../files.ts';
import { exitCodeOf, type JobOutcome, runJob } from '../jobs.ts';
import { CommandError, counted, exitCodes, type Output } from '../output.ts';
import { chosenConnections, openSession, type Session } from '../session.ts';
import { sayRun } from './jobs.ts';

/** Rows a person is shown before being pointed to --html and --json. */
const rowsShown = 40;
const pageSize = 5_000;

/** Makes a plan for each chosen connection from the files as they are now. */
export async function planCommand(
  env: Env,
  output: Output,
  options: PlanFiles & { connection?: string; actor: string },
): Promise<number> {
  checkFiles(options);
  const session = await openSession(env);
  try {
    const plans = [];
    const outcomes: JobOutcome['result']['outcome'][] = [];
    const chosen = await chosenConnections(session, options.connection);
    if (chosen.length > 1 && (options.html !== undefined || options.csv !== undefined)) {
      const names = chosen.map(({ name }) => name).join(', ');
      throw new CommandError(
        `One file holds one plan. Name the connection: partner-sync plan CONNECTION (${names}).`,
        exitCodes.usage,
      );
    }
    for (const { name } of chosen) {
      const outcome = await runJob(
        session,
        { connection: name, kind: 'plan', actor: options.actor },
        output,
      );
      outcomes.push(outcome.result.outcome);
      if (outcome.result.planId === null) {
        sayRun(output, outcome);
        plans.push({ connection: name, run: outcome.run });
        continue;
      }
      plans.push(await showPlan(session, outcome.result.planId, output, options));
      if (outcome.run.message !== null) {
        output.say(outcome.run.message);
      }
    }
    output.result({ plans });
    return exitCodeOf(outcomes);
  } finally {
    await session.close();
  }
}

/** Where the plan is written to beside the terminal. */
interface PlanFiles {
  html?: string;
  csv?: string;
}

function checkFiles({ html, csv }: PlanFiles): void {
  if (html !== undefined) {
    checkWritable('--html', html);
  }
  if (csv !== undefined) {
    checkWritable('--csv', csv);
  }
}

async function showPlan(session: Session, id: string, output: Output, { html, csv }: PlanFiles) {
  const plan = await session.api.get<PlanView>(paths.plan, { id });
  const rows =
    output.json || csv !== undefined
      ? await allRows(session, id)
      : (await session.api.get<PlanRowsPage>(paths.planRows, { id, limit: rowsShown })).rows;
  sayPlan(output, plan);
  sayRows(output, rows.slice(0, rowsShown));
  if (plan.fields > rows.length) {
    output.say(
      `... and ${counted(plan.fields - rows.length, 'more field')}: --html FILE, --csv FILE or --json.`,
    );
  }
  if (html !== undefined) {
    writePrivate('--html', html, await session.api.text(paths.planPage, { id }));
    output.say(`Written to ${html}.`);
  }
  if (csv !== undefined) {
    writePrivate('--csv', csv, csvForPeople(csvHead, rows.map(csvRow)));
    output.say(`Written to ${csv}.`);
  }
  output.say(nextStep(plan));
  return { plan, rows };
}

function nextStep({ id, state, fields, tasks }: PlanView): string {
  if (state === 'discarded') {
    return 'Nothing to do: the active version has already written all of it.';
  }
  return fields + tasks === 0
    ? `Nothing would be written. To make this version the active one: partner-sync apply ${id}`
    : `To do exactly this: partner-sync apply ${id}`;
}

const csvHead = ['Record', 'Id', 'Object', 'Field', 'Now', 'Planned', 'Reason', 'Rule'];

function csvRow(row: PlanRowView): string[] {
  const { recordName, recordId, object, label, shown, reason, rule } = row;
  return [recordName, recordId, object, label, shown.old, shown.new, reason, rule];
}

/** Rows by record: its name, the reasons once each, then field by field old -> new. */
function sayRows(output: Output, rows: PlanRowView[]): void {
  const wide = Math.max(0, ...rows.map((row) => row.label.length));
  let record = '';
  let reason = '';
  for (const row of rows) {
    if (row.recordId !== record) {
      output.say(`\n${row.recordName} (${row.object} ${row.recordId})`);
      record = row.recordId;
      reason = '';
    }
    if (row.reason !== reason) {
      output.say(`  ${row.reason}`);
      reason = row.reason;
    }
    const isNewTask = row.kind === 'task' && row.old === null;
    output.say(
      isNewTask
        ? `    ${row.shown.new}`
        : `    ${row.label.padEnd(wide)}  ${row.shown.old} -> ${row.shown.new}`,
    );
  }
  output.say('');
}

/** The plan's head for people: what, how much, which money. */
export function sayPlan(output: Output, plan: PlanView): void {
  const version = plan.version.slice(plan.version.indexOf('@') + 1);
  output.say(
    `${plan.id} (version ${version}): ${counted(plan.records, 'record')}, ` +
      `${counted(plan.fields, 'field')}, ${counted(plan.tasks, 'task')}.`,
  );
  const moves = Object.entries(plan.moneyShown);
  if (moves.length > 0) {
    output.table(
      ['Money moved', 'Amount'],
      moves.map(([move, amount]) => [move, amount]),
    );
  }
}

async function allRows(session: Session, id: string): Promise<PlanRowView[]> {
  const rows: PlanRowView[] = [];
  let after: string | undefined;
  for (;;) {
    const page: PlanRowsPage = await session.api.get(paths.planRows, {
      id,
      limit: pageSize,
      after,
    });
    rows.push(...page.rows);
    if (page.next === null) {
      return rows;
    }
    after = page.next;
  }
}

interface Outdated {
  of: number;
  outdated: {
    object: string;
    recordId: string;
    name: string;
    why: string;
    fields: { key: string; planned: CanonicalValue; found: CanonicalValue }[];
  }[];
}

/** Applies a plan; `id` may be a connection's name: then its open plan. */
export async function applyCommand(
  env: Env,
  output: Output,
  options: { id: string; skipChanged: boolean; actor: string },
): Promise<number> {
  const session = await openSession(env);
  try {
    const plan = await session.api.get<PlanView>(paths.plan, { id: options.id });
    if (plan.state !== 'open') {
      throw new CommandError(
        `${plan.id} is ${plan.state}; only an open plan can be applied. Make a new one with ` +
          `"partner-sync plan ${plan.connection}".`,
      );
    }
    const outcome = await runJob(
      session,
      {
        connection: plan.connection,
        kind: 'apply',
        planId: plan.id,
        skipChanged: options.skipChanged,
        actor: options.actor,
      },
      output,
    );
    const difference = await sayDifference(session, outcome.commandId, output);
    sayRun(output, outcome);
    output.result({ run: outcome.run, ...(difference ? { difference } : {}) });
    return exitCodeOf([outcome.result.outcome]);
  } finally {
    await session.close();
  }
}

async function sayDifference(session: Session, commandId: string, output: Output) {
  const command = await session.api.get<CommandRow>(paths.command, { id: commandId });
  const found = command.result as Partial<Outdated> | null;
  if (found?.outdated === undefined || found.of === undefined) {
    return undefined;
  }
  output.say(`${counted(found.of, 'record is', 'records are')} not as planned any more:`);
  output.table(
    ['Record', 'Id', 'What changed'],
    found.outdated.map((row) => [row.name, row.recordId, difference(row)]),
  );
  if (found.of > found.outdated.length) {
    output.say(`... and ${counted(found.of - found.outdated.length, 'more record')}.`);
  }
  output.say('');
  return found;
}

function difference(row: Outdated['outdated'][number]): string {
  switch (row.why) {
    case 'gone':
      return 'deleted or merged';
    case 'value-changed':
      return row.fields.map((field) => fieldDifference(row.object, field)).join('\n');
    default:
      return 'its facts changed, so it would be decided anew';
  }
}

type FieldDifference = Outdated['outdated'][number]['fields'][number];

function fieldDifference(object: string, { key, planned, found }: FieldDifference): string {
  const show = (value: CanonicalValue) => shownValue({ object, key }, value);
  return `${labelOf(key)}: ${show(planned)} in the plan, now ${show(found)}`;
}
