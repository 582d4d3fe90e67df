/** Finds or starts the Temporal server of the embedded stack, with its Web UI and a database file. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import type { Env } from '../env.ts';
import { type Child, startChild } from './child.ts';
import { messageOf, type OnProgress, StackError } from './errors.ts';
import {
  connectToTemporal,
  registerSearchAttributes,
  searchAttributes,
  setRetention,
  temporalConnectionOptions,
} from './namespace.ts';
import { type PortWish, startOnPorts } from './ports.ts';
import { type BinarySource, findTemporalBinary, type TemporalBinary } from './temporal-binary.ts';

/** A Temporal server that answers, its namespace prepared. */
export interface Temporal {
  address: string;
  uiUrl: string;
  /** 'TEMPORAL_ADDRESS' for the person's own server, else where the binary came from. */
  source: 'TEMPORAL_ADDRESS' | BinarySource;
  /** The local server's process; undefined for a server that is not ours. */
  child?: Child;
  /** Stops a local server and waits for its end; leaves the person's own server alone. */
  stop(): Promise<void>;
}

/** What startTemporal needs: a folder for database and log, and which ports were asked for. */
export interface TemporalOptions {
  home: string;
  env: Env;
  onProgress: OnProgress;
  ports?: { grpc?: number; ui?: number };
}

/** Closed workflows stay readable this long (design.md section 6). */
const retentionDays = 30;

/** A start on a 2-core machine took under 2 s; a large database file needs longer. */
const startTimeoutMs = 60_000;

/** Starts or connects to Temporal. Throws StackError with the remedy; leaves no process then. */
export async function startTemporal(options: TemporalOptions): Promise<Temporal> {
  const { env, onProgress } = options;
  if (env.TEMPORAL_ADDRESS !== undefined) return useRunningServer(env);

  const binary = await findTemporalBinary(env, onProgress);
  mkdirSync(options.home, { recursive: true, mode: 0o700 });
  const { grpc: askedGrpc, ui: askedUi } = options.ports ?? {};
  const wishes = [grpcPort(askedGrpc), uiPort(askedUi, askedGrpc || usualPort)];
  return startOnPorts(wishes, ([grpc, ui]) => startOn({ grpc: grpc!, ui: ui! }, binary, options));
}

async function startOn(
  { grpc, ui }: { grpc: number; ui: number },
  binary: TemporalBinary,
  { home, env }: TemporalOptions,
): Promise<Temporal> {
  const child = startChild({
    name: 'Temporal',
    command: binary.path,
    args: serverArguments({ home, namespace: env.TEMPORAL_NAMESPACE, grpc, ui }),
    logFile: join(home, 'temporal.log'),
  });
  try {
    await prepareLocalServer(child, `127.0.0.1:${grpc}`, env.TEMPORAL_NAMESPACE);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return {
    address: `127.0.0.1:${grpc}`,
    uiUrl: `http://127.0.0.1:${ui}`,
    source: binary.source,
    child,
    stop: () => child.stop(),
  };
}

async function useRunningServer(env: Env): Promise<Temporal> {
  const address = env.TEMPORAL_ADDRESS ?? '';
  const connection = await connectToTemporal(temporalConnectionOptions(env));
  try {
    await registerSearchAttributes(connection, env.TEMPORAL_NAMESPACE);
  } catch (error) {
    throw new StackError(
      `The search attributes could not be registered on ${address}, namespace ` +
        `"${env.TEMPORAL_NAMESPACE}" (${messageOf(error)}). ` +
        'Ask an administrator of that server for these, each with its type: ' +
        `${Object.entries(searchAttributes)
          .map((pair) => pair.join('='))
          .join(', ')}.`,
      { cause: error },
    );
  } finally {
    await connection.close();
  }
  const guess = `http://${address.replace(/:\d+$/, '')}:8233`;
  return {
    address,
    uiUrl: env.TEMPORAL_UI_URL ?? guess,
    source: 'TEMPORAL_ADDRESS',
    stop: async () => {},
  };
}

const usualPort = 7233;

const grpcPort = (asked: number | undefined): PortWish => ({
  what: 'the Temporal server',
  usual: usualPort,
  asked,
  remedy: 'Choose another port, or set TEMPORAL_ADDRESS to use the server that listens there.',
});

/** As the server's own program has them: a thousand apart. */
const uiPort = (asked: number | undefined, grpc: number): PortWish => ({
  what: 'the Temporal Web UI',
  usual: Math.min(grpc + 1000, 65_000),
  asked,
  remedy: 'Choose another port for the Web UI.',
});

function serverArguments(o: { home: string; namespace: string; grpc: number; ui: number }) {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1'],
    ...['--port', String(o.grpc), '--ui-port', String(o.ui)],
    ...['--db-filename', join(o.home, 'temporal.db'), '--namespace', o.namespace],
    ...['--log-level', 'warn', '--log-format', 'json'],
    // The server otherwise asks a host outside whether it is up to date.
    ...['--dynamic-config-value', 'frontend.enableServerVersionCheck=false'],
  ];
}

async function prepareLocalServer(child: Child, address: string, namespace: string) {
  const connection = await waitUntilUp(child, address);
  try {
    await settled(() => registerSearchAttributes(connection, namespace));
    await settled(() => setRetention(connection, namespace, retentionDays));
    // What answered was another's server when ours has found the port taken and ended.
    if (child.exited) throw didNotStart(child);
  } finally {
    await connection.close();
  }
}

async function waitUntilUp(child: Child, address: string): Promise<Connection> {
  const deadline = Date.now() + startTimeoutMs;
  while (Date.now() < deadline) {
    if (child.exited) throw didNotStart(child);
    try {
      return await connectToTemporal({ address, connectTimeout: 500 });
    } catch {
      await sleep(50); // Not up yet: the loop's deadline and the child's end are what counts.
    }
  }
  throw new StackError(
    `The Temporal server did not answer on ${address} within ${startTimeoutMs / 1000} s. ` +
      child.lastWords(),
  );
}

function didNotStart(child: Child): StackError {
  return new StackError(`The Temporal server did not start. ${child.lastWords()}`);
}

/** The namespace exists a moment after the port answers; until then calls fail as "not found". */
async function settled(call: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    try {
      await call();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}
