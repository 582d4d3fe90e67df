/** Builds SOQL that cannot be broken out of, and addresses that fit Salesforce's length limit. */
import { ConnectorError } from '../errors.ts';

/**
 * The longest query address in bytes. Salesforce refuses address plus headers above 16,384 (414,
 * 431); tokens in JWT form take up to about 3,000 of them.
 */
export const queryAddressMax = 12_000;

/** 'query' hides deleted and archived rows, 'queryAll' shows them. */
export type QueryResource = 'query' | 'queryAll';

/** A text as a SOQL literal (SOQL guide, "Quoted String Escape Sequences"). */
export function quote(text: string): string {
  return `'${text.replace(/[\\'"\n\r\t\b\f\u2028\u2029]/g, (found) => escapes[found] ?? found)}'`;
}

const escapes: Record<string, string> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
  // Line ends to some readers of a query, and never a reason to end one.
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** An object's API name, checked. Throws 'not-found' for anything that cannot be one. */
export function objectName(name: string): string {
  if (/^[A-Za-z]\w{0,79}$/.test(name)) return name;
  const call = { crm: 'salesforce' as const, operation: 'read', code: 'INVALID_TYPE' };
  throw new ConnectorError(
    'not-found',
    call,
    'A Salesforce object is named like "Opportunity" or "Deal_Registration__c"; the name given ' +
      'is not. Check read and write in the mapping.',
  );
}

/** A field's API name, parents dotted, checked. Throws 'invalid-field'. */
export function fieldName(name: string, object: string): string {
  if (/^[A-Za-z]\w{0,79}(\.[A-Za-z]\w{0,79}){0,5}$/.test(name)) return name;
  const call = { crm: 'salesforce' as const, operation: 'read', object, code: 'INVALID_FIELD' };
  throw new ConnectorError(
    'invalid-field',
    call,
    `A Salesforce field is named like "StageName" or "Owner.Name"; one of the names mapped for ` +
      `${object} is not. Check the mapping.`,
  );
}

/**
 * The mapping's own condition in brackets. The mapping's schema has parsed it; here it is only made
 * sure that it cannot close our brackets and widen the window. Throws 'rejected'.
 */
export function bracketed(where: string, object: string): string {
  if (isOneCondition(where)) return `(${where})`;
  const call = { crm: 'salesforce' as const, operation: 'read', object, code: 'MALFORMED_QUERY' };
  throw new ConnectorError(
    'rejected',
    call,
    `The condition "where" of ${object} is not one complete condition: its brackets or quotes do ` +
      'not match. Correct it in the mapping.',
  );
}

/** The address of a query, with as few bytes as encoding allows. */
export function queryPath(resource: QueryResource, soql: string): string {
  return `/${resource}?q=${encodeQuery(soql)}`;
}

/** Bytes a text takes in a query address. */
export function encodedLength(text: string): number {
  return encodeQuery(text).length;
}

/** Splits items into groups whose encoded, comma-joined length stays within `bytesMax`. */
export function chunkByLength(items: string[], bytesMax: number, countMax: number): string[][] {
  const chunks: string[][] = [];
  let current: string[] = [];
  let length = 0;
  for (const item of items) {
    const itemLength = encodedLength(item) + 1;
    if (current.length > 0 && (length + itemLength > bytesMax || current.length >= countMax)) {
      chunks.push(current);
      current = [];
      length = 0;
    }
    current.push(item);
    length += itemLength;
  }
  if (current.length > 0) chunks.push(current);
  return chunks;
}

/** Blanks as '+' and bare commas: a third of what %20 and %2C take in a long field list. */
function encodeQuery(soql: string): string {
  return encodeURIComponent(soql).replaceAll('%20', '+').replaceAll('%2C', ',');
}

function isOneCondition(where: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < where.length; at += 1) {
    const character = where[at];
    if (quoted) {
      if (character === '\\') at += 1;
      else if (character === "'") quoted = false;
    } else if (character === "'") quoted = true;
    else if (character === '(') depth += 1;
    else if (character === ')') {
      depth -= 1;
      if (depth < 0) return false;
    }
  }
  return !quoted && depth === 0 && where.trim() !== '';
}
