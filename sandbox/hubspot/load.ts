/** Brings a dataset into a portal: past every check, as an admin's import of years ago would be. */
import { addCustomObject } from './custom-objects.ts';
import type { DatasetPortalObject, DatasetRecord, HubSpotDataset } from './dataset.ts';
import type { ObjectStore } from './object-store.ts';
import { bare, dealStage } from './pipelines.ts';
import type { Portal } from './portal.ts';
import type { Author, CrmRecord, StageVisit } from './record.ts';

/** Loads it; records of the same id are replaced. Throws Error where the dataset contradicts. */
export function loadPortal(portal: Portal, dataset: HubSpotDataset): void {
  const now = portal.clock.now();
  portal.companyCurrency = dataset.companyCurrency;
  portal.exchangeRates = dataset.exchangeRates.map((rate, i) => ({
    ...rate,
    id: String(i + 1),
    effectiveAt: Date.parse(rate.effectiveAt),
  }));
  for (const { team, ...owner } of dataset.owners) {
    const teams = team === undefined ? [] : [{ id: team, name: team, primary: true }];
    portal.owners.set(owner.id, { ...owner, teams, createdAt: now, updatedAt: now });
  }
  for (const { id, label, stages } of dataset.dealPipelines) {
    portal.pipelines.put('deal', {
      ...bare(id, label, now),
      stages: stages.map((stage, i) =>
        dealStage([stage.id, stage.label, stage.closed, stage.probability], i, now),
      ),
    });
  }
  const stores = dataset.objects.map((object) => withMetadata(portal, object));
  loadLabels(portal, dataset);
  for (const [i, object] of dataset.objects.entries()) {
    for (const record of object.records) loadRecord(stores[i]!, record);
  }
  loadAssociations(portal, dataset);
}

function withMetadata(portal: Portal, object: DatasetPortalObject): ObjectStore {
  const present = portal.findStore(object.type);
  if (!present && !object.schema) throw new Error(`The portal has no object "${object.type}".`);
  const store = present ?? addCustomObject(portal, object.schema!);
  const now = portal.clock.now();
  for (const group of object.groups ?? []) store.properties.group(group);
  for (const property of object.properties ?? []) {
    const groupName = property.groupName ?? [...store.properties.groups.keys()][0]!;
    store.properties.put({ ...property, groupName }, now);
  }
  return store;
}

function loadLabels(portal: Portal, { labels }: HubSpotDataset): void {
  const { types } = portal.associations;
  for (const { from, to, name, label, inverseLabel } of labels) {
    const pair = { from: portal.store(from).type.name, to: portal.store(to).type.name };
    if (!types.plain(pair.from, pair.to)) types.add(pair, null, null);
    if (types.labelled(pair.from, pair.to, label)) continue;
    types.add({ ...pair, name }, label, inverseLabel);
  }
}

function loadAssociations(portal: Portal, { associations }: HubSpotDataset): void {
  const { types } = portal.associations;
  for (const { from, fromId, to, toId, label } of associations) {
    const pair = { from: portal.store(from).type.name, to: portal.store(to).type.name };
    const type =
      label === undefined
        ? types.plain(pair.from, pair.to)
        : types.labelled(pair.from, pair.to, label);
    if (!type) throw new Error(`${from} and ${to} cannot be associated as "${label}".`);
    portal.associations.add({ ...pair, fromId: Number(fromId), toId: Number(toId) }, [type]);
  }
}

function loadRecord(store: ObjectStore, row: DatasetRecord): void {
  const createdAt = Date.parse(row.createdAt);
  const updatedAt = row.updatedAt === undefined ? createdAt : Date.parse(row.updatedAt);
  const visits: StageVisit[] = [];
  const common = {
    id: row.id,
    number: Number(row.id),
    createdAt,
    archivedAt: null,
    mergedIds: null,
    visits: store.type.name === 'deal' ? visits : null,
  };
  let previous: CrmRecord | null = null;
  for (const version of [
    ...(row.versions ?? []),
    { at: row.updatedAt ?? row.createdAt, byUserId: null, properties: row.properties },
  ]) {
    const at = Date.parse(version.at);
    const values = valuesOf(store, { ...version.properties });
    noteVisit(store, visits, values, at);
    const author = importedBy(version.byUserId);
    previous = {
      ...common,
      values,
      updatedAt: at,
      writtenAt: at,
      indexedAt: at,
      author,
      previous,
    };
  }
  const archivedAt = row.archivedAt === undefined ? null : Date.parse(row.archivedAt);
  const mergedIds = row.mergedIds ?? null;
  store.put({ ...previous!, updatedAt, archivedAt, mergedIds });
  for (const id of row.mergedIds ?? []) store.forwardId(id, row.id);
}

function valuesOf(store: ObjectStore, properties: Record<string, string | null>) {
  const values: (string | null)[] = [];
  for (const [name, value] of Object.entries(properties)) {
    const def = store.properties.find(name);
    if (!def) throw new Error(`${store.type.plural} have no property "${name}".`);
    values[def.slot] = value;
  }
  return values;
}

function noteVisit(
  store: ObjectStore,
  visits: StageVisit[],
  values: (string | null)[],
  at: number,
): void {
  if (store.type.name !== 'deal') return;
  const stageId = values[store.properties.get('dealstage')!.slot];
  if (stageId && visits.at(-1)?.stageId !== stageId) visits.push({ stageId, at });
}

function importedBy(userId: number | null): Author {
  const sourceType = userId === null ? 'IMPORT' : 'CRM_UI';
  return { sourceType, sourceId: null, userId, appId: null };
}
