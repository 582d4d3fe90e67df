/** `where` of a mapping: exactly one plain SOQL condition, so that no other SOQL can come in by it. */
import { parseQuery } from '@jetstreamapp/soql-parser-js';

/** What the parser makes of a condition, as far as we look. */
interface Condition {
  left?: Condition | null;
  right?: Condition | null;
  field?: string;
  fn?: { parameters?: unknown[] };
  valueQuery?: unknown;
}

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
    return "not a SOQL condition; expected one such as Type = 'Partner' AND IsActive__c = true.";
  }
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
