/** A sandbox portal with a platform's properties, and an engine whose mapping reads them. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { createActivities } from '../../activities/create.ts';
import type { CanonicalRecord, ObjectName } from '../../rules/types.ts';
import type { DatasetRecord, HubSpotDataset } from '../../sandbox/hubspot/dataset.ts';
import { defaultPrivateToken } from '../../sandbox/hubspot/portals.ts';
import { toHubSpot } from '../../sandbox/seed/to-hubspot.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { openConnector } from '../../worker/connectors.ts';
import { smallCompany } from '../support/cases-company.ts';
import { withStore } from '../support/store.ts';
import { activityRunner, type JobKind, legs } from '../support/world.ts';

const connection = 'platform-portal';

export interface PortalWorld {
  /** provision, plan and apply. */
  begin(): Promise<void>;
  /** What `validate --online` finds. */
  problems(): Promise<string[]>;
  /** Canonical fields of mirrored records, by id. */
  mirrored(object: ObjectName, ids: string[]): Promise<Record<string, CanonicalRecord['fields']>>;
  /** Type, partner and rule of a deal's live attribution. */
  attribution(dealId: string): Promise<Record<string, unknown>>;
}

/** Records of an object of the dataset. */
export function recordsOf(dataset: HubSpotDataset, type: string): DatasetRecord[] {
  return dataset.objects.find((object) => object.type === type)!.records;
}

/** An object of the dataset, with more properties. */
export function addProperties(dataset: HubSpotDataset, type: string, names: string[]): void {
  const object = dataset.objects.find((one) => one.type === type)!;
  const added = names.map((name) => ({
    name,
    label: name,
    type: name.endsWith('_date') ? ('date' as const) : ('string' as const),
    fieldType: name.endsWith('_date') ? 'date' : 'text',
  }));
  object.properties = [...(object.properties ?? []), ...added];
}

/** The sample company's portal without any partner activity: every deal is Direct. */
export function quietPortal(): { dataset: HubSpotDataset; now: number } {
  const company = smallCompany(0);
  const dataset = toHubSpot({ ...company, registrations: [], touches: [] });
  const labels = ['Primary', 'Parent Company'];
  dataset.associations = dataset.associations.filter(({ label }) => labels.includes(label ?? ''));
  return { dataset, now: Date.parse(`${company.today}T12:00:00Z`) };
}

/** Runs `work` beside the portal with a mapping that extends the presets. */
export async function withPortal(
  { dataset, now }: { dataset: HubSpotDataset; now: number },
  presets: string[],
  work: (world: PortalWorld) => Promise<void>,
): Promise<void> {
  const clockOffsetMs = now - Date.now();
  const running = await startSandbox({ hubspotDataset: dataset, clockOffsetMs });
  const mappingsDir = mkdtempSync(join(tmpdir(), 'ps-portal-'));
  const policies = fileURLToPath(new URL('../../mappings/policies', import.meta.url));
  cpSync(policies, join(mappingsDir, 'policies'), { recursive: true });
  writeFileSync(join(mappingsDir, `${connection}.yaml`), mappingText(presets));
  const env = { SANDBOX_URL: running.url, SANDBOX_HUBSPOT_TOKEN: defaultPrivateToken };
  const log = pino({ level: 'silent' });
  try {
    await withStore(async ({ store }) => {
      const activities = createActivities({
        store,
        log,
        mappingsDir,
        env,
        openConnector: (mapping) => openConnector(mapping, store, log, env),
      });
      try {
        await work(worldOf({ store, activity: activityRunner({ activities }) }));
      } finally {
        await activities.connections.close();
      }
    });
  } finally {
    await running.close();
    rmSync(mappingsDir, { recursive: true, force: true });
  }
}

function mappingText(presets: string[]): string {
  return [
    `connection: ${connection}`,
    `extends: [hubspot, ${presets.join(', ')}]`,
    'policy: sandbox',
    'auth:',
    '  flow: token',
    '  login_url: $' + '{SANDBOX_URL}',
    '  access_token: $' + '{SANDBOX_HUBSPOT_TOKEN}',
    'write: { scope: { closed_before_activation: write } }',
    '',
  ].join('\n');
}

interface Parts {
  store: Parameters<Parameters<typeof withStore>[0]>[0]['store'];
  activity: ReturnType<typeof activityRunner>;
}

function worldOf({ store, activity }: Parts): PortalWorld {
  const command = async (id: string, kind: string, args: Record<string, unknown>) => {
    const createdAt = new Date().toISOString();
    await store.saveCommand({ id, kind, connection, actor: 'test', createdAt, args });
  };
  const job = async (kind: JobKind, planId: string | null = null) => {
    const runId = `${kind}/${connection}/1`;
    await activity('openRun', { connection, kind, commandId: null, planId }, { runId });
    await legs(kind, { connection, runId }, planId === null ? {} : { planId }, activity);
    await activity('closeRun', { connection, runId, failure: null });
    return runId;
  };
  return {
    async begin() {
      await command('provision', 'provision', { set: 'core' });
      const runId = `provision/${connection}/0`;
      await activity('provisionFields', { connection, runId, commandId: 'provision' });
      await job('apply', await job('plan'));
    },
    async problems() {
      await command('validate', 'validate', {});
      await activity('checkMapping', { connection, commandId: 'validate' });
      const { result } = (await store.command('validate'))!;
      return (result as { problems: string[] }).problems;
    },
    async mirrored(object, ids) {
      const rows = await store.mirror(connection, object, ids);
      return Object.fromEntries(rows.map(({ id, fields }) => [id, fields]));
    },
    async attribution(dealId) {
      const { decisions } = (await store.explain(connection, dealId))!;
      const { fields, rule } = decisions.find(({ kind }) => kind === 'attribution')!;
      return { rule, type: fields['attribution_type'], partner: fields['sourcing_partner'] };
    },
  };
}
