/** `validate --online`: a mapping against the CRM's own description of its objects and fields. */

import { checkAccess, type DescribeOf, tasksObject } from './check-access.ts';
import { checkNamedBy } from './check-named-by.ts';
import { misspeltStages, type StageLike } from './check-stages.ts';
import { readableFrom, wanted, writableTo } from './field-kinds.ts';
import { type EngineField, engineField } from './field-set.ts';
import { namedByField } from './partner-reference.ts';
import { problemAt as at, didYouMean, sorted } from './problems.ts';
import { readKeys } from './read-keys.ts';
import { readPath } from './translate.ts';
import type {
  CompiledMapping,
  FieldLike,
  FieldSource,
  ObjectLike,
  Problem,
  ReadSource,
  WriteField,
} from './types.ts';
import { whereFields } from './where.ts';

export { warnAgainstDescribe } from './check-stages.ts';

/**
 * Everything a run would stumble over, each at the line that maps it, with what would break.
 * @param stages the opportunity's stages by the CRM's metadata; [] when it cannot say
 * @param refused objects the CRM does not describe for us, with its sentence; null: said elsewhere
 */
export function checkAgainstDescribe(
  mapping: CompiledMapping,
  describeOf: DescribeOf,
  stages: readonly StageLike[],
  refused: ReadonlyMap<string, string | null> = new Map(),
): Problem[] {
  const sources = Object.values(mapping.read).flat();
  const problems = [
    ...sources.flatMap((source) => {
      const why = refused.get(source.crmObject);
      return why === undefined
        ? checkSource(mapping, source, describeOf)
        : why === null
          ? []
          : [at(mapping, objectPath(mapping, source), why)];
    }),
    ...checkTaskKey(mapping, describeOf),
    ...checkNamedBy(mapping, describeOf),
    ...checkAccess(mapping, describeOf),
    ...misspeltStages(mapping, stages),
  ];
  return sorted(problems);
}

/** Optional objects the CRM does not have: nothing breaks, and nothing of them is read. */
export function missingOptional(mapping: CompiledMapping, describeOf: DescribeOf): Problem[] {
  const missing = Object.values(mapping.read)
    .flat()
    .filter((source) => source.optional && describeOf(source.crmObject) === null);
  return sorted(
    missing.map((source) => {
      const message =
        `the CRM has no object "${source.crmObject}", or our user may not see it: it is optional, ` +
        `so its ${source.object} records are not read.`;
      return at(mapping, objectPath(mapping, source), message);
    }),
  );
}

function checkSource(
  mapping: CompiledMapping,
  source: ReadSource,
  describeOf: DescribeOf,
): Problem[] {
  const object = describeOf(source.crmObject);
  if (object === null && source.optional) {
    return [];
  }
  if (object === null) {
    const path = objectPath(mapping, source);
    const message =
      `the CRM has no object "${source.crmObject}", or our user may not see it: ` +
      `${source.object} records cannot be read. Grant access to it, or map another object.`;
    return [at(mapping, path, message)];
  }
  const context = { mapping, source, object };
  return [
    ...conditionProblems(context),
    ...Object.entries(source.fields).flatMap(([key, field]) => checkRead(context, key, field)),
    ...Object.entries(source.written).flatMap(([key, field]) => checkWrite(context, key, field)),
  ];
}

interface Context {
  mapping: CompiledMapping;
  source: ReadSource;
  object: ObjectLike;
}

function checkRead({ mapping, source, object }: Context, key: string, field: FieldSource) {
  const { crmField } = field;
  // A parent's field is the parent object's matter; the first read would name it. What partners
  // are named by is checked where it is asked for.
  if (crmField === null || crmField.includes('.') || namedByField(key) !== null) {
    return [];
  }
  const path = `${readPath(mapping, source)}.${key}`;
  const described = object.fields.get(crmField);
  const { neededBy } = readKeys[source.object][key]!;
  const breaks = neededBy === undefined ? '' : ` Without it: no ${neededBy}.`;
  if (described === undefined) {
    if (field.optional) {
      return [];
    }
    const message = `${noField(mapping, object, crmField)}, or map another field.${breaks}`;
    return [at(mapping, path, message)];
  }
  if (!described.readable) {
    const message = `our user may not read "${crmField}" of ${object.name}. Grant it.${breaks}`;
    return [at(mapping, path, message)];
  }
  if (field.values === null && !readableFrom[field.kind].includes(described.kind)) {
    const message =
      `${object.name}.${crmField} is of type ${described.vendorType}; ` +
      `${key} needs a field of type ${wanted(readableFrom[field.kind])}.${breaks}`;
    return [at(mapping, path, message)];
  }
  return unmappedValues(mapping, path, object, described, field);
}

