/** Opens the connector a mapping's sign-in asks for, with its share of the account's calls. */
import type { Logger } from 'pino';
import { accountBudget } from '../activities/call-budget.ts';
import type { Connector } from '../connectors/connector.ts';
import { ConnectorError } from '../connectors/errors.ts';
import { openHubSpot } from '../connectors/hubspot/open.ts';
import { openSalesforce } from '../connectors/salesforce/open.ts';
import { resolveAuth } from '../mappings/secrets.ts';
import type { CompiledMapping } from '../mappings/types.ts';
import type { Store } from '../store/types.ts';

/** Signs in, learns whose account it is, and spends from that account's budget. */
export async function openConnector(
  mapping: CompiledMapping,
  store: Store,
  log: Logger,
  env: NodeJS.ProcessEnv,
): Promise<Connector> {
  const auth = resolveAuth(mapping, env);
  const budget = accountBudget({
    store,
    crm: mapping.crm,
    connection: mapping.connection,
    dailyShareBasisPoints: mapping.sync.dailyShareBasisPoints,
    reservedBasisPoints: mapping.sync.reservedBasisPoints,
  });
  const connector = mapping.crm === 'hubspot' ? hubspot() : salesforce();
  budget.bind((await connector.account()).accountId);
  return connector;

  function salesforce(): Connector {
    if (auth.flow === 'token') {
      throw unusable(mapping, 'Salesforce is not signed in to with a bare token');
    }
    const { apiVersion } = auth;
    return openSalesforce({ auth, budget, log, ...(apiVersion === null ? {} : { apiVersion }) });
  }

  function hubspot(): Connector {
    if (auth.flow !== 'token' && auth.flow !== 'refresh-token') {
      throw unusable(mapping, `HubSpot takes "token" or "refresh-token", not "${auth.flow}"`);
    }
    const { apiVersion } = auth;
    const { searchesPerSecond } = mapping.sync;
    const version = apiVersion === null ? {} : { apiVersion };
    return openHubSpot({ auth, budget, log, searchesPerSecond, ...version });
  }
}

function unusable(mapping: CompiledMapping, what: string): ConnectorError {
  return new ConnectorError(
    'unauthorized',
    { crm: mapping.crm, operation: 'sign in' },
    `The mapping of ${mapping.connection} cannot sign in: ${what}. Correct "auth" in its file.`,
  );
}
