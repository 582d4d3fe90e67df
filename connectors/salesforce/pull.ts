/** Reads what changed in a window, page by page, in (modified, id) order, deleted rows included. */
import type { PullPage, PullPosition, PullRequest } from '../connector.ts';
import { ConnectorError } from '../errors.ts';
import type { SalesforceApi } from './api.ts';
import type { Describer } from './describe.ts';
import { malformedResponse } from './errors.ts';
import {
  joinParts,
  type QueryContext,
  type QueryPage,
  queryFirst,
  queryNext,
  queryRows,
  selectParts,
} from './query.ts';
import { type RecordShape, type Row, shapeOf, toInstant } from './records.ts';
import { bracketed, encodedLength, quote } from './soql.ts';

/** Locators kept: as many as Salesforce keeps open for a user (10), and their predecessors. */
const locatorsKept = 20;
/** Empty pages in a row before the answer counts as broken. */
const emptyPagesMax = 50;
/** Sorts before every id: the place before the first row of an instant. */
const beforeAllIds = '000000000000000000';

/**
 * A window is one query; its later pages follow the query's locator, which costs the least calls
 * and reads a fixed result. A locator that died, or another process, goes on by keyset from the
 * last row: `(SystemModstamp, Id)` never skips one of several rows with the same instant.
 */
export class ChangeReader {
  private readonly api: SalesforceApi;
  private readonly describer: Describer;
  private readonly pageSize: number;
  private readonly locators = new Map<string, string>();

  constructor(options: { api: SalesforceApi; describer: Describer; pageSize: number }) {
    this.api = options.api;
    this.describer = options.describer;
    this.pageSize = options.pageSize;
  }

  /** One page; `next` is null on the last page, without a further empty call. */
  async pull(request: PullRequest): Promise<PullPage> {
    const object = await this.describer.describe(request.object);
    const shape = shapeOf(object, request.fields);
    const conditions = conditionsOf(request, shape);
    const parts = selectParts(shape, encodedLength(soqlOf([], conditions, request, shape)) + 200);
    const context: QueryContext = {
      operation: 'read changes',
      object: request.object,
      priority: request.priority,
      pageSize: this.pageSize,
      ...(request.signal ? { signal: request.signal } : {}),
    };
    const soql = soqlOf(parts[0] ?? shape.select, conditions, request, shape);
    const page = await this.nextNonEmpty(await this.firstPage(request, soql, context), context);
    const next = page.done ? null : this.remember(request, page, shape);
    const rows = await this.withFurtherParts({ request, page, parts, shape, conditions, context });
    return { records: rows.map(shape.toRecord), next };
  }

  /** Forgets all locators. */
  clear(): void {
    this.locators.clear();
  }

  private async firstPage(
    request: PullRequest,
    soql: string,
    context: QueryContext,
  ): Promise<QueryPage> {
    const locator = request.after ? this.locators.get(keyOf(request, request.after)) : undefined;
    if (locator) {
      try {
        return await queryNext(this.api, locator, context);
      } catch (error) {
        if (!isDeadLocator(error)) throw error;
        this.api.log.info(
          { crm: 'salesforce', object: request.object },
          'query locator is gone, going on by keyset',
        );
      }
    }
    return queryFirst(this.api, 'queryAll', soql, context);
  }

  /** Salesforce may send a page without rows that is not the last (crm-apis.md, SOQL query). */
  private async nextNonEmpty(first: QueryPage, context: QueryContext): Promise<QueryPage> {
    let page = first;
    for (let empty = 0; page.records.length === 0 && !page.done; empty += 1) {
      if (!page.nextRecordsUrl || empty >= emptyPagesMax) throw malformedResponse(context);
      page = await queryNext(this.api, page.nextRecordsUrl, context);
    }
    return page;
  }

  /** Names the place to read on from, and keeps the locator for it. */
  private remember(request: PullRequest, page: QueryPage, shape: RecordShape): PullPosition {
    const position = lastInWindow(page.records, shape, request.until);
    const next = position ?? request.after ?? firstPosition(request);
    const key = keyOf(request, next);
    this.locators.delete(key);
    // Without a row inside the window the position stands still: there only the keyset goes on.
    if (position && page.nextRecordsUrl) this.locators.set(key, page.nextRecordsUrl);
    const oldest = this.locators.keys().next().value;
    if (this.locators.size > locatorsKept && oldest !== undefined) this.locators.delete(oldest);
    return next;
  }

