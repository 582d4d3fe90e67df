/** A real engine for a measurement: Temporal, worker processes and a store, in a folder of its own. */
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { runJob } from '../client/jobs.ts';
import { createOutput } from '../client/output.ts';
import { openSession, type Session } from '../client/session.ts';
import { type Child, startChild } from '../embedded/child.ts';
import { startTemporal } from '../embedded/temporal.ts';
import { readEnv } from '../env.ts';
import { defaultPrivateToken } from '../sandbox/hubspot/portals.ts';
import type { JobKind, JobResult } from '../workflows/messages.ts';
import type { Crm } from './crm.ts';
import { peakRssMiB } from './memory.ts';

/** Where the store is: embedded, or a database made for the run on this server. */
export type StoreChoice = 'pglite' | { server: string };

export interface EngineOptions {
  /** One connection each: 'bench-1', 'bench-2' ... */
  crms: Crm[];
  workers: number;
  store: StoreChoice;
  /** The mapping's `sync.every`; long, so that nothing runs but what is measured. */
  every: string;
  /** Folder for CPU profiles of the workers; null: none are taken. */
  profileDir: string | null;
  /** Leaves the first plan open instead of applying it. */
  planOnly?: boolean;
}

export interface Engine {
  session: Session;
  connections: string[];
  job(connection: string, kind: JobKind, more?: { planId?: string }): Promise<JobResult>;
  /** The largest worker's peak. */
  peakRssMiB(): number;
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const readyWithinMs = 120_000;
/** Stopping a worker that profiles writes its profile first. */
const stopGraceMs = 60_000;

/** Starts it all, provisions the CRMs' fields, and plans (and applies) what they hold. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const home = mkdtempSync(join(tmpdir(), 'partner-sync-bench-'));
  const closing: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const close of closing.reverse()) await close();
    rmSync(home, { recursive: true, force: true });
  };
  try {
    return await start(options, home, closing, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  options: EngineOptions,
  home: string,
  closing: (() => Promise<unknown>)[],
  stop: () => Promise<void>,
): Promise<Engine> {
  const { TEMPORAL_ADDRESS: _, ...env } = readEnv();
  const onProgress = (line: string) => void process.stderr.write(`${line}\n`);
  const temporal = await startTemporal({ home, env, onProgress, ports: { grpc: 0, ui: 0 } });
  closing.push(() => temporal.stop());

  const connections = options.crms.map((_crm, i) => `bench-${i + 1}`);
  const mappings = writeMappings(home, options);
  const token = randomBytes(24).toString('hex');
  const shared = {
    TEMPORAL_ADDRESS: temporal.address,
    PARTNER_SYNC_MAPPINGS: mappings,
    PARTNER_SYNC_TOKEN: token,
    PARTNER_SYNC_PORT: '0',
    LOG_LEVEL: 'warn',
    ...Object.fromEntries(options.crms.map((crm, i) => [`BENCH_CRM_URL_${i + 1}`, crm.url])),
    SANDBOX_HUBSPOT_TOKEN: defaultPrivateToken,
    ...(await database(options.store, closing)),
  };
  const workers: Child[] = [];
  let server = '';
  for (let i = 0; i < options.workers; i += 1) {
    const started = await startWorker(home, `worker-${i + 1}`, shared, options.profileDir);
    workers.push(started.child);
    closing.push(() => started.child.stop(stopGraceMs));
    server = started.server;
  }
  const where = { temporalAddress: temporal.address, serverUrl: server, token };
  const session = await openSession(env, { ...where, uiUrl: null, sandboxUrl: null });
  closing.push(() => session.close());

  const job = jobRunner(session);
  for (const connection of connections) {
    await job(connection, 'provision');
    const plan = await job(connection, 'plan');
    if (!options.planOnly) await job(connection, 'apply', { planId: plan.planId! });
  }
  const peak = () => Math.max(...workers.map((child) => peakRssMiB(child.pid)));
  return { session, connections, job, peakRssMiB: peak, stop };
}

function jobRunner(session: Session): Engine['job'] {
  const output = { ...createOutput(true), progress: () => undefined };
  return async (connection, kind, more = {}) => {
    const args = kind === 'provision' ? { set: 'core' } : {};
    const job = { connection, kind, actor: 'bench', args, ...more };
    const { result } = await runJob(session, job, output);
    if (result.outcome === 'red') {
      throw new Error(`The ${kind} of ${connection} is red: ${result.failure?.message}`);
    }
    return result;
  };
}

async function startWorker(
  home: string,
  name: string,
  env: Record<string, string>,
  profileDir: string | null,
): Promise<{ child: Child; server: string }> {
  const profile = profileDir === null ? [] : ['--cpu-prof', '--cpu-prof-dir', profileDir];
  let server = '';
  const child = startChild({
    name,
    command: process.execPath,
    args: [...profile, join(root, 'worker.ts')],
    env: { ...env, PARTNER_SYNC_HOME: join(home, name) },
    logFile: join(home, `${name}.log`),
    onLine: (line) => {
      if (line.startsWith('{"ready"')) server = (JSON.parse(line) as { server: string }).server;
    },
  });
  for (const until = Date.now() + readyWithinMs; server === ''; await sleep(50)) {
    if (child.exited || Date.now() > until) {
      throw new Error(`The bench's worker did not start. ${child.lastWords()}`);
    }
  }
  return { child, server };
}

/** The sandbox's own policy with the guard out of the way: a bench changes all records at once. */
function writeMappings(home: string, { crms, every }: EngineOptions): string {
  const folder = join(home, 'mappings');
  mkdirSync(join(folder, 'policies'), { recursive: true });
  cpSync(join(root, 'mappings', 'presets'), join(folder, 'presets'), { recursive: true });
  const policy = readFileSync(join(root, 'mappings', 'policies', 'sandbox.yaml'), 'utf8');
  const open = policy.replace(
    /^guard:.*\n(?: .*\n)*/m,
    'guard: { records: 10000000, share: 100% }\n',
  );
  writeFileSync(join(folder, 'policies', 'bench.yaml'), open);
  crms.forEach(({ crm, limited }, i) => {
    const name = `bench-${i + 1}`;
    const text = `connection: ${name}
extends: ${crm}
policy: bench
auth:
  login_url: \${BENCH_CRM_URL_${i + 1}}
${signIns[crm]}
sync: { every: ${every}, searches_per_second: ${limited ? hubspotSearches : 1_000} }
`;
    writeFileSync(join(folder, `${name}.yaml`), text);
  });
  return folder;
}

/** What HubSpot allows an account (crm-apis.md). */
const hubspotSearches = 5;
const signIns = {
  salesforce: `  flow: client-credentials
  client_id: sandbox
  client_secret: \${SANDBOX_CLIENT_SECRET}`,
  hubspot: `  flow: token
  access_token: \${SANDBOX_HUBSPOT_TOKEN}`,
};

/** A database of its own on the given server, dropped at the end; the workers' environment. */
async function database(
  store: StoreChoice,
  closing: (() => Promise<unknown>)[],
): Promise<Record<string, string>> {
  if (store === 'pglite') return { SANDBOX_CLIENT_SECRET: 'sandbox-secret', DATABASE_URL: '' };
  const name = `partner_sync_bench_${randomBytes(4).toString('hex')}`;
  await inDatabase(store.server, `create database ${name}`);
  closing.push(() => inDatabase(store.server, `drop database ${name} with (force)`));
  const url = new URL(store.server);
  url.pathname = `/${name}`;
  return { SANDBOX_CLIENT_SECRET: 'sandbox-secret', DATABASE_URL: url.href };
}

async function inDatabase(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
