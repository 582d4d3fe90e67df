/** Temporal servers for tests: the time-skipping one for clocks, the dev server for all the rest. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { startTemporal } from '../../embedded/temporal.ts';
import { findTemporalBinary } from '../../embedded/temporal-binary.ts';
import { timeSkippingServerPath } from '../../embedded/test-server.ts';
import { readEnv } from '../../env.ts';

const onProgress = (line: string) => void process.stderr.write(`${line}\n`);

/** Runs `body` on a time-skipping server of its own (up in about 1.2 s); it has no schedules and no
 *  visibility. The clock is the environment's, so one environment at a time in a test file. */
export async function withTimeSkipping<T>(
  body: (env: TestWorkflowEnvironment) => Promise<T>,
): Promise<T> {
  const executable = await timeSkippingServerPath({ env: readEnv(), onProgress });
  const env = await startedWithin(3, () =>
    TestWorkflowEnvironment.createTimeSkipping({ server: { executable } }),
  );
  try {
    return await body(env);
  } finally {
    await env.teardown();
  }
}

/**
 * The SDK gives a server five seconds to come up, which a busy machine does not always keep, on a
 * port that was free a moment before.
 */
async function startedWithin<T>(tries: number, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (tries <= 1) {
      throw error;
    }
    return startedWithin(tries - 1, start);
  }
}

/** A dev server with our search attributes registered in namespace `default`. */
export interface DevServer {
  env: TestWorkflowEnvironment;
  address: string;
  uiUrl: string;
}

/** Runs `body` on a real dev server of its own (up in about 1.2 s), its database in a folder that
 *  is removed afterwards. TEMPORAL_ADDRESS of the environment is not used. */
export async function withDevServer<T>(body: (server: DevServer) => Promise<T>): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), 'partner-sync-test-'));
  const { TEMPORAL_ADDRESS: _, ...env } = readEnv();
  const options = { home, env, onProgress, ports: { grpc: 0, ui: 0 } };
  const temporal = await startTemporal(options).catch((error: unknown) => {
    rmSync(home, { recursive: true, force: true });
    throw error;
  });
  try {
    return await withEnvironment(temporal.address, (environment) =>
      body({ env: environment, address: temporal.address, uiUrl: temporal.uiUrl }),
    );
  } finally {
    await temporal.child?.stop(0);
    rmSync(home, { recursive: true, force: true });
  }
}

/** Runs `body` on a dev server that suggests to continue as new after 40 events, not 4,096. */
export async function withImpatientServer<T>(
  body: (env: TestWorkflowEnvironment) => Promise<T>,
): Promise<T> {
  const { path } = await findTemporalBinary(readEnv(), onProgress);
  const suggestion = 'limit.historyCount.suggestContinueAsNew=40';
  const env = await startedWithin(3, () =>
    TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path },
        extraArgs: ['--dynamic-config-value', suggestion],
      },
    }),
  );
  try {
    return await body(env);
  } finally {
    await env.teardown();
  }
}

async function withEnvironment<T>(
  address: string,
  body: (env: TestWorkflowEnvironment) => Promise<T>,
): Promise<T> {
  const env = await TestWorkflowEnvironment.createFromExistingServer({ address });
  try {
    return await body(env);
  } finally {
    await env.teardown();
  }
}
