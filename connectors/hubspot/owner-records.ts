/** Owners as an object like any other: a connector's methods, answered from the owners' list. */
import type { Connector, CrmRecord, ListRequest, PullRequest } from '../connector.ts';
import { type OwnerDirectory, ownersDescription, ownersObject } from './owners.ts';

/**
 * The connector with `owners` among its objects. The list has no windows and no deletions: each read
 * gives all of it, active and deactivated ones, and what has not changed is dropped by its hash.
 */
export function withOwners(connector: Connector, owners: OwnerDirectory): Connector {
  const isOwners = (object: string) => object === ownersObject;
  const all = (request: Pick<PullRequest, 'fields' | 'priority' | 'signal'>) =>
    owners.records(request.fields, request);
  return {
    ...connector,
    describe: async (object, how) =>
      isOwners(object) ? ownersDescription : connector.describe(object, how),
    pullChanges: async (request) =>
      isOwners(request.object)
        ? { records: await all(request), next: null }
        : connector.pullChanges(request),
    pullDeleted: async (object, from, until) =>
      isOwners(object) ? [] : connector.pullDeleted(object, from, until),
    readByIds: async (request) =>
      isOwners(request.object)
        ? withIds(await all(request), request.ids)
        : connector.readByIds(request),
    listCreated: async (request) =>
      isOwners(request.object)
        ? inSpan(await all(request), request)
        : connector.listCreated(request),
    backfill: async (request, resume) =>
      isOwners(request.object)
        ? { records: await all(request), resume: null }
        : connector.backfill(request, resume),
    count: async (object, where) =>
      isOwners(object)
        ? (await owners.records([], { priority: 3 })).length
        : connector.count(object, where),
    resolveIdentity: async (object, ids) =>
      isOwners(object) ? new Map() : connector.resolveIdentity(object, ids),
  };
}

function withIds(records: CrmRecord[], ids: string[]): CrmRecord[] {
  const wanted = new Set(ids);
  return records.filter(({ id }) => wanted.has(id));
}

function inSpan(records: CrmRecord[], { createdFrom, createdBefore }: ListRequest): CrmRecord[] {
  return records.filter(
    ({ createdAt }) =>
      (createdFrom === null || (createdAt ?? '') >= createdFrom) &&
      (createdBefore === null || (createdAt ?? '') < createdBefore),
  );
}
