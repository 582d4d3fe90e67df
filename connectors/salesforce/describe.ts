/** What objects and fields an org has, read from describe and kept for an hour. */
import type { FieldDescription, ObjectDescription } from '../connector.ts';
import { ConnectorError } from '../errors.ts';
import type { SalesforceApi } from './api.ts';
import { objectName } from './soql.ts';

/** An object as the connector itself needs it, beside what activities see. */
export interface OrgObject {
  description: ObjectDescription;
  /** Canonical field names by their lower-case form: SOQL does not mind case, our keys do. */
  nameOf: Map<string, string>;
  /** Parent objects by lower-case relationship name: 'owner' -> ['User']. */
  parents: Map<string, string[]>;
}

/** New fields appear in mid-run, but an hour's delay costs less than a call a run. */
const keptForMs = 3_600_000;

/** Reads describes; one call an object an hour, however many ask at once. */
export class Describer {
  private readonly api: SalesforceApi;
  private readonly now: () => number;
  private readonly kept = new Map<string, { at: number; object: Promise<OrgObject> }>();

  constructor(api: SalesforceApi, now: () => number) {
    this.api = api;
    this.now = now;
  }

  /** Throws 'not-found' when the org has no such object or hides it from our user. */
  async describe(name: string, options: { fresh?: boolean } = {}): Promise<OrgObject> {
    const key = objectName(name).toLowerCase();
    const known = this.kept.get(key);
    if (known && !options.fresh && this.now() - known.at < keptForMs) return known.object;
    const object = this.read(name);
    this.kept.set(key, { at: this.now(), object });
    object.catch(() => this.kept.delete(key));
    return object;
  }

  /** Forgets an object, so that the next look reads it again. */
  forget(name: string): void {
    this.kept.delete(name.toLowerCase());
  }

  private async read(name: string): Promise<OrgObject> {
    const raw = await this.api.call<RawDescribe>({
      method: 'GET',
      path: `/sobjects/${name}/describe`,
      operation: 'describe',
      object: name,
      priority: 3,
    });
    if (!Array.isArray(raw?.fields)) throw notDescribed(name);
    return toOrgObject(raw);
  }
}

/** A describe as the REST API gives it; the parts we read. */
export interface RawDescribe {
  name: string;
  label: string;
  createable: boolean;
  updateable: boolean;
  deletable: boolean;
  fields: RawField[];
}

/** One field of a describe. */
export interface RawField {
  name: string;
  label: string;
  type: string;
  length: number;
  scale: number;
  updateable: boolean;
  calculated: boolean;
  externalId: boolean;
  unique: boolean;
  restrictedPicklist: boolean;
  picklistValues?: { value: string; active: boolean }[];
  referenceTo?: string[];
  relationshipName: string | null;
}

/** Translates a raw describe. */
export function toOrgObject(raw: RawDescribe): OrgObject {
  const fields = new Map(raw.fields.map((field) => [field.name, toField(field)] as const));
  const { name, label } = raw;
  return {
    description: {
      name,
      label,
      creatable: raw.createable,
      updatable: raw.updateable,
      deletable: raw.deletable,
      fields,
    },
    nameOf: new Map(raw.fields.map((field) => [field.name.toLowerCase(), field.name] as const)),
    parents: new Map(
      raw.fields
        .filter((field) => field.relationshipName)
        .map((field) => [field.relationshipName?.toLowerCase() ?? '', field.referenceTo ?? []]),
    ),
  };
}

function toField(raw: RawField): FieldDescription {
  const kind = kinds[raw.type] ?? 'text';
  const isText = kind === 'text' || kind === 'picklist' || kind === 'multipicklist';
  const isNumber = kind === 'decimal' || kind === 'percent';
  return {
    name: raw.name,
    label: raw.label,
    kind,
    vendorType: raw.type,
    length: isText && raw.length > 0 ? raw.length : null,
    scale: isNumber ? raw.scale : null,
    picklist:
      kind === 'picklist' || kind === 'multipicklist'
        ? (raw.picklistValues ?? []).filter((value) => value.active).map(({ value }) => value)
        : null,
    restricted: raw.restrictedPicklist === true,
    readable: true, // describe leaves out what our user may not read
    writable: raw.updateable,
    externalId: raw.externalId === true,
    unique: raw.unique === true,
    calculated: raw.calculated === true,
    referenceTo: raw.referenceTo ?? [],
  };
}

/** Describe's types (Object Reference, "Primitive Data Types" and "Field Types"). */
const kinds: Record<string, FieldDescription['kind']> = {
  id: 'id',
  reference: 'reference',
  string: 'text',
  textarea: 'text',
  url: 'text',
  email: 'text',
  phone: 'text',
  encryptedstring: 'text',
  combobox: 'text',
  time: 'text',
  anyType: 'text',
  picklist: 'picklist',
  multipicklist: 'multipicklist',
  boolean: 'boolean',
  int: 'decimal',
  long: 'decimal',
  double: 'decimal',
  currency: 'decimal',
  percent: 'percent',
  date: 'date',
  datetime: 'datetime',
};

function notDescribed(object: string): ConnectorError {
  const call = { crm: 'salesforce' as const, operation: 'describe', object };
  return new ConnectorError(
    'malformed-response',
    call,
    `Salesforce's describe of ${object} has no field list. Retried by itself.`,
  );
}