/** A picklist value the table does not list would quarantine each record that has it. */
function unmappedValues(
  mapping: CompiledMapping,
  path: string,
  object: ObjectLike,
  described: FieldLike,
  field: FieldSource,
): Problem[] {
  const { values } = field;
  if (values === null || described.picklist === null) {
    return [];
  }
  const missing = described.picklist.filter((value) => !(value in values));
  if (missing.length === 0) {
    return [];
  }
  const message =
    `${object.name}.${described.name} has values the table does not list: ` +
    `${missing.map((value) => `"${value}"`).join(', ')}. Records with them would be left aside.`;
  return [at(mapping, `${path}.values`, message)];
}

function checkWrite({ mapping, source, object }: Context, key: string, field: WriteField) {
  const path = `write.${source.object}.${key}`;
  const described = object.fields.get(field.crmField);
  const entry = engineField(source.object, key)!;
  if (described === undefined) {
    const message =
      `${noField(mapping, object, field.crmField, 'or run "partner-sync provision"')}, ` +
      `or map another field. Without it "${entry.label}" is not written.`;
    return [at(mapping, path, message)];
  }
  const say = (message: string) => [at(mapping, path, message)];
  if (!described.writable || described.calculated) {
    return []; // check-access.ts says so
  }
  if (field.values === null && !writableTo[field.kind].includes(described.kind)) {
    return say(
      `${object.name}.${field.crmField} is of type ${described.vendorType}; ` +
        `"${entry.label}" needs a field of type ${wanted(writableTo[field.kind])}.`,
    );
  }
  return [
    ...tooShort(entry, described).flatMap(say),
    ...missingValues(mapping, entry, field, described).flatMap(say),
  ];
}

function tooShort(entry: EngineField, described: FieldLike): string[] {
  const needed = entry.salesforce.length;
  if (needed === undefined || described.length === null || described.length >= needed) {
    return [];
  }
  return [
    `"${described.name}" holds ${described.length} characters; "${entry.label}" needs ${needed}: ` +
      'it would be cut off. Lengthen the field.',
  ];
}

function missingValues(
  mapping: CompiledMapping,
  entry: EngineField,
  field: WriteField,
  described: FieldLike,
): string[] {
  const { picklist, restricted } = described;
  if (picklist === null || !restricted) {
    return [];
  }
  const ours = valuesOf(mapping, entry).map((value) => field.values?.[value] ?? value);
  const missing = ours.filter((value) => !picklist.includes(value));
  const list = missing.map((value) => `"${value}"`).join(', ');
  return missing.length === 0
    ? []
    : [
        `"${described.name}" has no active value ${list}: writing it would be refused. ` +
          'Add it to the picklist, or map it in "values".',
      ];
}

function valuesOf(mapping: CompiledMapping, entry: EngineField): readonly string[] {
  const { values } = entry.salesforce;
  if (values !== 'tiers') {
    return values ?? [];
  }
  return (mapping.policy.tiers?.tables ?? []).flatMap((table) => table.levels.map((l) => l.name));
}

function conditionProblems({ mapping, source, object }: Context): Problem[] {
  const names = source.where ? whereFields(source.where) : [];
  const known = new Map([...object.fields.keys()].map((name) => [name.toLowerCase(), name]));
  return names
    .filter((name) => !name.includes('.') && !known.has(name.toLowerCase()))
    .map((name) => {
      const path = objectPath(mapping, source).replace(/object$/, 'where');
      return at(mapping, path, `${noField(mapping, object, name)}, or change the condition.`);
    });
}

function checkTaskKey(mapping: CompiledMapping, describeOf: DescribeOf): Problem[] {
  const tasks = tasksObject(mapping);
  const task = describeOf(tasks);
  if (task === null) {
    return []; // check-access.ts says so
  }
  const field = task.fields.get(mapping.tasks.keyField);
  const name = mapping.tasks.keyField;
  if (field === undefined) {
    const message =
      `${tasks} has no field "${name}" (checked against describe). Run "partner-sync provision" ` +
      'to create it; without it no task can be made.';
    return [at(mapping, 'write.tasks.key', message)];
  }
  return field.externalId && field.unique
    ? []
    : [
        at(
          mapping,
          'write.tasks.key',
          `${tasks}.${name} is not a unique external id: a retried task could be made twice.`,
        ),
      ];
}

function noField({ crm }: CompiledMapping, object: ObjectLike, name: string, remedy = ''): string {
  const hint = didYouMean(name, [...object.fields.keys()]);
  const ways =
    crm === 'hubspot'
      ? ['Create it in Settings > Properties']
      : [
          'Create it in Setup > Object Manager',
          'or let the profile or a permission set of our user see it',
        ];
  const how = [...ways, ...(remedy === '' ? [] : [remedy])].join(', ');
  return `${object.name} has no field "${name}" (checked against describe).${hint} ${how}`;
}

function objectPath(mapping: CompiledMapping, source: ReadSource): string {
  return `${readPath(mapping, source).replace(/\.fields$/, '')}.object`;
}
