/** `undo`: takes back what a run wrote, or lets it be written again. */
import type { Env } from '../../env.ts';
import { type CommandRow, paths, type RunRow } from '../../server/contract.ts';
import { exitCodeOf, runJob } from '../jobs.ts';
import { CommandError, counted, exitCodes, type Output, value } from '../output.ts';
import { openSession } from '../session.ts';
import { sayRun } from './jobs.ts';

/** Fields a person is shown before being pointed to --json. */
const leftShown = 40;

interface Undone {
  of: number;
  left: {
    object: string;
    recordId: string;
    name: string;
    field: string;
    wrote: string | number | boolean | null;
    found: string | number | boolean | null;
    why: string;
  }[];
}

/** Undoes a run, one field of it, or (release) ends what keeps it undone. */
export async function undoCommand(
  env: Env,
  output: Output,
  options: { run: string; field?: string; release: boolean; actor: string },
): Promise<number> {
  if (options.release && options.field !== undefined) {
    throw new CommandError('--release is for the whole run: leave --field out.', exitCodes.usage);
  }
  const session = await openSession(env);
  try {
    const run = await session.api.get<RunRow>(paths.run, { id: options.run });
    const outcome = await runJob(
      session,
      {
        connection: run.connection,
        kind: 'undo',
        undoRunId: run.id,
        ...(options.field === undefined ? {} : { field: options.field }),
        release: options.release,
        args: { run: run.id, field: options.field ?? null, release: options.release },
        actor: options.actor,
      },
      output,
    );
    const command = await session.api.get<CommandRow>(paths.command, { id: outcome.commandId });
    const undone = command.result as Undone | null;
    sayUndone(output, outcome.run, undone, options.release);
    sayRun(output, outcome);
    output.result({ run: outcome.run, left: undone?.left ?? [], of: undone?.of ?? 0 });
    return exitCodeOf([outcome.result.outcome]);
  } finally {
    await session.close();
  }
}

function sayUndone(output: Output, run: RunRow, undone: Undone | null, release: boolean): void {
  const { counts } = run;
  if (release) {
    output.say(`${counted(counts['released'] ?? 0, 'field')} may be written again.`);
    return;
  }
  output.say(
    `${counted(counts['restoredFields'] ?? 0, 'field')} of ` +
      `${counted(counts['restored'] ?? 0, 'record')} restored, ` +
      `${counted(counts['tasksCancelled'] ?? 0, 'task')} cancelled.`,
  );
  const tasks = counts['tasksRestored'] ?? 0;
  if (tasks > 0) {
    const say = tasks === 1 ? 'says again what it' : 'say again what they';
    output.say(`${counted(tasks, 'task')} it had changed ${say} said before.`);
  }
  const already = counts['already'] ?? 0;
  if (already > 0) {
    output.say(`${counted(already, 'more field')} had the earlier value already.`);
  }
  if (undone !== null && undone.of > 0) {
    output.say(`${counted(undone.of, 'field')} left alone:`);
    output.table(
      ['Record', 'Id', 'Field', 'The run wrote', 'There now', 'Why'],
      undone.left
        .slice(0, leftShown)
        .map((row) => [
          row.name,
          row.recordId,
          row.field,
          value(row.wrote),
          value(row.found),
          row.why,
        ]),
    );
  }
}
