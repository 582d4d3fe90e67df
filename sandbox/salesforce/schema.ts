/** What objects and fields an org has: the metadata behind describe, SOQL and DML. */
import type { FieldDef } from './field-def.ts';
import { slots, systemFields } from './system-fields.ts';
import type { Value } from './values.ts';

/** One object. `fields` is in slot order. */
export class ObjectDef {
  readonly name: string;
  readonly label: string;
  readonly keyPrefix: string;
  readonly custom: boolean;
  readonly writable: boolean;
  #bySlot: (FieldDef | null)[] = [];
  #fields: FieldDef[] | null = null;
  #byName = new Map<string, FieldDef>();
  #byRelationship = new Map<string, FieldDef>();

  constructor(init: {
    name: string;
    label: string;
    keyPrefix: string;
    custom: boolean;
    writable: boolean;
  }) {
    this.name = init.name;
    this.label = init.label;
    this.keyPrefix = init.keyPrefix;
    this.custom = init.custom;
    this.writable = init.writable;
    for (const field of systemFields) this.put(field);
  }

  /** The fields in slot order; a deleted field leaves its slot empty. */
  get fields(): FieldDef[] {
    this.#fields ??= this.#bySlot.filter((field) => field !== null);
    return this.#fields;
  }

  /** A row of default values, as wide as the object. */
  blankRow(): Value[] {
    return this.#bySlot.map((field) => field?.defaultValue ?? null);
  }

  /** Case does not matter in Salesforce's API names. */
  field(name: string): FieldDef | undefined {
    return this.#byName.get(name) ?? this.#byName.get(name.toLowerCase());
  }

  relationship(name: string): FieldDef | undefined {
    return this.#byRelationship.get(name.toLowerCase());
  }

  /** Adds a field, or replaces the one of that name (which keeps its slot). */
  put(init: Partial<FieldDef> & Pick<FieldDef, 'name' | 'type'>): FieldDef {
    const present = this.field(init.name);
    const slot = present?.slot ?? init.slot ?? slots[init.name] ?? this.#bySlot.length;
    const field = { ...(present ?? defaultsFor(init.name)), ...definedOnly(init), slot };
    this.#bySlot[slot] = field;
    this.#fields = null;
    this.#byName.set(field.name, field);
    this.#byName.set(field.name.toLowerCase(), field);
    if (field.relationshipName) {
      this.#byRelationship.set(field.relationshipName.toLowerCase(), field);
    }
    return field;
  }

  /** Deletes a custom field: its values are gone from every answer. */
  remove(name: string): boolean {
    const field = this.field(name);
    if (!field?.custom) return false;
    this.#bySlot[field.slot] = null;
    this.#fields = null;
    this.#byName.delete(field.name);
    this.#byName.delete(field.name.toLowerCase());
    if (field.relationshipName) this.#byRelationship.delete(field.relationshipName.toLowerCase());
    return true;
  }

  /** Gives a custom field another API name; its values stay. Throws Error where it cannot. */
  rename(from: string, to: string): void {
    const field = this.field(from);
    if (!field?.custom) throw new Error(`${this.name} has no custom field ${from}.`);
    if (this.field(to)) throw new Error(`${this.name} has a field ${to} already.`);
    this.remove(field.name);
    const related =
      field.relationshipName === null ? {} : { relationshipName: `${to.slice(0, -1)}r` };
    this.put({ ...field, ...related, name: to });
  }

  /** The field a person reads a record by: Name, Subject, CaseNumber ... */
  get nameField(): FieldDef | undefined {
    return this.fields.find((field) => field.nameField);
  }

  copy(): ObjectDef {
    const copy = new ObjectDef(this);
    copy.#bySlot = [...this.#bySlot];
    for (const field of this.fields) copy.put(field);
    return copy;
  }
}

function defaultsFor(name: string): Omit<FieldDef, 'slot' | 'type'> {
  return {
    name,
    label: name,
    length: 0,
    precision: 0,
    scale: 0,
    referenceTo: [],
    relationshipName: null,
    childRelationship: null,
    picklist: null,
    restricted: false,
    externalId: false,
    unique: false,
    idLookup: false,
    caseSensitive: false,
    required: false,
    createable: true,
    updateable: true,
    custom: name.endsWith('__c'),
    calculated: false,
    nameField: false,
    defaultValue: null,
    autoNumber: null,
    gated: false,
  };
}

function definedOnly<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, v]) => v !== undefined)) as T;
}
