/** What `up` and `demo` fill the sandbox with: a sample company, or a data export. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { SandboxContent } from '../embedded/stack.ts';
import type { Env } from '../env.ts';
import { expectedFields } from './expected-fields.ts';
import { CommandError, counted, exitCodes, type Output } from './output.ts';

/** What the sandbox is filled with, as typed. */
export interface SandboxOptions {
  sandbox?: boolean;
  seed?: string;
  export?: string;
  asOf?: string;
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

/** Rows an export could not give, by line; the sandbox's log has all of them. */
export function sayLeftOut(output: Output, home: string, exportDir: string | undefined): void {
  const log = join(home, 'sandbox.log');
  if (exportDir === undefined || !existsSync(log)) {
    return;
  }
  const problems = readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"problem":'))
    .map((line) => (JSON.parse(line) as { problem: LeftOut }).problem);
  for (const { file, line, problem } of problems.slice(0, leftOutShown)) {
    output.progress(`${file}:${line} ${problem}`);
  }
  if (problems.length > 0) {
    output.progress(`${counted(problems.length, 'problem')} in the export; all are in ${log}.`);
  }
}

/** How many are shown before the rest is only counted. */
const leftOutShown = 10;

interface LeftOut {
  file: string;
  line: number;
  problem: string;
}

/**
 * With an export: what the mappings read and the files may lack is written down for the sandbox,
 * which then has it, blank on every record.
 */
export function withExpected(env: Env, home: string, content: SandboxContent): SandboxContent {
  if (content === 'none' || 'seed' in content) {
    return content;
  }
  const expectFile = join(resolve(home), 'expected-fields.json');
  writeFileSync(expectFile, `${JSON.stringify(expectedFields(env.PARTNER_SYNC_MAPPINGS))}\n`, {
    mode: 0o600,
  });
  return { ...content, expectFile };
}
