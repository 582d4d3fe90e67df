/** What objects, properties and association labels a portal has, kept for an hour. */
import type { FieldDescription, ObjectDescription } from '../connector.ts';
import type { HubSpotApi } from './api.ts';
import { type LabelType, labelFields, readLabels } from './association-labels.ts';
import { malformedResponse } from './errors.ts';
import type { ObjectType, ObjectTypes } from './objects.ts';

/** An object as the connector itself needs it, beside what activities see. */
export interface PortalObject {
  type: ObjectType;
  description: ObjectDescription;
  /** Association labels by the object they lead to. */
  labels: Map<string, LabelType[]>;
}

/** New properties appear in mid-run, but an hour's delay costs less than calls each run. */
const keptForMs = 3_600_000;
/** What a text property of HubSpot holds (HubSpot docs, "Properties"). */
const textLength = 65_536;

/** Reads descriptions; once an object an hour, however many ask at once. */
export class Describer {
  private readonly api: HubSpotApi;
  private readonly types: ObjectTypes;
  private readonly now: () => number;
  private readonly kept = new Map<string, { at: number; object: Promise<PortalObject> }>();

  constructor(options: { api: HubSpotApi; types: ObjectTypes; now: () => number }) {
    this.api = options.api;
    this.types = options.types;
    this.now = options.now;
  }

  /** Throws 'not-found' when the portal has no such object or hides it from our app. */
  async describe(name: string, options: { fresh?: boolean } = {}): Promise<PortalObject> {
    const known = this.kept.get(name);
    if (known && !options.fresh && this.now() - known.at < keptForMs) return known.object;
    const object = this.read(name);
    this.kept.set(name, { at: this.now(), object });
    object.catch(() => this.kept.delete(name));
    return object;
  }

  private async read(name: string): Promise<PortalObject> {
    const type = await this.types.resolve(name);
    const answer = await this.api.call<{ results?: RawProperty[] }>({
      method: 'GET',
      path: this.api.paths.properties(type.path),
      operation: 'describe',
      object: name,
      priority: 3,
    });
    if (!Array.isArray(answer?.results)) {
      throw malformedResponse({ operation: 'describe', object: name });
    }
    const labels = await readLabels(this.api, type);
    const properties = answer.results
      .filter(({ archived }) => archived !== true)
      .map((raw) => toField(type, raw));
    const fields = [...properties, ...labelFields(labels)];
    return {
      type,
      labels,
      description: {
        name,
        typeId: type.typeId,
        label: type.label,
        creatable: true,
        updatable: true,
        deletable: true,
        fields: new Map(fields.map((field) => [field.name, field] as const)),
      },
    };
  }
}

/** A property as the API gives it; the parts we read. */
interface RawProperty {
  name: string;
  label: string;
  type: string;
  fieldType: string;
  options?: { value: string; hidden?: boolean }[];
  archived?: boolean;
  calculated?: boolean;
  externalOptions?: boolean;
  hasUniqueValue?: boolean;
  referencedObjectType?: string;
  modificationMetadata?: { readOnlyValue?: boolean };
}

function toField(type: ObjectType, raw: RawProperty): FieldDescription {
  const kind = kindOf(type, raw);
  const listed = kind === 'picklist' || kind === 'multipicklist';
  return {
    name: raw.name,
    label: raw.label,
    kind,
    vendorType: `${raw.type} (${raw.fieldType})`,
    length: kind === 'text' ? textLength : null,
    scale: null,
    picklist: listed
      ? (raw.options ?? []).filter(({ hidden }) => hidden !== true).map(({ value }) => value)
      : null,
    restricted: listed && raw.externalOptions !== true,
    readable: true,
    writable: raw.modificationMetadata?.readOnlyValue !== true && raw.calculated !== true,
    externalId: raw.hasUniqueValue === true,
    unique: raw.hasUniqueValue === true,
    calculated: raw.calculated === true,
    referenceTo: raw.referencedObjectType === 'OWNER' ? ['owners'] : [],
  };
}

/**
 * A deal's close date is kept as an instant but picked as a day: the day in the account's zone is
 * what people mean.
 */
export function isDayKeptAsInstant(type: ObjectType, property: string): boolean {
  return type.typeId === '0-3' && property === 'closedate';
}

/** HubSpot's property types (HubSpot docs, "Properties": type and fieldType). */
function kindOf(type: ObjectType, raw: RawProperty): FieldDescription['kind'] {
  if (raw.name === 'hs_object_id') return 'id';
  if (raw.referencedObjectType === 'OWNER') return 'reference';
  if (isDayKeptAsInstant(type, raw.name)) return 'date';
  switch (raw.type) {
    case 'bool':
      return 'boolean';
    case 'enumeration':
      if (raw.fieldType === 'booleancheckbox') return 'boolean';
      return raw.fieldType === 'checkbox' ? 'multipicklist' : 'picklist';
    case 'number':
      return 'decimal';
    case 'date':
      return 'date';
    case 'datetime':
      return 'datetime';
    default:
      return 'text';
  }
}
