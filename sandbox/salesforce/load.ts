/**
 * Puts a dataset into an org: its objects, fields and rows as they are, without rules or triggers.
 */
import type { Dataset, DatasetField, DatasetObject, DatasetRow } from '../dataset.ts';
import { raiseAutoNumbers } from './auto-numbers.ts';
import { isClosedTaskStatus } from './dml/derive.ts';
import { customKeyPrefix, toId18 } from './ids.ts';
import { addDatasetField } from './metadata.ts';
import { addCurrencies } from './org-defaults.ts';
import { ObjectDef } from './schema.ts';
import type { OrgState } from './state.ts';
import { parseDatetime, type Value } from './values.ts';

/** Whoever made records whose maker the dataset does not name. */
export interface LoadOptions {
  userId: string;
}

/** Adds the dataset to the org. Records with an id that is there already are replaced. */
export function loadDataset(state: OrgState, dataset: Dataset, options: LoadOptions): void {
  if (dataset.objects.some(hasCurrencies)) addCurrencies(state);
  const replaced = dataset.objects.find((object) => object.name === 'OpportunityStage');
  if (replaced) eraseAll(state, 'OpportunityStage');
  for (const source of dataset.objects) loadSchema(state, source);
  // Stages first: what an opportunity's stage implies is filled in as it is loaded.
  const stagesFirst = (object: DatasetObject) => (object.name === 'OpportunityStage' ? 0 : 1);
  const ordered = dataset.objects.toSorted((a, b) => stagesFirst(a) - stagesFirst(b));
  for (const source of ordered) {
    if (source.name === 'Opportunity') completeStages(state, source.rows);
    loadRows(state, source, dataset.today, options);
  }
  state.validationRules.push(...(dataset.validationRules ?? []));
  state.touchMetadata();
}

function hasCurrencies(object: DatasetObject): boolean {
  return (
    object.name === 'CurrencyType' ||
    object.fields.some((field) => field.name === 'CurrencyIsoCode')
  );
}

function eraseAll(state: OrgState, name: string): void {
  for (const row of [...state.table(name).rows()]) state.erase(state.object(name), String(row[0]));
}

function loadSchema(state: OrgState, source: DatasetObject): void {
  const object = state.findObject(source.name) ?? newObject(state, source);
  for (const field of source.fields) {
    if (field.name in systemTypes) continue;
    addDatasetField(object, field);
  }
  state.touchMetadata();
}

const systemTypes: Record<string, true> = {
  Id: true,
  IsDeleted: true,
  SystemModstamp: true,
  CreatedDate: true,
  LastModifiedDate: true,
  CreatedById: true,
  LastModifiedById: true,
};

/** A custom object has a name, an owner and the system fields whatever the dataset says. */
export function newObject(
  state: OrgState,
  source: { name: string; label: string; rows?: DatasetRow[] },
) {
  const firstId = source.rows?.find((row) => typeof row['Id'] === 'string')?.['Id'];
  const given = typeof firstId === 'string' && toId18(firstId) ? firstId.slice(0, 3) : null;
  const keyPrefix = given && !state.objectNames.has(given) ? given : freeKeyPrefix(state);
  const object = new ObjectDef({
    name: source.name,
    label: source.label,
    keyPrefix,
    custom: true,
    writable: true,
  });
  const name: DatasetField = {
    name: 'Name',
    label: `${source.label} Name`,
    type: 'string',
    length: 80,
  };
  addDatasetField(object, name);
  object.put({ name: 'Name', type: 'string', nameField: true });
  object.put({
    name: 'OwnerId',
    label: 'Owner ID',
    type: 'reference',
    length: 18,
    referenceTo: ['User'],
    relationshipName: 'Owner',
    required: true,
  });
  if (state.multiCurrency) object.put(currencyField(state));
  state.addObject(object);
  return object;
}

function currencyField(state: OrgState) {
  const { slot: _, ...field } = state.object('Opportunity').field('CurrencyIsoCode')!;
  return field;
}

function freeKeyPrefix(state: OrgState): string {
  let n = 0;
  while (state.objectNames.has(customKeyPrefix(n))) n += 1;
  return customKeyPrefix(n);
}

function loadRows(
  state: OrgState,
  source: DatasetObject,
  today: string,
  { userId }: LoadOptions,
): void {
  const object = state.object(source.name);
  const table = state.table(object);
  const columns = object.fields.map((field) => ({
    name: field.name,
    slot: field.slot,
    reader: field.type === 'datetime' ? readDatetime : isId(field.type) ? readId : readValue,
    fallback: field.defaultValue,
  }));
  const owner = object.field('OwnerId')?.slot;
  const complete = completion(state, object);
  const midnight = `${today}T00:00:00.000+0000`;
  const now = state.stamp();
  for (const given of source.rows) {
    const row: Value[] = object.blankRow();
    for (const { name, slot, reader, fallback } of columns) {
      row[slot] = reader(given[name]) ?? fallback;
    }
    row[0] ??= state.nextId(object);
    row[1] = row[1] === true;
    row[3] ??= row[2] ?? row[4] ?? midnight;
    row[4] ??= row[2] ?? row[3];
    row[2] ??= row[4];
    row[5] ??= row[owner ?? 5] ?? userId;
    row[6] ??= row[5];
    // A CRM never stamps a row ahead of its clock; an export shifted to today may.
    for (const slot of [2, 3, 4]) {
      if (String(row[slot]) > now) row[slot] = now;
    }
    if (owner !== undefined) row[owner] ??= userId;
    complete(row);
    table.put(row);
  }
  raiseAutoNumbers(state, object);
}

function isId(type: string): boolean {
  return type === 'reference' || type === 'id';
}

