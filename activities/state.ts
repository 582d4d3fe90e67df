/** What the owner of a connection needs to know before it goes on. */
import { DateTime } from 'luxon';
import { listMappings, loadMapping } from '../mappings/load.ts';
import type { CompiledMapping } from '../mappings/types.ts';
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
    nextReconcileAt: nextReconcile(mapping),
    activeVersion: (await store.activeVersion(connection))?.label ?? null,
    openPlan: (await store.openPlan(connection))?.id ?? null,
    paused: row?.pausedAt != null,
    pauseReason: row?.pauseReason ?? null,
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

function nextReconcile(mapping: CompiledMapping | undefined): string | null {
  const at = mapping?.sync.reconcileAt;
  if (!at) {
    return null;
  }
  const [hour, minute] = at.split(':').map(Number);
  const now = DateTime.utc();
  const today = now.set({ hour: hour ?? 0, minute: minute ?? 0, second: 0, millisecond: 0 });
  return (today > now ? today : today.plus({ days: 1 })).toISO();
}
