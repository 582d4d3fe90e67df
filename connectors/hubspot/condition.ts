/**
 * The mapping's condition on HubSpot: written like one of SOQL, asked of the search where it takes
 * it, and checked on every row that came another way (lists and reads by id know no conditions).
 */
import type { FieldDescription } from '../connector.ts';
import { parseCondition, type Term } from './condition-parser.ts';
import type { PortalObject } from './describe.ts';
import { refusal } from './errors.ts';

/** One filter of a search (HubSpot docs, "CRM search": filter operators). */
export interface SearchFilter {
  propertyName: string;
  operator: string;
  value?: string;
  highValue?: string;
  values?: string[];
}

/** A condition made ready for an object. */
export interface Condition {
  /** Properties whose values the test needs. */
  properties: string[];
  /** Groups of filters, any of which may hold; null where a search cannot take the condition. */
  groups: SearchFilter[][] | null;
  /** Whether a row meets it, by its raw property values. */
  test(properties: Record<string, string | null | undefined>): boolean;
}

/** Every row. */
export const noCondition: Condition = { properties: [], groups: [[]], test: () => true };

/** A search takes 18 filters in 5 groups of 6; two of each are for the window. */
const groupsMax = 5;
const filtersInGroupMax = 4;
const filtersMax = 18;

/**
 * Throws 'rejected' for a text that is not one complete condition, 'invalid-field' for a property
 * the object does not have.
 */
export function conditionOf(object: PortalObject, where: string | undefined): Condition {
  if (where === undefined) return noCondition;
  const { name } = object.description;
  const alternatives = parseCondition(where);
  if (alternatives === null) {
    throw refusal(
      'rejected',
      { operation: 'read', object: name, code: 'MALFORMED_CONDITION' },
      `The condition "where" of ${name} is not one complete condition such as is_partner = true. ` +
        'Correct it in the mapping: property, =, !=, <, <=, >, >=, IN, value, AND, OR.',
    );
  }
  const fieldOf = (term: Term) => propertyOf(object, term.property);
  const expanded = alternatives.flatMap((terms) => expand(terms, fieldOf));
  const groups = expanded.map((terms) => terms.map((term) => filterOf(term, fieldOf(term))));
  const tests = alternatives.map((terms) => terms.map((term) => testOf(term, fieldOf(term))));
  return {
    properties: [...new Set(alternatives.flat().map(({ property }) => property))],
    groups: fits(groups) ? groups : null,
    test: (properties) => tests.some((all) => all.every((one) => one(properties))),
  };
}

function propertyOf(object: PortalObject, property: string): FieldDescription {
  const field = object.description.fields.get(property);
  if (field) return field;
  const { name } = object.description;
  throw refusal(
    'invalid-field',
    { operation: 'read', object: name, code: 'PROPERTY_DOESNT_EXIST', fields: [property] },
    `HubSpot ${name} have no property "${property}", which the condition names. Create it ` +
      '("partner-sync provision"), or change "where" in the mapping.',
  );
}

function fits(groups: SearchFilter[][]): boolean {
  const all = groups.reduce((sum, group) => sum + group.length + 2, 0);
  const widest = Math.max(...groups.map((group) => group.length));
  return groups.length <= groupsMax && widest <= filtersInGroupMax && all <= filtersMax;
}

/**
 * A search's "not equal" passes over records without a value, and a box never ticked has none:
 * such a term becomes two alternatives, the second for records without a value.
 */
function expand(terms: Term[], fieldOf: (term: Term) => FieldDescription): Term[][] {
  return terms.reduce<Term[][]>(
    (groups, term) => {
      const ways = includesEmpty(term, fieldOf(term))
        ? [term, { ...term, operator: '=' as const, values: [null] }]
        : [term];
      return groups.flatMap((group) => ways.map((way) => [...group, way]));
    },
    [[]],
  );
}

function includesEmpty({ operator, values }: Term, field: FieldDescription): boolean {
  if (values.includes(null)) return false;
  if (field.kind === 'boolean') return wantsFalse(operator, values);
  return operator === '!=' || operator === 'NOT IN';
}

function wantsFalse(operator: Term['operator'], values: (string | null)[]): boolean {
  return (operator === '=') === (values[0]?.toLowerCase() === 'false');
}

const operatorNames: Partial<Record<Term['operator'], string>> = {
  '=': 'EQ',
  '!=': 'NEQ',
  '<': 'LT',
  '<=': 'LTE',
  '>': 'GT',
  '>=': 'GTE',
  IN: 'IN',
  'NOT IN': 'NOT_IN',
};

function filterOf(term: Term, field: FieldDescription): SearchFilter {
  const { property: propertyName, operator, values } = term;
  if (values[0] === null) {
    return { propertyName, operator: operator === '=' ? 'NOT_HAS_PROPERTY' : 'HAS_PROPERTY' };
  }
  if (field.kind === 'boolean') {
    return { propertyName, operator: 'EQ', value: String(!wantsFalse(operator, values)) };
  }
  const written = values.map((value) => searchValue(field, value ?? ''));
  const name = operatorNames[operator] ?? 'EQ';
  if (operator !== 'IN' && operator !== 'NOT IN') {
    return { propertyName, operator: name, value: written[0] ?? '' };
  }
  // Values of IN on texts must be lower case (crm-apis.md, Search).
  const listed = field.kind === 'text' ? written.map((value) => value.toLowerCase()) : written;
  return { propertyName, operator: name, values: listed };
}

/** Instants as epoch milliseconds: the form every version of the search takes. */
function searchValue(field: FieldDescription, value: string): string {
  if (field.kind !== 'date' && field.kind !== 'datetime') return value;
  const at = Date.parse(value);
  return Number.isNaN(at) ? value : String(at);
}

type Test = (properties: Record<string, string | null | undefined>) => boolean;

/** The same meaning as the filters have, on a row's own values. */
function testOf({ property, operator, values }: Term, field: FieldDescription): Test {
  if (values[0] === null) {
    const wanted = operator === '=';
    return (row) => isEmpty(row[property]) === wanted;
  }
  if (field.kind === 'boolean') {
    const wanted = !wantsFalse(operator, values);
    return (row) => (row[property]?.toLowerCase() === 'true') === wanted;
  }
  const key = keyOf(field);
  const wanted = values.map((value) => key(value ?? ''));
  const first = wanted[0] ?? '';
  const among = (value: string | number) => wanted.includes(value);
  const compare: Record<Term['operator'], (value: string | number) => boolean> = {
    '=': among,
    IN: among,
    '!=': (value) => !among(value),
    'NOT IN': (value) => !among(value),
    '<': (value) => value < first,
    '<=': (value) => value <= first,
    '>': (value) => value > first,
    '>=': (value) => value >= first,
  };
  const emptyHolds = operator === '!=' || operator === 'NOT IN';
  return (row) => {
    const value = row[property];
    return isEmpty(value) ? emptyHolds : compare[operator](key(value as string));
  };
}

function isEmpty(value: string | null | undefined): boolean {
  return value === null || value === undefined || value === '';
}

/** Numbers and instants are compared as such, texts without regard to case, options exactly. */
function keyOf(field: FieldDescription): (value: string) => string | number {
  switch (field.kind) {
    case 'decimal':
    case 'percent':
      return Number;
    case 'date':
    case 'datetime':
      return (value) => (/^\d{11,}$/.test(value) ? Number(value) : Date.parse(value));
    case 'text':
      return (value) => value.toLowerCase();
    default:
      return (value) => value;
  }
}
