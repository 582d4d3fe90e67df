/** `validate --online`: the edited mapping against what the CRM says of itself. */

import type { Connector, ObjectDescription } from '../connectors/connector.ts';
import { ConnectorError } from '../connectors/errors.ts';
import { checkAgainstDescribe, missingOptional } from '../mappings/check-online.ts';
import type { CompiledMapping, ReadSource } from '../mappings/types.ts';
import type { Connections } from './connections.ts';
import type { ActivityDeps } from './context.ts';
import { forecastRead } from './forecast.ts';
import { sourcesInOrder } from './read-source.ts';

/** The problems, each a line with its position, are the command's result. */
export async function checkMappingOnline(
  deps: ActivityDeps,
  connections: Connections,
  input: { connection: string; commandId: string },
): Promise<{ problems: number }> {
  const mapping = connections.edited(input.connection);
  const connector = await connections.connector(mapping);
  const described = await describeAll(connector, mapping);
  const [opportunity] = mapping.read.opportunity;
  const stages = opportunity ? await connector.stages(opportunity.crmObject) : [];
  const problems = checkAgainstDescribe(mapping, (object) => described.get(object) ?? null, stages);
  const forecast =
    problems.length === 0
      ? await forecastRead(deps.store, connector, mapping, sourcesThere(mapping, described))
      : null;
  const notes = missingOptional(mapping, (object) => described.get(object) ?? null);
  await deps.store.finishCommand(
    input.commandId,
    {
      problems: problems.map((problem) => problem.text),
      notes: notes.map((note) => note.text),
      version: mapping.version.label,
      forecast,
    },
    new Date().toISOString(),
  );
  return { problems: problems.length };
}

/** All but optional sources whose object is not there. */
function sourcesThere(
  mapping: CompiledMapping,
  described: ReadonlyMap<string, ObjectDescription | null>,
): ReadSource[] {
  return sourcesInOrder(mapping).filter(({ crmObject }) => described.get(crmObject) !== null);
}

/** Every object the mapping names; null for one the CRM does not have or show. */
async function describeAll(
  connector: Connector,
  mapping: CompiledMapping,
): Promise<Map<string, ObjectDescription | null>> {
  const tasks = mapping.crm === 'hubspot' ? 'tasks' : 'Task';
  const names = new Set([...sourcesInOrder(mapping).map((source) => source.crmObject), tasks]);
  const described = new Map<string, ObjectDescription | null>();
  for (const name of names) {
    try {
      described.set(name, await connector.describe(name, { fresh: true }));
    } catch (error) {
      if (error instanceof ConnectorError && error.kind === 'not-found') {
        described.set(name, null);
      } else {
        throw error;
      }
    }
  }
  return described;
}
