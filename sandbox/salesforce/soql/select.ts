/**
 * Compiles a SELECT list into a writer of JSON text: records are joined from parts, never built.
 */
import type { FieldType, Query } from '@jetstreamapp/soql-parser-js';
import { ApiError } from '../errors.ts';
import type { FieldDef } from '../field-def.ts';
import type { ObjectDef } from '../schema.ts';
import type { Row, Value } from '../values.ts';
import { findToken, malformed } from './parse.ts';
import { type ParentStep, parentStep, type QueryContext, resolvePath } from './path.ts';

/** Writes one value as JSON; doubles keep a decimal point, as Salesforce's do. */
export function jsonValue(field: FieldDef, value: Value | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') {
    return safeText(field) ? `"${value}"` : JSON.stringify(value);
  }
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return field.type !== 'int' && Number.isInteger(value) && Math.abs(value) < 1e21
    ? `${value}.0`
    : String(value);
}

/** Values that cannot hold a quote or an escape. */
function safeText(field: FieldDef): boolean {
  return ['id', 'reference', 'date', 'datetime'].includes(field.type);
}

/** A writer of records, with the flat column names for CSV where the list has no sub-select. */
export interface Projection {
  json: (row: Row) => string;
  /** Null where a sub-select stands in the list. */
  columns: { name: string; field: FieldDef; read: (row: Row) => Value }[] | null;
}

/** Runs a sub-select for a parent row and gives its JSON value. */
export type ChildWriter = (subquery: Query & { relationshipName: string }) => (row: Row) => string;

interface Node {
  /** Pieces in the order of the SELECT list; a parent stands where its first field does. */
  pieces: { key: string; write: (row: Row) => string }[];
  parents: Map<string, Node>;
  seen: Set<string>;
}

/** Compiles. Throws ApiError INVALID_FIELD, MALFORMED_QUERY, or 501 for unsupported functions. */
export function compileSelect(
  context: QueryContext,
  object: ObjectDef,
  fields: FieldType[],
  child: ChildWriter,
): Projection {
  const root = newNode();
  let columns: Projection['columns'] = [];
  for (const item of expand(context, object, fields)) {
    if (item.type === 'FieldSubquery') {
      const subquery = item.subquery as Query & { relationshipName: string };
      root.pieces.push({ key: childKey(context, object, subquery), write: child(subquery) });
      columns = null;
      continue;
    }
    const { names, alias } = namesOf(item);
    addColumn(context, object, root, names, alias);
    const path = resolvePath(context, object, names);
    columns?.push({ name: columnName(context, object, names), field: path.field, read: path.read });
  }
  return { json: recordWriter(context, () => object, root), columns };
}

function newNode(): Node {
  return { pieces: [], parents: new Map(), seen: new Set() };
}

function childKey(
  context: QueryContext,
  object: ObjectDef,
  subquery: { relationshipName: string },
) {
  return childRelation(context, object, subquery.relationshipName).field.childRelationship!;
}

/** The child object and field of a relationship name. Throws ApiError INVALID_TYPE. */
export function childRelation(
  context: QueryContext,
  parent: ObjectDef,
  name: string,
): { object: ObjectDef; field: FieldDef } {
  const wanted = name.toLowerCase();
  for (const object of context.state.objects.values()) {
    for (const field of object.fields) {
      if (field.childRelationship?.toLowerCase() !== wanted) continue;
      if (field.referenceTo.includes(parent.name)) return { object, field };
    }
  }
  throw new ApiError(
    400,
    'INVALID_TYPE',
    `Didn't understand relationship '${name}' in FROM part of query call. If you are attempting ` +
      "to use a custom relationship, be sure to append the '__r' after the custom relationship " +
      'name. ' +
      'Please reference your WSDL or the describe call for the appropriate names.',
  );
}

function namesOf(item: FieldType): { names: string[]; alias: string | undefined } {
  if (item.type === 'Field') return { names: item.field.split('.'), alias: undefined };
  if (item.type === 'FieldRelationship') {
    return { names: [...item.relationships, item.field], alias: undefined };
  }
  if (item.type === 'FieldFunctionExpression' && item.functionName.toUpperCase() === 'TOLABEL') {
    const [argument] = item.parameters;
    if (typeof argument === 'string') return { names: argument.split('.'), alias: item.alias };
  }
  const what = 'rawValue' in item ? item.rawValue : item.type;
  throw new ApiError(501, 'NOT_IMPLEMENTED', `The sandbox does not implement ${what} in a SELECT.`);
}

