/** A search's filters as tests of a record. */
import { badRequest } from '../errors.ts';
import { linksOf } from '../links.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Portal } from '../portal.ts';
import { type PropertyDef, valueIn } from '../property.ts';
import type { CrmRecord } from '../record.ts';
import { orderOf } from '../values.ts';
import type { Filter } from './request.ts';

export type Test = (record: CrmRecord) => boolean;

/** The property a filter or sort names. Throws HubSpotError 400 for one the object lacks. */
export function searched(store: ObjectStore, name: string): PropertyDef {
  const def = store.properties.get(name);
  if (def) return def;
  throw badRequest(`There was a problem with the request: property "${name}" does not exist.`, {
    errors: [
      {
        message: `Property "${name}" does not exist`,
        code: 'PROPERTY_DOESNT_EXIST',
        context: { propertyName: [name] },
      },
    ],
  });
}

/** One filter as a test. Throws HubSpotError 400 for values its operator lacks. */
export function testOf(portal: Portal, store: ObjectStore, filter: Filter): Test {
  const [, other] = /^associations\.(.+)$/.exec(filter.propertyName) ?? [];
  if (other) return associated(portal, store, portal.store(other), filter);
  const def = searched(store, filter.propertyName);
  if (filter.operator === 'HAS_PROPERTY') return (record) => valueIn(record, def) !== null;
  if (filter.operator === 'NOT_HAS_PROPERTY') return (record) => valueIn(record, def) === null;
  if (def.order) {
    const byNumber = numberTest(def, filter);
    if (byNumber) return (record) => byNumber(def.order!(record));
  }
  const fits = valueTest(def, filter);
  return (record) => {
    const value = valueIn(record, def);
    return value !== null && fits(value);
  };
}

/** A comparison of numbers; null for the operators that are none. */
function numberTest(def: PropertyDef, filter: Filter): ((at: number) => boolean) | null {
  const { operator } = filter;
  if (!['EQ', 'NEQ', 'LT', 'LTE', 'GT', 'GTE', 'BETWEEN'].includes(operator)) return null;
  const limit = bound(def, needed(filter, 'value'));
  switch (operator) {
    case 'EQ':
      return (at) => at === limit;
    case 'NEQ':
      return (at) => at !== limit;
    case 'LT':
      return (at) => at < limit;
    case 'LTE':
      return (at) => at <= limit;
    case 'GT':
      return (at) => at > limit;
    case 'GTE':
      return (at) => at >= limit;
    default: {
      const high = bound(def, needed(filter, 'highValue'));
      return (at) => at >= limit && at <= high;
    }
  }
}

function valueTest(def: PropertyDef, filter: Filter): (value: string) => boolean {
  switch (filter.operator) {
    case 'EQ':
      return equalTo(def, needed(filter, 'value'));
    case 'NEQ': {
      const same = equalTo(def, needed(filter, 'value'));
      return (value) => !same(value);
    }
    case 'IN':
    case 'NOT_IN': {
      const among = amongTest(def, filter);
      return filter.operator === 'IN' ? among : (value) => !among(value);
    }
    case 'CONTAINS_TOKEN':
      return tokenTest(needed(filter, 'value'));
    case 'NOT_CONTAINS_TOKEN': {
      const contains = tokenTest(needed(filter, 'value'));
      return (value) => !contains(value);
    }
    case 'BETWEEN': {
      const low = bound(def, needed(filter, 'value'));
      const high = bound(def, needed(filter, 'highValue'));
      return (value) => {
        const at = orderOf(def, value);
        return at !== null && at >= low && at <= high;
      };
    }
    default:
      return compared(def, filter);
  }
}

function compared(def: PropertyDef, filter: Filter): (value: string) => boolean {
  const text = needed(filter, 'value');
  const limit = ordered(def) ? bound(def, text) : text.toLowerCase();
  const of = (value: string) => (ordered(def) ? orderOf(def, value) : value.toLowerCase());
  switch (filter.operator) {
    case 'LT':
      return (value) => (of(value) ?? Number.NaN) < limit;
    case 'LTE':
      return (value) => (of(value) ?? Number.NaN) <= limit;
    case 'GT':
      return (value) => (of(value) ?? Number.NaN) > limit;
    default:
      return (value) => (of(value) ?? Number.NaN) >= limit;
  }
}

function ordered({ type }: PropertyDef): boolean {
  return type === 'number' || type === 'date' || type === 'datetime';
}

/** A limit of an ordered property as a number. Throws HubSpotError 400. */
export function bound(def: PropertyDef, text: string): number {
  const at = orderOf(def, text);
  if (at !== null) return at;
  throw badRequest(`"${text}" is not a valid value of the ${def.type} property "${def.name}".`);
}

/** Texts are compared without case, enumerations and the rest as they are. */
function equalTo(def: PropertyDef, wanted: string): (value: string) => boolean {
  if (ordered(def)) {
    const at = bound(def, wanted);
    return (value) => orderOf(def, value) === at;
  }
  if (def.type === 'enumeration') {
    if (def.fieldType !== 'checkbox') return (value) => value === wanted;
    return (value) => value === wanted || value.split(';').includes(wanted);
  }
  const lower = wanted.toLowerCase();
  return (value) => value.toLowerCase() === lower;
}

/** The values of IN on a text must be lower case: others match nothing (guide, operators). */
function amongTest(def: PropertyDef, filter: Filter): (value: string) => boolean {
  const values = filter.values ?? [];
  if (values.length === 0) throw badRequest(`${filter.operator} needs "values".`);
  if (ordered(def)) {
    const all = new Set(values.map((value) => bound(def, value)));
    return (value) => all.has(orderOf(def, value) ?? Number.NaN);
  }
  const all = new Set(values);
  if (def.type === 'enumeration') return (value) => value.split(';').some((one) => all.has(one));
  return (value) => all.has(value.toLowerCase());
}

/** Words, with `*` for any letters at either end. */
function tokenTest(wanted: string): (value: string) => boolean {
  const tests = tokens(wanted, '*').map((token) => {
    const parts = token.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`);
  });
  return (value) => {
    const words = [...tokens(value), value.toLowerCase()];
    return tests.every((test) => words.some((word) => test.test(word)));
  };
}

/** The words of a text, lower case. */
export function tokens(text: string, also = ''): string[] {
  const word = new RegExp(`[\\p{L}\\p{N}${also ? `\\${also}` : ''}]+`, 'gu');
  return text.toLowerCase().match(word) ?? [];
}

function needed(filter: Filter, name: 'value' | 'highValue'): string {
  const value = filter[name];
  if (value !== null && value !== undefined) return value;
  throw badRequest(`${filter.operator} on "${filter.propertyName}" needs "${name}".`);
}

function associated(portal: Portal, store: ObjectStore, other: ObjectStore, filter: Filter): Test {
  const wanted = new Set(filter.operator === 'IN' ? filter.values : [filter.value]);
  const linked: Test = ({ id }) =>
    linksOf(portal, { store, id }, other).some(({ to }) => wanted.has(String(to)));
  const any: Test = ({ id }) => linksOf(portal, { store, id }, other).length > 0;
  switch (filter.operator) {
    case 'EQ':
    case 'IN':
      return linked;
    case 'NEQ':
    case 'NOT_IN':
      return (record) => !linked(record);
    case 'HAS_PROPERTY':
      return any;
    case 'NOT_HAS_PROPERTY':
      return (record) => !any(record);
    default:
      throw badRequest(`${filter.operator} is not supported on associations.`);
  }
}
