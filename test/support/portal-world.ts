/** The engine of world.ts with one connection to a HubSpot portal: real client, real sockets. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { accountBudget } from '../../activities/call-budget.ts';
import type { ActivityDeps } from '../../activities/context.ts';
import { createActivities } from '../../activities/create.ts';
import type { Connector } from '../../connectors/connector.ts';
import { openHubSpot } from '../../connectors/hubspot/open.ts';
import { resolveAuth } from '../../mappings/secrets.ts';
import type { CompiledMapping } from '../../mappings/types.ts';
import type { ArmingInput } from '../../sandbox/faults/arming.ts';
import { makePortalChange } from '../../sandbox/faults/portal-changes.ts';
import type { HubSpotDataset } from '../../sandbox/hubspot/dataset.ts';
import { linksOf } from '../../sandbox/hubspot/links.ts';
import type { Portal } from '../../sandbox/hubspot/portal.ts';
import { defaultPrivateToken } from '../../sandbox/hubspot/portals.ts';
import { valueIn } from '../../sandbox/hubspot/property.ts';
import { updateRecord } from '../../sandbox/hubspot/write.ts';
import { random } from '../../sandbox/seed/random.ts';
import type { MirrorRow, Store } from '../../store/types.ts';
import { humanUserId, id } from './small-portal.ts';
import { withStore } from './store.ts';
import { startTappedSandbox } from './wire-tap.ts';
import { activityRunner, jobRunner, provision, type World } from './world.ts';

/** The connection of every portal's world: that of mappings/sandbox-hubspot.yaml. */
export const connection = 'sandbox-hubspot';

type Shared = 'sandbox' | 'url' | 'tap' | 'store' | 'deps' | 'activities' | 'log' | 'query';
type Doing = 'job' | 'activity' | 'begin' | 'edit' | 'writes' | 'advance';

/** What a World is for an org, for a portal. */
export interface PortalWorld extends Pick<World, Shared | Doing> {
  portal: Portal;
  /** Properties of a live record; '' and null are both null. Throws where there is none. */
  look(object: string, recordId: string, properties: string[]): Record<string, string | null>;
  /** Partners that a label of ours or of people's names on a deal, by company id. */
  labelled(deal: string, label: string): string[];
  tasks(): { subject: string; open: boolean; about: string[] }[];
  /** Sets properties of a record as a person on its page. */
  set(object: string, recordId: string, properties: Record<string, string>): void;
  /** Arms a fault; the answer tells how often it has struck. */
  arm(fault: ArmingInput): () => number;
  /** Makes a change of the portal now. */
  change(name: string, params: object): unknown;
  /** The mirror's row of the n-th deal. */
  mirrored(n: number): Promise<MirrorRow | undefined>;
  /** Rows whose time has not come are tried at the next job. */
  letRetriesBegin(): Promise<void>;
  /** Writes of an object since a place in the log. */
  writesSince(from: number, object: string): string[];
}

const mappings = fileURLToPath(new URL('../../mappings', import.meta.url));

/** Runs `work` in a world around a portal and takes it away again. */
export async function withPortal<T>(
  hubspotDataset: HubSpotDataset,
  work: (world: PortalWorld) => Promise<T>,
): Promise<T> {
  const running = await startTappedSandbox({ hubspotDataset });
  // The headers name a rate, and the budget keeps to it: one that no test waits for.
  running.sandbox.portals.defaultPortal.limiter.settings.privateBurst = 100_000;
  const mappingsDir = mkdtempSync(join(tmpdir(), 'ps-mappings-'));
  cpSync(mappings, mappingsDir, { recursive: true });
  try {
    return await withStore(async ({ store, query }) => {
      const log: string[] = [];
      const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(line) });
      const env = {
        SANDBOX_URL: running.url,
        SANDBOX_HUBSPOT_TOKEN: defaultPrivateToken,
        SANDBOX_CLIENT_SECRET: 'sandbox-secret',
      };
      const deps: ActivityDeps = {
        store,
        log: logger,
        mappingsDir,
        openConnector: (mapping) => open(mapping, { store, log: logger, env }),
        env,
      };
      const activities = createActivities(deps);
      try {
        const { sandbox, url, tap } = running;
        return await work(worldOf({ sandbox, url, tap, store, deps, activities, log, query }));
      } finally {
        await activities.connections.close();
      }
    });
  } finally {
    await running.close();
    rmSync(mappingsDir, { recursive: true, force: true });
  }
}

