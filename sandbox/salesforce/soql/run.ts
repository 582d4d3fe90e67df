/** Runs a SOQL query over an org. */
import type { FieldType, Query } from '@jetstreamapp/soql-parser-js';
import type { Access } from '../access.ts';
import { ApiError } from '../errors.ts';
import type { ObjectDef } from '../schema.ts';
import type { Actor, OrgState } from '../state.ts';
import { isDeletedSlot } from '../system-fields.ts';
import type { Row, Value } from '../values.ts';
import { aggregate, isAggregate } from './aggregate.ts';
import { comparator, indexOrder, sortKeys } from './order.ts';
import { conditionTree, malformed, parseSoql } from './parse.ts';
import { fromObject, type QueryContext, resolvePath } from './path.ts';
import { candidates } from './plan.ts';
import { childRelation, compileSelect, type Projection } from './select.ts';
import { compileWhere, type Filter } from './where.ts';

/** OFFSET's documented limit. */
const offsetMax = 2000;
/** LIMIT required by FIELDS(ALL) and FIELDS(CUSTOM). */
const fieldsLimitMax = 200;

/** What to run and for whom. */
export interface QueryCall {
  soql: string;
  actor: Actor;
  all: boolean;
  /** API version of the records' URLs; `v68.0` unless given. */
  version?: string;
}

/** The answer: rows as they were when the query ran, written out when they are asked for. */
export interface QueryResult {
  object: ObjectDef;
  /** For COUNT() the count; otherwise the number of records. */
  totalSize: number;
  rows: readonly unknown[];
  /** The JSON text of record i. */
  json: (i: number) => string;
  /** Flat columns for CSV; null where the query has none (aggregates, sub-selects). */
  columns: Projection['columns'];
  aggregate: boolean;
}

/** Runs the query. Throws ApiError with the codes Salesforce answers. */
export function runQuery(state: OrgState, access: Access, call: QueryCall): QueryResult {
  const query = parseSoql(call.soql);
  const { soql, actor, all } = call;
  const version = call.version ?? 'v68.0';
  const context: QueryContext = { state, access, actor, soql, all, version };
  refuseUnsupported(query);
  const object = fromObject(context, query.sObject ?? '');
  const unprefixed = dropAlias(query);
  checkLimits(context, unprefixed);
  if (isBareCount(unprefixed)) return countOnly(context, object, unprefixed);
  if (isAggregate(unprefixed)) {
    const rows = select(context, object, {
      ...unprefixed,
      orderBy: undefined,
      limit: undefined,
      offset: undefined,
    });
    const groups = aggregate(context, object, unprefixed, rows);
    return {
      object,
      totalSize: groups.length,
      rows: groups,
      json: (i) => groups[i]!,
      columns: null,
      aggregate: true,
    };
  }
  const projection = compileSelect(context, object, unprefixed.fields ?? [], (subquery) =>
    childWriter(context, object, subquery),
  );
  const rows = select(context, object, unprefixed);
  return {
    object,
    totalSize: rows.length,
    rows,
    json: (i) => projection.json(rows[i]!),
    columns: projection.columns,
    aggregate: false,
  };
}

function countOnly(context: QueryContext, object: ObjectDef, query: Query): QueryResult {
  const table = context.state.table(object);
  const quick = !query.where && query.limit === undefined;
  const total = quick
    ? context.all
      ? table.size
      : table.liveCount
    : select(context, object, query).length;
  return { object, totalSize: total, rows: [], json: () => '', columns: null, aggregate: true };
}

function isBareCount(query: Query): boolean {
  const [only, ...rest] = query.fields ?? [];
  return (
    rest.length === 0 &&
    only?.type === 'FieldFunctionExpression' &&
    only.functionName.toUpperCase() === 'COUNT' &&
    only.parameters.length === 0
  );
}

/** The rows of a query, filtered, ordered and cut. */
function select(context: QueryContext, object: ObjectDef, query: Query): Row[] {
  const filter = query.where
    ? compileWhere(context, object, conditionTree(query.where, context.soql), (inner) =>
        innerValues(context, inner),
      )
    : null;
  const clauses = query.orderBy
    ? Array.isArray(query.orderBy)
      ? query.orderBy
      : [query.orderBy]
    : [];
  const keys = sortKeys(context, object, clauses);
  const table = context.state.table(object);
  const found = candidates(object, table, filter, indexOrder(keys));
  const limit = query.limit ?? Number.POSITIVE_INFINITY;
  const offset = query.offset ?? 0;
  const enough = found.ordered || keys.length === 0 ? offset + limit : Number.POSITIVE_INFINITY;
  const rows = take(found.rows, filter, { all: context.all, enough });
  if (!found.ordered && keys.length > 0) rows.sort(comparator(keys));
  return offset === 0 && rows.length <= limit ? rows : rows.slice(offset, offset + limit);
}

