/** GROUP BY, aggregate functions and HAVING. */
import type {
  FieldType,
  FunctionExp,
  GroupByClause,
  HavingClause,
  OrderByClause,
  Query,
} from '@jetstreamapp/soql-parser-js';
import { ApiError } from '../errors.ts';
import type { FieldDef } from '../field-def.ts';
import type { ObjectDef } from '../schema.ts';
import type { Row, Value } from '../values.ts';
import { dateFunction } from './functions.ts';
import { type Literal, operand } from './literals.ts';
import { compareValues } from './order.ts';
import { type ConditionTree, conditionTree, findToken, malformed } from './parse.ts';
import { type QueryContext, resolvePath } from './path.ts';
import { jsonValue } from './select.ts';

const aggregateNames = ['COUNT', 'COUNT_DISTINCT', 'SUM', 'AVG', 'MIN', 'MAX'];

/** Whether the query groups or aggregates (a bare COUNT() is not meant). */
export function isAggregate(query: Query): boolean {
  if (query.groupBy) return true;
  return (query.fields ?? []).some(
    (item) => item.type === 'FieldFunctionExpression' && isAggregateName(item.functionName),
  );
}

function isAggregateName(name: string): boolean {
  return aggregateNames.includes(name.toUpperCase());
}

/** A value computed from a group of rows. */
interface Expression {
  text: string;
  field: FieldDef;
  grouped: boolean;
  of: (rows: Row[]) => Value;
}

/** One result: its JSON text. */
export type AggregateRow = string;

/** Groups the rows. Throws MALFORMED_QUERY where a field is neither grouped nor aggregated. */
export function aggregate(
  context: QueryContext,
  object: ObjectDef,
  query: Query,
  rows: Iterable<Row>,
): AggregateRow[] {
  const groupBy = asList(query.groupBy).map((clause) => groupExpression(context, object, clause));
  const columns = (query.fields ?? []).map((item) => column(context, object, item, groupBy));
  const groups = collect(rows, groupBy);
  const kept = query.having ? filterGroups(context, object, query.having, groups) : groups;
  const ordered = orderGroups(context, object, asList(query.orderBy), kept, groupBy);
  let unnamed = 0;
  const keys = columns.map(({ alias, expression, name }) => {
    if (alias) return alias;
    if (expression.grouped && name) return name;
    unnamed += 1;
    return `expr${unnamed - 1}`;
  });
  const offset = query.offset ?? 0;
  return ordered.slice(offset, offset + (query.limit ?? Number.POSITIVE_INFINITY)).map((group) => {
    const pieces = columns.map(
      ({ expression }, i) =>
        `,${JSON.stringify(keys[i])}:${jsonValue(expression.field, expression.of(group))}`,
    );
    return `{"attributes":{"type":"AggregateResult"}${pieces.join('')}}`;
  });
}

function asList<T>(one: T | T[] | undefined): T[] {
  return one === undefined ? [] : Array.isArray(one) ? one : [one];
}

function collect(rows: Iterable<Row>, groupBy: Expression[]): Row[][] {
  if (groupBy.length === 0) return [[...rows]];
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify(groupBy.map((one) => folded(one.of([row]))));
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()];
}

