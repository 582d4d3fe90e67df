/**
 * The worker process: environment -> store -> connectors -> activities -> Temporal workers and
 * the server; stops gracefully. No rules here.
 */
import { join, resolve } from 'node:path';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { ActivityDeps } from './activities/context.ts';
import { type CreatedActivities, createActivities } from './activities/create.ts';
import { temporalConnectionOptions } from './embedded/namespace.ts';
import { startEmbeddedStore } from './embedded/store.ts';
import { ensureToken } from './embedded/token.ts';
import { type Env, loadDotEnv, readEnv } from './env.ts';
import type { CrmName } from './rules/types.ts';
import { startServer } from './server/start.ts';
import { serverToken } from './server/token.ts';
import { openStore } from './store/open.ts';
import type { Store } from './store/types.ts';
import { openConnector } from './worker/connectors.ts';
import { workerIdentity } from './worker/identity.ts';
import { beginLife, type WorkerLife } from './worker/life.ts';
import { createLogger } from './worker/log.ts';
import { startOwners } from './worker/owners.ts';
import { giveBackActivities, takeOver } from './worker/take-over.ts';
import { temporalWakeUps, webhookEndpoints } from './worker/webhooks.ts';
import { workflowBundle } from './worker/workflow-bundle.ts';
import { crmQueues, engineQueue } from './workflows/messages.ts';

/** A worker that is polling; `stop` ends it within the grace time. */
interface RunningWorker {
  stop(): Promise<void>;
  /** Settles when a Temporal worker has ended by itself: an error, or a stop. */
  ended: Promise<void>;
}

async function main(): Promise<void> {
  loadDotEnv();
  const env = readEnv();
  const log = createLogger(env.LOG_LEVEL);
  const closing: (() => Promise<void>)[] = [];
  try {
    const { worker, server } = await start(env, log, closing);
    process.stdout.write(`${JSON.stringify({ ready: true, server: server.url })}\n`);
    await Promise.race([stopSignal(), worker.ended]);
    log.info('stopping: what runs is finished or handed back');
    await worker.stop();
  } finally {
    for (const close of closing.reverse()) {
      await close().catch((error: unknown) => log.warn({ err: error }, 'a part did not close'));
    }
  }
}

async function start(env: Env, log: Logger, closing: (() => Promise<void>)[]) {
  const token = serverToken({
    given: env.PARTNER_SYNC_TOKEN,
    host: env.PARTNER_SYNC_HOST,
    ofHome: () => ensureToken(env.PARTNER_SYNC_HOME),
  });
  const identity = workerIdentity();
  const store = await openTheStore(env, log, closing);
  const life = await beginSharedLife(env, store, log, identity);
  if (life !== undefined) {
    closing.push(() => life.stop());
  }
  const deps: ActivityDeps = {
    store,
    log,
    mappingsDir: env.PARTNER_SYNC_MAPPINGS,
    env: process.env,
    openConnector: (mapping) => openConnector(mapping, store, log, process.env),
    ...(life === undefined ? {} : { life: life.now }),
  };
  const activities = createActivities(deps);
  closing.push(() => activities.connections.close());

  const { wakeUps, close } = temporalWakeUps(env);
  const server = await startServer(
    {
      store,
      log,
      token,
      webhooks: { endpoints: webhookEndpoints(env.PARTNER_SYNC_MAPPINGS, process.env), wakeUps },
      publicUrl: env.PARTNER_SYNC_PUBLIC_URL ?? null,
      crmUrl: recordUrl,
      backupFolder: backupFolder(env),
    },
    { host: env.PARTNER_SYNC_HOST, port: env.PARTNER_SYNC_PORT },
  );
  closing.push(() => server.close());
  // Before it: whoever waits for an answer gets one.
  closing.push(close);

  if (env.DATABASE_URL === undefined) {
    await takeOver(env, store, log);
  }
  const worker = await startWorkers(env, log, identity, activities, closing);
  await startOwners(env, deps);
  return { worker, server };
}

/** In the embedded store there is one worker, and its lock says whether it lives. */
async function beginSharedLife(
  env: Env,
  store: Store,
  log: Logger,
  identity: string,
): Promise<WorkerLife | undefined> {
  if (env.DATABASE_URL === undefined) {
    return undefined;
  }
  const onDead = (dead: string) =>
    void giveBackActivities(env, store, log, (holder) => holder === dead);
  return beginLife({ store, identity, log, onDead });
}