function take(
  source: Iterable<Row>,
  filter: Filter | null,
  options: { all: boolean; enough: number },
): Row[] {
  const rows: Row[] = [];
  for (const row of source) {
    if (rows.length >= options.enough) break;
    if (!options.all && row[isDeletedSlot] === true) continue;
    if (filter && !filter.test(row)) continue;
    rows.push(row);
  }
  return rows;
}

/** The values of a semi-join's single field. */
function innerValues(context: QueryContext, inner: Query): Value[] {
  const object = fromObject(context, inner.sObject ?? '');
  const [field, ...rest] = inner.fields ?? [];
  if (!field || rest.length > 0 || (field.type !== 'Field' && field.type !== 'FieldRelationship')) {
    throw malformed(
      context.soql,
      context.soql.length,
      'semi join sub-selects must select one field',
    );
  }
  const names = field.type === 'Field' ? [field.field] : [...field.relationships, field.field];
  const path = resolvePath(context, object, names);
  // A null never matches: it would make NOT IN match nothing, or IN match blanks.
  return select(context, object, inner)
    .map(path.read)
    .filter((value) => value !== null);
}

function childWriter(
  context: QueryContext,
  parent: ObjectDef,
  subquery: Query & { relationshipName: string },
): (row: Row) => string {
  const { object, field } = childRelation(context, parent, subquery.relationshipName);
  const projection = compileSelect(context, object, subquery.fields ?? [], () => {
    throw new ApiError(501, 'NOT_IMPLEMENTED', 'The sandbox has sub-selects one level deep.');
  });
  const filter = subquery.where
    ? compileWhere(context, object, conditionTree(subquery.where, context.soql), (inner) =>
        innerValues(context, inner),
      )
    : null;
  const orderBy = subquery.orderBy ?? [];
  const keys = sortKeys(context, object, Array.isArray(orderBy) ? orderBy : [orderBy]);
  const { limit = Number.POSITIVE_INFINITY, offset = 0 } = subquery;
  return (row) => {
    const children = context.state.table(object).matching(field.slot, String(row[0]));
    const rows = take(children, filter, { all: context.all, enough: Number.POSITIVE_INFINITY });
    if (keys.length > 0) rows.sort(comparator(keys));
    const page = rows.slice(offset, offset + limit);
    if (page.length === 0) return 'null';
    const records = page.map((one) => projection.json(one)).join(',');
    return `{"totalSize":${page.length},"done":true,"records":[${records}]}`;
  };
}

function checkLimits(context: QueryContext, query: Query): void {
  if ((query.offset ?? 0) > offsetMax) {
    throw new ApiError(
      400,
      'NUMBER_OUTSIDE_VALID_RANGE',
      `Maximum SOQL offset allowed is ${offsetMax}`,
    );
  }
  const all = (query.fields ?? []).some(
    (item) =>
      item.type === 'FieldFunctionExpression' &&
      item.functionName.toUpperCase() === 'FIELDS' &&
      String(item.parameters[0]).toUpperCase() !== 'STANDARD',
  );
  if (all && (query.limit ?? Number.POSITIVE_INFINITY) > fieldsLimitMax) {
    const message = `The SOQL FIELDS function must have a LIMIT of at most ${fieldsLimitMax}`;
    throw malformed(context.soql, context.soql.length, message);
  }
}

function refuseUnsupported(query: Query): void {
  const parts: [unknown, string][] = [
    [query.withDataCategory, 'WITH DATA CATEGORY'],
    [query.usingScope, 'USING SCOPE'],
    [query.update, 'UPDATE'],
  ];
  const bad = parts.find(([present]) => present !== undefined);
  if (bad) throw new ApiError(501, 'NOT_IMPLEMENTED', `The sandbox does not implement ${bad[1]}.`);
}

/** `SELECT o.Id FROM Opportunity o`: the alias before a name says nothing. */
function dropAlias(query: Query): Query {
  const alias = query.sObjectAlias?.toLowerCase();
  if (!alias) return query;
  const strip = (item: FieldType): FieldType => {
    if (!('objectPrefix' in item) || item.objectPrefix?.toLowerCase() !== alias) return item;
    const { objectPrefix: _, ...rest } = item;
    return rest as FieldType;
  };
  return { ...query, fields: query.fields?.map(strip) };
}
