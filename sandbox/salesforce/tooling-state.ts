/** The schema as records, for Tooling queries: CustomField, EntityDefinition, FieldDefinition. */
import { Access } from './access.ts';
import { makeId } from './ids.ts';
import { standardObject } from './metadata.ts';
import type { Org } from './org.ts';
import { OrgState } from './state.ts';
import type { Value } from './values.ts';

const definitions = [
  {
    name: 'CustomField',
    label: 'Custom Field',
    keyPrefix: '00N',
    fields: `
DeveloperName | Developer Name | string 80 | name
TableEnumOrId | Table Enum Or ID | string 80
EntityDefinitionId | Entity Definition ID | string 80
FullName | Full Name | string 255
NamespacePrefix | Namespace Prefix | string 15
Length | Length | int`,
  },
  {
    name: 'EntityDefinition',
    label: 'Entity Definition',
    keyPrefix: '4ie',
    fields: `
QualifiedApiName | Qualified API Name | string 80 | name
DeveloperName | Developer Name | string 80
Label | Label | string 80
KeyPrefix | Key Prefix | string 3
DurableId | Durable ID | string 80
IsCustomizable | Is Customizable | boolean`,
  },
  {
    name: 'FieldDefinition',
    label: 'Field Definition',
    keyPrefix: '4fe',
    fields: `
QualifiedApiName | Qualified API Name | string 80 | name
DeveloperName | Developer Name | string 80
EntityDefinitionId | Entity Definition | reference EntityDefinition
Label | Label | string 80
DataType | Data Type | string 80
Length | Length | int
Precision | Precision | int
Scale | Scale | int
IsNillable | Is Nillable | boolean
DurableId | Durable ID | string 80`,
  },
];

/** A snapshot of an org's schema as tooling records. */
export interface ToolingState {
  state: OrgState;
  access: Access;
  fieldOf: (id: string) => { object: string; field: string } | null;
}

const built = new WeakMap<Org, { version: number; tooling: ToolingState }>();

/** The tooling records of the org's schema, rebuilt when the schema has changed. */
export function toolingState(org: Org): ToolingState {
  const kept = built.get(org);
  if (kept?.version === org.metadataVersion) return kept.tooling;
  const tooling = build(org);
  built.set(org, { version: org.metadataVersion, tooling });
  return tooling;
}

/** The 00N id of `Object.Field__c`. */
export function customFieldId(org: Org, fullName: string): string {
  return makeId('00N', fieldIds(org).number(fullName.replace(/^Task\./, 'Activity.')));
}

function build(org: Org): ToolingState {
  const state = new OrgState(org.id, org.name, org.clock);
  for (const source of definitions) state.addObject(standardObject(source));
  const entities = new Map<string, string>();
  for (const object of org.objects.values()) {
    const row = {
      QualifiedApiName: object.name,
      DeveloperName: object.name.replace(/__c$/, ''),
      Label: object.label,
      KeyPrefix: object.keyPrefix,
      DurableId: object.name,
      IsCustomizable: true,
    };
    entities.set(
      object.name,
      add(state, 'EntityDefinition', state.nextId(state.object('EntityDefinition')), row),
    );
    for (const field of object.fields) {
      const ids = fieldIds(org);
      add(state, 'FieldDefinition', makeId('4fe', ids.number(`${object.name}.${field.name}`)), {
        QualifiedApiName: field.name,
        DeveloperName: field.name.replace(/__c$/, ''),
        EntityDefinitionId: entities.get(object.name)!,
        Label: field.label,
        DataType: field.type,
        Length: field.length,
        Precision: field.precision,
        Scale: field.scale,
        IsNillable: !field.required,
        DurableId: `${object.name}.${field.name}`,
      });
      if (!field.custom) continue;
      const owner = object.name === 'Task' ? 'Activity' : object.name;
      add(state, 'CustomField', makeId('00N', ids.number(`${owner}.${field.name}`)), {
        DeveloperName: field.name.replace(/__c$/, ''),
        TableEnumOrId: owner,
        EntityDefinitionId: object.name,
        FullName: `${owner}.${field.name}`,
        NamespacePrefix: null,
        Length: field.length,
      });
    }
  }
  return {
    state,
    access: new Access(org),
    fieldOf: (id) => fieldOf(state, id),
  };
}

function fieldOf(state: OrgState, id: string): { object: string; field: string } | null {
  const definition = state.object('CustomField');
  const row = state.row(definition, id);
  const fullName = row?.[definition.field('FullName')!.slot];
  if (typeof fullName !== 'string') return null;
  const [object = '', field = ''] = fullName.split('.');
  return { object: object === 'Activity' ? 'Task' : object, field };
}

function add(state: OrgState, name: string, id: string, values: Record<string, Value>): string {
  const object = state.object(name);
  const row = object.blankRow();
  row[0] = id;
  row[1] = false;
  for (const slot of [2, 3, 4]) row[slot] = state.stamp();
  for (const [field, value] of Object.entries(values)) row[object.field(field)!.slot] = value;
  state.put(object, row);
  return id;
}

/** A field keeps its id however often the schema changes. */
class FieldIds {
  #numbers = new Map<string, number>();

  number(fullName: string): number {
    const key = fullName.toLowerCase();
    const n = this.#numbers.get(key) ?? this.#numbers.size + 1;
    this.#numbers.set(key, n);
    return n;
  }
}

const idsOfOrgs = new WeakMap<Org, FieldIds>();

function fieldIds(org: Org): FieldIds {
  const ids = idsOfOrgs.get(org) ?? new FieldIds();
  idsOfOrgs.set(org, ids);
  return ids;
}
