/** Files and folders the person names: refused with a sentence before any work is done for them. */
import { accessSync, constants, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CommandError, exitCodes } from './output.ts';

/** Throws CommandError (usage) when `file` of `option` could not be written. Makes nothing. */
export function checkWritable(option: string, file: string): void {
  const folder = dirname(resolve(file));
  const found = statSync(folder, { throwIfNoEntry: false });
  if (!found?.isDirectory()) {
    const what = found === undefined ? 'there is no folder' : 'this is no folder:';
    throw usage(`${option} ${file}: ${what} ${folder}. Make it first, or name another file.`);
  }
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw usage(`${option} ${file} is a folder. Name a file in it, such as ${file}/plan.html.`);
  }
  const existing = statSync(file, { throwIfNoEntry: false }) === undefined ? folder : file;
  if (!isWritable(existing)) {
    throw usage(`${option} ${file}: ${existing} may not be written by you. Name another file.`);
  }
}

/** Writes a text for its owner only: plans and backups hold CRM data. Throws CommandError. */
export function writePrivate(option: string, file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600 });
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new CommandError(`${option} ${file} could not be written (${code}). ${remedyOf(code)}`);
  }
}

/**
 * Makes the home folder for its owner only. Throws CommandError with the whole path: one that is
 * relative means another folder in every other working directory.
 */
export function prepareHome(home: string): void {
  const folder = resolve(home);
  try {
    makeFolder(folder);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    const why =
      code === 'EEXIST' || code === 'ENOTDIR'
        ? 'is a file, or lies below one'
        : `cannot be made (${code})`;
    throw usage(`PARTNER_SYNC_HOME ${folder} ${why}. ${homeRemedy}`);
  }
  if (!isWritable(folder)) {
    throw usage(`PARTNER_SYNC_HOME ${folder} may not be written by you. ${homeRemedy}`);
  }
}

/** The same for a command that only looks: what is not there is no mistake. */
export function checkHome(home: string): void {
  const folder = resolve(home);
  try {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false) {
      throw usage(`PARTNER_SYNC_HOME ${folder} is a file. ${homeRemedy}`);
    }
    accessSync(folder, constants.R_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof CommandError) {
      throw error;
    }
    if (code === 'ENOTDIR') {
      throw usage(`PARTNER_SYNC_HOME ${folder} lies below a file. ${homeRemedy}`);
    }
    if (code !== 'ENOENT') {
      throw usage(`PARTNER_SYNC_HOME ${folder} may not be read by you (${code}). ${homeRemedy}`);
    }
  }
}

/** Not mkdir's own `recursive`: below /proc and the like it never ends. */
function makeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    return;
  }
  const parent = dirname(folder);
  if (parent !== folder) {
    makeFolder(parent);
  }
  mkdirSync(folder, { mode: 0o700 });
}

const homeRemedy = 'Set it to a folder of your own, or leave it unset for .partner-sync here.';

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function remedyOf(code: string): string {
  return code === 'ENOSPC' ? 'The disk is full.' : 'Name another file.';
}

function usage(message: string): CommandError {
  return new CommandError(message, exitCodes.usage);
}
