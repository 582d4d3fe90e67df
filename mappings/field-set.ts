/** The fields partner-sync keeps in a CRM (domain.md section 5), as data: both vendors' names. */

import { hubspotField, hubspotTaskKey } from './field-set-hubspot.ts';
import { opportunityFields } from './field-set-opportunity.ts';
import { partnerFields } from './field-set-partner.ts';
import type { EngineField, FieldToProvision } from './field-set-rows.ts';
import type { CompiledMapping } from './types.ts';

export type { EngineField, FieldToProvision } from './field-set-rows.ts';

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
  return fieldSet.find((field) => field.key === key)?.label ?? taskLabels[key] ?? key;
}

/** The parts of a task that a plan shows. */
const taskLabels: Record<string, string> = {
  subject: 'Subject',
  body: 'Text',
  due_on: 'Due',
  status: 'Status',
};

/**
 * What a connection needs in its CRM: the set, every field its mapping writes beside it, and the
 * tasks' key. Names are those of the mapping; a standard field is never created. Tier fields
 * carry the policy's tiers as values, and are left out where the policy has none.
 */
export function provisionPlan(
  set: 'core' | 'full',
  mapping: Pick<CompiledMapping, 'crm' | 'read' | 'write' | 'tasks' | 'policy'>,
): FieldToProvision[] {
  const tiers = [
    ...new Set((mapping.policy.tiers?.tables ?? []).flatMap((t) => t.levels.map((l) => l.name))),
  ];
  const fields = fieldSet.flatMap((field) => {
    const mapped = mapping.write[field.object][field.key];
    const read = mapping.read[field.object][0];
    const usual = field.only === undefined || field.only === mapping.crm;
    const wanted = mapped !== undefined || (usual && (set === 'full' || field.set === 'core'));
    const given = mapped?.crmField ?? read?.fields[field.key]?.crmField;
    const withoutTiers = field.salesforce.values === 'tiers' && tiers.length === 0;
    if (!wanted || withoutTiers || read === undefined) {
      return [];
    }
    const to = { object: read.crmObject, tiers, mapped: mapped?.values };
    if (mapping.crm === 'hubspot') {
      return hubspotField(field, { ...to, name: given ?? null });
    }
    const name = given ?? field.salesforce.name;
    return name.endsWith('__c') ? [provisioned(field, { ...to, name })] : [];
  });
  const { keyField } = mapping.tasks;
  const isHubSpot = mapping.crm === 'hubspot';
  return [...fields, isHubSpot ? hubspotTaskKey(keyField) : provisionedTaskKey(keyField)];
}

function provisioned(
  field: EngineField,
  to: {
    object: string;
    name: string;
    tiers: string[];
    mapped: Record<string, string> | null | undefined;
  },
): FieldToProvision {
  const { name: _, values, ...type } = field.salesforce;
  const ours = values === 'tiers' ? to.tiers : values;
  return {
    object: to.object,
    name: to.name,
    label: field.label,
    description: field.description,
    ...type,
    ...(ours === undefined ? {} : { values: ours.map((v) => to.mapped?.[v] ?? v) }),
    usersEdit: field.writer !== 'engine',
  };
}

function provisionedTaskKey(name: string): FieldToProvision {
  const { object, label, description, length } = taskKeyField;
  return {
    object,
    name,
    label,
    description,
    type: 'Text',
    length,
    externalId: true,
    unique: true,
    usersEdit: false,
  };
}
