/** How the field catalogue is written down: one row a field, the two vendors' types derived. */
import type { CanonicalKind } from './types.ts';

/** Salesforce metadata of a field. `tiers` as values: the policy's tier names. */
export interface SalesforceField {
  name: string;
  type:
    | 'Checkbox'
    | 'Picklist'
    | 'Text'
    | 'LongTextArea'
    | 'Number'
    | 'Percent'
    | 'Currency'
    | 'Date'
    | 'DateTime'
    | 'Lookup'
    | 'Url';
  length?: number;
  precision?: number;
  scale?: number;
  values?: readonly string[] | 'tiers';
  referenceTo?: string;
  relationshipName?: string;
  externalId?: boolean;
  unique?: boolean;
}

/** HubSpot property; `fieldType` is HubSpot's form control. */
export interface HubspotProperty {
  name: string;
  type: 'bool' | 'enumeration' | 'string' | 'number' | 'date' | 'datetime';
  fieldType: 'booleancheckbox' | 'select' | 'text' | 'textarea' | 'number' | 'date';
  /** The association label that holds the reference itself, and what it is called from there. */
  label?: readonly [name: string, inverse: string];
}

export interface EngineField {
  key: string;
  object: 'opportunity' | 'partner';
  label: string;
  /** One sentence for the CRM's admins; it is stored in the CRM as the field's help text. */
  description: string;
  /** engine: we write. input: people only. shared: a person proposes, we accept. */
  writer: 'engine' | 'input' | 'shared';
  set: 'core' | 'full';
  /** The CRM that needs it; elsewhere another field says the same. */
  only?: 'hubspot';
  kind: CanonicalKind;
  salesforce: SalesforceField;
  hubspot: HubspotProperty;
}

/** A field to create, in the vendor's terms: the shape the connector's `provision` takes. */
export interface FieldToProvision {
  object: string;
  name: string;
  label: string;
  description: string;
  type: string;
  length?: number;
  precision?: number;
  scale?: number;
  values?: string[];
  referenceTo?: string;
  relationshipName?: string;
  externalId?: boolean;
  unique?: boolean;
  usersEdit: boolean;
}

type Writer = EngineField['writer'];
type Type = Omit<SalesforceField, 'name'>;

export interface FieldRow {
  key: string;
  name: string;
  label: string;
  type: Type;
  description: string;
  writer?: Writer;
  core?: true;
  only?: 'hubspot';
  /** Where the canonical kind is not the one the type suggests. */
  kind?: CanonicalKind;
  /** Where the property's name is not the field's name in snake case. */
  hubspot?: string;
  /** Of a lookup: the label of the association with a company, and its inverse. */
  hubspotLabel?: readonly [name: string, inverse: string];
}

export const checkbox: Type = { type: 'Checkbox' };
export const date: Type = { type: 'Date' };
export const dateTime: Type = { type: 'DateTime' };
export const money: Type = { type: 'Currency', precision: 18, scale: 2 };
export const percent: Type = { type: 'Percent', precision: 5, scale: 2 };
export const url: Type = { type: 'Url' };
export const text = (length: number): Type => ({ type: 'Text', length });
export const number = (precision: number, scale: number): Type => ({
  type: 'Number',
  precision,
  scale,
});
export const picklist = (values: readonly string[] | 'tiers'): Type => ({
  type: 'Picklist',
  values,
});
export const lookup = (referenceTo: string, relationshipName: string): Type => ({
  type: 'Lookup',
  referenceTo,
  relationshipName,
});

/** Rows -> catalogue entries of one object. */
export function rowsOf(object: EngineField['object'], rows: FieldRow[]): EngineField[] {
  return rows.map((row) => ({
    key: row.key,
    object,
    label: row.label,
    description: row.description,
    writer: row.writer ?? 'engine',
    set: row.core === true ? 'core' : 'full',
    ...(row.only ? { only: row.only } : {}),
    kind: row.kind ?? kindOf(row.type),
    salesforce: { name: row.name, ...row.type },
    hubspot: {
      name: row.hubspot ?? snake(row.name),
      ...hubspotType(row.type),
      ...(row.hubspotLabel ? { label: row.hubspotLabel } : {}),
    },
  }));
}

function kindOf(type: Type): CanonicalKind {
  switch (type.type) {
    case 'Checkbox':
      return 'boolean';
    case 'Lookup':
      return 'id';
    case 'Number':
      return type.scale === 0 ? 'integer' : 'decimal';
    case 'Currency':
      return 'decimal';
    case 'Percent':
      return 'percent';
    case 'Date':
      return 'date';
    case 'DateTime':
      return 'datetime';
    default:
      return 'text';
  }
}

function hubspotType(type: Type): Omit<HubspotProperty, 'name'> {
  switch (type.type) {
    case 'Checkbox':
      return { type: 'bool', fieldType: 'booleancheckbox' };
    case 'Picklist':
      return { type: 'enumeration', fieldType: 'select' };
    case 'Number':
    case 'Currency':
    case 'Percent':
      return { type: 'number', fieldType: 'number' };
    case 'Date':
      return { type: 'date', fieldType: 'date' };
    case 'DateTime':
      return { type: 'datetime', fieldType: 'date' };
    case 'LongTextArea':
      return { type: 'string', fieldType: 'textarea' };
    // HubSpot has no lookup property: the name stands beside an association label.
    default:
      return { type: 'string', fieldType: (type.length ?? 0) > 120 ? 'textarea' : 'text' };
  }
}

function snake(name: string): string {
  return name.replace(/__c$/, '').toLowerCase();
}
