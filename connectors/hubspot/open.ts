/** Opens a HubSpot connection: the one interface of connector.ts over the files beside this. */
import type { Connector } from '../connector.ts';
import { byUserId, readAccount, readDetails, readRates, readScopes } from './account.ts';
import { HubSpotApi, type HubSpotOptions } from './api.ts';
import { backfill } from './backfill.ts';
import { Describer, type PortalObject } from './describe.ts';
import { ObjectTypes } from './objects.ts';
import { withOwners } from './owner-records.ts';
import { OwnerDirectory } from './owners.ts';
import { Pipelines } from './pipelines.ts';
import { provision } from './provision.ts';
import { ChangeReader, pageRecordsDefault } from './pull.ts';
import { count, listCreated, pullDeleted, readByIds, resolveIdentity } from './read.ts';
import type { Sources } from './records.ts';
import { TaskWriter } from './tasks.ts';
import { writeBatchSize, writeRecords } from './write.ts';

/** What a HubSpot connector is opened with. */
export interface OpenHubSpotOptions extends HubSpotOptions {
  /** Records a page of a pull or backfill has at least, where there are so many; 2,000. */
  pageRecords?: number;
}

/** A clock reading older than this is taken again: somebody may have moved the sandbox's clock. */
const clockMaxAgeMs = 1_000;

/** Opens without a call: the first method asks for a token. Close it to free its sockets. */
export function openHubSpot(options: OpenHubSpotOptions): Connector {
  const now = options.now ?? Date.now;
  const api = new HubSpotApi(options);
  const types = new ObjectTypes(api, now);
  const describer = new Describer({ api, types, now });
  const owners = new OwnerDirectory(api, now);
  const pipelines = new Pipelines(api, now);
  const details = once(() => readDetails(api));
  const account = once(async () => readAccount(api, owners, await details()));
  const sources: Sources = {
    api,
    describer,
    owners,
    pipelines,
    timeZone: async () => (await details()).timeZone ?? 'UTC',
    authors: () => byUserId(owners),
  };
  const pageRecords = options.pageRecords ?? pageRecordsDefault;
  const changes = new ChangeReader({ sources, pageRecords, now });
  const tasks = new TaskWriter({ api, describer, types });
  // Filled by account() and describe(): a link is made without a call.
  const known = { base: options.auth.loginUrl, typeIds: new Map<string, string>() };
  const connector: Connector = {
    crm: 'hubspot',
    writeBatchSize,
    sourcesAtOnce,
    account: async () => {
      const ours = await account();
      known.base = ours.recordUrlBase;
      return ours;
    },
    grants: () => readScopes(api),
    now: async () => new Date(await api.crmNowMs(clockMaxAgeMs)).toISOString(),
    clockOffsetMs: () => api.clock.offsetMs(),
    async describe(object, how) {
      const { description, type } = await describer.describe(object, how);
      known.typeIds.set(object, type.typeId);
      await foresee(sources, { type, description });
      return description;
    },
    stages: async (object) => pipelines.stages(await types.resolve(object)),
    pullChanges: (request) => changes.pull(request),
    pullDeleted: (object, from, until) => pullDeleted(sources, object, { from, until }),
    readByIds: (request) => readByIds(sources, request),
    listCreated: (request) => listCreated(sources, request),
    backfill: (request, resume) => backfill(sources, { request, pageRecords }, resume),
    count: (object, where) => count(sources, object, where),
    writeRecords: (object, writes, priority) =>
      writeRecords({ api, describer, types }, object, { writes, priority }),
    upsertTasks: (writes, priority) => tasks.upsert(writes, priority),
    findTasks: (keys) => tasks.find(keys),
    provision: (fields, how) => provision({ api, describer }, fields, how),
    resolveIdentity: (object, ids) => resolveIdentity(sources, object, ids),
    rates: () => readRates(api),
    recordUrl: (object, id) => `${known.base}/record/${known.typeIds.get(object) ?? object}/${id}`,
    usage: () => api.usage(),
    close: () => api.close(),
  };
  return withOwners(connector, owners);
}

/** A search gives 200 records and waiting for it is most of its time, so three objects are read at once. */
const sourcesAtOnce = 3;

/** Reads what reading an object will need anyway, so that a page costs its own calls only. */
async function foresee(
  sources: Sources,
  { type, description }: Pick<PortalObject, 'type' | 'description'>,
): Promise<void> {
  if (type.typeId === '0-3') await sources.timeZone();
  if (description.fields.has('hs_updated_by_user_id')) await sources.authors();
}

/** Asked for once; a refusal is not remembered. */
function once<T>(read: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | null = null;
  return () => {
    kept ??= read().catch((error: unknown) => {
      kept = null;
      throw error;
    });
    return kept;
  };
}
