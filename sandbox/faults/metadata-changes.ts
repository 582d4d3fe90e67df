/** What an admin changes in Setup while an engine works: fields, permissions, picklists, rules. */
import { z } from 'zod';
import type { DatasetField, ValidationRule } from '../dataset.ts';
import type { FieldDef } from '../salesforce/field-def.ts';
import { addDatasetField } from '../salesforce/metadata.ts';
import type { Org } from '../salesforce/org.ts';
import type { ObjectDef } from '../salesforce/schema.ts';
import { type Change, change } from './change.ts';

const text = z.string().min(1);
const field = { object: text, field: text };

/** The changes by name. */
export const metadataChanges: Record<string, Change> = {
  'field-hidden': change({
    about: 'field-level security takes the field (or only the right to edit it) from everyone',
    source: 'estuary #3493; crm-apis.md: an unreadable field looks like an unknown one',
    params: z.strictObject({ ...field, right: z.enum(['read', 'edit']).default('read') }),
    make: ({ org }, { object, field: name, right }) => {
      const found = fieldOf(org, object, name);
      if (right === 'read') revoke(org, found, { read: false });
      else revoke(org, found, { read: true });
      found.object.put({ ...found.field, gated: true });
      org.touchMetadata();
    },
  }),
  'field-shown': change({
    about: 'everyone may see and edit the field (again)',
    source: 'Object Reference, FieldPermissions',
    params: z.strictObject(field),
    make: ({ org }, { object, field: name }) => {
      const found = fieldOf(org, object, name);
      found.object.put({ ...found.field, gated: false });
      org.touchMetadata();
    },
  }),
  'field-renamed': change({
    about: 'a custom field has another API name; values and permissions go with it',
    source: 'estuary #3493; ingestr #1011',
    params: z.strictObject({ ...field, to: text }),
    make: ({ org }, { object, field: name, to }) => {
      const found = fieldOf(org, object, name);
      found.object.rename(found.field.name, to);
      renamePermissions(org, found, to);
      org.touchMetadata();
    },
  }),
  'field-deleted': change({
    about: 'a custom field is gone with its values',
    source: 'ingestr #1011; airbyte #77627',
    params: z.strictObject(field),
    make: ({ org }, { object, field: name }) => {
      const found = fieldOf(org, object, name);
      revoke(org, found, { read: false });
      if (!found.object.remove(found.field.name)) throw new Error(`${name} is a standard field.`);
      org.touchMetadata();
    },
  }),
  'field-added': change({
    about: 'a new custom field, visible to everyone; "field" as in a dataset',
    source: 'estuary #3493',
    params: z.strictObject({
      object: text,
      field: z.looseObject({ name: text, label: text, type: text }),
    }),
    make: ({ org }, { object, field: added }) => {
      addDatasetField(org.object(object), added as unknown as DatasetField);
      org.touchMetadata();
    },
  }),
  'picklist-retired': change({
    about: 'a value of a picklist is deactivated; records keep it, new writes may not use it',
    source: 'Salesforce Help, Deactivate Picklist Values; T13',
    params: z.strictObject({ ...field, value: text, restricted: z.boolean().default(true) }),
    make: ({ org }, { object, field: name, value, restricted }) => {
      const { object: owner, field: found } = fieldOf(org, object, name);
      if (!found.picklist?.includes(value)) throw new Error(`${name} has no value "${value}".`);
      const picklist = found.picklist.filter((one) => one !== value);
      owner.put({ ...found, picklist, restricted: found.restricted || restricted });
      if (owner.name === 'Opportunity' && found.name === 'StageName') retireStage(org, value);
      org.touchMetadata();
    },
  }),
  'rule-added': change({
    about: 'a validation rule becomes active; "when" as in a dataset',
    source: 'Salesforce Help, Validation Rules',
    params: z.strictObject({
      object: text,
      name: text.default('Armed_Rule'),
      when: z.record(z.string(), z.unknown()),
      message: text.default('The record does not meet our rules.'),
      field: text.optional(),
    }),
    make: ({ org }, rule) => {
      const others = org.validationRules.filter(({ name }) => name !== rule.name);
      org.validationRules = [...others, rule as unknown as ValidationRule];
    },
  }),
};

function fieldOf(org: Org, objectName: string, name: string) {
  const object = org.object(objectName);
  const found = object.field(name);
  if (!found) throw new Error(`${objectName} has no field ${name}.`);
  return { object, field: found };
}

/** Takes the right to edit from every permission set, and the right to read too if asked. */
function revoke(
  org: Org,
  { object, field: of }: { object: ObjectDef; field: FieldDef },
  keep: { read: boolean },
): void {
  for (const { row, permissions } of permissionsOf(org, object, of.name)) {
    const after = [...row];
    after[permissions.field('PermissionsEdit')!.slot] = false;
    after[permissions.field('PermissionsRead')!.slot] = keep.read;
    org.put(permissions, after);
  }
}

function renamePermissions(
  org: Org,
  { object, field: of }: { object: ObjectDef; field: FieldDef },
  to: string,
): void {
  for (const { row, permissions } of permissionsOf(org, object, of.name)) {
    const after = [...row];
    const slot = permissions.field('Field')!.slot;
    after[slot] = `${String(row[slot]).split('.')[0]}.${to}`;
    org.put(permissions, after);
  }
}

function permissionsOf(org: Org, object: ObjectDef, name: string) {
  const permissions = org.object('FieldPermissions');
  const slot = permissions.field('Field')!.slot;
  const owners = object.name === 'Task' || object.name === 'Event' ? ['Activity'] : [];
  return [object.name, ...owners].flatMap((owner) =>
    org
      .table(permissions)
      .matching(slot, `${owner}.${name}`)
      .map((row) => ({ row, permissions })),
  );
}

function retireStage(org: Org, name: string): void {
  const stage = org.object('OpportunityStage');
  for (const row of org.table(stage).matching(stage.field('ApiName')!.slot, name)) {
    const after = [...row];
    after[stage.field('IsActive')!.slot] = false;
    org.put(stage, after);
  }
}
