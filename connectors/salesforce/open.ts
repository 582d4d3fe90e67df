/** Opens a Salesforce connection: the one interface of connector.ts over the files beside this. */
import type { Connector, CrmAccount } from '../connector.ts';
import { readAccount, readRates, readStages } from './account.ts';
import { SalesforceApi, type SalesforceOptions } from './api.ts';
import { backfill } from './backfill.ts';
import { Describer } from './describe.ts';
import { listCreated } from './list.ts';
import { provision } from './provision.ts';
import { ChangeReader } from './pull.ts';
import { pageSizeMax } from './query.ts';
import { count, pullDeleted, readByIds, resolveIdentity } from './read.ts';
import { TaskWriter } from './tasks.ts';
import { writeBatchSize, writeRecords } from './write.ts';

/** What a Salesforce connector is opened with. */
export interface OpenSalesforceOptions extends SalesforceOptions {
  /** Rows a page, 200 to 2,000 (the default); Salesforce may send fewer. */
  pageSize?: number;
  /** Records from which a backfill uses the Bulk API; 50,000 by default. */
  bulkFromRecords?: number;
}

/** A clock reading older than this is taken again: somebody may have moved the sandbox's clock. */
const clockMaxAgeMs = 1_000;

/** Opens without a call: the first method logs in. Close it to free its sockets. */
export function openSalesforce(options: OpenSalesforceOptions): Connector {
  const now = options.now ?? Date.now;
  const api = new SalesforceApi(options);
  const describer = new Describer(api, now);
  const pageSize = options.pageSize ?? pageSizeMax;
  const changes = new ChangeReader({ api, describer, pageSize });
  const tasks = new TaskWriter({ api, describer });
  const reading = { api, describer };
  const bulk = options.bulkFromRecords;
  const backfilling = {
    ...reading,
    changes,
    ...(bulk === undefined ? {} : { bulkFromRecords: bulk }),
  };
  let account: Promise<CrmAccount> | null = null;
  const readAccountOnce = () => {
    account ??= readAccount(reading).catch((error: unknown) => {
      account = null;
      throw error;
    });
    return account;
  };

  return {
    crm: 'salesforce',
    writeBatchSize,
    // A page holds 2,000 records and storing it takes longer than reading the next.
    sourcesAtOnce: 1,
    account: readAccountOnce,
    grants: async () => null,
    now: async () => new Date(await api.crmNowMs(clockMaxAgeMs)).toISOString(),
    clockOffsetMs: () => api.clock.offsetMs(),
    describe: async (object, how) => (await describer.describe(object, how)).description,
    stages: (object) => readStages(api, object),
    pullChanges: (request) => changes.pull(request),
    pullDeleted: (object, from, until) => pullDeleted(reading, object, { from, until }),
    readByIds: (request) => readByIds(reading, request),
    listCreated: (request) => listCreated(reading, request),
    backfill: (request, resume) => backfill(backfilling, request, resume),
    count: (object, where) => count(reading, object, where),
    writeRecords: (object, writes, priority) => writeRecords(api, object, writes, priority),
    upsertTasks: (writes, priority) => tasks.upsert(writes, priority),
    findTasks: (keys) => tasks.find(keys),
    provision: async (fields, how) =>
      provision({ ...reading, userId: (await readAccountOnce()).userId }, fields, how),
    resolveIdentity: (object, ids) => resolveIdentity(reading, object, ids),
    rates: () => readRates(api),
    recordUrl: (object, id) => `${api.instanceUrl}/lightning/r/${object}/${id}/view`,
    usage: () => api.usage(),
    async close() {
      changes.clear();
      await api.close();
    },
  };
}