/** As the worker opens it (worker/connectors.ts), but without the pace of real time. */
async function open(
  mapping: CompiledMapping,
  { store, log, env }: { store: Store; log: pino.Logger; env: NodeJS.ProcessEnv },
): Promise<Connector> {
  const auth = resolveAuth(mapping, env);
  if (auth.flow !== 'token') throw new Error(`This world signs in by token, not ${auth.flow}.`);
  const { dailyShareBasisPoints, reservedBasisPoints } = mapping.sync;
  const budget = accountBudget({
    store,
    crm: mapping.crm,
    connection,
    dailyShareBasisPoints,
    reservedBasisPoints,
  });
  const connector = openHubSpot({ auth, budget, log, searchesPerSecond: 1_000 });
  budget.bind((await connector.account()).accountId);
  return connector;
}

function worldOf(parts: Pick<World, Shared>): PortalWorld {
  const { sandbox, store, deps, query } = parts;
  const portal = sandbox.portals.defaultPortal;
  const activity = activityRunner(parts);
  const job = jobRunner(parts, activity, connection);
  return {
    ...parts,
    portal,
    activity,
    job,
    async begin() {
      await provision(parts, activity, connection);
      const plan = await job('plan');
      const applied = await job('apply', { planId: plan.runId });
      if (plan.failure ?? applied.failure) throw plan.failure ?? applied.failure;
    },
    edit(file, from, to) {
      const path = join(deps.mappingsDir, file);
      const text = readFileSync(path, 'utf8');
      if (!text.includes(from)) throw new Error(`${file} does not say "${from}".`);
      writeFileSync(path, text.replace(from, to));
    },
    writes: (runId) => store.writesOf(runId, 10_000, null),
    advance: (ms) => sandbox.clock.advance(ms),
    arm(fault) {
      const { id: armed } = sandbox.faults.arm(fault);
      return () => sandbox.faults.list().find((one) => one.id === armed)?.struck ?? 0;
    },
    change: (name, params) =>
      makePortalChange(name, { portal, portals: sandbox.portals, random: random(1, name) }, params),
    mirrored: async (n) => (await store.mirror(connection, 'opportunity', [id.deal(n)]))[0],
    async letRetriesBegin() {
      await query('update write set next_try_at = now() where next_try_at is not null');
    },
    ...hands(portal),
  };
}

type Hand = 'look' | 'labelled' | 'tasks' | 'set' | 'writesSince';

function hands(portal: Portal): Pick<PortalWorld, Hand> {
  const look: PortalWorld['look'] = (object, recordId, properties) => {
    const store = portal.store(object);
    const record = store.live(recordId);
    if (!record) throw new Error(`The portal has no ${object} ${recordId}.`);
    const value = (name: string) => valueIn(record, store.properties.get(name)!) || null;
    return Object.fromEntries(properties.map((name) => [name, value(name)]));
  };
  const linked = (from: string, recordId: string, to: string) =>
    linksOf(portal, { store: portal.store(from), id: recordId }, portal.store(to));
  return {
    look,
    labelled: (deal, label) =>
      linked('deals', deal, 'companies')
        .filter(({ types }) => types.some((type) => type.label === label))
        .map(({ to }) => String(to)),
    tasks: () =>
      [...portal.store('tasks').all()]
        .filter(({ archivedAt }) => archivedAt === null)
        .map((task) => {
          const shown = look('tasks', task.id, ['hs_task_subject', 'hs_task_status']);
          return {
            subject: shown['hs_task_subject'] ?? '',
            open: shown['hs_task_status'] !== 'COMPLETED',
            about: linked('tasks', task.id, 'deals').map(({ to }) => String(to)),
          };
        }),
    set(object, recordId, properties) {
      const store = portal.store(object);
      const author = {
        sourceType: 'CRM_UI' as const,
        sourceId: null,
        userId: humanUserId,
        appId: null,
      };
      const scene = { portal, store, writer: { author, apiVersion: 'v3', via: 'page' as const } };
      updateRecord(scene, store.live(recordId)!, properties);
    },
    writesSince: (from, object) =>
      portal.writes
        .filter((write) => write.seq > from && write.object === portal.store(object).type.name)
        .map(({ record }) => record.id),
  };
}
