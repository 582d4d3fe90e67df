/** Compiles a condition tree into a test of a row, and keeps what the planner can use. */
import type { ConditionWithValueQuery, FunctionExp, Query } from '@jetstreamapp/soql-parser-js';
import { ApiError } from '../errors.ts';
import type { FieldDef } from '../field-def.ts';
import type { ObjectDef } from '../schema.ts';
import type { Row, Value } from '../values.ts';
import { dateFunction } from './functions.ts';
import { type Literal, type Operand, operand, unquote } from './literals.ts';
import { type ConditionTree, invalidField } from './parse.ts';
import { type Path, type QueryContext, resolvePath } from './path.ts';

/** A compiled condition. `slot` and `values` are set on tests of the object's own fields. */
export type Filter =
  | { kind: 'and' | 'or'; children: Filter[]; test: (row: Row) => boolean }
  | { kind: 'not'; test: (row: Row) => boolean }
  | {
      kind: 'test';
      test: (row: Row) => boolean;
      field: FieldDef | null;
      slot: number | null;
      operator: string;
      operands: Operand[];
    };

/** Runs a semi-join's inner query and gives the values of its one field. */
export type SubqueryValues = (query: Query) => Value[];

/** Compiles. Throws ApiError INVALID_FIELD, INVALID_QUERY_FILTER_OPERATOR or 501 for the rest. */
export function compileWhere(
  context: QueryContext,
  object: ObjectDef,
  tree: ConditionTree,
  subquery: SubqueryValues,
): Filter {
  if (tree.kind === 'test') return compileTest(context, object, tree.condition, subquery);
  if (tree.kind === 'not') {
    const inner = compileWhere(context, object, tree.child, subquery);
    return { kind: 'not', test: (row) => !inner.test(row) };
  }
  const children = tree.children.map((child) => compileWhere(context, object, child, subquery));
  const tests = children.map((child) => child.test);
  const test =
    tree.kind === 'and'
      ? (row: Row) => tests.every((one) => one(row))
      : (row: Row) => tests.some((one) => one(row));
  return { kind: tree.kind, children, test };
}

function compileTest(
  context: QueryContext,
  object: ObjectDef,
  condition: ConditionWithValueQuery,
  subquery: SubqueryValues,
): Filter {
  const path = pathOf(context, object, condition);
  const operator = 'operator' in condition ? condition.operator.toUpperCase() : '=';
  refuseUnfilterable(context, path.field);
  const operands =
    'valueQuery' in condition
      ? subquery(condition.valueQuery).map((value) => ({ value: comparable(path.field, value) }))
      : literalsOf(condition).map((literal) =>
          operator === 'LIKE'
            ? { value: likeText(context, path.field, literal) }
            : operand(context.soql, path.field, literal, context.state.clock.now()),
        );
  const matches = matcher(context, path.field, operator, operands);
  const read = path.slot === null ? path.read : null;
  const slot = path.slot ?? 0;
  const test = read ? (row: Row) => matches(read(row)) : (row: Row) => matches(row[slot] ?? null);
  return { kind: 'test', test, field: path.field, slot: path.slot, operator, operands };
}

function pathOf(
  context: QueryContext,
  object: ObjectDef,
  condition: ConditionWithValueQuery,
): Path {
  if ('fn' in condition) return functionPath(context, object, condition.fn);
  if (!('field' in condition)) throw new ApiError(400, 'MALFORMED_QUERY', 'unexpected token');
  return resolvePath(context, object, condition.field.split('.'));
}

/** DAY_ONLY(CreatedDate) and its like in a WHERE clause. */
function functionPath(context: QueryContext, object: ObjectDef, fn: FunctionExp): Path {
  const argument = fn.parameters?.[0];
  if (typeof argument !== 'string') throw notImplemented(fn.rawValue ?? 'a nested function');
  const inner = resolvePath(context, object, argument.split('.'));
  if (fn.functionName?.toUpperCase() === 'TOLABEL') return inner;
  const computed = dateFunction(fn.functionName ?? '');
  if (!computed) throw notImplemented(fn.rawValue ?? fn.functionName ?? '');
  return {
    field: { ...inner.field, type: computed.type },
    slot: null,
    read: (row) => computed.of(inner.read(row)),
  };
}

function literalsOf(condition: ConditionWithValueQuery): Literal[] {
  if (!('value' in condition)) return [];
  const { value, literalType } = condition;
  if (!Array.isArray(value)) {
    return [{ text: value, kind: Array.isArray(literalType) ? literalType[0] : literalType }];
  }
  return value.map((text, i) => ({
    text,
    kind: Array.isArray(literalType) ? literalType[i] : literalType,
  }));
}

/** A stored value in the form operands have: text without case. */
function comparable(field: FieldDef, value: Value): Value {
  return typeof value === 'string' && !caseMatters(field) ? value.toLowerCase() : value;
}

