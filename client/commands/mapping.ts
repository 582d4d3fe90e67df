/** validate and provision: is the mapping right, and is the CRM ready for it. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from '../../env.ts';
import { listMappings, loadMapping } from '../../mappings/load.ts';
import type { CompiledMapping, Problem } from '../../mappings/types.ts';
import { rulesVersion } from '../../rules/version.ts';
import { type CommandRow, paths } from '../../server/contract.ts';
import { type CheckMappingResult, engineQueue, workflowTypes } from '../../workflows/messages.ts';
import { exitCodeOf, runJob } from '../jobs.ts';
import { CommandError, count, counted, exitCodes, type Output } from '../output.ts';
import { chosenConnections, openSession, type Session } from '../session.ts';
import { sayRun } from './jobs.ts';

/** What a file came to. */
interface Validated {
  file: string;
  connection: string;
  version: string | null;
  problems: string[];
  /** What breaks nothing but should be known: optional objects the CRM does not have. */
  notes: string[];
  /** What a full read would take (`--online`); null where it was not asked. */
  forecast: Forecast | null;
}

/** Live records of the mapped sources, calls to read them all (for records), calls the day has left. */
interface Forecast {
  records: number;
  calls: number;
  recordCalls: number;
  callsLeft: number | null;
}

/** Checks mapping files; `what` is a file, a folder, a connection or undefined for all. */
export async function validateCommand(
  env: Env,
  output: Output,
  options: { what?: string; online: boolean; actor: string },
): Promise<number> {
  const results: Validated[] = [];
  for (const path of filesOf(env, options.what)) {
    const loaded = loadMapping(path, { env: null, rulesVersion });
    if (!loaded.ok) {
      results.push(failed(path, loaded.problems));
      continue;
    }
    const { mapping } = loaded;
    const checked = options.online
      ? await checkOnline(env, mapping, options.actor)
      : { problems: [], notes: [], forecast: null };
    results.push({
      file: path,
      connection: mapping.connection,
      version: mapping.version.label,
      ...checked,
    });
    loaded.warnings.forEach((warning) => {
      output.progress(warning.text);
    });
  }
  for (const result of results) {
    sayValidated(output, result, options.online);
  }
  output.result({ files: results });
  return results.some((result) => result.problems.length > 0) ? exitCodes.failed : exitCodes.done;
}

function sayValidated(output: Output, result: Validated, online: boolean): void {
  if (result.problems.length === 0) {
    const checked = online ? ', and the CRM has all it names' : '';
    output.say(`${result.file}: no problems${checked} (version ${result.version}).`);
    for (const note of result.notes) output.say(`  ${note}`);
    if (result.forecast !== null) output.say(`  ${forecastLine(result.forecast)}`);
    return;
  }
  output.say(`${counted(result.problems.length, 'problem')} in ${result.file}`);
  for (const problem of result.problems) {
    output.say(`  ${problem}`);
  }
}

/**
 * "Reading it all: 14,277 records, about 27 calls (12 bring records, the rest counts, descriptions
 * and exchange rates); 49,800 of today's share are left."
 */
function forecastLine({ records, calls, recordCalls, callsLeft }: Forecast): string {
  const reading =
    `Reading it all: ${count(records)} records, about ${counted(calls, 'call')} ` +
    `(${count(recordCalls)} for records, the rest for counts, descriptions and exchange rates)`;
  return callsLeft === null
    ? `${reading}; the CRM names no daily limit.`
    : `${reading}; ${count(callsLeft)} of today's share are left.`;
}

function failed(file: string, problems: Problem[]): Validated {
  return {
    file,
    connection: '',
    version: null,
    notes: [],
    forecast: null,
    problems: problems.map((problem) => problem.text),
  };
}

function filesOf(env: Env, what: string | undefined): string[] {
  if (what !== undefined && existsSync(what)) {
    return statSync(what).isDirectory() ? filesIn(what) : [what];
  }
  const files = listMappings(env.PARTNER_SYNC_MAPPINGS);
  const chosen = what === undefined ? files : files.filter((file) => file.connection === what);
  if (chosen.length === 0) {
    const known = files.map((file) => file.connection).join(', ') || 'none';
    throw new CommandError(
      what === undefined
        ? `There is no mapping in ${env.PARTNER_SYNC_MAPPINGS}.`
        : `"${what}" is neither a file nor a connection (in ${env.PARTNER_SYNC_MAPPINGS}: ${known}).`,
      exitCodes.usage,
    );
  }
  return chosen.map((file) => file.path);
}

