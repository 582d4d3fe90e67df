/** The commands and their options; every error ends as a sentence and an exit code. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { Command, CommanderError } from 'commander';
import { StackError } from '../embedded/errors.ts';
import { type Env, EnvError, loadDotEnv, readEnv } from '../env.ts';
import { demoCommand } from './commands/demo.ts';
import { doctorCommand } from './commands/doctor.ts';
import { pauseCommand, reconcileCommand, syncCommand } from './commands/jobs.ts';
import { provisionCommand, validateCommand } from './commands/mapping.ts';
import { applyCommand, planCommand } from './commands/plan.ts';
import {
  backupCommand,
  explainCommand,
  failuresCommand,
  retryCommand,
  statusCommand,
} from './commands/read.ts';
import { undoCommand } from './commands/undo.ts';
import { upCommand } from './commands/up.ts';
import { webhooksCommand } from './commands/webhooks.ts';
import { asTyped, CommandError, createOutput, exitCodes, type Output } from './output.ts';

/** Runs one command line. Returns the exit code: 0 done, 1 failed, 2 usage, 3 amber. */
export async function runCommandLine(argv: string[]): Promise<number> {
  endWithReader();
  let code: number = exitCodes.done;
  const program = createProgram(async (command, run) => {
    const options = command.optsWithGlobals<{ json?: boolean; as?: string }>();
    loadDotEnv();
    const output = createOutput(options.json === true);
    code = await run(readEnv(), output, options.as ?? userInfo().username);
  });
  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    const failed = failureCode(error);
    if (failed !== exitCodes.done && argv.includes('--json')) {
      createOutput(true).result({ error: sentenceOf(error) });
    }
    return failed;
  }
}

/** A reader that has seen enough (`| head`) ends the command without an error. */
function endWithReader(): void {
  process.stdout.off('error', readerGone).on('error', readerGone);
}

function readerGone(error: NodeJS.ErrnoException): void {
  process.exit(error.code === 'EPIPE' ? exitCodes.done : exitCodes.failed);
}

type Run = (env: Env, output: Output, actor: string) => Promise<number>;
type Runner = (command: Command, run: Run) => Promise<void>;

function createProgram(runner: Runner): Command {
  const program = new Command('partner-sync')
    .description('The CRM sync engine for partner teams.')
    .version(programVersion(), '--version', 'the version of the program')
    .option('--json', 'one JSON object as the last line, for machines')
    .option('--as <email>', 'who is asking; recorded with the command as claimed')
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('Add --help to see how it is used.')
    .configureHelp({ showGlobalOptions: true });
  addStackCommands(program, runner);
  addMappingCommands(program, runner);
  addWebhookCommand(program, runner);
  addJobCommands(program, runner);
  addReadCommands(program, runner);
  return program;
}

