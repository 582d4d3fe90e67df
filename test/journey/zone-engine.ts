/**
 * Child process of time-zones.test.ts: a whole engine without Temporal in the time zone of `TZ`,
 * on a company full of dates and instants where zones differ. Prints what came of it as JSON.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MockActivityEnvironment } from '@temporalio/testing';
import pino from 'pino';
import type { Activities } from '../../activities/contract.ts';
import { createActivities } from '../../activities/create.ts';
import { PGliteServer } from '../../embedded/pglite-server.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { openStore } from '../../store/open.ts';
import { openConnector } from '../../worker/connectors.ts';
import { createPGlite } from '../support/prepared-pglite.ts';
import { id, smallCompany } from '../support/small-company.ts';

const connection = 'sandbox-salesforce';
/** Read, decided and stored at this instant of the CRM, in every zone the same. */
const crmNow = Date.parse('2026-11-02T12:00:00.000Z');

/** Days on which a clock is changed somewhere, and instants around local midnights. */
const edges = [
  { close: '2026-03-08', entered: '2026-10-05T04:59:59.000Z' },
  { close: '2026-03-29', entered: '2026-10-05T05:00:00.000Z' },
  { close: '2026-10-04', entered: '2026-10-25T00:59:59.000Z' },
  { close: '2026-10-25', entered: '2026-10-25T01:00:00.000Z' },
  { close: '2026-11-01', entered: '2026-11-01T05:30:00.000Z' },
  { close: '2026-12-31', entered: '2026-11-01T06:30:00.000Z' },
  { close: '2027-01-01', entered: '2026-10-02T23:59:59.000Z' },
  { close: '2028-02-29', entered: '2026-10-03T00:00:00.000Z' },
];

const company = smallCompany(
  {
    opportunities: edges.map(({ close, entered }, i) => ({
      n: i + 1,
      stage: i < 4 ? 'Closed Won' : 'Proposal',
      more: { CloseDate: close, LastStageChangeDate: entered },
    })),
    registrations: edges.map((_, i) => ({ n: i + 1, partner: 1 + (i % 3), opportunity: i + 1 })),
  },
  crmNow,
);

const folder = mkdtempSync(join(tmpdir(), 'ps-zone-'));
const db = await createPGlite();
const socket = new PGliteServer(db);
await socket.listen(join(folder, '.s.PGSQL.5432'));
const sandbox = await startSandbox({ port: 0, dataset: company, control: true });
sandbox.sandbox.clock.set(crmNow);
const store = await openStore({
  connectionString: `postgresql://postgres@/postgres?host=${folder}`,
  poolMax: 1,
});

const env = {
  SANDBOX_URL: sandbox.url,
  SANDBOX_CLIENT_ID: 'sandbox',
  SANDBOX_CLIENT_SECRET: 'sandbox-secret',
};
const mappingsDir = join(folder, 'mappings');
cpSync(fileURLToPath(new URL('../../mappings', import.meta.url)), mappingsDir, { recursive: true });
rmSync(join(mappingsDir, 'sandbox-hubspot.yaml'));
const file = join(mappingsDir, 'sandbox-salesforce.yaml');
const stamped = `write:
  opportunity:
    attribution_evaluated_at: Partner_Attribution_Evaluated_At__c
    attribution_locked_at: Partner_Attribution_Locked_At__c
`;
writeFileSync(file, readFileSync(file, 'utf8').replace(/^write:\n/m, stamped));

const log = pino({ level: 'silent' });
const activities = createActivities({
  store,
  log,
  mappingsDir,
  env,
  openConnector: (mapping) => openConnector(mapping, store, log, env),
});

const counts: Record<string, Record<string, number>> = {};
try {
  await store.upsertConnection({ name: connection, crm: 'salesforce' });
  await provision();
  const plan = await job('plan', ['pullChanges', 'openPlan', 'decidePlan', 'finishPlan']);
  await job('apply', ['adoptPlan', 'writeChanges', 'decideRecords', 'writeChanges'], plan);
  await job('sync', ['pullChanges', 'decideRecords', 'writeChanges']);
  const ids = edges.map((_, i) => id.opportunity(i + 1));
  await store.markAllDirty(connection, 'opportunity');
  await job('backfill', ['pullChanges', 'decideRecords', 'writeChanges']);
  const rows = await store.mirror(connection, 'opportunity', ids);
  const registrations = await store.mirrorBy(connection, 'registration', 'opportunity', ids);
  process.stdout.write(
    JSON.stringify({
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      localHour: new Date(crmNow).getHours(),
      counts,
      mirror: [...rows, ...registrations].map((row) => withoutNow(row.fields)),
      crm: sandbox.sandbox.tenants.defaultOrg
        .query('SELECT FIELDS(ALL) FROM Opportunity ORDER BY Id LIMIT 200')
        .map(withoutNow),
    }),
  );
} finally {
  await activities.connections.close();
  await store.close();
  await socket.stop();
  await db.close();
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

async function provision(): Promise<void> {
  const command = { id: 'c-1', kind: 'provision', connection, actor: 'test' };
  const createdAt = new Date().toISOString();
  await store.saveCommand({ ...command, args: { set: 'full' }, createdAt });
  await run('provisionFields', 'provision/1', { commandId: 'c-1' });
}

async function job(kind: string, names: (keyof Activities)[], planId?: string): Promise<string> {
  const runId = `${kind}/${connection}/1`;
  await run('openRun', runId, { kind, commandId: null, planId: null });
  for (const [index, name] of names.entries()) {
    const mode = kind === 'backfill' ? 'full' : 'changes';
    const input = { mode, planId: planId ?? null, skipChanged: false };
    const forPlan = kind === 'plan' ? { ...input, planId: runId } : input;
    const drainsAll = name === 'writeChanges' ? { ...forPlan, planId: null } : forPlan;
    await run(name, runId, drainsAll, `${name}-${index}`);
  }
  await run('closeRun', runId, { failure: null });
  counts[kind] = (await store.run(runId))!.counts;
  return runId;
}

async function run(
  name: keyof Activities,
  runId: string,
  input: object,
  activityId: string = name,
): Promise<void> {
  const workflowExecution = { workflowId: runId, runId: 'r' };
  const context = new MockActivityEnvironment({ activityId, workflowExecution });
  const all = { ...activities.engine, ...activities.crm };
  await context.run(all[name] as never, { connection, runId, ...input } as never);
}

/** Without what depends on when the test runs. */
function withoutNow(fields: Record<string, unknown>): Record<string, unknown> {
  const now = ['attribution_evaluated_at', 'Partner_Attribution_Evaluated_At__c'];
  const stamps = ['SystemModstamp', 'LastModifiedDate', 'attributes'];
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([key]) => !stamps.includes(key))
      .map(([key, value]) => [key, now.includes(key) ? value !== null : value]),
  );
}