/** The mappings of a folder. Throws CommandError with what is there instead. */
function filesIn(folder: string): string[] {
  const files = listMappings(folder);
  const mappings = files.filter(({ isMapping }) => isMapping);
  if (mappings.length > 0) {
    return mappings.map(({ path }) => path);
  }
  const below = listMappings(join(folder, 'mappings')).filter(({ isMapping }) => isMapping);
  const next =
    below.length > 0
      ? `Its folder "mappings" does: partner-sync validate ${join(folder, 'mappings')}`
      : files.length > 0
        ? `${counted(files.length, 'YAML file')} without one (${files[0]!.path} ...): policies and ` +
          'presets are checked with the mapping that names them.'
        : 'Name a mapping file, a folder of them, or a connection.';
  throw new CommandError(
    `${folder} is a folder without a mapping (a YAML file that says "connection:"). ${next}`,
    exitCodes.usage,
  );
}

/** Asks the worker, which holds the way to the CRM. Works while the connection is paused. */
async function checkOnline(
  env: Env,
  mapping: CompiledMapping,
  actor: string,
): Promise<Pick<Validated, 'problems' | 'notes' | 'forecast'>> {
  const session = await openSession(env);
  try {
    const { connection } = mapping;
    const { id } = await session.api.post<{ id: string }>(paths.commands, {
      kind: 'validate',
      connection,
      actor,
      args: {},
    });
    const result: CheckMappingResult = await session.temporal.workflow.execute(
      workflowTypes.checkMapping,
      {
        taskQueue: engineQueue,
        workflowId: `validate/${connection}/${id}`,
        staticSummary: `Validate the mapping of ${connection} against its CRM`,
        args: [{ connection, commandId: id, crm: mapping.crm }],
      },
    );
    if (result.failure !== null) {
      throw new CommandError(`Not checked against the CRM. ${result.failure.message}`);
    }
    return await foundBy(session, id);
  } finally {
    await session.close();
  }
}

async function foundBy(
  session: Session,
  id: string,
): Promise<Pick<Validated, 'problems' | 'notes' | 'forecast'>> {
  const command = await session.api.get<CommandRow>(paths.command, { id });
  const found = command.result as Partial<
    Pick<Validated, 'problems' | 'notes' | 'forecast'>
  > | null;
  return {
    problems: found?.problems ?? [],
    notes: found?.notes ?? [],
    forecast: found?.forecast ?? null,
  };
}

interface Step {
  what: string;
  state: 'exists' | 'created' | 'would-create' | 'failed' | 'manual';
  detail: string | null;
}

/** Creates (or, dry, lists) what the CRM lacks for the mapping. */
export async function provisionCommand(
  env: Env,
  output: Output,
  options: { connection?: string; dryRun: boolean; set: string; actor: string },
): Promise<number> {
  if (options.set !== 'core' && options.set !== 'full') {
    throw new CommandError('--set is core (12 fields) or full.', exitCodes.usage);
  }
  const session = await openSession(env);
  try {
    const all = [];
    const outcomes: ('green' | 'amber' | 'red')[] = [];
    for (const { name } of await chosenConnections(session, options.connection)) {
      const args = { dryRun: options.dryRun, set: options.set };
      const job = { connection: name, kind: 'provision' as const, args, actor: options.actor };
      const outcome = await runJob(session, job, output);
      const command = await session.api.get<CommandRow>(paths.command, { id: outcome.commandId });
      const steps = (command.result as { steps: Step[] } | null)?.steps ?? [];
      saySteps(output, name, steps);
      const failures = steps.some((step) => step.state === 'failed');
      outcomes.push(failures ? 'amber' : outcome.result.outcome);
      if (outcome.result.outcome === 'red') {
        sayRun(output, outcome);
      }
      all.push({ connection: name, steps });
    }
    output.result({ provisioned: all, dryRun: options.dryRun });
    return exitCodeOf(outcomes);
  } finally {
    await session.close();
  }
}

const marks: Record<Step['state'], string> = {
  exists: 'is there',
  created: 'created',
  'would-create': 'would be created',
  failed: 'FAILED',
  manual: 'by hand',
};

function saySteps(output: Output, name: string, steps: Step[]): void {
  output.say(`${name}:`);
  output.table(
    ['State', 'What', 'Note'],
    steps.map((step) => [marks[step.state], step.what, step.detail ?? '']),
  );
}