/** Backups by hand, and the ones made before a migration. Absolute: messages name it. */
function backupFolder(env: Env): string {
  return resolve(env.PARTNER_SYNC_HOME, 'backups');
}

async function openTheStore(
  env: Env,
  log: Logger,
  closing: (() => Promise<void>)[],
): Promise<Store> {
  if (env.DATABASE_URL !== undefined) {
    const store = await openStore({
      connectionString: env.DATABASE_URL,
      log,
      poolMax: env.DATABASE_POOL_SIZE,
      backupFolder: backupFolder(env),
    }).catch((error: unknown) => {
      throw unusableDatabase(error);
    });
    closing.push(() => store.close());
    return store;
  }
  const embedded = await startEmbeddedStore({
    dir: join(env.PARTNER_SYNC_HOME, 'store'),
    onBroken: (error) => {
      // Nothing can be stored any more: whatever runs is tried again by the next worker.
      log.fatal({ err: error }, 'The embedded store has failed; the worker ends.');
      process.exit(1);
    },
  });
  closing.push(() => embedded.stop());
  // PGlite serves one transaction at a time; a second connection would only wait.
  const store = await openStore({
    connectionString: embedded.connectionString,
    log,
    poolMax: 1,
    backupFolder: backupFolder(env),
  });
  closing.push(() => store.close());
  return store;
}

/** The driver's codes in a sentence; our own errors are one already. The URL holds a password. */
function unusableDatabase(error: unknown): unknown {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string') {
    return error;
  }
  const wrongUser = ['28P01', '28000', '3D000'].includes(code);
  return new Error(
    wrongUser
      ? `PostgreSQL refuses the user, password or database of DATABASE_URL (${code}). Correct it.`
      : `The PostgreSQL of DATABASE_URL cannot be used (${code}). Is it running, and is its ` +
          'address right? Nothing was started.',
    { cause: error },
  );
}

async function startWorkers(
  env: Env,
  log: Logger,
  identity: string,
  activities: CreatedActivities,
  closing: (() => Promise<void>)[],
): Promise<RunningWorker> {
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message }) =>
      log[level === 'WARN' ? 'warn' : 'error']({ from: 'temporal' }, message),
    ),
    shutdownSignals: [],
  });
  const connection = await NativeConnection.connect(nativeOptions(env));
  closing.push(() => connection.close());
  const common = {
    connection,
    namespace: env.TEMPORAL_NAMESPACE,
    shutdownGraceTime: env.WORKER_SHUTDOWN_GRACE_SECONDS * 1_000,
    identity,
  };
  const workers = [
    await Worker.create({
      ...common,
      taskQueue: engineQueue,
      workflowBundle: await workflowBundle(log),
      activities: activities.engine,
      maxCachedWorkflows: env.WORKER_CACHED_WORKFLOWS,
      maxConcurrentActivityTaskExecutions: env.WORKER_ENGINE_CONCURRENCY,
    }),
  ];
  for (const taskQueue of Object.values(crmQueues)) {
    workers.push(
      await Worker.create({
        ...common,
        taskQueue,
        activities: activities.crm,
        maxConcurrentActivityTaskExecutions: env.WORKER_CRM_CONCURRENCY,
      }),
    );
  }
  const running = workers.map((worker) => worker.run());
  const ended = Promise.race(running).then(() => undefined);
  return {
    ended,
    async stop() {
      for (const worker of workers) {
        if (worker.getState() === 'RUNNING') {
          worker.shutdown();
        }
      }
      await Promise.allSettled(running);
    },
  };
}

/** The part of the connection options that the native client shares. */
function nativeOptions(env: Env) {
  const { address, apiKey, tls } = temporalConnectionOptions(env);
  return {
    ...(address === undefined ? {} : { address }),
    ...(typeof apiKey === 'string' ? { apiKey } : {}),
    ...(tls ? { tls } : {}),
  };
}

/** The page of a record; HubSpot's are by object type id (its "CRM record URLs"). */
function recordUrl(
  { crm, recordUrlBase: base }: { crm: CrmName; recordUrlBase: string | null },
  object: string,
  id: string,
): string | null {
  if (base === null) {
    return null;
  }
  if (crm === 'hubspot') {
    return `${base}/record/${{ opportunity: '0-3', partner: '0-2', task: '0-27' }[object]}/${id}`;
  }
  const page = { opportunity: 'Opportunity', partner: 'Account' }[object];
  return page ? `${base}/lightning/r/${page}/${id}/view` : `${base}/${id}`;
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => resolve());
    }
  });
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const sentence = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${sentence}\n`);
    process.exit(1);
  },
);
