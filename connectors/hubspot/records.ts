/** Turns rows of HubSpot into records: values what they are, associations and parents filled in. */
import type { CallPriority } from '../budget.ts';
import type { CrmRecord, CrmValue } from '../connector.ts';
import type { HubSpotApi } from './api.ts';
import { associationField, idsText } from './association-labels.ts';
import { type Link, readLinks } from './associations.ts';
import { type Describer, isDayKeptAsInstant, type PortalObject } from './describe.ts';
import { refusal } from './errors.ts';
import { authorOf, type Owner, type OwnerDirectory, ownerValue } from './owners.ts';
import { isStagePart, type Pipelines, stageProperties, stageValue } from './pipelines.ts';

/** A row as lists, searches and batch reads give it. */
export interface Row {
  id: string;
  properties: Record<string, string | null>;
  createdAt: string;
  updatedAt: string;
  archived?: boolean;
  archivedAt?: string;
}

/** Who asks, for errors and budget. */
export interface ReadContext {
  operation: string;
  priority: CallPriority;
  signal?: AbortSignal;
}

/** What filling in takes. */
export interface Sources {
  api: HubSpotApi;
  describer: Describer;
  owners: OwnerDirectory;
  pipelines: Pipelines;
  /** The account's time zone, 'Europe/Berlin'. */
  timeZone(): Promise<string>;
  /** Owners by their users' ids. */
  authors(): Promise<Map<string, Owner>>;
}

/** How to ask for an object's fields and how to read what comes back. */
export interface RecordShape {
  object: PortalObject;
  /** Names to send as `properties`. */
  properties: string[];
  /** Whether reading takes further calls for associations. */
  hasLinks: boolean;
  toRecords(rows: Row[], context: ReadContext): Promise<CrmRecord[]>;
}

type Column =
  | { key: string; way: 'property'; property: string; read: (value: string) => CrmValue }
  | { key: string; way: 'owner' | 'stage'; property: string; part: string }
  | { key: string; way: 'link'; to: string; label: string; isSet: boolean };

const mergedProperty = 'hs_merged_object_ids';
const authorProperty = 'hs_updated_by_user_id';

/** Throws 'invalid-field' for a name the object does not have. */
export async function shapeOf(
  sources: Sources,
  object: PortalObject,
  asked: string[],
): Promise<RecordShape> {
  const { fields } = object.description;
  const zone = asked.some((name) => isDayKeptAsInstant(object.type, name))
    ? await sources.timeZone()
    : 'UTC';
  const columns = [...new Set(asked)].map((name) => columnOf(object, name, zone));
  const system = [object.type.modifiedProperty, mergedProperty, authorProperty];
  const named = columns.flatMap((column) => (column.way === 'link' ? [] : [column.property]));
  const properties = [...new Set([...system.filter((name) => fields.has(name)), ...named])];
  const targets = [
    ...new Set(columns.flatMap((column) => (column.way === 'link' ? [column.to] : []))),
  ];
  return {
    object,
    properties,
    hasLinks: targets.length > 0,
    async toRecords(rows, context) {
      await refuseHidden(sources, object, { rows, named });
      const parents = await readParents(sources, { object, rows, columns, targets }, context);
      const authors = rows.length === 0 ? noAuthors : await sources.authors();
      return rows.flatMap((row) => {
        const records = recordsOf(object, row, valuesOf(row, columns, parents));
        return records.map((record) => ({ ...record, modifiedBy: authorIn(authors, row) }));
      });
    },
  };
}

/** What the row became: the record, and one for each that was merged into it. */
function recordsOf(object: PortalObject, row: Row, values: Record<string, CrmValue>): CrmRecord[] {
  const { properties } = row;
  const deleted = row.archived === true;
  const stamp = properties[object.type.modifiedProperty] ?? row.updatedAt;
  const record: CrmRecord = {
    id: row.id,
    createdAt: row.createdAt,
    modifiedAt: instant(deleted ? (row.archivedAt ?? stamp) : stamp),
    modifiedBy: null,
    deleted,
    mergedInto: null,
    values,
  };
  const merged = deleted ? [] : mergedIds(row);
  return [record, ...merged.map((id) => mergedAway(record, id))];
}

const noAuthors = new Map<string, Owner>();

/** Who changed the row last; null where HubSpot does not say. */
function authorIn(authors: Map<string, Owner>, { properties }: Row): string | null {
  const userId = properties[authorProperty] ?? '';
  return userId === '' ? null : authorOf(userId, authors.get(userId));
}

/** Ids that went into a row; its own id may be among them. */
export function mergedIds({ id, properties }: Row): string[] {
  const text = properties[mergedProperty] ?? '';
  return text.split(';').filter((one) => /^\d{1,20}$/.test(one) && one !== id);
}

/** The record a merge took away: HubSpot keeps only its id, with the survivor. */
export function mergedAway(survivor: CrmRecord, id: string): CrmRecord {
  const values = Object.fromEntries(Object.keys(survivor.values).map((key) => [key, null]));
  return { ...survivor, id, deleted: true, mergedInto: survivor.id, values };
}

