/** Starts the one owner of each mapped connection; starting one that runs is harmless. */
import { Client, Connection } from '@temporalio/client';
import type { ActivityDeps } from '../activities/context.ts';
import { temporalConnectionOptions } from '../embedded/namespace.ts';
import type { Env } from '../env.ts';
import { listMappings, loadMapping } from '../mappings/load.ts';
import { rulesVersion } from '../rules/version.ts';
import { connectionWorkflowId, engineQueue, workflowTypes } from '../workflows/messages.ts';

/** A mapping that does not load is told in the log; the others start. */
export async function startOwners(env: Env, deps: ActivityDeps): Promise<void> {
  const connection = await Connection.connect(temporalConnectionOptions(env));
  try {
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
      await client.workflow.start(workflowTypes.runConnection, {
        taskQueue: engineQueue,
        workflowId: connectionWorkflowId(name),
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `Connection ${name} (${crm})`,
        args: [{ connection: name }],
      });
    }
  } finally {
    await connection.close();
  }
}
