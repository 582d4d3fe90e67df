/** What a full read will cost, said before it begins: records, calls, and what the day has left. */
import type { Connector } from '../connectors/connector.ts';
import { associatedObject } from '../mappings/association.ts';
import type { CompiledMapping, ReadSource } from '../mappings/types.ts';
import type { CrmName } from '../rules/types.ts';
import type { Store } from '../store/types.ts';
import { dailyLimits } from './call-budget.ts';

/** About what a full read of the sources takes. */
export interface ReadForecast {
  records: number;
  /** All calls: what was asked to foresee it (counts, descriptions), records, exchange rates. */
  calls: number;
  /** Those of them that bring records. */
  recordCalls: number;
  /** Calls the connection may still make this CRM day; null: the CRM names no limit. */
  callsLeft: number | null;
}

/** What one source holds. */
interface Extent {
  /** Live records that meet the mapping's condition. */
  records: number;
  /** Live records of the object: HubSpot lists all of them, and the condition is ours to apply. */
  listed: number;
}

/**
 * Counts the sources' live records in the CRM, and describes what is not described yet: the read
 * needs both, so these calls are part of it, as are those made since `callsBefore`. Throws
 * ConnectorError.
 */
export async function forecastRead(
  store: Store,
  { connector, mapping }: { connector: Connector; mapping: CompiledMapping },
  { sources, callsBefore }: { sources: ReadSource[]; callsBefore: number },
): Promise<ReadForecast> {
  const { accountId, multiCurrency } = await connector.account();
  const forecast: ReadForecast = { records: 0, calls: 0, recordCalls: 0, callsLeft: null };
  const totals = new Map<string, number>();
  let beside = multiCurrency ? rateCalls : 0;
  for (const source of sources) {
    await connector.describe(source.crmObject);
    const extent = await extentOf(connector, source, totals);
    const { pages, others } = callsOf[mapping.crm](source, extent);
    forecast.records += extent.records;
    forecast.recordCalls += pages;
    beside += others;
  }
  const made = connector.usage().calls - callsBefore;
  forecast.calls = made + forecast.recordCalls + beside;
  const { dailyLimit } = connector.usage();
  if (dailyLimit !== null) {
    const limits = dailyLimits(mapping.sync, dailyLimit);
    forecast.callsLeft = await store.callsLeft(accountId, limits, new Date().toISOString());
  }
  return forecast;
}

async function extentOf(
  connector: Connector,
  source: ReadSource,
  totals: Map<string, number>,
): Promise<Extent> {
  const { crmObject, where } = source;
  const records = await connector.count(crmObject, where ?? undefined);
  if (connector.crm === 'salesforce' || where === null) {
    return { records, listed: records };
  }
  const listed = totals.get(crmObject) ?? (await connector.count(crmObject));
  totals.set(crmObject, listed);
  return { records, listed };
}

/** Two questions: Salesforce has currencies and dated rates, HubSpot a second page of rates. */
const rateCalls = 2;

/** Calls a source takes beyond those that foresaw it: pages of records, and what goes with them. */
const callsOf: Record<
  CrmName,
  (source: ReadSource, extent: Extent) => { pages: number; others: number }
> = {
  salesforce(_, { records }) {
    // The connector counts once more, to choose between pages and a bulk job.
    return records < bulkFrom
      ? { pages: atLeastOne(records, 2_000), others: 1 }
      : { pages: atLeastOne(records, 10_000), others: 1 + bulkJobCalls };
  },
  hubspot(source, { records, listed }) {
    if (source.crmObject === 'owners') {
      return { pages: 2, others: 0 }; // active and deactivated ones
    }
    const links = linkedObjects(source).size * Math.ceil(records / 1_000);
    const stages = source.object === 'opportunity' ? 1 : 0; // their pipelines, once
    return { pages: atLeastOne(listed, 100) + links, others: stages };
  },
};

/** Records from which Salesforce is read by a bulk job (connectors/salesforce/backfill.ts). */
const bulkFrom = 50_000;
/** Starting a job and looking at it until it is done; a large one takes some minutes. */
const bulkJobCalls = 6;

function atLeastOne(records: number, aCall: number): number {
  return Math.max(1, Math.ceil(records / aCall));
}

/** Objects whose associations are read beside a source's records: 'companies:Sourcing partner'. */
function linkedObjects({ fields, written }: ReadSource): Set<string> {
  const named = [...Object.values(fields), ...Object.values(written)];
  return new Set(named.flatMap(({ crmField }) => associatedObject(crmField) ?? []));
}