function columnOf(object: PortalObject, name: string, zone: string): Column {
  const { fields } = object.description;
  const link = associationField(name);
  const found = link ? foldedField(object, name) : name;
  if (link && found !== null) {
    return { key: name, way: 'link', ...link, label: link.label.toLowerCase() };
  }
  const direct = link ? undefined : fields.get(name);
  if (direct) {
    const read = isDayKeptAsInstant(object.type, name) ? dayIn(zone) : readers[direct.kind];
    return { key: name, way: 'property', property: name, read: read ?? asText };
  }
  const [property = '', part = '', ...more] = name.split('.');
  const parent = fields.get(property);
  if (parent && more.length === 0) {
    if (parent.referenceTo[0] === 'owners' && ownerParts.has(part)) {
      return { key: name, way: 'owner', property, part };
    }
    if (stageProperties.has(property) && isStagePart(part)) {
      return { key: name, way: 'stage', property, part };
    }
  }
  throw hiddenProperty(object, [name]);
}

const ownerParts = new Set(['name', 'first_name', 'last_name', 'email', 'is_active', 'user_id']);

/** A label's field without regard to case; null where the pair has no such label. */
function foldedField(object: PortalObject, name: string): string | null {
  const lower = name.toLowerCase();
  for (const key of object.description.fields.keys()) {
    if (key.toLowerCase() === lower) return key;
  }
  return null;
}

type Reader = (value: string) => CrmValue;
const asText: Reader = (value) => value;

/** HubSpot sends texts only; booleans and instants become what they are, numbers stay exact. */
const readers: Partial<Record<string, Reader>> = {
  boolean: (value) => value.toLowerCase() === 'true',
  datetime: (value) => instant(value),
  date: (value) => (/^\d{11,}$/.test(value) ? instant(value).slice(0, 10) : value.slice(0, 10)),
};

function dayIn(zone: string): Reader {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  return (value) => {
    if (zone === 'UTC') return instant(value).slice(0, 10);
    const at = Date.parse(instant(value));
    return Number.isNaN(at) ? value : format.format(at);
  };
}

/** ISO 8601 with milliseconds in UTC; epoch milliseconds as text are taken too. */
export function instant(text: string): string {
  if (text.length === 24 && text.endsWith('Z')) return text;
  const at = /^-?\d{11,}$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isNaN(at) ? text : new Date(at).toISOString();
}

interface Parents {
  links: Map<string, Map<string, Link[]>>;
  owners: Awaited<ReturnType<OwnerDirectory['byId']>> | null;
  stages: Awaited<ReturnType<Pipelines['byId']>> | null;
}

async function readParents(
  { api, owners, pipelines }: Sources,
  read: { object: PortalObject; rows: Row[]; columns: Column[]; targets: string[] },
  context: ReadContext,
): Promise<Parents> {
  const { object, rows, columns, targets } = read;
  const live = rows.filter(({ archived }) => archived !== true).map(({ id }) => id);
  const linksTo = async (to: string): Promise<[string, Map<string, Link[]>]> => {
    const operation = 'read associations';
    return [to, await readLinks(api, { from: object.type, to }, live, { ...context, operation })];
  };
  const links = new Map(await Promise.all(live.length > 0 ? targets.map(linksTo) : []));
  const has = (way: Column['way']) => rows.length > 0 && columns.some((one) => one.way === way);
  const stageIds = columns.flatMap((column) =>
    column.way === 'stage' ? rows.flatMap((row) => row.properties[column.property] || []) : [],
  );
  return {
    links,
    owners: has('owner') ? await owners.byId() : null,
    stages: has('stage') ? await pipelines.byId(object.type, new Set(stageIds)) : null,
  };
}

function valuesOf(row: Row, columns: Column[], parents: Parents): Record<string, CrmValue> {
  const values: Record<string, CrmValue> = {};
  for (const column of columns) values[column.key] = columnValue(row, column, parents);
  return values;
}

function columnValue(row: Row, column: Column, { links, owners, stages }: Parents): CrmValue {
  if (column.way === 'link') {
    const all = links.get(column.to)?.get(row.id) ?? [];
    const named = all.filter((link) => hasLabel(link, column.label)).map(({ to }) => to);
    return column.isSet ? idsText(named) : (named[0] ?? null);
  }
  const value = row.properties[column.property];
  if (value === null || value === undefined || value === '') return null;
  switch (column.way) {
    case 'property':
      return column.read(value);
    case 'owner': {
      const owner = owners?.get(value);
      return owner ? (ownerValue(owner, column.part) ?? null) : null;
    }
    case 'stage':
      return stageValue(stages?.get(value), column.part);
  }
}

/** `label` in lower case; '*' is any association. */
export function hasLabel({ types }: Link, label: string): boolean {
  return label === '*' || types.some((type) => type.label?.toLowerCase() === label);
}

/**
 * HubSpot passes over names that are no properties in silence, so a property taken away would read
 * as blank on every record. One that is missing in a row is looked up again.
 */
async function refuseHidden(
  { describer }: Sources,
  object: PortalObject,
  { rows, named }: { rows: Row[]; named: string[] },
): Promise<void> {
  const [first] = rows;
  const absent = first ? named.filter((name) => !(name in first.properties)) : [];
  if (absent.length === 0) return;
  const { description } = await describer.describe(object.type.name, { fresh: true });
  const hidden = absent.filter((name) => !description.fields.has(name));
  if (hidden.length > 0) throw hiddenProperty(object, hidden);
}

function hiddenProperty({ description }: PortalObject, names: string[]): Error {
  const fields = names.map((name) => name.slice(0, 80));
  return refusal(
    'invalid-field',
    {
      operation: 'read',
      object: description.name,
      code: 'PROPERTY_DOESNT_EXIST',
      fields,
    },
    `HubSpot ${description.name} have no ${fields.join(', ')}, or our app may not see it. Create it ` +
      '("partner-sync provision"), or map another property or association label.',
  );
}
