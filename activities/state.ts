/** What the owner of a connection needs to know before it goes on. */
import { DateTime } from 'luxon';
import { listMappings, loadMapping } from '../mappings/load.ts';
import type { CompiledMapping } from '../mappings/types.ts';
import type { Instant } from '../rules/types.ts';
import { rulesVersion } from '../rules/version.ts';
import type { ActivityDeps } from './context.ts';
import type { ConnectionState } from './contract.ts';

/** Used while the mapping file cannot be read: the owner looks again after this. */
const everyMsOtherwise = 5 * 60_000;

/** State of a connection; a mapping that does not load is told when a job needs it. */
export async function readConnectionState(
  deps: ActivityDeps,
  connection: string,
): Promise<ConnectionState> {
  const { store } = deps;
  const mapping = await settings(deps, connection);
  const row = await store.connection(connection);
  const runs = await store.runs(connection, 1_000);
  const crm = row?.crm ?? mapping?.crm ?? 'salesforce';
  return {
    crm,
    accountKey: row?.accountId ? `${crm === 'salesforce' ? 'sf' : 'hs'}:${row.accountId}` : null,
    everyMs: mapping?.sync.everyMs ?? everyMsOtherwise,
    nextReconcileAt: nextReconcile(mapping?.sync.reconcileAt ?? null, {
      activatedAt: row?.activatedAt ?? null,
      lastAt: (await store.latestRun(connection, 'reconcile'))?.startedAt ?? null,
    }),
    activeVersion: (await store.activeVersion(connection))?.label ?? null,
    openPlan: (await store.openPlan(connection))?.id ?? null,
    paused: row?.pausedAt != null,
    pauseReason: row?.pauseReason ?? null,
    running: runs.find((run) => run.outcome === 'running')?.id ?? null,
    nextJob: 1 + Math.max(0, ...runs.map((run) => jobNumber(run.id))),
  };
}

async function settings(
  deps: ActivityDeps,
  connection: string,
): Promise<CompiledMapping | undefined> {
  const files = listMappings(deps.mappingsDir);
  const file = files.find((candidate) => candidate.connection === connection);
  const loaded = file && loadMapping(file.path, { env: deps.env, rulesVersion });
  return loaded?.ok ? loaded.mapping : undefined;
}

/** '<kind>/<connection>/<n>' -> n. */
function jobNumber(runId: string): number {
  return Number(runId.slice(runId.lastIndexOf('/') + 1)) || 0;
}

/**
 * The next daily instant; the latest one, which is past, where no reconcile has been begun since:
 * a night on which no worker ran is made good.
 */
function nextReconcile(
  daily: string | null,
  known: { activatedAt: Instant | null; lastAt: Instant | null },
): Instant | null {
  if (daily === null) {
    return null;
  }
  const [hour, minute] = daily.split(':').map(Number);
  const now = DateTime.utc();
  const today = now.set({ hour: hour ?? 0, minute: minute ?? 0, second: 0, millisecond: 0 });
  const latest = today > now ? today.minus({ days: 1 }) : today;
  const begun = [known.activatedAt, known.lastAt].some(
    (at) => at !== null && Date.parse(at) >= latest.toMillis(),
  );
  const due = known.activatedAt === null || begun ? latest.plus({ days: 1 }) : latest;
  return due.toISO();
}
