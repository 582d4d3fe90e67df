/**
 * Finds out what a column of an export holds: by the standard object's own field, by name, by
 * values.
 */
import type { DatasetField, FieldType } from '../dataset.ts';
import type { ObjectDef } from '../salesforce/schema.ts';
import { parseDate, parseDatetime } from '../salesforce/values.ts';

/** What is known of a column before its type is. */
export interface Column {
  name: string;
  /** Values that are not blank. */
  values: string[];
  /** The standard object, if it is one. */
  standard: ObjectDef | undefined;
  /** Objects by the first three characters of their ids. */
  objectsByPrefix: ReadonlyMap<string, string>;
}

/** A column of few repeated words is a picklist; more than this are names. */
const PICKLIST_MAX = 40;
const PICKLIST_VALUE_MAX_LENGTH = 60;
/** From this share on, the others are mistakes and not the rule. */
const MOST = 0.8;

const DATE_NAME = /(Date|_On|_Until|Date__c|_On__c|_Until__c)$/;
const DATETIME_NAME = /(_At__c|_Time__c|DateTime__c|Modstamp)$/;
const MONEY_NAME = /(Amount|Revenue|Price|Value|Budget|Quota|Fee|Cost)/i;
const PERCENT_NAME = /(Percent|Rate|Probability|Share)/i;
/** Digits that are not numbers: sums of them mean nothing. */
const CODE_NAME = /(Phone|Fax|Zip|Postal|Code|Number__c$|Duns|Vat)/i;
const NUMBER = /^-?\d+(\.\d+)?$/;
const BOOLEAN = /^(true|false)$/i;
const ID = /^[a-zA-Z0-9]{15}([a-zA-Z0-5]{3})?$/;

/**
 * The field of a column. A standard field keeps its definition; picklists learn the values seen.
 */
export function inferField(column: Column): DatasetField {
  const known = column.standard?.field(column.name);
  if (known) {
    const seen = new Set([...(known.picklist ?? []), ...column.values]);
    return {
      name: known.name,
      label: known.label,
      type: known.type,
      ...(known.type === 'picklist' ? { picklist: [...seen] } : {}),
      ...(known.referenceTo.length > 0 ? { referenceTo: known.referenceTo } : {}),
    };
  }
  const { name, values } = column;
  return { name, label: labelOf(name), ...typeOf(name, values, column.objectsByPrefix) };
}

/** 'Partner_Start_Date__c' is read as 'Partner Start Date'. */
export function labelOf(apiName: string): string {
  return apiName.replace(/__c$/, '').replaceAll('_', ' ').trim() || apiName;
}

function typeOf(
  name: string,
  values: string[],
  objectsByPrefix: ReadonlyMap<string, string>,
): Omit<DatasetField, 'name' | 'label'> {
  const targets = referenced(values, objectsByPrefix);
  if (targets) return { type: 'reference', referenceTo: targets };
  const date = dateType(name, values);
  if (date) return { type: date };
  if (values.length > 0 && values.every((v) => BOOLEAN.test(v))) return { type: 'boolean' };
  return numberType(name, values) ?? textType(name, values);
}

/** The objects whose ids the values are; null where one is no id of a known object. */
function referenced(values: string[], byPrefix: ReadonlyMap<string, string>): string[] | null {
  if (values.length === 0) return null;
  const targets = new Set<string>();
  for (const value of values) {
    const target = ID.test(value) ? byPrefix.get(value.slice(0, 3)) : undefined;
    if (!target) return null;
    targets.add(target);
  }
  return [...targets];
}

/** By most of the values; where there are few or none, by the name. */
function dateType(name: string, values: string[]): FieldType | null {
  const dates = values.filter((v) => parseDate(v) !== null).length;
  const datetimes = values.filter((v) => parseDatetime(v) !== null).length;
  const byName = DATETIME_NAME.test(name) || DATE_NAME.test(name);
  if (values.length === 0) {
    return DATETIME_NAME.test(name) ? 'datetime' : DATE_NAME.test(name) ? 'date' : null;
  }
  const share = (dates + datetimes) / values.length;
  if (share >= MOST || (byName && share > 0)) return datetimes >= dates ? 'datetime' : 'date';
  return null;
}

function numberType(name: string, values: string[]): Omit<DatasetField, 'name' | 'label'> | null {
  const coded = CODE_NAME.test(name) || values.some((v) => /^-?0\d/.test(v));
  if (values.length === 0 || coded) return null;
  const numbers = values.filter((v) => NUMBER.test(v));
  const money = MONEY_NAME.test(name);
  const percent = PERCENT_NAME.test(name);
  const enough = money || percent ? numbers.length > 0 : numbers.length / values.length >= MOST;
  if (!enough || numbers.length / values.length < MOST / 2) return null;
  const scale = Math.max(0, ...numbers.map((v) => v.split('.')[1]?.length ?? 0));
  if (money) return { type: 'currency', precision: 18, scale: 2 };
  if (percent) return { type: 'percent', precision: 18, scale: Math.max(2, scale) };
  const whole = numbers.every((v) => Number.isInteger(Number(v)) && v.length <= 9);
  return whole ? { type: 'int' } : { type: 'double', precision: 18, scale: Math.max(2, scale) };
}

function textType(name: string, values: string[]): Omit<DatasetField, 'name' | 'label'> {
  const longest = values.reduce((max, v) => Math.max(max, v.length), 0);
  if (longest > 255 || values.some((v) => v.includes('\n'))) {
    return { type: 'textarea', length: 32_768 };
  }
  const mostly = (pattern: RegExp) => values.length > 0 && values.every((v) => pattern.test(v));
  if (mostly(/^https?:\/\/\S+$/i)) return { type: 'url', length: 255 };
  if (mostly(/^[^\s@]+@[^\s@]+\.[^\s@]+$/)) return { type: 'email', length: 80 };
  const distinct = [...new Set(values)];
  const repeated = distinct.length > 0 && distinct.length * 2 <= values.length;
  const words = distinct.length <= PICKLIST_MAX && longest <= PICKLIST_VALUE_MAX_LENGTH;
  if (repeated && words && !/Name(__c)?$/.test(name)) {
    return { type: 'picklist', picklist: distinct.sort() };
  }
  return { type: 'string', length: longest <= 80 ? 80 : 255 };
}
