/** What a full read will cost, said before it begins: records, calls, and what the day has left. */
import type { Connector } from '../connectors/connector.ts';
import type { CompiledMapping, ReadSource } from '../mappings/types.ts';
import type { CrmName } from '../rules/types.ts';
import type { Store } from '../store/types.ts';
import { dailyLimits } from './call-budget.ts';

/** Live records a read call gives: a query page of Salesforce, a list page of HubSpot. */
const recordsACall: Record<CrmName, number> = { salesforce: 2_000, hubspot: 100 };

/** About what a full read of the sources takes; counting costs one call a source. */
export interface ReadForecast {
  records: number;
  /** Calls, each source's last page included. */
  calls: number;
  /** Calls the connection may still make this CRM day; null: the CRM names no limit. */
  callsLeft: number | null;
}

/** Counts the sources' live records in the CRM. Throws ConnectorError. */
export async function forecastRead(
  store: Store,
  connector: Connector,
  mapping: CompiledMapping,
  sources: ReadSource[],
): Promise<ReadForecast> {
  const forecast: ReadForecast = { records: 0, calls: 0, callsLeft: null };
  for (const source of sources) {
    const records = await connector.count(source.crmObject, source.where ?? undefined);
    forecast.records += records;
    forecast.calls += Math.max(1, Math.ceil(records / recordsACall[mapping.crm]));
  }
  const { dailyLimit } = connector.usage();
  if (dailyLimit !== null) {
    const { accountId } = await connector.account();
    const limits = dailyLimits(mapping.sync, dailyLimit);
    forecast.callsLeft = await store.callsLeft(accountId, limits, new Date().toISOString());
  }
  return forecast;
}