function programVersion(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function addStackCommands(program: Command, runner: Runner): void {
  const sandboxOptions = (command: Command) =>
    command
      .option('--export <folder>', 'load a Salesforce data export (CSV, a file an object)')
      .option('--as-of <date>', 'with --export: shift all dates so that this day is yesterday')
      .option('--seed <n>', 'number the sample company is made from', '1');
  sandboxOptions(
    program
      .command('up')
      .description('start Temporal, the sandbox CRM and the worker; Ctrl-C stops them')
      .option('--no-sandbox', 'only Temporal and the worker: your own CRM'),
  ).action((options, command) => runner(command, (env, output) => upCommand(env, output, options)));
  sandboxOptions(
    program
      .command('demo')
      .description('the whole journey on sample data: provision, plan, apply, explain')
      .option('--exit', 'end after the first cycle'),
  ).action((options, command) =>
    runner(command, (env, output, actor) => demoCommand(env, output, { ...options, actor })),
  );
}

function addMappingCommands(program: Command, runner: Runner): void {
  program
    .command('validate [what]')
    .description(
      'check mapping files (a file, a folder, a connection, or all) with file:line:column',
    )
    .option('--online', "check against the CRM's live schema too")
    .action((what, options, command) =>
      runner(command, (env, output, actor) =>
        validateCommand(env, output, { what, online: options.online === true, actor }),
      ),
    );
  program
    .command('provision [connection]')
    .description('create the fields, keys and permission sets the mapping needs')
    .option('--dry-run', 'only say what would be created')
    .option('--set <set>', 'core (12 fields) or full', 'core')
    .action((connection, options, command) =>
      runner(command, (env, output, actor) =>
        provisionCommand(env, output, {
          connection,
          dryRun: options.dryRun === true,
          set: options.set,
          actor,
        }),
      ),
    );
}

function addWebhookCommand(program: Command, runner: Runner): void {
  program
    .command('webhooks [connection]')
    .description('what to enter in HubSpot so that changes come at once, not with the next poll')
    .option('--file <file>', 'write the webhooks-hsmeta.json of a HubSpot project app')
    .action((connection, options, command) =>
      runner(command, (env, output) =>
        webhooksCommand(env, output, { connection, file: options.file }),
      ),
    );
}

function addJobCommands(program: Command, runner: Runner): void {
  program
    .command('plan [connection]')
    .description('show every field that would change, with its reason and the money it moves')
    .option('--html <file>', 'write the plan as a page')
    .option('--csv <file>', 'write every planned field as a table for a spreadsheet')
    .action((connection, options, command) =>
      runner(command, (env, output, actor) =>
        planCommand(env, output, { connection, ...options, actor }),
      ),
    );
  program
    .command('apply <plan>')
    .description('do exactly what a plan says (a plan id, or a connection: its open plan)')
    .option('--skip-changed', 'leave out what has changed since; ends amber')
    .action((id, options, command) =>
      runner(command, (env, output, actor) =>
        applyCommand(env, output, { id, skipChanged: options.skipChanged === true, actor }),
      ),
    );
  program
    .command('sync [connection]')
    .description('pull, decide and write now')
    .option('--full', 'read every record again')
    .action((connection, options, command) =>
      runner(command, (env, output, actor) =>
        syncCommand(env, output, { connection, full: options.full === true, actor }),
      ),
    );
  program
    .command('reconcile [connection]')
    .description('compare both sides record by record, heal what differs')
    .option('--accept-unseen', 'take records that vanished without a trace as deleted')
    .action((connection, options, command) =>
      runner(command, (env, output, actor) =>
        reconcileCommand(env, output, {
          connection,
          acceptUnseen: options.acceptUnseen === true,
          actor,
        }),
      ),
    );
  program
    .command('undo <run>')
    .description('restore what a run wrote, other than what has been edited since')
    .option('--field <name>', 'only this field (engine key or CRM name)')
    .option('--release', 'let the values of an undone run be written again')
    .action((run, options, command) =>
      runner(command, (env, output, actor) =>
        undoCommand(env, output, { run, ...options, release: options.release === true, actor }),
      ),
    );
  program
    .command('pause [connection]')
    .description('start no more runs')
    .action((connection, _options, command) =>
      // What people type has no place in Temporal: the reason is ours.
      runner(command, (env, output) =>
        pauseCommand(env, output, { connection, reason: 'Paused by a person.' }),
      ),
    );
  program
    .command('resume [connection]')
    .description('go on, with a sync at once')
    .action((connection, _options, command) =>
      runner(command, (env, output) => pauseCommand(env, output, { connection, reason: null })),
    );
}

function addReadCommands(program: Command, runner: Runner): void {
  program
    .command('status [connection]')
    .description('what each connection is doing; of a named one, its last runs')
    .action((connection, _options, command) =>
      runner(command, (env, output) => statusCommand(env, output, { connection })),
    );
  program
    .command('explain <record>')
    .description('why a record has its values (CRM id or name)')
    .option('--connection <name>', 'where two connections know the name')
    .action((record, options, command) =>
      runner(command, (env, output) => explainCommand(env, output, { record, ...options })),
    );
  const failures = program
    .command('failures')
    .description('rows the CRM refused, with the reason and the next try');
  failures
    .command('list [connection]', { isDefault: true })
    .description('what could not be written, and when it is tried again')
    .action((connection, _options, command) =>
      runner(command, (env, output) => failuresCommand(env, output, { connection })),
    );
  failures
    .command('retry [connection]')
    .description('try every failed row again now')
    .action((connection, _options, command) =>
      runner(command, (env, output, actor) => retryCommand(env, output, { connection, actor })),
    );
  program
    .command('backup [file]')
    .description('write a copy of the store')
    .action((file, _options, command) =>
      runner(command, (env, output) => backupCommand(env, output, { file })),
    );
  program
    .command('doctor')
    .description('check each part of the installation')
    .action((_options, command) => runner(command, doctorCommand));
}

/** Sentences for what people can mend; anything else is our own bug and says so. */
function failureCode(error: unknown): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
  process.stderr.write(`${asTyped(sentenceOf(error))}\n`);
  return error instanceof CommandError ? error.exitCode : exitCodes.failed;
}

function sentenceOf(error: unknown): string {
  const known =
    error instanceof CommandError ||
    error instanceof StackError ||
    error instanceof EnvError ||
    error instanceof CommanderError;
  if (known) {
    return error.message;
  }
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return (
    `partner-sync met an error of its own: ${said}\n` +
    'Nothing was left half done; please report it.'
  );
}