function caseMatters(field: FieldDef): boolean {
  return ['id', 'reference', 'date', 'datetime'].includes(field.type);
}

function matcher(
  context: QueryContext,
  field: FieldDef,
  operator: string,
  operands: Operand[],
): (value: Value) => boolean {
  const fold = caseMatters(field) ? (v: Value) => v : (v: Value) => comparable(field, v);
  switch (operator) {
    case 'IN':
    case 'NOT IN': {
      const set = new Set(operands.map((one) => ('value' in one ? one.value : null)));
      const ranges = operands.flatMap((one) => ('days' in one ? [one] : []));
      const within = (v: Value) =>
        set.has(fold(v)) || ranges.some((one) => compareTo(field, v, '=', one));
      return operator === 'IN' ? within : (v) => !within(v);
    }
    case 'LIKE':
      return like(operands[0]!);
    case 'INCLUDES':
    case 'EXCLUDES':
      return includes(context, field, operator, operands);
    default: {
      const wanted = operands[0]!;
      return (v) => compareTo(field, fold(v), operator, wanted);
    }
  }
}

function compareTo(field: FieldDef, value: Value, operator: string, wanted: Operand): boolean {
  if ('days' in wanted) return compareDays(field, value, operator, wanted.days);
  const other = wanted.value;
  if (operator === '=') return value === other;
  if (operator === '!=' || operator === '<>') return value !== other;
  if (value === null || other === null) return false;
  if (operator === '<') return value < other;
  if (operator === '<=') return value <= other;
  return operator === '>' ? value > other : value >= other;
}

/** `< TODAY` is before its first day, `> TODAY` after its last, `= TODAY` within. */
function compareDays(
  _field: FieldDef,
  value: Value,
  operator: string,
  days: { from: string; to: string },
): boolean {
  if (typeof value !== 'string') return operator === '!=';
  const day = value.slice(0, 10);
  const [before, after] = [day < days.from, day >= days.to];
  switch (operator) {
    case '=':
      return !before && !after;
    case '!=':
    case '<>':
      return before || after;
    case '<':
      return before;
    case '<=':
      return !after;
    case '>':
      return after;
    default:
      return !before;
  }
}

function likeText(context: QueryContext, field: FieldDef, literal: Literal): string {
  if (
    literal.kind !== 'STRING' ||
    [
      'int',
      'double',
      'currency',
      'percent',
      'boolean',
      'date',
      'datetime',
      'id',
      'reference',
    ].includes(field.type)
  ) {
    throw new ApiError(
      400,
      'INVALID_QUERY_FILTER_OPERATOR',
      invalidField(context.soql, field.name, `invalid operator on ${field.type} field`).entries[0]!
        .message,
    );
  }
  return literal.text.slice(1, -1);
}

/** `%` is any text, `_` one character; both can be escaped. Without regard to case. */
function like(pattern: Operand): (value: Value) => boolean {
  const raw = 'value' in pattern ? String(pattern.value) : '';
  let source = '';
  for (let i = 0; i < raw.length; i += 1) {
    const character = raw[i]!;
    if (character === '\\') {
      const escaped = raw.slice(i, i + 2);
      source += (/\\[%_]/.test(escaped) ? escaped[1]! : unquote(escaped)).replace(
        /[.*+?^${}()|[\]\\]/g,
        '\\$&',
      );
      i += 1;
    } else if (character === '%') source += '[\\s\\S]*';
    else if (character === '_') source += '[\\s\\S]';
    else source += character.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  }
  const expression = new RegExp(`^${source}$`, 'i');
  return (value) => typeof value === 'string' && expression.test(value);
}

/** INCLUDES ('a;b','c'): all of a and b, or c. */
function includes(
  context: QueryContext,
  field: FieldDef,
  operator: string,
  operands: Operand[],
): (value: Value) => boolean {
  if (field.type !== 'multipicklist') {
    throw invalidField(
      context.soql,
      field.name,
      `operator '${operator.toLowerCase()}' is not valid`,
    );
  }
  const choices = operands.map((one) => ('value' in one ? String(one.value).split(';') : []));
  const included = (value: Value) => {
    const held = typeof value === 'string' ? value.toLowerCase().split(';') : [];
    return choices.some((wanted) => wanted.every((one) => held.includes(one)));
  };
  return operator === 'INCLUDES' ? included : (value) => !included(value);
}

/** Text longer than this cannot be filtered, sorted or grouped in SOQL. */
export const filterableLengthMax = 255;

function refuseUnfilterable(context: QueryContext, field: FieldDef): void {
  if (field.type !== 'textarea' || field.length <= filterableLengthMax) return;
  throw invalidField(
    context.soql,
    field.name,
    `field '${field.name}' can not be filtered in a query call`,
  );
}

function notImplemented(what: string): ApiError {
  return new ApiError(501, 'NOT_IMPLEMENTED', `The sandbox does not implement ${what} in SOQL.`);
}
