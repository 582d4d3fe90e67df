/** The properties of an object type, as data: what the properties API shows and writes. */
import type { CrmRecord } from './record.ts';

/** HubSpot's property types (developers.hubspot.com, Properties). */
export const propertyTypes = [
  'bool',
  'date',
  'datetime',
  'enumeration',
  'number',
  'phone_number',
  'string',
  'json',
  'object_coordinates',
] as const;
export type PropertyType = (typeof propertyTypes)[number];

export const fieldTypes = [
  'text',
  'textarea',
  'select',
  'radio',
  'checkbox',
  'booleancheckbox',
  'number',
  'date',
  'file',
  'html',
  'phonenumber',
  'calculation_equation',
] as const;

export interface Option {
  label: string;
  value: string;
  displayOrder: number;
  hidden: boolean;
  description?: string;
}

/** One property. `derive` computes the value of a property nobody writes. */
export interface PropertyDef {
  name: string;
  label: string;
  type: PropertyType;
  fieldType: string;
  groupName: string;
  description: string;
  options: Option[];
  hasUniqueValue: boolean;
  hidden: boolean;
  displayOrder: number;
  formField: boolean;
  calculated: boolean;
  calculationFormula?: string;
  externalOptions: boolean;
  referencedObjectType?: string;
  hubspotDefined: boolean;
  readOnlyValue: boolean;
  archived: boolean;
  archivedAt: number | null;
  createdAt: number;
  updatedAt: number;
  createdUserId: string | null;
  slot: number;
  derive?: (record: CrmRecord) => string | null;
  /** The same as a number to compare, where that is at hand without the text. */
  order?: (record: CrmRecord) => number;
}

/** What a new property says of itself; the rest has HubSpot's defaults. */
export type PropertyInput = Pick<PropertyDef, 'name' | 'label' | 'type' | 'fieldType'> &
  Partial<Omit<PropertyDef, 'slot' | 'options'>> & { options?: OptionInput[] };
export type OptionInput = Pick<Option, 'label' | 'value'> & Partial<Option>;

export interface PropertyGroup {
  name: string;
  label: string;
  displayOrder: number;
  archived: boolean;
}

/** The properties and groups of one object type. Slots are never given twice. */
export class PropertySet {
  readonly #byName = new Map<string, PropertyDef>();
  readonly groups = new Map<string, PropertyGroup>();
  #slots = 0;
  /** Properties HubSpot makes up by name, such as one a stage. */
  lookUp: (name: string) => PropertyDef | undefined = () => undefined;
  /** All of the above, for the list. */
  listed: () => PropertyDef[] = () => [];

  /** A property that is not archived. Names are compared as HubSpot does: without case. */
  get(name: string): PropertyDef | undefined {
    const own = this.find(name);
    return own?.archived ? undefined : own;
  }

  /** A property, archived or not. */
  find(name: string): PropertyDef | undefined {
    return this.#byName.get(name) ?? this.#byName.get(name.toLowerCase()) ?? this.lookUp(name);
  }

  all(): PropertyDef[] {
    return [...this.#byName.values(), ...this.listed()];
  }

  /** Stored properties only: the ones that have a slot of their own. */
  stored(): PropertyDef[] {
    return [...this.#byName.values()].filter((def) => !def.derive);
  }

  group(group: Pick<PropertyGroup, 'name' | 'label'> & Partial<PropertyGroup>): PropertyGroup {
    const full = { displayOrder: this.groups.size, archived: false, ...group };
    this.groups.set(full.name, full);
    return full;
  }

  /** Adds a property, or puts one of the same name in its place (and slot). */
  put(input: PropertyInput, now: number): PropertyDef {
    const present = this.#byName.get(input.name);
    const slot = present?.slot ?? this.#slots;
    if (!present) this.#slots += 1;
    const def = { ...complete(input, now), slot };
    this.#byName.set(def.name, def);
    return def;
  }

  remove(name: string): void {
    this.#byName.delete(name);
  }
}

/** A property with HubSpot's defaults for what it does not say. */
export function complete(input: PropertyInput, now: number): PropertyDef {
  return {
    groupName: '',
    description: '',
    hasUniqueValue: false,
    hidden: false,
    displayOrder: -1,
    formField: false,
    calculated: false,
    externalOptions: false,
    hubspotDefined: false,
    readOnlyValue: false,
    archived: false,
    archivedAt: null,
    createdAt: now,
    updatedAt: now,
    createdUserId: null,
    slot: -1,
    ...input,
    options: (input.options ?? []).map(completeOption),
  };
}

/** An option with its place in the list, unless it says one. */
export function completeOption(option: OptionInput, index: number): Option {
  return { displayOrder: index, hidden: false, ...option };
}

/** Options of one label and value each. */
export function optionsOf(labels: readonly string[]): OptionInput[] {
  return labels.map((label) => ({ label, value: label }));
}

/** The value of a property in a version of a record: a text, or null. */
export function valueIn(record: CrmRecord, def: PropertyDef): string | null {
  return def.derive ? def.derive(record) : (record.values[def.slot] ?? null);
}
