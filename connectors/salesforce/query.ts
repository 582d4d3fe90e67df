/** Runs queries whose result may span pages and whose field list may not fit one address. */
import type { CallPriority } from '../budget.ts';
import type { SalesforceApi } from './api.ts';
import { malformedResponse } from './errors.ts';
import type { RecordShape, Row } from './records.ts';
import {
  chunkByLength,
  encodedLength,
  type QueryResource,
  queryAddressMax,
  queryPath,
} from './soql.ts';

/** One page of a query's result. A short page is not the last one: `done` alone says so. */
export interface QueryPage {
  records: Row[];
  done: boolean;
  nextRecordsUrl?: string;
  totalSize: number;
}

/** In whose name and how a query runs. */
export interface QueryContext {
  operation: string;
  object: string;
  priority: CallPriority;
  signal?: AbortSignal;
  pageSize?: number;
}

/** Pages one query may take; 2,000 rows each, so ten million rows: past it something is wrong. */
const pagesMax = 5_000;
/** Salesforce's largest page; wide rows make it send fewer. */
export const pageSizeMax = 2_000;

/** The first page of a query. */
export async function queryFirst(
  api: SalesforceApi,
  resource: QueryResource,
  soql: string,
  context: QueryContext,
): Promise<QueryPage> {
  return page(api, queryPath(resource, soql), context);
}

/** The page a locator leads to. */
export async function queryNext(
  api: SalesforceApi,
  nextRecordsUrl: string,
  context: QueryContext,
): Promise<QueryPage> {
  return page(api, nextRecordsUrl, context);
}

/**
 * All rows of a query whose result is bounded by its condition. Throws 'malformed-response' when
 * they are not as many as the CRM counted: what is missing from a part must not pass for gone.
 */
export async function queryRows(
  api: SalesforceApi,
  resource: QueryResource,
  soql: string,
  context: QueryContext,
): Promise<Row[]> {
  let current = await queryFirst(api, resource, soql, context);
  const { records: rows, totalSize } = current;
  for (let pages = 1; !current.done; pages += 1) {
    if (!current.nextRecordsUrl || pages > pagesMax) throw malformedResponse(context);
    current = await queryNext(api, current.nextRecordsUrl, context);
    for (const row of current.records) rows.push(row);
  }
  if (rows.length !== totalSize) throw malformedResponse(context);
  return rows;
}

/**
 * Splits a SELECT list into parts that fit the address beside `rest` bytes; each part has the
 * system fields, by which the parts are joined again.
 */
export function selectParts(shape: RecordShape, restBytes: number): string[][] {
  const room = queryAddressMax - restBytes;
  if (encodedLength(shape.select.join(',')) <= room) return [shape.select];
  const asked = shape.select.filter((field) => !shape.system.includes(field));
  const systemBytes = encodedLength(shape.system.join(',')) + 1;
  const parts = chunkByLength(asked, room - systemBytes, Number.POSITIVE_INFINITY);
  return parts.map((part) => [...shape.system, ...part]);
}

/** Adds the fields of further parts to rows, by id. A row that a part lacks has moved: it goes. */
export function joinParts(rows: Row[], parts: Row[][]): Row[] {
  return parts.reduce<Row[]>((joined, part) => {
    const byId = new Map(part.map((row) => [row.Id, row] as const));
    return joined.flatMap((row) => {
      const more = byId.get(row.Id);
      return more ? [mergeRows(row, more)] : [];
    });
  }, rows);
}

/** Fields of one parent may lie in two parts: `Owner.Name` here, `Owner.Email` there. */
function mergeRows(row: Row, more: Row): Row {
  const merged: Row = { ...row };
  for (const [key, value] of Object.entries(more)) {
    const had = merged[key];
    merged[key] = isRow(had) && isRow(value) ? mergeRows(had, value) : value;
  }
  return merged;
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function page(api: SalesforceApi, path: string, context: QueryContext): Promise<QueryPage> {
  const { operation, object, priority, signal, pageSize } = context;
  const body = await api.call<QueryPage>({
    method: 'GET',
    path,
    operation,
    object,
    priority,
    ...(signal ? { signal } : {}),
    headers: { 'sforce-query-options': `batchSize=${pageSize ?? pageSizeMax}` },
  });
  if (!Array.isArray(body?.records) || typeof body.done !== 'boolean') {
    throw malformedResponse(context);
  }
  return body;
}
