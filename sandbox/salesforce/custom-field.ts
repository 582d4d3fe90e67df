/** Makes a custom field from Tooling metadata, hidden until FieldPermissions grant it. */
import type { FieldType } from '../dataset.ts';
import { RecordError } from './errors.ts';
import type { FieldDef } from './field-def.ts';
import { relationNames, sized } from './metadata.ts';
import type { ObjectDef } from './schema.ts';
import type { OrgState } from './state.ts';

/** The Metadata part of a CustomField, as far as the sandbox reads it. */
interface FieldMetadata {
  label?: unknown;
  type?: unknown;
  length?: unknown;
  precision?: unknown;
  scale?: unknown;
  externalId?: unknown;
  unique?: unknown;
  caseSensitive?: unknown;
  required?: unknown;
  defaultValue?: unknown;
  visibleLines?: unknown;
  referenceTo?: unknown;
  relationshipName?: unknown;
  displayFormat?: unknown;
  formula?: unknown;
  valueSet?: {
    restricted?: unknown;
    valueSetDefinition?: { value?: { fullName?: unknown; valueName?: unknown; label?: unknown }[] };
  };
}

const types: Record<string, FieldType> = {
  Text: 'string',
  TextArea: 'textarea',
  LongTextArea: 'textarea',
  Html: 'textarea',
  Number: 'double',
  Currency: 'currency',
  Percent: 'percent',
  Checkbox: 'boolean',
  Date: 'date',
  DateTime: 'datetime',
  Picklist: 'picklist',
  MultiselectPicklist: 'multipicklist',
  Lookup: 'reference',
  Email: 'email',
  Phone: 'phone',
  Url: 'url',
  AutoNumber: 'string',
};

/** Longest text of each kind that has a length. */
const lengthMax: Record<string, number> = { Text: 255, LongTextArea: 131_072, Html: 131_072 };

/** Adds the field and returns its full name. Throws RecordError as Salesforce refuses. */
export function addCustomField(state: OrgState, body: Record<string, unknown>): string {
  const fullName = String(body['FullName'] ?? body['fullName'] ?? '');
  const [objectName = '', name = ''] = fullName.split('.');
  const metadata = (body['Metadata'] ?? body['metadata'] ?? {}) as FieldMetadata;
  const object = state.findObject(objectName === 'Activity' ? 'Task' : objectName);
  if (!object) throw integrity(`Entity Enumeration Or ID: bad value: ${objectName}`);
  checkName(object, name);
  const definition = read(state, object, name, metadata);
  object.put({ ...definition, name, custom: true, gated: definition.required !== true });
  fillCheckbox(state, object, name);
  state.touchMetadata();
  return `${objectName === 'Activity' ? 'Activity' : object.name}.${name}`;
}

/** A checkbox is never empty: records that are older than the field hold its default. */
function fillCheckbox(state: OrgState, object: ObjectDef, name: string): void {
  const field = object.field(name);
  if (field?.type !== 'boolean') return;
  const table = state.table(object);
  for (const row of [...table.rows()]) {
    const filled = [...row];
    filled[field.slot] = field.defaultValue;
    table.put(filled);
  }
}

function checkName(object: ObjectDef, name: string): void {
  if (!/^[A-Za-z](?:_?[A-Za-z0-9])*__c$/.test(name) || name.length > 43) {
    throw integrity(
      `The field name you provided ${name} on object ${object.name} can only contain ` +
        'alphanumeric characters, must begin with a letter, cannot end with an underscore or ' +
        'contain two consecutive underscore characters, and must be unique across all ' +
        `${object.name} fields`,
    );
  }
  if (!object.field(name)) return;
  throw new RecordError(
    'DUPLICATE_DEVELOPER_NAME',
    `There is already a field named ${name.replace(/__c$/, '')} on ${object.name}.`,
    [],
  );
}

