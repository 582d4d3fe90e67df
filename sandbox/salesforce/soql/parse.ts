/** Parses SOQL into a query with a real condition tree, refusing what Salesforce refuses. */
import {
  type Condition,
  type ConditionWithValueQuery,
  type HavingClause,
  parseQuery,
  type Query,
  type WhereClause,
} from '@jetstreamapp/soql-parser-js';
import { ApiError } from '../errors.ts';

/** A condition tree; AND and OR never stand side by side without parentheses. */
export type ConditionTree =
  | { kind: 'and' | 'or'; children: ConditionTree[] }
  | { kind: 'not'; child: ConditionTree }
  | { kind: 'test'; condition: ConditionWithValueQuery };

/** Parses a query. Throws ApiError MALFORMED_QUERY with row and column. */
export function parseSoql(soql: string): Query {
  try {
    return parseQuery(soql);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const found = /found(?: -->)?:?\s*'?([^'\n]*?)'?(?: <--)?$/m.exec(text)?.[1]?.trim();
    if (!found) throw malformed(soql, soql.length, 'unexpected end of query');
    const at = findToken(soql, found);
    throw malformed(soql, at, `unexpected token: '${found}'`);
  }
}

/** The condition tree of a WHERE or HAVING clause. Throws MALFORMED_QUERY on AND mixed with OR. */
export function conditionTree(clause: WhereClause | HavingClause, soql: string): ConditionTree {
  const tokens = flatten(clause);
  let at = 0;
  const peek = () => tokens[at];

  function group(): ConditionTree {
    const children = [unary()];
    let operator: 'AND' | 'OR' | undefined;
    for (let next = peek(); next === 'AND' || next === 'OR'; next = peek()) {
      if (operator && next !== operator) {
        throw malformed(soql, findToken(soql, next), `unexpected token: '${next}'`);
      }
      operator = next;
      at += 1;
      children.push(unary());
    }
    if (children.length === 1) return children[0]!;
    return { kind: operator === 'OR' ? 'or' : 'and', children };
  }

  function unary(): ConditionTree {
    const token = tokens[at];
    at += 1;
    if (token === 'NOT') return { kind: 'not', child: unary() };
    if (token === '(') {
      const inner = group();
      at += 1;
      return inner;
    }
    if (typeof token === 'object') return { kind: 'test', condition: token };
    throw malformed(soql, soql.length, `unexpected token: '${token ?? '<EOF>'}'`);
  }

  return group();
}

type Token = '(' | ')' | 'AND' | 'OR' | 'NOT' | ConditionWithValueQuery;

/** The parser gives a chain with parenthesis counts; this is the sequence it was read from. */
function flatten(clause: WhereClause | HavingClause): Token[] {
  const tokens: Token[] = [];
  let node: WhereClause | HavingClause | undefined = clause;
  while (node) {
    const left = node.left as (Condition & { openParen?: number; closeParen?: number }) | null;
    const operator = 'operator' in node ? node.operator : undefined;
    for (let i = 0; i < (left?.openParen ?? 0); i += 1) tokens.push('(');
    if (operator === 'NOT') {
      tokens.push('NOT');
    } else {
      tokens.push(left as ConditionWithValueQuery);
      for (let i = 0; i < (left?.closeParen ?? 0); i += 1) tokens.push(')');
      if (operator) tokens.push(operator);
    }
    node = 'right' in node ? (node.right as WhereClause) : undefined;
  }
  return tokens;
}

/** Where a name or token stands in the query text, from 0; the end if it is not there. */
export function findToken(soql: string, token: string): number {
  const escaped = token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const edge = /^\w/.test(token) ? '\\b' : '';
  const match = new RegExp(`${edge}${escaped}${edge && /\w$/.test(token) ? '\\b' : ''}`, 'i').exec(
    soql,
  );
  return match?.index ?? soql.length;
}

/** MALFORMED_QUERY in Salesforce's shape: the text around, a caret, row and column. */
export function malformed(soql: string, at: number, message: string): ApiError {
  return new ApiError(400, 'MALFORMED_QUERY', pointed(soql, at, message));
}

/** INVALID_FIELD in Salesforce's shape, pointing at the name. */
export function invalidField(soql: string, name: string, message: string): ApiError {
  return new ApiError(400, 'INVALID_FIELD', pointed(soql, findToken(soql, name), message));
}

/** Characters of the query shown on each side of the caret. */
const shownAround = 40;

function pointed(soql: string, at: number, message: string): string {
  const row = soql.slice(0, at).split('\n').length;
  const column = at - soql.lastIndexOf('\n', at - 1);
  const from = Math.max(0, at - shownAround);
  const context = soql.slice(from, at + shownAround).replaceAll('\n', ' ');
  const caret = ' '.repeat(at - from) + '^';
  return `\n${context}\n${caret}\nERROR at Row:${row}:Column:${column}\n${message}`;
}
