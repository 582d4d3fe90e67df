/** The fields partner-sync keeps in a CRM (domain.md section 5), as data: both vendors' names. */

import { opportunityFields } from './field-set-opportunity.ts';
import { partnerFields } from './field-set-partner.ts';
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
  kind: CanonicalKind;
  salesforce: SalesforceField;
  hubspot: HubspotProperty;
}

/** Every field, opportunity first. Exactly 12 are in the core set. */
export const fieldSet: readonly EngineField[] = [...opportunityFields, ...partnerFields];

/** Beside both sets: the unique key by which our tasks are found again (Salesforce Activity). */
export const taskKeyField = {
  object: 'Activity',
  label: 'Partner Sync Key',
  description: 'Key by which partner-sync finds its own tasks again. Do not edit.',
  length: 120,
} as const;

/** The catalogue's entry of an engine key, or undefined. */
export function engineField(object: string, key: string): EngineField | undefined {
  return fieldSet.find((field) => field.object === object && field.key === key);
}

/** What people call an engine key: its label in the CRM; an unknown key is returned as it is. */
export function labelOf(key: string): string {
  return fieldSet.find((field) => field.key === key)?.label ?? key;
}
