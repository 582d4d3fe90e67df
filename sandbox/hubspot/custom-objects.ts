/** Makes custom objects from their schemas: through the API, and when data is loaded. */
import type { ObjectStore } from './object-store.ts';
import type { ObjectType } from './object-types.ts';
import type { Portal } from './portal.ts';
import type { PropertyInput } from './property.ts';

/** A schema as the API's body has it. */
export interface SchemaInput {
  name: string;
  labels: { singular: string; plural: string };
  description?: string;
  primaryDisplayProperty?: string;
  secondaryDisplayProperties?: string[];
  requiredProperties?: string[];
  searchableProperties?: string[];
  /** Objects it can be associated with: ids or names. */
  associatedObjects?: string[];
  properties: (Omit<PropertyInput, 'fieldType'> & { fieldType?: string })[];
}

/** First number of custom object type ids, `2-…`. */
const firstTypeNumber = 30_000_001;

const fieldTypes: Record<string, string> = {
  bool: 'booleancheckbox',
  date: 'date',
  datetime: 'date',
  enumeration: 'select',
  number: 'number',
};

/** A new object with its properties, in one group, and its plain associations. */
export function addCustomObject(portal: Portal, schema: SchemaInput): ObjectStore {
  const customs = [...portal.stores.values()].filter(({ type }) => type.custom).length;
  const { name, labels } = schema;
  const type: ObjectType = {
    id: `2-${firstTypeNumber + customs}`,
    name: name.toLowerCase(),
    plural: name.toLowerCase(),
    fullyQualifiedName: `p${portal.id}_${name}`,
    labels,
    modifiedProperty: 'hs_lastmodifieddate',
    createdProperty: 'hs_createdate',
    defaultProperties: [],
    requiredProperties: schema.requiredProperties ?? [],
    searchableProperties: schema.searchableProperties ?? [],
    primaryDisplayProperty: schema.primaryDisplayProperty ?? schema.properties[0]!.name,
    secondaryDisplayProperties: schema.secondaryDisplayProperties ?? [],
    custom: true,
    createdAt: portal.clock.now(),
    ...(schema.description ? { description: schema.description } : {}),
  };
  const store = portal.addType(type);
  const groupName = `${type.name}_information`;
  for (const property of schema.properties) {
    const fieldType = property.fieldType ?? fieldTypes[property.type] ?? 'text';
    store.properties.put({ ...property, fieldType, groupName }, portal.clock.now());
  }
  const activities = ['task', 'note', 'meeting_event', 'call'];
  for (const other of new Set([...(schema.associatedObjects ?? []), ...activities])) {
    const to = portal.store(other).type.name;
    if (!portal.associations.types.plain(type.name, to)) {
      portal.associations.types.add({ from: type.name, to }, null, null);
    }
  }
  return store;
}
