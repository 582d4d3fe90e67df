/** `validate --online`: the edited mapping against what the CRM says of itself. */

import type { Connector, StageDescription } from '../connectors/connector.ts';
import { ConnectorError } from '../connectors/errors.ts';
import { notesOfNames } from '../mappings/check-named-by.ts';
import { checkAgainstDescribe, missingOptional } from '../mappings/check-online.ts';
import type { CompiledMapping } from '../mappings/types.ts';
import { describeAll, findScopes } from './access.ts';
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
  const scopes = await findScopes(connector, mapping);
  const { objects, refused } = await describeAll(connector, mapping, { fresh: true });
  // A missing scope is said once, as such, and not again by each object behind it.
  const scopeIsSaid = scopes.problems.length > 0;
  const refusedWhy = new Map([...refused].map(([name, why]) => [name, scopeIsSaid ? null : why]));
  const describeOf = (object: string) => objects.get(object) ?? null;
  const stages = await stagesOf(connector, mapping);
  const problems = [
    ...scopes.problems,
    ...checkAgainstDescribe(mapping, describeOf, stages, refusedWhy),
  ];
  const there = sourcesInOrder(mapping).filter(({ crmObject }) => objects.get(crmObject) !== null);
  const forecast =
    problems.length === 0
      ? await forecastRead(
          deps.store,
          { connector, mapping },
          { sources: there, callsBefore: connector.usage().calls },
        )
      : null;
  const names = await deps.store.unsettledNames(input.connection);
  const notes = [
    ...scopes.notes,
    ...missingOptional(mapping, describeOf),
    ...notesOfNames(mapping, names),
  ];
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

/** None where our sign-in may not see them: the missing scope is among the problems. */
async function stagesOf(
  connector: Connector,
  mapping: CompiledMapping,
): Promise<StageDescription[]> {
  const [opportunity] = mapping.read.opportunity;
  if (opportunity === undefined) {
    return [];
  }
  try {
    return await connector.stages(opportunity.crmObject);
  } catch (error) {
    if (error instanceof ConnectorError && error.kind === 'missing-scope') {
      return [];
    }
    throw error;
  }
}
