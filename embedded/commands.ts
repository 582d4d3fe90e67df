/** Runs and finds other programs: what is on PATH, and a command whose output explains its failure. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { readVariable } from '../env.ts';

/** The absolute path of an executable file on PATH; undefined when there is none. */
export function onPath(name: string, path = readVariable('PATH') ?? ''): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** Whether a file exists and this user may run it. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // Not there, or not ours to run: both mean "look elsewhere".
  }
}

/** The last lines of output kept to explain a failure. */
const tailLines = 5;

/** Runs a program to its end and returns its output; throws with the last lines of it. */
export async function run(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env' | 'timeout'> = {},
): Promise<string> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return output;
  const tail = output.trim().split('\n').slice(-tailLines).join('\n');
  throw new Error(`${command} ${args[0] ?? ''} ended with ${code ?? 'a signal'}: ${tail}`);
}
