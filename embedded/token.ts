/** The token file with which the command line proves itself to the worker's server. */
import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from './errors.ts';

/** Random bytes of a token: 256 bits cannot be guessed. */
const tokenBytes = 32;

/** The path of the token file in a home folder. */
export function tokenFile(home: string): string {
  return join(home, 'token');
}

/** The token of this home folder, made on first use; only its owner can read the file. */
export function ensureToken(home: string): string {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const file = tokenFile(home);
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(tokenBytes).toString('base64url')}\n`, { mode: 0o600 });
  try {
    linkSync(draft, file); // Fails when there is a token, and never shows half of one.
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    chmodSync(file, 0o600);
  } finally {
    unlinkSync(draft);
  }
  return readFileSync(file, 'utf8').trim();
}
