/** Starts the one owner of each mapped connection; starting one that runs is harmless. */
import { Client, Connection } from '@temporalio/client';
import type { ActivityDeps } from '../activities/context.ts';
import { registerSearchAttributes, temporalConnectionOptions } from '../embedded/namespace.ts';
import type { Env } from '../env.ts';
import { listMappings, loadMapping } from '../mappings/load.ts';
import { rulesVersion } from '../rules/version.ts';
import { ownerStartOptions, workflowTypes } from '../workflows/messages.ts';

/** A mapping that does not load is told in the log; the others start. */
export async function startOwners(env: Env, deps: ActivityDeps): Promise<void> {
  const connection = await Connection.connect(temporalConnectionOptions(env));
  try {
    const searchAttributes = await canSearch(connection, env, deps);
    const client = new Client({ connection, namespace: env.TEMPORAL_NAMESPACE });
    for (const file of listMappings(deps.mappingsDir)) {
      const loaded = loadMapping(file.path, { env: deps.env, rulesVersion });
      if (!loaded.ok) {
        const lines = loaded.problems.map((problem) => problem.text).join('\n');
        deps.log.warn(`The connection ${file.connection} was not started:\n${lines}`);
        continue;
      }
      const { connection: name, crm } = loaded.mapping;
      await deps.store.upsertConnection({ name, crm });
      await client.workflow.start(
        workflowTypes.runConnection,
        ownerStartOptions({ connection: name, searchAttributes }),
      );
    }
  } finally {
    await connection.close();
  }
}

/** Registers what is missing; without the permission runs go on unsearchable, and doctor says how. */
async function canSearch(connection: Connection, env: Env, deps: ActivityDeps): Promise<boolean> {
  try {
    await registerSearchAttributes(connection, env.TEMPORAL_NAMESPACE);
    return true;
  } catch {
    deps.log.warn(
      'The search attributes could not be registered: runs are started without them. ' +
        '"partner-sync doctor" prints the command for an administrator.',
    );
    return false;
  }
}
