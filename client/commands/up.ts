/** up: the whole stack in the foreground until Ctrl-C. */
import { statSync } from 'node:fs';
import { runUntilStopped, type SandboxContent, startStack } from '../../embedded/stack.ts';
import type { Env } from '../../env.ts';
import { CommandError, exitCodes, type Output } from '../output.ts';

/** What the sandbox is filled with, as typed. */
export interface SandboxOptions {
  sandbox?: boolean;
  seed?: string;
  export?: string;
  asOf?: string;
}

/** Starts the stack, prints where everything is, ends with it. */
export async function upCommand(
  env: Env,
  output: Output,
  options: SandboxOptions,
): Promise<number> {
  const stack = await startStack({
    home: env.PARTNER_SYNC_HOME,
    sandbox: sandboxContent(options),
    env,
    onProgress: output.progress,
  });
  output.say('partner-sync is up.');
  output.table(
    ['What', 'Where'],
    [
      ['Temporal UI', stack.temporal.uiUrl],
      ['Temporal', `${stack.temporal.address} (${stack.temporal.source})`],
      ['Server', stack.server],
      ...(stack.sandbox === null ? [] : [['Sandbox CRM', stack.sandbox]]),
    ],
  );
  output.say(
    'In a second terminal: npm start -- provision, npm start -- plan, npm start -- apply PLAN.',
  );
  output.say('Ctrl-C stops everything.');
  output.result({ ready: true, ...stack });
  return runUntilStopped(stack, output.progress);
}

/** Checks --seed, --export and --as-of. Throws CommandError (usage). */
export function sandboxContent(options: SandboxOptions): SandboxContent {
  if (options.sandbox === false) {
    return 'none';
  }
  if (options.asOf !== undefined && !isCalendarDate(options.asOf)) {
    throw new CommandError('--as-of is a date such as 2017-12-31.', exitCodes.usage);
  }
  if (options.export !== undefined) {
    if (!statSync(options.export, { throwIfNoEntry: false })?.isDirectory()) {
      throw new CommandError(
        `--export: there is no folder ${options.export}. It holds one CSV file an object, such ` +
          'as Opportunity.csv.',
        exitCodes.usage,
      );
    }
    return { exportDir: options.export, ...(options.asOf ? { asOf: options.asOf } : {}) };
  }
  if (options.asOf !== undefined) {
    throw new CommandError('--as-of needs --export.', exitCodes.usage);
  }
  const seed = Number(options.seed ?? 1);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new CommandError('--seed is a whole number.', exitCodes.usage);
  }
  return { seed };
}

/** '2017-02-29' is none. */
function isCalendarDate(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === text;
}
