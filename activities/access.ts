/** Before anything is written: may our sign-in write what the mapping writes? */

import type { Connector, ObjectDescription } from '../connectors/connector.ts';
import { ConnectorError } from '../connectors/errors.ts';
import { checkAccess, tasksObject } from '../mappings/check-access.ts';
import { checkScopes, type ScopeFindings } from '../mappings/check-scopes.ts';
import type { CompiledMapping, Problem } from '../mappings/types.ts';
import { sourcesInOrder } from './read-source.ts';

/** What the CRM says of the objects a mapping names. */
export interface Described {
  /** null: the CRM does not have the object, or does not show it. */
  objects: Map<string, ObjectDescription | null>;
  /** The CRM's sentence, of an object it refuses to describe. */
  refused: Map<string, string>;
}

/** Every object the mapping names, tasks too. Throws ConnectorError but for a refused object. */
export async function describeAll(
  connector: Connector,
  mapping: CompiledMapping,
  { fresh }: { fresh: boolean },
): Promise<Described> {
  const named = sourcesInOrder(mapping).map((source) => source.crmObject);
  const described: Described = { objects: new Map(), refused: new Map() };
  for (const name of new Set([...named, tasksObject(mapping)])) {
    try {
      described.objects.set(name, await connector.describe(name, { fresh }));
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      if (error.kind === 'missing-scope') {
        described.refused.set(name, error.message);
      } else if (error.kind !== 'not-found') {
        throw error;
      }
      described.objects.set(name, null);
    }
  }
  return described;
}

/** What our token's scopes leave undone (HubSpot; elsewhere nothing). */
export async function findScopes(
  connector: Connector,
  mapping: CompiledMapping,
): Promise<ScopeFindings> {
  if (connector.crm !== 'hubspot') {
    return { problems: [], notes: [] };
  }
  const { multiCurrency } = await connector.account();
  return checkScopes(mapping, { scopes: await connector.grants(), multiCurrency });
}

/**
 * Throws ConnectorError 'missing-scope' with every right that is missing, as `validate --online`
 * says it. A description that was kept is read again before it refuses anybody.
 */
export async function requireAccess(open: {
  connector: Connector;
  mapping: CompiledMapping;
}): Promise<void> {
  const { connector, mapping } = open;
  const { problems } = await findScopes(connector, mapping);
  const lacking = problems.length > 0 ? problems : await unwritable(connector, mapping);
  if (lacking.length === 0) {
    return;
  }
  const what = lacking.length === 1 ? 'A right is' : `${lacking.length} rights are`;
  throw new ConnectorError(
    'missing-scope',
    { crm: connector.crm, operation: 'check our rights' },
    [`${what} missing; nothing was written.`, ...lacking.map(({ text }) => text)].join('\n'),
  );
}

async function unwritable(connector: Connector, mapping: CompiledMapping): Promise<Problem[]> {
  for (const fresh of [false, true]) {
    const { objects } = await describeAll(connector, mapping, { fresh });
    const problems = checkAccess(mapping, (object) => objects.get(object) ?? null);
    if (problems.length === 0 || fresh) {
      return problems;
    }
  }
  return [];
}