function readValue(value: Value | undefined): Value {
  return value === undefined || value === '' ? null : value;
}

function readId(value: Value | undefined): Value {
  return typeof value === 'string' && value !== '' ? (toId18(value) ?? value) : null;
}

function readDatetime(value: Value | undefined): Value {
  if (typeof value !== 'string' || value === '') return null;
  return value.length === 24 && value.endsWith('Z')
    ? value.slice(0, 19) + '.000+0000'
    : parseDatetime(value);
}

/** Fills in what an org always knows of its records although an export leaves it out. */
function completion(state: OrgState, object: ObjectDef): (row: Value[]) => void {
  const slot = (name: string) => object.field(name)!.slot;
  switch (object.name) {
    case 'User':
    case 'Contact':
    case 'Lead':
      return (row) => completeName(state, object, row);
    case 'OpportunityStage':
      return (row) => {
        row[slot('MasterLabel')] ??= row[slot('ApiName')] ?? null;
        row[slot('ApiName')] ??= row[slot('MasterLabel')] ?? null;
      };
    case 'Task':
      return (row) => {
        row[slot('IsClosed')] = isClosedTaskStatus(state, row[slot('Status')] ?? null);
      };
    case 'Opportunity':
      return stageCompletion(state, object);
    default:
      return () => {};
  }
}

function completeName(state: OrgState, object: ObjectDef, row: Value[]): void {
  const slot = (name: string) => object.field(name)?.slot ?? -1;
  const full = row[slot('Name')];
  if (typeof full === 'string' && (row[slot('LastName')] ?? null) === null) {
    const at = full.lastIndexOf(' ');
    row[slot('FirstName')] = at < 0 ? null : full.slice(0, at);
    row[slot('LastName')] = full.slice(at + 1);
  } else if ((full ?? null) === null) {
    const parts = [row[slot('FirstName')], row[slot('LastName')]].filter((part) => part != null);
    row[slot('Name')] = parts.join(' ') || null;
  }
  if (object.name !== 'User') return;
  const last = String(row[slot('Name')] ?? row[0]);
  const handle = last.toLowerCase().replace(/[^a-z0-9]+/g, '.');
  row[slot('Username')] ??= `${handle}.${String(row[0]).slice(11, 15)}@sandbox.example`;
  row[slot('Email')] ??= `${handle}@sandbox.example`;
  row[slot('Alias')] ??= handle.slice(0, 8);
  row[slot('UserType')] ??= 'Standard';
  row[slot('ProfileId')] ??= profileId(state, 'Standard User');
}

function profileId(state: OrgState, name: string): Value {
  const profile = state.object('Profile');
  return state.table(profile).matching(profile.field('Name')!.slot, name)[0]?.[0] ?? null;
}

/** Stages seen on opportunities but not defined become defined, closed and won as the rows say. */
function completeStages(state: OrgState, rows: DatasetRow[]): void {
  const stage = state.object('OpportunityStage');
  const [api, label] = [stage.field('ApiName')!.slot, stage.field('MasterLabel')!.slot];
  const known = new Set([...state.table(stage).rows()].map((row) => row[api]));
  for (const row of rows) {
    const { StageName: name, IsClosed: closed, IsWon: won } = row;
    if (typeof name !== 'string' || name === '' || known.has(name)) continue;
    known.add(name);
    addStage(state, name, { closed: closed === true, won: won === true });
  }
  state.object('Opportunity').put({
    name: 'StageName',
    type: 'picklist',
    picklist: [...state.table(stage).rows()].map((row) => String(row[label])),
  });
}

function addStage(state: OrgState, name: string, is: { closed: boolean; won: boolean }): void {
  const stage = state.object('OpportunityStage');
  const row = stage.blankRow();
  const stamp = state.stamp();
  const category = is.won ? 'Closed' : is.closed ? 'Omitted' : 'Pipeline';
  const values: Record<string, Value> = {
    Id: state.nextId(stage),
    IsDeleted: false,
    SystemModstamp: stamp,
    CreatedDate: stamp,
    LastModifiedDate: stamp,
    MasterLabel: name,
    ApiName: name,
    IsActive: true,
    SortOrder: state.table(stage).size + 1,
    IsClosed: is.closed,
    IsWon: is.won,
    // An export does not say how likely its own stages are: half for open ones.
    DefaultProbability: is.won ? 100 : is.closed ? 0 : 50,
    ForecastCategory: category,
    ForecastCategoryName: category,
  };
  for (const [field, value] of Object.entries(values)) row[stage.field(field)!.slot] = value;
  state.table(stage).put(row);
}

/** Closed, won and probability are what the stage says, whatever an export holds. */
function stageCompletion(state: OrgState, opportunity: ObjectDef): (row: Value[]) => void {
  const stage = state.object('OpportunityStage');
  const of = (object: ObjectDef, name: string) => object.field(name)!.slot;
  const stages = new Map<Value | undefined, readonly (Value | undefined)[]>();
  for (const row of state.table(stage).rows()) stages.set(row[of(stage, 'ApiName')], row);
  const [stageName, closed, won, probability] = [
    of(opportunity, 'StageName'),
    of(opportunity, 'IsClosed'),
    of(opportunity, 'IsWon'),
    of(opportunity, 'Probability'),
  ];
  const [stageClosed, stageWon, stageProbability] = [
    of(stage, 'IsClosed'),
    of(stage, 'IsWon'),
    of(stage, 'DefaultProbability'),
  ];
  return (row) => {
    const own = stages.get(row[stageName]);
    if (!own) return;
    row[closed] = own[stageClosed] ?? false;
    row[won] = own[stageWon] ?? false;
    row[probability] ??= own[stageProbability] ?? null;
  };
}
