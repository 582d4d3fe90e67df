/** Finds the running engine: the stack of this folder, or the servers the environment names. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Client } from '@temporalio/client';
import {
  connectToTemporal,
  hasSearchAttributes,
  temporalConnectionOptions,
} from '../embedded/namespace.ts';
import { readStack } from '../embedded/stack.ts';
import type { Env } from '../env.ts';
import { type ConnectionView, paths } from '../server/contract.ts';
import { type Api, createApi } from './api.ts';
import { checkHome } from './files.ts';
import { CommandError, exitCodes } from './output.ts';

/** A running engine: its server for content, its Temporal for commands. */
export interface Session {
  api: Api;
  temporal: Client;
  uiUrl: string | null;
  sandboxUrl: string | null;
  /** False where the namespace lacks the search attributes: then none are set. */
  searchAttributes: boolean;
  close(): Promise<void>;
}

/** Where the engine is. */
export interface Whereabouts {
  temporalAddress: string;
  serverUrl: string;
  token: string;
  uiUrl: string | null;
  sandboxUrl: string | null;
}

/** Connects to the running engine. Throws CommandError that says how to start one. */
export async function openSession(env: Env, at = whereabouts(env)): Promise<Session> {
  const options = temporalConnectionOptions(env, at.temporalAddress);
  const connection = await connectToTemporal(options).catch(() => {
    throw new CommandError(
      `Temporal at ${at.temporalAddress} does not answer. See "partner-sync doctor".`,
    );
  });
  return {
    api: createApi(at.serverUrl, at.token),
    temporal: new Client({ connection, namespace: env.TEMPORAL_NAMESPACE }),
    uiUrl: at.uiUrl,
    sandboxUrl: at.sandboxUrl,
    searchAttributes: await hasSearchAttributes(connection, env.TEMPORAL_NAMESPACE),
    close: () => connection.close(),
  };
}

/** By environment, else by the stack file of PARTNER_SYNC_HOME. */
export function whereabouts(env: Env): Whereabouts {
  checkHome(env.PARTNER_SYNC_HOME);
  const stack = readStack(env.PARTNER_SYNC_HOME);
  const serverUrl = env.PARTNER_SYNC_SERVER_URL ?? stack?.server;
  const temporalAddress = env.TEMPORAL_ADDRESS ?? stack?.temporal.address;
  if (serverUrl === undefined || temporalAddress === undefined) {
    throw new CommandError(
      `partner-sync is not running in ${resolve(env.PARTNER_SYNC_HOME)}. Start it with ` +
        '"partner-sync up" (it stays in the foreground; use a second terminal), or name a ' +
        'running one with PARTNER_SYNC_HOME, or with TEMPORAL_ADDRESS and PARTNER_SYNC_SERVER_URL.',
    );
  }
  return {
    serverUrl,
    temporalAddress,
    token:
      env.PARTNER_SYNC_TOKEN ?? readToken(stack?.tokenFile ?? join(env.PARTNER_SYNC_HOME, 'token')),
    uiUrl: env.TEMPORAL_UI_URL ?? stack?.temporal.uiUrl ?? null,
    sandboxUrl: stack?.sandbox ?? env.SANDBOX_URL ?? null,
  };
}

/** The bearer token a stack wrote for its own user. Throws CommandError when it is not there. */
export function readToken(path: string): string {
  if (!existsSync(path)) {
    throw new CommandError(
      `There is no token file ${path}. Set PARTNER_SYNC_TOKEN to the server's bearer token.`,
    );
  }
  return readFileSync(path, 'utf8').trim();
}

/** The connections a command is about: the named one, or all. Throws when there is none such. */
export async function chosenConnections(
  session: Session,
  name: string | undefined,
): Promise<ConnectionView[]> {
  const all = await session.api.get<ConnectionView[]>(paths.connections);
  const chosen = name === undefined ? all : all.filter((row) => row.name === name);
  if (chosen.length === 0) {
    const known = all.map((row) => row.name).join(', ') || 'none';
    throw new CommandError(
      name === undefined
        ? 'No connection is set up: no mapping in the mappings folder could be started.'
        : `There is no connection "${name}" (there: ${known}).`,
      exitCodes.usage,
    );
  }
  return chosen;
}
