/** `where` of a mapping: exactly one plain condition, so that nothing else can come in by it. */
import { parseQuery } from '@jetstreamapp/soql-parser-js';

/** What the parser makes of a condition, as far as we look. */
interface Condition {
  left?: Condition | null;
  right?: Condition | null;
  field?: string;
  operator?: string;
  literalType?: string | string[];
  fn?: { parameters?: unknown[] };
  valueQuery?: unknown;
}

const notSoql = 'not a SOQL condition';

/** What is wrong with a condition, as 'expected ...', or null. */
export function whereProblem(where: string): string | null {
  // The parser would stop here anyway; these are named because people mean something by them.
  if (/--|\/\*|\/\//.test(withoutStrings(where))) {
    return 'comments are not allowed in a condition.';
  }
  if (withoutStrings(where).includes(';')) {
    return 'one condition is allowed, without ";".';
  }
  try {
    const query = parseQuery(`SELECT Id FROM Record WHERE ${where}`);
    const more = Object.keys(query).filter(
      (part) => !['fields', 'sObject', 'where'].includes(part),
    );
    if (more.length > 0) {
      return `one plain condition is allowed, without ${more.map(clauseName).join(', ')}.`;
    }
    if (hasSubquery(query.where as Condition | undefined)) {
      return 'one plain condition is allowed, without a sub-select.';
    }
    return null;
  } catch {
    return `${notSoql}; expected one such as Type = 'Partner' AND IsActive__c = true.`;
  }
}

/** Comparisons a condition on HubSpot may make; its search knows no others. */
const hubspotOperators = ['=', '!=', '<', '<=', '>', '>=', 'IN', 'NOT IN', 'AND', 'OR'];

/**
 * The same for HubSpot: conditions are written as in SOQL, without what its search cannot be asked:
 * LIKE, NOT before a condition, date words such as TODAY, functions, parents' fields.
 */
export function hubspotWhereProblem(where: string): string | null {
  const wrong = whereProblem(where);
  if (wrong?.startsWith(notSoql)) {
    return "not a condition; expected one such as is_partner = true AND country IN ('DE', 'AT').";
  }
  if (wrong !== null) return wrong;
  const query = parseQuery(`SELECT Id FROM Record WHERE ${where}`);
  return hubspotProblem(query.where as Condition | undefined);
}

function hubspotProblem(condition: Condition | null | undefined): string | null {
  if (condition === null || condition === undefined) return null;
  const { operator, field, fn, literalType, left, right } = condition;
  if (operator !== undefined && !hubspotOperators.includes(operator)) {
    return `HubSpot cannot be asked by ${operator}; expected =, !=, <, <=, >, >=, IN or NOT IN.`;
  }
  if (fn !== undefined) return 'HubSpot cannot be asked by a function; expected a property.';
  if (field?.includes('.')) {
    return `HubSpot cannot be asked by "${field}"; expected a property of the object itself.`;
  }
  const literals = [literalType].flat();
  if (literals.includes('NULL') && operator !== '=' && operator !== '!=') {
    return 'HubSpot is asked for no value by "= null", for any by "!= null", and no other way.';
  }
  if (literals.some((type) => /^DATE_(N_)?LITERAL/.test(type ?? ''))) {
    return 'HubSpot knows no words for days; expected a day such as 2026-01-31.';
  }
  return hubspotProblem(left) ?? hubspotProblem(right);
}

/** Fields a condition names, dotted where they are a parent's; none for what does not parse. */
export function whereFields(where: string): string[] {
  try {
    const query = parseQuery(`SELECT Id FROM Record WHERE ${where}`);
    return [...new Set(fieldsOf(query.where as Condition | undefined))];
  } catch {
    return [];
  }
}

function fieldsOf(condition: Condition | null | undefined): string[] {
  if (condition === null || condition === undefined) {
    return [];
  }
  const own = condition.field === undefined ? [] : [condition.field];
  return [...own, ...fieldsOf(condition.left), ...fieldsOf(condition.right)];
}

function hasSubquery(condition: Condition | null | undefined): boolean {
  if (condition === null || condition === undefined) {
    return false;
  }
  return (
    condition.valueQuery !== undefined ||
    hasSubquery(condition.left) ||
    hasSubquery(condition.right)
  );
}

function withoutStrings(where: string): string {
  return where.replace(/'(\\.|[^'\\])*'/g, "''");
}

function clauseName(part: string): string {
  return part.replace(/([A-Z])/g, ' $1').toUpperCase();
}
