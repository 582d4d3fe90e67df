/** One engine with two connections: the same small company in a Salesforce org and a portal. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import type { ActivityDeps } from '../../activities/context.ts';
import { type CreatedActivities, createActivities } from '../../activities/create.ts';
import type { Portal } from '../../sandbox/hubspot/portal.ts';
import { defaultPrivateToken } from '../../sandbox/hubspot/portals.ts';
import { valueIn } from '../../sandbox/hubspot/property.ts';
import type { Company } from '../../sandbox/seed/company.ts';
import { toHubSpot } from '../../sandbox/seed/to-hubspot.ts';
import { toSalesforce } from '../../sandbox/seed/to-salesforce.ts';
import { type Sandbox, startSandbox } from '../../sandbox/server.ts';
import type { RunRow, Store } from '../../store/types.ts';
import { openConnector } from '../../worker/connectors.ts';
import { withStore } from './store.ts';
import { activityRunner, type JobKind, type JobOptions, legs } from './world.ts';

export const salesforce = 'sandbox-salesforce';
export const hubspot = 'sandbox-hubspot';

export interface TwoCrms {
  sandbox: Sandbox;
  portal: Portal;
  store: Store;
  /** For a test with Temporal workers of its own. */
  activities: CreatedActivities;
  activity: ReturnType<typeof activityRunner>;
  /** A copy of the mappings: a test may change it. */
  mappingsDir: string;
  /** Runs a job's activities in the order of its workflow. Throws what they throw. */
  job(connection: string, kind: JobKind, options?: JobOptions): Promise<RunRow>;
  /** Makes a field set's fields. Throws where one could not be made. */
  provision(connection: string, set: 'core' | 'full'): Promise<void>;
  /** provision, plan and apply. */
  begin(connection: string): Promise<void>;
  /** Properties of a record of the portal. */
  look(object: string, id: string, properties: string[]): Record<string, string | null>;
}

const mappings = fileURLToPath(new URL('../../mappings', import.meta.url));

/**
 * Runs `work` with a company on both CRMs and takes all of it away again. Two companies: the same
 * one with its records in another order, so that ids differ in their order too.
 */
export async function withTwoCrms<T>(
  given: Company | { salesforce: Company; hubspot: Company },
  work: (world: TwoCrms) => Promise<T>,
): Promise<T> {
  const both = 'salesforce' in given ? given : { salesforce: given, hubspot: given };
  const running = await startSandbox({
    dataset: toSalesforce(both.salesforce),
    hubspotDataset: toHubSpot(both.hubspot),
    clockOffsetMs: Date.parse(`${both.salesforce.today}T12:00:00Z`) - Date.now(),
  });
  const mappingsDir = mkdtempSync(join(tmpdir(), 'ps-mappings-'));
  cpSync(mappings, mappingsDir, { recursive: true });
  try {
    return await withStore(async ({ store }) => {
      const log = pino({ level: 'silent' });
      const env = {
        SANDBOX_URL: running.url,
        SANDBOX_CLIENT_ID: 'sandbox',
        SANDBOX_CLIENT_SECRET: 'sandbox-secret',
        SANDBOX_HUBSPOT_TOKEN: defaultPrivateToken,
      };
      const open: ActivityDeps['openConnector'] = (mapping) =>
        openConnector(mapping, store, log, env);
      const deps: ActivityDeps = { store, log, mappingsDir, openConnector: open, env };
      const activities = createActivities(deps);
      try {
        const activity = activityRunner({ activities });
        const { sandbox } = running;
        return await work(worldOf({ sandbox, store, activities, activity, mappingsDir }));
      } finally {
        await activities.connections.close();
      }
    });
  } finally {
    await running.close();
    rmSync(mappingsDir, { recursive: true, force: true });
  }
}

type Parts = Pick<TwoCrms, 'sandbox' | 'store' | 'activities' | 'activity' | 'mappingsDir'>;

function worldOf(parts: Parts): TwoCrms {
  const { sandbox, store, activity } = parts;
  const portal = sandbox.portals.defaultPortal;
  let n = 0;
  const job: TwoCrms['job'] = async (connection, kind, options = {}) => {
    n += 1;
    const runId = `${kind}/${connection}/${n}`;
    const run = { connection, runId };
    const planId = options.planId ?? null;
    await activity('openRun', { connection, kind, commandId: null, planId }, { runId });
    await legs(kind, run, options, activity);
    await activity('closeRun', { ...run, failure: null });
    return (await store.run(runId))!;
  };
  const provision: TwoCrms['provision'] = async (connection, set) => {
    const commandId = `provision ${connection}`;
    const createdAt = new Date().toISOString();
    const command = { id: commandId, kind: 'provision', connection, actor: 'test', createdAt };
    await store.saveCommand({ ...command, args: { set } });
    const runId = `provision/${connection}/0`;
    const { failed } = await activity('provisionFields', { connection, runId, commandId });
    if (failed > 0) throw new Error(JSON.stringify((await store.command(commandId))?.result));
  };
  return {
    ...parts,
    portal,
    job,
    provision,
    async begin(connection) {
      await provision(connection, 'core');
      const plan = await job(connection, 'plan');
      await job(connection, 'apply', { planId: plan.id });
    },
    look(object, id, properties) {
      const objects = portal.store(object);
      const record = objects.live(id);
      if (!record) throw new Error(`The portal has no ${object} ${id}.`);
      const value = (name: string) => valueIn(record, objects.properties.get(name)!);
      return Object.fromEntries(properties.map((name) => [name, value(name)]));
    },
  };
}
