/** CRM record <-> canonical fields, once, at the edge (design.md section 4). */
import type { CanonicalValue, FieldValues } from '../rules/types.ts';
import { fittedValue, readValue, unreadable, writeValue } from './canonical-values.ts';
import { partnerReference } from './partner-reference.ts';
import type {
  CanonicalKind,
  CompiledMapping,
  CrmRecordLike,
  CrmValue,
  FieldLike,
  ReadSource,
  WriteField,
  WrittenObject,
} from './types.ts';

/** Fields of an object by API name, as the connector describes them. */
export type FieldMap = ReadonlyMap<string, FieldLike>;

/** Canonical values of a record; with problems the record is quarantined, others go on. */
export interface Translated {
  values: FieldValues;
  /** Sentences for people: which field, what is wrong, what to do. No record's free text. */
  problems: string[];
}

/**
 * API names to read for a source, sorted: mapped fields, inputs and the engine's own fields.
 * Optional fields the CRM does not have (by `described`) are left out.
 */
export function crmFieldsOf(
  mapping: CompiledMapping,
  source: ReadSource,
  described?: FieldMap,
): string[] {
  const names = plan(mapping, source, described).flatMap(({ crmField }) =>
    crmField === null ? [] : [crmField],
  );
  return [...new Set(names)].sort();
}

/** A record's mapped fields and the engine's own ones in canonical form. Never throws. */
export function toCanonical(
  mapping: CompiledMapping,
  source: ReadSource,
  described: FieldMap | undefined,
  record: Pick<CrmRecordLike, 'values'>,
): Translated {
  const values: FieldValues = {};
  const problems: string[] = [];
  for (const step of plan(mapping, source, described)) {
    if (step.crmField === null) {
      values[step.key] = named(step, step.constant);
      continue;
    }
    const raw = record.values[step.crmField];
    const known = step.values === null ? raw : translated(step.values, raw);
    if (known === notListed) {
      values[step.key] = step.own ? asText(raw) : null;
      if (!step.own) {
        problems.push(unlistedValue(mapping, source, step, raw));
      }
      continue;
    }
    const value = readValue(step.kind, source.crm, known);
    if (value !== unreadable) {
      values[step.key] = named(step, value);
      continue;
    }
    values[step.key] = null;
    // What a person put into a field of ours is overwritten, not a reason to stop.
    if (!step.own) {
      problems.push(
        `${step.crmField} of ${source.crmObject} does not hold ${kindNames[step.kind]} ` +
          `(${step.path}): correct the record or map another field.`,
      );
    }
  }
  return { values, problems };
}

/**
 * Canonical values as the CRM's API takes them, by API name; null clears.
 * Throws an Error for a key the mapping does not write: the caller filters by the mapping.
 */
export function toCrm(
  mapping: CompiledMapping,
  object: WrittenObject,
  values: FieldValues,
  described?: FieldMap,
): Record<string, CrmValue> {
  const written: Record<string, CrmValue> = {};
  for (const [key, value] of Object.entries(values)) {
    const target = mapping.write[object][key];
    if (target === undefined) {
      throw new Error(`The mapping of ${mapping.connection} writes no ${object} field "${key}".`);
    }
    const field = described?.get(target.crmField);
    // A box that was never ticked is empty on HubSpot, and can be so again; Salesforce has no such.
    const staysEmpty = value === null && mapping.crm === 'hubspot';
    const fitted =
      field === undefined || staysEmpty ? value : normaliseDesired(target, field, value);
    const replaced = fitted === null ? undefined : target.values?.[String(fitted)];
    written[target.crmField] = replaced ?? writeValue(target.kind, mapping.crm, fitted);
  }
  return written;
}

/**
 * A desired value as it will be read back after the write (length, scale, seconds, blanks), so
 * that comparing canonical values finds no difference where the CRM cannot hold one.
 */
export function normaliseDesired(
  target: WriteField,
  field: FieldLike,
  value: CanonicalValue,
): CanonicalValue {
  return fittedValue(target.kind, field, value);
}