function folded(value: Value): Value {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

function groupExpression(
  context: QueryContext,
  object: ObjectDef,
  clause: GroupByClause,
): Expression {
  if ('fn' in clause) return functionExpression(context, object, clause.fn, true);
  const path = resolvePath(context, object, clause.field.split('.'));
  return {
    text: clause.field.toLowerCase(),
    field: path.field,
    grouped: true,
    of: ([row]) => (row ? path.read(row) : null),
  };
}

function column(
  context: QueryContext,
  object: ObjectDef,
  item: FieldType,
  groupBy: Expression[],
): { alias: string | undefined; name: string | undefined; expression: Expression } {
  if (item.type === 'FieldFunctionExpression') {
    const text = (item.rawValue ?? '').toLowerCase().replaceAll(' ', '');
    const expression =
      groupBy.find((one) => one.text === text) ?? functionExpression(context, object, item, false);
    return { alias: item.alias, name: undefined, expression };
  }
  if (item.type !== 'Field' && item.type !== 'FieldRelationship') {
    throw new ApiError(501, 'NOT_IMPLEMENTED', `The sandbox does not group ${item.type}.`);
  }
  const names = item.type === 'Field' ? [item.field] : [...item.relationships, item.field];
  const path = resolvePath(context, object, names);
  const expression = groupBy.find((one) => one.text === names.join('.').toLowerCase());
  if (!expression) {
    const at = findToken(context.soql, names.join('.'));
    throw malformed(context.soql, at, `Field must be grouped or aggregated: ${path.field.name}`);
  }
  const alias = 'alias' in item ? item.alias : undefined;
  return { alias, name: path.field.name, expression };
}

function functionExpression(
  context: QueryContext,
  object: ObjectDef,
  fn: FunctionExp,
  grouping: boolean,
): Expression {
  const name = (fn.functionName ?? '').toUpperCase();
  const argument = fn.parameters?.[0];
  if (typeof argument !== 'string' && argument !== undefined) {
    throw new ApiError(501, 'NOT_IMPLEMENTED', `The sandbox does not implement ${fn.rawValue}.`);
  }
  const text = (fn.rawValue ?? '').toLowerCase().replaceAll(' ', '');
  const path = resolvePath(context, object, (argument ?? 'Id').split('.'));
  if (!grouping && isAggregateName(name)) {
    const field = { ...path.field, type: aggregateType(name, path.field.type) };
    const read = argument === undefined ? () => 1 : path.read;
    return { text, field, grouped: false, of: (rows) => reduce(name, rows, read) };
  }
  const computed = dateFunction(name);
  if (!computed) {
    throw new ApiError(501, 'NOT_IMPLEMENTED', `The sandbox does not implement ${fn.rawValue}.`);
  }
  const field = { ...path.field, type: computed.type };
  return { text, field, grouped: true, of: ([row]) => (row ? computed.of(path.read(row)) : null) };
}

function aggregateType(name: string, type: FieldDef['type']): FieldDef['type'] {
  if (name.startsWith('COUNT')) return 'int';
  return name === 'MIN' || name === 'MAX' ? type : 'double';
}

function reduce(name: string, rows: Row[], read: (row: Row) => Value): Value {
  const values = rows.map(read).filter((value) => value !== null);
  switch (name) {
    case 'COUNT':
      return values.length;
    case 'COUNT_DISTINCT':
      return new Set(values.map(folded)).size;
    case 'SUM':
      return values.length === 0 ? null : sum(values);
    case 'AVG':
      return values.length === 0 ? null : sum(values) / values.length;
    default: {
      const how = { descending: name === 'MAX', nullsLast: true };
      return values.length === 0
        ? null
        : values.reduce((a, b) => (compareValues(a, b, how) <= 0 ? a : b));
    }
  }
}

/** Sums in hundred-thousandths, so that cents do not drift over many rows. */
function sum(values: Value[]): number {
  return values.reduce((total: number, value) => total + Math.round(Number(value) * 1e5), 0) / 1e5;
}

function filterGroups(
  context: QueryContext,
  object: ObjectDef,
  having: HavingClause,
  groups: Row[][],
): Row[][] {
  const test = groupTest(context, object, conditionTree(having, context.soql));
  return groups.filter(test);
}

function groupTest(
  context: QueryContext,
  object: ObjectDef,
  tree: ConditionTree,
): (group: Row[]) => boolean {
  if (tree.kind === 'not') {
    const inner = groupTest(context, object, tree.child);
    return (group) => !inner(group);
  }
  if (tree.kind !== 'test') {
    const tests = tree.children.map((child) => groupTest(context, object, child));
    return tree.kind === 'and'
      ? (group) => tests.every((test) => test(group))
      : (group) => tests.some((test) => test(group));
  }
  const { condition } = tree;
  if (!('value' in condition) || Array.isArray(condition.value)) {
    throw new ApiError(501, 'NOT_IMPLEMENTED', 'The sandbox compares one value in HAVING.');
  }
  const expression =
    'fn' in condition
      ? functionExpression(context, object, condition.fn, false)
      : groupExpression(context, object, { field: condition.field });
  const literal = { text: condition.value, kind: condition.literalType } as Literal;
  const now = context.state.clock.now();
  const wanted = operand(context.soql, expression.field, literal, now);
  if ('days' in wanted) {
    throw new ApiError(501, 'NOT_IMPLEMENTED', 'The sandbox has no date literals in HAVING.');
  }
  return (group) => compares(folded(expression.of(group)), condition.operator, wanted.value);
}

function compares(value: Value, operator: string, wanted: Value): boolean {
  if (operator === '=') return value === wanted;
  if (operator === '!=') return value !== wanted;
  if (value === null || wanted === null) return false;
  if (operator === '<') return value < wanted;
  if (operator === '<=') return value <= wanted;
  return operator === '>' ? value > wanted : value >= wanted;
}

function orderGroups(
  context: QueryContext,
  object: ObjectDef,
  clauses: OrderByClause[],
  groups: Row[][],
  groupBy: Expression[],
): Row[][] {
  if (clauses.length === 0) return groups;
  const keys = clauses.map((clause) => ({
    expression:
      'fn' in clause
        ? (groupBy.find((one) => one.text === clause.fn.rawValue?.toLowerCase()) ??
          functionExpression(context, object, clause.fn, false))
        : groupExpression(context, object, { field: clause.field }),
    how: { descending: clause.order === 'DESC', nullsLast: clause.nulls === 'LAST' },
  }));
  return groups.toSorted((a, b) => {
    for (const { expression, how } of keys) {
      const order = compareValues(expression.of(a), expression.of(b), how);
      if (order !== 0) return order;
    }
    return 0;
  });
}
