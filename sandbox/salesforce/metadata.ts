/** Reads the standard objects' lines and a dataset's fields into object definitions. */
import type { DatasetField, FieldType } from '../dataset.ts';
import type { FieldDef } from './field-def.ts';
import { ObjectDef } from './schema.ts';
import type { StandardObject } from './standard-objects.ts';

/** Digits and lengths where nothing is said, by type. */
const sizes: Partial<Record<FieldType, Partial<FieldDef>>> = {
  string: { length: 255 },
  textarea: { length: 32_768 },
  picklist: { length: 255 },
  multipicklist: { length: 4_099 },
  url: { length: 255 },
  email: { length: 80 },
  phone: { length: 40 },
  reference: { length: 18 },
  currency: { precision: 18, scale: 2 },
  percent: { precision: 5, scale: 2 },
  double: { precision: 18, scale: 2 },
  int: { precision: 8, scale: 0 },
};

/** The definition of a standard object. */
export function standardObject(source: StandardObject): ObjectDef {
  const object = new ObjectDef({
    name: source.name,
    label: source.label,
    keyPrefix: source.keyPrefix,
    custom: false,
    writable: source.writable ?? true,
  });
  for (const line of source.fields.split('\n')) {
    if (line.trim()) object.put(readLine(line));
  }
  return object;
}

/** Adds (or overrides) the fields a dataset brings; they are visible to everyone. */
export function addDatasetField(object: ObjectDef, field: DatasetField): FieldDef {
  const present = object.field(field.name);
  const { name, label, type, length, precision, scale, referenceTo } = field;
  return object.put({
    ...(present ? {} : sizes[type]),
    ...(present ? {} : relationNames(object, field)),
    name: present?.name ?? name,
    label,
    type,
    length,
    precision,
    scale,
    referenceTo: referenceTo ?? present?.referenceTo,
    picklist: field.picklist,
    restricted: field.restricted,
    externalId: field.externalId,
    unique: field.unique,
    required: field.required,
    autoNumber: field.autoNumber,
    calculated: field.calculated,
    createable: field.autoNumber || field.calculated ? false : undefined,
    updateable: field.autoNumber || field.calculated ? false : undefined,
    nameField: present?.nameField ?? (name === 'Name' || undefined),
    defaultValue: type === 'boolean' ? false : undefined,
  });
}

/** A field of this type with Salesforce's usual sizes. */
export function sized(type: FieldType): Partial<FieldDef> {
  return sizes[type] ?? {};
}

/** `Partner__r` for Partner__c, `Partner` for PartnerId, and the parent's name for the children. */
export function relationNames(
  object: ObjectDef,
  field: { name: string; type: FieldType; referenceTo?: string[] },
): Partial<FieldDef> {
  if (field.type !== 'reference') return {};
  const relationshipName = field.name.endsWith('__c')
    ? field.name.slice(0, -1) + 'r'
    : field.name.replace(/Id$/, '');
  const base = object.name.endsWith('__c') ? object.name.slice(0, -3) : object.name;
  const plural = base.endsWith('y') ? base.slice(0, -1) + 'ies' : base + 's';
  // A second look-up to one parent would need another name: Salesforce asks its maker for one.
  const taken = object.fields.some(
    (other) =>
      other.childRelationship === plural + '__r' &&
      other.referenceTo.some((parent) => field.referenceTo?.includes(parent)),
  );
  const own = field.name.replace(/__c$/, '').replace(/Id$/, '');
  const childRelationship = taken ? `${plural}_${own}__r` : plural + '__r';
  return { relationshipName, childRelationship };
}

function readLine(line: string): Partial<FieldDef> & Pick<FieldDef, 'name' | 'type'> {
  const [name = '', label = '', typeText = '', flagText = ''] = line
    .split('|')
    .map((part) => part.trim());
  const [type = '', ...rest] = typeText.split(' ');
  const fieldType = type as FieldType;
  const detail = rest.join(' ');
  return {
    name,
    label,
    type: fieldType,
    ...sizes[fieldType],
    ...detailOf(name, fieldType, detail),
    ...readFlags(flagText),
    ...(fieldType === 'boolean' ? { defaultValue: false } : {}),
  };
}

function detailOf(name: string, type: FieldType, detail: string): Partial<FieldDef> {
  if (type === 'reference') {
    return { referenceTo: detail.split(','), relationshipName: name.replace(/Id$/, '') };
  }
  if (type === 'picklist') return { picklist: detail ? detail.split(',') : [] };
  return detail ? { length: Number(detail) } : {};
}

function readFlags(text: string): Partial<FieldDef> {
  const flags: Partial<FieldDef> = {};
  const defaultAt = text.indexOf('default=');
  // A default may hold spaces: it is always written last, or followed by `noupdate`.
  const noupdate = /\bnoupdate\b/.test(text);
  if (defaultAt >= 0) {
    flags.defaultValue = text.slice(defaultAt + 8).replace(/ noupdate$/, '');
  }
  const words = (defaultAt >= 0 ? text.slice(0, defaultAt) : text).split(' ');
  if (words.includes('readonly')) Object.assign(flags, { createable: false, updateable: false });
  if (words.includes('nocreate')) flags.createable = false;
  if (noupdate) flags.updateable = false;
  if (words.includes('required')) flags.required = true;
  if (words.includes('name')) flags.nameField = true;
  if (words.includes('unique')) flags.unique = true;
  if (words.includes('lookup')) flags.idLookup = true;
  for (const word of words) {
    if (word.startsWith('rel=')) flags.relationshipName = word.slice(4);
    if (word.startsWith('children=')) flags.childRelationship = word.slice(9);
  }
  return flags;
}
