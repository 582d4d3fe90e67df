/** Reads whole windows through a connector, for the cases of the contract. */
import { expect } from '@jest/globals';
import type {
  Connector,
  CrmRecord,
  PullPosition,
  PullRequest,
} from '../../connectors/connector.ts';
import { ConnectorError } from '../../connectors/errors.ts';
import type { ContractWorld } from './world.ts';

/** A window over all opportunities up to the CRM's now. */
export async function wholeWindow(world: ContractWorld): Promise<PullRequest> {
  const { names } = world;
  return {
    object: names.opportunity,
    fields: [names.name, names.amount, names.closeDate],
    from: null,
    until: await world.connector.now(),
    priority: 3,
  };
}

/** Pages until the end; `connectorFor` may give another connector for each page. */
export async function pullAll(
  connectorFor: () => Connector,
  request: PullRequest,
): Promise<{ records: CrmRecord[]; pages: number }> {
  const records: CrmRecord[] = [];
  let after: PullPosition | undefined;
  for (let pages = 1; ; pages += 1) {
    const page = await connectorFor().pullChanges({ ...request, ...(after ? { after } : {}) });
    records.push(...page.records);
    if (page.next === null) return { records, pages };
    expect(pages).toBeLessThan(200);
    after = page.next;
  }
}

/** The ConnectorError a call ends in; anything else fails the test. */
export async function failureOf(work: Promise<unknown>): Promise<ConnectorError> {
  const error = await work.then(
    (value) => new Error(`it did not fail, it gave ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConnectorError)) throw error;
  return error;
}