  /** Reads the rest of a field list too long for one address, for the rows of this page. */
  private async withFurtherParts(pulled: {
    request: PullRequest;
    page: QueryPage;
    parts: string[][];
    shape: RecordShape;
    conditions: string[];
    context: QueryContext;
  }): Promise<Row[]> {
    const { request, page, parts, shape, conditions, context } = pulled;
    const [first, last] = [page.records[0], page.records.at(-1)];
    if (parts.length < 2 || !first || !last) return page.records;
    const span = [
      ...conditions,
      ...atOrAfter(shape, positionOf(first, shape)),
      ...atOrBefore(shape, positionOf(last, shape)),
    ];
    const further: Row[][] = [];
    for (const part of parts.slice(1)) {
      const soql = soqlOf(part, span, request, shape);
      further.push(await queryRows(this.api, 'queryAll', soql, context));
    }
    return joinParts(page.records, further);
  }
}

function conditionsOf(request: PullRequest, shape: RecordShape): string[] {
  const modified = shape.modifiedField;
  const from = request.after?.modifiedAt ?? request.from;
  return [
    ...(request.where ? [bracketed(request.where, request.object)] : []),
    ...(from ? [`${modified} >= ${instant(from)}`] : []),
    `${modified} <= ${instant(request.until)}`,
    ...(request.after
      ? [`(${modified} > ${instant(request.after.modifiedAt)} OR Id > ${quote(request.after.id)})`]
      : []),
  ];
}

function atOrAfter(shape: RecordShape, { modifiedAt, id }: PullPosition): string[] {
  const [modified, at] = [shape.modifiedField, instant(modifiedAt)];
  return [`${modified} >= ${at}`, `(${modified} > ${at} OR Id >= ${quote(id)})`];
}

function atOrBefore(shape: RecordShape, { modifiedAt, id }: PullPosition): string[] {
  const [modified, at] = [shape.modifiedField, instant(modifiedAt)];
  return [`${modified} <= ${at}`, `(${modified} < ${at} OR Id <= ${quote(id)})`];
}

function soqlOf(
  select: string[],
  conditions: string[],
  request: PullRequest,
  shape: RecordShape,
): string {
  return (
    `SELECT ${select.join(',')} FROM ${request.object} WHERE ${conditions.join(' AND ')} ` +
    `ORDER BY ${shape.modifiedField}, Id`
  );
}

/** An instant as a SOQL literal: unquoted, in UTC. Throws RangeError for what is none. */
export function instant(text: string): string {
  return new Date(text).toISOString();
}

/**
 * The last row of a page that is still inside the window. A row changed after the query ran shows
 * its new instant; as a position it would skip the rows behind it.
 */
function lastInWindow(rows: Row[], shape: RecordShape, until: string): PullPosition | null {
  for (let at = rows.length - 1; at >= 0; at -= 1) {
    const position = positionOf(rows[at] as Row, shape);
    if (position.modifiedAt <= until) return position;
  }
  return null;
}

function positionOf(row: Row, shape: RecordShape): PullPosition {
  return { modifiedAt: toInstant(row[shape.modifiedField] as string), id: row.Id as string };
}

function firstPosition(request: PullRequest): PullPosition {
  return { modifiedAt: request.from ?? new Date(0).toISOString(), id: beforeAllIds };
}

function keyOf(request: PullRequest, position: PullPosition): string {
  const { object, fields, where = '', from, until } = request;
  return JSON.stringify([object, fields, where, from, until, position.modifiedAt, position.id]);
}

/** A locator lives about two days, and fewer when many are open; 404 is how some orgs say so. */
function isDeadLocator(error: unknown): boolean {
  if (!(error instanceof ConnectorError)) return false;
  return error.call.code === 'INVALID_QUERY_LOCATOR' || error.kind === 'not-found';
}
