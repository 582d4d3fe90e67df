/** up: the whole stack in the foreground until Ctrl-C. */
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readStack, runUntilStopped, type Stack, startStack } from '../../embedded/stack.ts';
import type { Env } from '../../env.ts';
import { listMappings, loadMapping } from '../../mappings/load.ts';
import { rulesVersion } from '../../rules/version.ts';
import { prepareHome } from '../files.ts';
import { CommandError, exitCodes, type Output } from '../output.ts';
import {
  type SandboxOptions,
  sandboxContent,
  sayLeftOut,
  withExpected,
} from '../sandbox-content.ts';
import { saySubscribed } from '../sandbox-webhooks.ts';

/** Starts the stack, prints where everything is, ends with it. */
export async function upCommand(
  env: Env,
  output: Output,
  options: SandboxOptions,
): Promise<number> {
  const sandbox = sandboxContent(options);
  checkMappings(env);
  prepareHome(env.PARTNER_SYNC_HOME);
  if (sandbox !== 'none' && env.SANDBOX_URL === undefined) {
    startAfresh(env, output);
  }
  const stack = await startStack({
    home: env.PARTNER_SYNC_HOME,
    sandbox: withExpected(env, env.PARTNER_SYNC_HOME, sandbox),
    env,
    onProgress: output.progress,
  });
  sayLeftOut(output, env.PARTNER_SYNC_HOME, options.export);
  sayUnusable(env, output);
  sayPorts(env, output, stack);
  await saySubscribed(env, output, stack);
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
    'In a second terminal: partner-sync provision, partner-sync plan, partner-sync apply PLAN.',
  );
  output.say('Ctrl-C stops everything.');
  output.result({ ready: true, ...stack });
  return runUntilStopped(stack, output.progress);
}

/** Where the parts listen unless something else is there already. */
const usualPorts = { temporal: 7233, ui: 8233, sandbox: 7790 };

/** A part that is not where people look for it is named, with the port that was busy. */
export function sayPorts(
  env: Env,
  output: Output,
  stack: Pick<Stack, 'temporal' | 'sandbox' | 'server'>,
): void {
  const own = env.TEMPORAL_ADDRESS === undefined;
  const temporal = `http://${stack.temporal.address}`;
  // The UI keeps its distance from the server.
  const ui = Number(new URL(temporal).port) + usualPorts.ui - usualPorts.temporal;
  const parts = [
    ['Temporal', own ? usualPorts.temporal : 0, temporal],
    ['The Temporal UI', own ? ui : 0, stack.temporal.uiUrl],
    ['The sandbox CRM', env.SANDBOX_URL === undefined ? usualPorts.sandbox : 0, stack.sandbox],
    ['The server', env.PARTNER_SYNC_PORT, stack.server],
  ] as const;
  for (const [part, usual, url] of parts) {
    const port = url === null || url === '' ? usual : Number(new URL(url).port);
    if (usual !== 0 && port !== usual) {
      output.progress(`Port ${usual} is in use; ${part.replace('The', 'the')} is on ${port}.`);
    }
  }
}

/**
 * Throws when there is nothing to map, for then nothing would ever run; and when two files map one
 * connection: which of them runs would be chance.
 */
export function checkMappings(env: Env): void {
  const files = listMappings(env.PARTNER_SYNC_MAPPINGS);
  if (files.length === 0) {
    throw new CommandError(
      `There is no mapping in ${resolve(env.PARTNER_SYNC_MAPPINGS)}; nothing was started. Set ` +
        'PARTNER_SYNC_MAPPINGS to the folder of your mappings, or start in the folder that holds them.',
      exitCodes.usage,
    );
  }
  const byName = Object.groupBy(files, ({ connection }) => connection);
  const twins = Object.entries(byName).filter(([, paths]) => paths!.length > 1);
  if (twins.length > 0) {
    const lines = twins.map(
      ([name, paths]) => `${name}: ${paths!.map(({ path }) => path).join(' and ')}`,
    );
    throw new CommandError(
      `A connection has one mapping file; nothing was started.\n${lines.join('\n')}\n` +
        'Give one of them another "connection", or move it out of the folder.',
    );
  }
}

/** Mappings with problems are not started: said here, where somebody looks. */
function sayUnusable(env: Env, output: Output): void {
  for (const { connection, path } of listMappings(env.PARTNER_SYNC_MAPPINGS)) {
    const loaded = loadMapping(path, { env: null, rulesVersion });
    if (!loaded.ok) {
      output.progress(`The connection ${connection} is not started:`);
      loaded.problems.forEach((problem) => {
        output.progress(`  ${problem.text}`);
      });
    }
  }
}

/**
 * The sandbox forgets with its process: a store that mirrors an earlier one would believe in fields
 * and values that are gone. It is moved aside, never deleted. Throws where the store is also an
 * org's own: that one must not lose its ledger.
 */
function startAfresh(env: Env, output: Output): void {
  const home = env.PARTNER_SYNC_HOME;
  if (!existsSync(join(home, 'store')) || readStack(home) !== undefined) {
    return;
  }
  const own = listMappings(env.PARTNER_SYNC_MAPPINGS).filter(
    ({ path }) => !readFileSync(path, 'utf8').includes('SANDBOX_URL'),
  );
  if (own.length > 0) {
    throw new CommandError(
      `The store in ${home} may hold your own connection ${own[0]!.connection}, and the sandbox ` +
        'needs an empty one. Start with "up --no-sandbox", or set PARTNER_SYNC_HOME to another ' +
        'folder for the sandbox.',
    );
  }
  const aside = join(home, `earlier-${new Date().toISOString().replace(/[:.]/g, '-')}`);
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  for (const part of ['store', 'temporal.db', 'temporal.db-wal', 'temporal.db-shm']) {
    if (existsSync(join(home, part))) {
      renameSync(join(home, part), join(aside, part));
    }
  }
  output.progress(`The sandbox starts afresh; the store of the earlier one is kept in ${aside}.`);
}
