/** How `undo` is asked for: what the command line refuses before it asks anything of a stack. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { runCommandLine } from '../../client/program.ts';

let said = '';

beforeEach(() => {
  said = '';
  const listen = (text: unknown) => {
    said += String(text);
    return true;
  };
  jest.spyOn(process.stderr, 'write').mockImplementation(listen as never);
  jest.spyOn(process.stdout, 'write').mockImplementation(listen as never);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const run = (...args: string[]) => runCommandLine(['node', 'partner-sync', ...args]);

test('undo without a run is a usage error', async () => {
  expect(await run('undo')).toBe(2);
  expect(said).toContain("missing required argument 'run'");
});

test('undo takes --field and --release, and its help names both', async () => {
  expect(await run('undo', '--help')).toBe(0);
  expect(said).toContain('--field <name>');
  expect(said).toContain('--release');
  expect(await run('undo', 'sync/acme/1', '--fields', 'x')).toBe(2);
});

test('a release is of the whole run: --field beside it is refused', async () => {
  expect(await run('undo', 'sync/acme/1', '--release', '--field', 'partner_sourced')).toBe(2);
  expect(said).toContain('leave --field out');
});
