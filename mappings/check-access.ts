/** Whether our user may write what a mapping writes, by the CRM's description of its objects. */

import { engineField } from './field-set.ts';
import { problemAt as at, sorted } from './problems.ts';
import type { CompiledMapping, FieldLike, ObjectLike, Problem, ReadSource } from './types.ts';

/** Describes an object of the CRM; null where it has none of that name, or hides it from us. */
export type DescribeOf = (object: string) => ObjectLike | null;

/**
 * Objects and fields our user may see and not edit, and tasks it may not make, each at the line
 * that writes them. On Salesforce describe answers for our user (Object Reference:
 * `createable`, `updateable`); on HubSpot it knows read-only properties, scopes say the rest.
 */
export function checkAccess(mapping: CompiledMapping, describeOf: DescribeOf): Problem[] {
  const sources = Object.values(mapping.read).flat();
  return sorted([
    ...sources.flatMap((source) => writtenProblems(mapping, source, describeOf(source.crmObject))),
    ...taskProblems(mapping, describeOf),
  ]);
}

/** The object's name under which a CRM keeps tasks. */
export function tasksObject({ crm }: CompiledMapping): string {
  return crm === 'hubspot' ? 'tasks' : 'Task';
}

function writtenProblems(
  mapping: CompiledMapping,
  source: ReadSource,
  object: ObjectLike | null,
): Problem[] {
  const written = Object.entries(source.written);
  if (object === null || written.length === 0) {
    return [];
  }
  if (!object.updatable) {
    const message =
      `our user may not edit ${object.name} records: none of their fields can be written. ` +
      objectRemedy(object.name);
    return [at(mapping, `write.${source.object}`, message)];
  }
  return written.flatMap(([key, { crmField }]) => {
    const field = object.fields.get(crmField);
    if (field === undefined || isEditable(field)) {
      return [];
    }
    const { label } = engineField(source.object, key)!;
    const message = field.calculated
      ? `${object.name}.${crmField} is calculated by the CRM: "${label}" cannot be written. Map another field.`
      : `${object.name}.${crmField} may not be edited by our user: "${label}" cannot be written. ` +
        `${fieldRemedy(mapping, object.name)}, or map another field.`;
    return [at(mapping, `write.${source.object}.${key}`, message)];
  });
}

function isEditable(field: FieldLike): boolean {
  return field.writable && !field.calculated;
}

/** The fields of a Salesforce task that an alert is made of. */
const taskFields = ['Subject', 'Description', 'Status', 'ActivityDate', 'OwnerId', 'WhatId'];

function taskProblems(mapping: CompiledMapping, describeOf: DescribeOf): Problem[] {
  const name = tasksObject(mapping);
  const task = describeOf(name);
  const say = (message: string) => at(mapping, 'write.tasks.key', message);
  if (mapping.crm === 'hubspot') {
    return [];
  }
  if (task === null || !task.creatable || !task.updatable) {
    return [
      say(
        'our user may not make or edit tasks, so nobody would be told of anything. Give its ' +
          'profile or a permission set "Access Activities" and "Edit Tasks" (Setup > Permission ' +
          'Sets > System Permissions).',
      ),
    ];
  }
  return [...taskFields, mapping.tasks.keyField]
    .filter((field) => isShut(task.fields.get(field), field === mapping.tasks.keyField))
    .map((field) =>
      say(
        `our user may not edit Task.${field}: no task can be made. ${fieldRemedy(mapping, 'Task')}.`,
      ),
    );
}

/** A missing key is another matter (it is not provisioned yet); other fields are always there. */
function isShut(field: FieldLike | undefined, mayBeMissing: boolean): boolean {
  return field === undefined ? !mayBeMissing : !field.writable;
}

function objectRemedy(object: string): string {
  return (
    `Give its profile or a permission set "Edit" on ${object} (Setup > Permission Sets > ` +
    'Object Settings).'
  );
}

function fieldRemedy({ crm }: CompiledMapping, object: string): string {
  return crm === 'hubspot'
    ? 'Make the property editable (Settings > Properties)'
    : 'Give its profile or a permission set "Edit Access" to the field (Setup > Object Manager > ' +
        `${object} > Fields & Relationships > the field > Set Field-Level Security; for fields of ` +
        'ours "partner-sync provision" does it)';
}
