/** A real connector on a sandbox over a port, for what faults become on the engine's side. */
import type { Connector } from '../../connectors/connector.ts';
import { ConnectorError } from '../../connectors/errors.ts';
import { openSalesforce } from '../../connectors/salesforce/open.ts';
import type { Org } from '../../sandbox/salesforce/org.ts';
import { type Sandbox, startSandbox } from '../../sandbox/server.ts';

export interface Struck {
  sandbox: Sandbox;
  org: Org;
  connector: Connector;
  /** Opportunities in the org, in order of their ids. */
  ids: string[];
}

/** Opportunities of every world: three pages of 200. */
const opportunities = 450;
/** Patience of the connector: long enough for a busy machine, short for faults that hang. */
const patienceMs = 10_000;
export const shortPatienceMs = 1_500;

/** Opens both with 450 opportunities of one instant, and closes them again. */
export async function withConnector<T>(
  work: (struck: Struck) => Promise<T>,
  requestTimeoutMs = patienceMs,
): Promise<T> {
  const running = await startSandbox();
  const { sandbox, url } = running;
  const org = sandbox.tenants.defaultOrg;
  sandbox.clock.advance(-60_000);
  const rows = Array.from({ length: opportunities }, (_, i) => ({
    Name: `O${i}`,
    StageName: 'Prospecting',
    CloseDate: '2026-12-31',
  }));
  const ids = org.insert('Opportunity', rows, org.admin).map(({ id }) => id!);
  sandbox.clock.advance(60_000);
  const connector = openSalesforce({
    auth: {
      flow: 'client-credentials',
      loginUrl: url,
      clientId: 'sandbox',
      clientSecret: 'sandbox-secret',
    },
    budget: { take: async () => {}, observe: () => {} },
    log: { debug: () => {}, info: () => {}, warn: () => {} },
    requestTimeoutMs,
    pageSize: 200,
    bulkFromRecords: 100,
    pollIntervalMaxMs: 20,
  });
  try {
    return await work({ sandbox, org, connector, ids: ids.sort() });
  } finally {
    await connector.close();
    await running.close();
  }
}

/** The window that holds everything until now. */
export async function window(connector: Connector) {
  const until = await connector.now();
  return { object: 'Opportunity', fields: ['Name'], from: null, until, priority: 3 as const };
}

/** Reads the window page by page, the ids in order of arrival. */
export async function pullAll(connector: Connector): Promise<string[]> {
  const request = await window(connector);
  const ids: string[] = [];
  let page = await connector.pullChanges(request);
  for (;;) {
    for (const { id } of page.records) ids.push(id);
    if (!page.next) return ids;
    page = await connector.pullChanges({ ...request, after: page.next });
  }
}

/** The error work ends with, as 'kind CODE' and a mark where the outcome is unclear. */
export async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return `${error.kind} ${error.call.code}${error.call.unclear ? ' unclear' : ''}`;
  }
}