function read(
  state: OrgState,
  object: ObjectDef,
  name: string,
  metadata: FieldMetadata,
): Partial<FieldDef> & Pick<FieldDef, 'name' | 'type'> {
  const kind = String(metadata.type ?? '');
  const type = types[kind];
  if (!type || metadata.formula !== undefined) {
    throw new RecordError(
      'INVALID_OPERATION',
      'The sandbox does not make fields of type ' +
        `${metadata.formula ? 'formula' : kind || '(none)'}.`,
      ['Type'],
    );
  }
  if (typeof metadata.label !== 'string' || metadata.label === '' || metadata.label.length > 40) {
    throw integrity(`Label: a field of ${object.name} needs a label of 1 to 40 characters`);
  }
  const field: Partial<FieldDef> & Pick<FieldDef, 'name' | 'type'> = {
    ...sized(type),
    name,
    type,
    label: metadata.label,
    required: metadata.required === true,
    externalId: metadata.externalId === true,
    unique: metadata.unique === true,
    caseSensitive: metadata.caseSensitive === true,
    ...lengthOf(kind, metadata),
    ...digitsOf(kind, metadata),
    ...choicesOf(kind, metadata),
    ...referenceOf(state, object, name, kind, metadata),
  };
  if (kind === 'Checkbox') field.defaultValue = String(metadata.defaultValue) === 'true';
  if (kind === 'AutoNumber') {
    field.autoNumber = String(metadata.displayFormat ?? '{0}');
    Object.assign(field, { createable: false, updateable: false, length: 30 });
  }
  checkKey(field, kind);
  return field;
}

function checkKey(field: Partial<FieldDef>, kind: string): void {
  const keyable = ['Text', 'Number', 'Email', 'AutoNumber'].includes(kind);
  if ((field.externalId || field.unique) && !keyable) {
    throw integrity(`A field of type ${kind} cannot be unique or an external ID`);
  }
}

function lengthOf(kind: string, { length, visibleLines }: FieldMetadata): Partial<FieldDef> {
  const max = lengthMax[kind];
  if (kind === 'TextArea') return { length: 255 };
  if (max === undefined) return {};
  const characters = Number(length);
  if (!Number.isInteger(characters) || characters < 1) {
    throw integrity(`Must specify a non-zero length for a CustomField of type ${kind}`);
  }
  if (characters > max) throw integrity(`Length: maximum length is ${max} for type ${kind}`);
  if (kind !== 'Text' && !(Number(visibleLines) > 0)) {
    throw integrity(`Must specify 'visibleLines' for a CustomField of type ${kind}`);
  }
  return { length: characters };
}

function digitsOf(kind: string, { precision, scale }: FieldMetadata): Partial<FieldDef> {
  if (!['Number', 'Currency', 'Percent'].includes(kind)) return {};
  const [digits, decimals] = [Number(precision), Number(scale)];
  if (!Number.isInteger(digits) || !Number.isInteger(decimals)) {
    throw integrity(`Must specify 'precision' and 'scale' for a CustomField of type ${kind}`);
  }
  if (digits < 1 || digits > 18 || decimals < 0 || decimals > digits) {
    throw integrity('Precision: at most 18 digits, of which no more than all are decimals');
  }
  return { precision: digits, scale: decimals };
}

function choicesOf(kind: string, { valueSet, visibleLines }: FieldMetadata): Partial<FieldDef> {
  if (kind !== 'Picklist' && kind !== 'MultiselectPicklist') return {};
  const values = valueSet?.valueSetDefinition?.value;
  if (!Array.isArray(values)) throw integrity(`Must specify 'valueSet' for a ${kind}`);
  if (kind === 'MultiselectPicklist' && !(Number(visibleLines) > 0)) {
    throw integrity(`Must specify 'visibleLines' for a CustomField of type ${kind}`);
  }
  const names = values.map((value) => String(value.fullName ?? value.valueName ?? value.label));
  return { picklist: names, restricted: valueSet?.restricted === true };
}

function referenceOf(
  state: OrgState,
  object: ObjectDef,
  name: string,
  kind: string,
  { referenceTo, relationshipName }: FieldMetadata,
): Partial<FieldDef> {
  if (kind !== 'Lookup') return {};
  const target = state.findObject(String(referenceTo ?? ''));
  if (!target) throw integrity(`referenceTo value of '${String(referenceTo)}' does not resolve`);
  const children =
    typeof relationshipName === 'string' ? { childRelationship: `${relationshipName}__r` } : {};
  return {
    ...relationNames(object, { name, type: 'reference', referenceTo: [target.name] }),
    ...children,
    referenceTo: [target.name],
  };
}

function integrity(message: string): RecordError {
  return new RecordError('FIELD_INTEGRITY_EXCEPTION', message, []);
}
