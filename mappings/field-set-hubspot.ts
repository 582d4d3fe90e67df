/** The catalogue's fields as HubSpot's properties and association labels, to be provisioned. */

import type { EngineField, FieldToProvision } from './field-set-rows.ts';

/** HubSpot's own properties begin so; none of them is ever created. */
const ownPrefix = /^hs_|^hubspot_/;

/**
 * A field as HubSpot takes it: none for one of HubSpot's own or one read through another. A lookup
 * of an account is an association label; HubSpot has no lookup property.
 */
export function hubspotField(
  field: EngineField,
  to: {
    object: string;
    /** What the mapping calls it; null where it does not name it. */
    name: string | null;
    tiers: string[];
    mapped: Record<string, string> | null | undefined;
  },
): FieldToProvision[] {
  const { label, type, name: property } = field.hubspot;
  const name = to.name ?? labelName(field) ?? property;
  const common = {
    object: to.object,
    name,
    label: field.label,
    description: field.description,
    usersEdit: field.writer !== 'engine',
  };
  if (name.includes(':')) {
    const inverse = label ? { relationshipName: label[1] } : {};
    return [{ ...common, type: 'association label', referenceTo: 'companies', ...inverse }];
  }
  if (ownPrefix.test(name) || !/^[a-z][a-z0-9_]*$/.test(name)) {
    return [];
  }
  if (field.salesforce.referenceTo === 'User') {
    return [{ ...common, type: 'owner' }];
  }
  const values = field.salesforce.values === 'tiers' ? to.tiers : field.salesforce.values;
  const { length } = field.salesforce;
  return [
    {
      ...common,
      type,
      ...(length === undefined ? {} : { length }),
      ...(values === undefined ? {} : { values: values.map((v) => to.mapped?.[v] ?? v) }),
    },
  ];
}

/** The association a lookup is: one company's, or that of a set of them. */
export function labelName({ kind, hubspot: { label } }: EngineField): string | null {
  return label ? `companies${kind === 'ids' ? '[]' : ''}:${label[0]}` : null;
}

/** The unique property by which our tasks are found again. */
export function hubspotTaskKey(name: string): FieldToProvision {
  return {
    object: 'tasks',
    name,
    label: 'Partner Sync Key',
    description: 'Key by which partner-sync finds its own tasks again. Do not edit.',
    type: 'string',
    unique: true,
    usersEdit: false,
  };
}