interface Step {
  key: string;
  path: string;
  crmField: string | null;
  constant: CanonicalValue;
  kind: CanonicalKind;
  values: ReadonlyMap<string, string> | null;
  namesPartnerBy: string | null;
  /** A field the engine writes. */
  own: boolean;
}

/** Steps are worked out once a source and description: a sync translates millions of values. */
const plans = new WeakMap<ReadSource, { described: FieldMap | undefined; steps: Step[] }>();

function plan(
  mapping: CompiledMapping,
  source: ReadSource,
  described: FieldMap | undefined,
): Step[] {
  const known = plans.get(source);
  if (known !== undefined && known.described === described) {
    return known.steps;
  }
  const steps = [...readSteps(mapping, source, described), ...ownSteps(source)];
  plans.set(source, { described, steps });
  return steps;
}

function readSteps(
  mapping: CompiledMapping,
  source: ReadSource,
  described: FieldMap | undefined,
): Step[] {
  const base = readPath(mapping, source);
  return Object.entries(source.fields)
    .filter(([, { crmField, optional }]) => !isMissing(crmField, optional, described))
    .map(([key, field]) => ({
      key,
      path: `${base}.${key}`,
      crmField: field.crmField,
      constant: field.constant,
      kind: field.kind,
      values: field.values === null ? null : new Map(Object.entries(field.values)),
      namesPartnerBy: field.namesPartnerBy,
      own: false,
    }));
}

function ownSteps(source: ReadSource): Step[] {
  return Object.entries(source.written)
    .filter(([key]) => !(key in source.fields))
    .map(([key, field]) => ({
      key,
      path: `write.${source.object}.${key}`,
      crmField: field.crmField,
      constant: null,
      kind: field.kind,
      values:
        field.values === null
          ? null
          : new Map(Object.entries(field.values).map(([ours, theirs]) => [theirs, ours])),
      namesPartnerBy: null,
      own: true,
    }));
}

function isMissing(crmField: string | null, optional: boolean, described?: FieldMap): boolean {
  return (
    optional &&
    crmField !== null &&
    described !== undefined &&
    !crmField.includes('.') &&
    !described.has(crmField)
  );
}

/** Dotted path of a source's fields in the mapping file. */
export function readPath(mapping: Pick<CompiledMapping, 'read'>, source: ReadSource): string {
  return source.object === 'touch'
    ? `read.touch.${mapping.read.touch.findIndex((other) => other.name === source.name)}`
    : `read.${source.object}.fields`;
}

/** The value, or what stands for the partner that it is a text of. */
function named({ namesPartnerBy }: Step, value: CanonicalValue): CanonicalValue {
  return namesPartnerBy === null || value === null
    ? value
    : partnerReference(namesPartnerBy, String(value));
}

const notListed = Symbol('not listed');

function translated(
  values: ReadonlyMap<string, string>,
  raw: CrmValue | undefined,
): CrmValue | typeof notListed {
  const text = raw === null || raw === undefined ? '' : String(raw).trim();
  const found = values.get(text);
  if (found !== undefined) {
    return found;
  }
  return text === '' ? null : notListed;
}

function asText(raw: CrmValue | undefined): string | null {
  const text = raw === null || raw === undefined ? '' : String(raw).trim();
  return text === '' ? null : text;
}

function unlistedValue(
  mapping: CompiledMapping,
  source: ReadSource,
  step: Step,
  raw: CrmValue | undefined,
): string {
  const path = `${step.path}.values`;
  const at = mapping.positions[path] ?? mapping.positions[step.path];
  const where = at === undefined ? path : `${path}, ${at.file}:${at.line}`;
  const value = String(raw).slice(0, 80);
  return `${step.crmField} of ${source.crmObject} holds "${value}", which the mapping does not know: add it (${where}).`;
}

const kindNames: Record<CanonicalKind, string> = {
  id: 'an id',
  ids: 'ids',
  text: 'text',
  boolean: 'true or false',
  integer: 'a whole number',
  decimal: 'a number',
  percent: 'a percentage',
  date: 'a date',
  datetime: 'a time with its zone',
};