function addColumn(
  context: QueryContext,
  object: ObjectDef,
  node: Node,
  names: string[],
  alias: string | undefined,
): void {
  const [first = '', ...rest] = names;
  if (rest.length > 0) {
    const step = parentStep(context, object, first);
    const key = step.field.relationshipName!;
    let parent = node.parents.get(key);
    if (!parent) {
      parent = newNode();
      node.parents.set(key, parent);
      node.pieces.push({ key, write: parentWriter(context, step, parent) });
    }
    if (step.object) addColumn(context, step.object, parent, rest, alias);
    else addPolymorphic(context, parent, rest);
    return;
  }
  const { field } = resolvePath(context, object, names);
  const key = alias ?? field.name;
  if (node.seen.has(key)) {
    throw malformed(
      context.soql,
      findToken(context.soql, first),
      `duplicate field selected: ${key}`,
    );
  }
  node.seen.add(key);
  node.pieces.push({ key, write: (row) => jsonValue(field, row[field.slot]) });
}

/** Under Who and What only what every target has can be read: Name, Id, Type. */
function addPolymorphic(context: QueryContext, node: Node, rest: string[]): void {
  const wanted = rest[0]!.toLowerCase();
  const key = { name: 'Name', id: 'Id', type: 'Type' }[wanted] ?? rest[0]!;
  node.seen.add(key);
  node.pieces.push({
    key,
    write: (row) => {
      const target = context.state.objectOfId(String(row[0]))!;
      if (wanted === 'type') return JSON.stringify(target.name);
      const slot = wanted === 'id' ? 0 : (target.nameField?.slot ?? 0);
      return JSON.stringify(row[slot] ?? null);
    },
  });
}

function parentWriter(context: QueryContext, step: ParentStep, node: Node) {
  const writers = new Map<ObjectDef, (row: Row) => string>();
  return (row: Row): string => {
    const parent = step.follow(row);
    if (!parent) return 'null';
    let write = writers.get(parent.object);
    if (!write) {
      write = recordWriter(context, () => parent.object, node);
      writers.set(parent.object, write);
    }
    return write(parent.row);
  };
}

function recordWriter(context: QueryContext, objectOf: () => ObjectDef, node: Node) {
  let head: string | undefined;
  let parts: { prefix: string; write: (row: Row) => string }[] = [];
  return (row: Row): string => {
    if (head === undefined) {
      const { name } = objectOf();
      const url = `/services/data/${context.version}/sobjects/${name}/`;
      head = `{"attributes":{"type":"${name}","url":"${url}`;
      parts = node.pieces.map(({ key, write }) => ({ prefix: `,${JSON.stringify(key)}:`, write }));
    }
    let text = `${head}${row[0] as string}"}`;
    for (const { prefix, write } of parts) text += prefix + write(row);
    return text + '}';
  };
}

/** `Account.Name` spelt as the metadata spells it, for CSV headers. */
function columnName(context: QueryContext, object: ObjectDef, names: string[]): string {
  const [first = '', ...rest] = names;
  if (rest.length === 0) return object.field(first)?.name ?? first;
  const step = parentStep(context, object, first);
  const tail = step.object ? columnName(context, step.object, rest) : rest.join('.');
  return `${step.field.relationshipName}.${tail}`;
}

/** FIELDS(ALL|STANDARD|CUSTOM) as the fields they stand for. */
function expand(context: QueryContext, object: ObjectDef, fields: FieldType[]): FieldType[] {
  return fields.flatMap((item): FieldType[] => {
    if (item.type !== 'FieldFunctionExpression') return [item];
    if (item.functionName.toUpperCase() !== 'FIELDS') return [item];
    const which = String(item.parameters[0]).toUpperCase();
    return object.fields
      .filter((field) => context.access.canRead(object, field, context.actor))
      .filter((field) => which === 'ALL' || (which === 'CUSTOM') === field.custom)
      .map((field): FieldType => ({ type: 'Field', field: field.name }));
  });
}
