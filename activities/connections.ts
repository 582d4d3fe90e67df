/** The connections this worker knows: mapping by active version, connector kept open, its state. */
import type { Connector } from '../connectors/connector.ts';
import { listMappings, loadMapping, loadMappingSources } from '../mappings/load.ts';
import type { CompiledMapping, LoadResult } from '../mappings/types.ts';
import { rulesVersion } from '../rules/version.ts';
import type { MappingVersionRow } from '../store/types.ts';
import { type ActivityDeps, hashOf, type OpenConnection } from './context.ts';
import { MappingProblem } from './failures.ts';

/** Mappings by version and connectors by sign-in, shared by all activities of a worker. */
export interface Connections {
  /** Ready for a leg, by the active version. Throws MappingProblem, ConnectorError. */
  open(name: string): Promise<OpenConnection>;
  /** The same by the edited files: what a new version would be. */
  openEdited(name: string): Promise<OpenConnection>;
  /** The same by a stored version: a plan's. */
  openVersion(name: string, version: MappingVersionRow): Promise<OpenConnection>;
  /** The mapping file of a connection as it is now. Throws MappingProblem with every problem. */
  edited(name: string): CompiledMapping;
  /** A connector signed in by the edited file, or by `mapping`. */
  connector(mapping: CompiledMapping): Promise<Connector>;
  close(): Promise<void>;
}

/** Opens connections on demand and keeps them. */
export function createConnections(deps: ActivityDeps): Connections {
  const connectors = new Map<string, Promise<Connector>>();
  const compiled = new Map<string, CompiledMapping>();

  async function connector(mapping: CompiledMapping): Promise<Connector> {
    const key = `${mapping.connection}:${hashOf(mapping.auth)}`;
    const known = connectors.get(key);
    if (known) {
      return known;
    }
    const opening = deps.openConnector(mapping);
    connectors.set(key, opening);
    // A refused sign-in is not remembered: the next try starts afresh.
    opening.catch(() => connectors.delete(key));
    return opening;
  }

  function stored(version: MappingVersionRow): CompiledMapping {
    const known = compiled.get(version.id);
    if (known) {
      return known;
    }
    const loaded = loadMappingSources(version.sources, { env: deps.env, rulesVersion });
    const mapping = valid(loaded, version.connection);
    compiled.set(version.id, mapping);
    return mapping;
  }

  function edited(name: string): CompiledMapping {
    const path = mappingPath(deps, name);
    return valid(loadMapping(path, { env: deps.env, rulesVersion }), name);
  }

  async function ready(
    name: string,
    mapping: CompiledMapping,
    active: MappingVersionRow | null,
  ): Promise<OpenConnection> {
    const opened = await connector(mapping);
    const row = await remember(deps, mapping, opened);
    return { name, row, mapping, active, connector: opened };
  }

  return {
    connector,
    edited,
    async open(name) {
      const active = (await deps.store.activeVersion(name)) ?? null;
      const mapping = active ? stored(active) : edited(name);
      return ready(name, mapping, active);
    },
    async openEdited(name) {
      return ready(name, edited(name), (await deps.store.activeVersion(name)) ?? null);
    },
    async openVersion(name, version) {
      const active = (await deps.store.activeVersion(name)) ?? null;
      return ready(name, stored(version), active);
    },
    async close() {
      for (const opening of connectors.values()) {
        await opening.then((open) => open.close()).catch(() => undefined);
      }
      connectors.clear();
    },
  };
}

/** The file that maps a connection. Throws MappingProblem naming those there are. */
function mappingPath(deps: ActivityDeps, name: string): string {
  const files = listMappings(deps.mappingsDir);
  const file = files.find((candidate) => candidate.connection === name);
  if (file === undefined) {
    const known = files.map((candidate) => candidate.connection).join(', ') || 'none';
    throw new MappingProblem(
      `No mapping in ${deps.mappingsDir} is for the connection "${name}" (there: ${known}).`,
    );
  }
  return file.path;
}

function valid(loaded: LoadResult, name: string): CompiledMapping {
  if (loaded.ok) {
    return loaded.mapping;
  }
  const lines = loaded.problems.map((problem) => problem.text).join('\n');
  const n = loaded.problems.length;
  throw new MappingProblem(
    `${n} ${n === 1 ? 'problem' : 'problems'} in the mapping of ${name}; nothing was run.\n${lines}`,
  );
}

/**
 * Stores who we are in the CRM, asked once a worker. Throws MappingProblem where it is not the
 * account this connection's store belongs to: a ledger and a mirror of other records would be
 * compared with these, and what is missing here would be taken for deleted.
 */
async function remember(deps: ActivityDeps, mapping: CompiledMapping, connector: Connector) {
  const account = await connector.account();
  const known = (await deps.store.connection(mapping.connection))?.accountId ?? null;
  if (known !== null && !sameAccount(known, account.accountId)) {
    throw new MappingProblem(otherAccount(mapping, known, account.accountId));
  }
  await deps.store.upsertConnection({
    name: mapping.connection,
    crm: mapping.crm,
    accountId: account.accountId,
    userId: account.userId,
    recordUrlBase: account.recordUrlBase,
    corporateCurrency: mapping.policy.corporateCurrency,
    clockOffsetMs: connector.clockOffsetMs(),
  });
  const row = await deps.store.connection(mapping.connection);
  return row!;
}

/** Salesforce ids of 15 and 18 characters name the same org; a HubSpot portal id is a number. */
function sameAccount(a: string, b: string): boolean {
  return a === b || (a.length >= 15 && b.length >= 15 && a.slice(0, 15) === b.slice(0, 15));
}

function otherAccount({ connection, crm }: CompiledMapping, known: string, found: string): string {
  const account = crm === 'salesforce' ? 'org' : 'portal';
  return (
    `The connection ${connection} reaches the ${account} ${found}, and what its store holds is of ` +
    `the ${account} ${known}: another sign-in, or a sandbox that was refreshed. Nothing was read ` +
    `or written. Point "auth" of its mapping back at ${known}, then run "partner-sync resume ` +
    `${connection}". If ${found} is meant, give "connection" another name: it begins afresh, and ` +
    `the history of ${connection} is kept.`
  );
}
