/** Reads what changed in a window: changed records by search, archived ones by their own list. */
import type { CrmRecord, PullPage, PullPosition, PullRequest } from '../connector.ts';
import { type Condition, conditionOf, type SearchFilter } from './condition.ts';
import { listPage } from './list.ts';
import { PageRecords } from './page-records.ts';
import {
  instant,
  type ReadContext,
  type RecordShape,
  type Row,
  type Sources,
  shapeOf,
} from './records.ts';
import { searchPage, searchPageMax } from './search.ts';

/** Records of a page: two calls for associations, the first of them beside searches. */
export const pageRecordsDefault = 2_000;
/** Marks a position inside the list of archived records. */
const archivedMark = 'archived:';
/** The list of archived records has no window: it costs its pages each time it is read. */
const pauseAPageMs = 60_000;
/** A listing reaches back behind the one before it by so much. */
const archivedOverlapMs = 600_000;

/** When the archived records of an object were last listed, and how long that list was. */
interface Listing {
  at: number;
  pages: number;
  until: string;
}

/**
 * A window is fixed by its end, and its rows are paged by id, not by their instant: a record changed
 * while the window is read leaves it and comes in the next, and however many share one instant, each
 * comes once. So the position's id alone says where to go on (connector.ts, PullPosition).
 */
export class ChangeReader {
  private readonly sources: Sources;
  private readonly pageRecords: number;
  private readonly now: () => number;
  private readonly listings = new Map<string, Listing>();
  /** Pages of the listing under way. */
  private readonly begun = new Map<string, number>();

  constructor(options: { sources: Sources; pageRecords: number; now: () => number }) {
    this.sources = options.sources;
    this.pageRecords = options.pageRecords;
    this.now = options.now;
  }

  /** One page in the order of ids; `next` is null on the last one. */
  async pull(request: PullRequest): Promise<PullPage> {
    const object = await this.sources.describer.describe(request.object);
    const condition = conditionOf(object, request.where);
    const shape = await shapeOf(this.sources, object, request.fields);
    const { priority, signal } = request;
    const context: ReadContext = {
      operation: 'read changes',
      priority,
      ...(signal ? { signal } : {}),
    };
    const reading = { request, shape, condition, context };
    const after = request.after?.id ?? '';
    return after.startsWith(archivedMark)
      ? this.archivedPage(reading, { after: after.slice(archivedMark.length), records: [] })
      : this.changedPage(reading, after);
  }

  private async changedPage(reading: Reading, afterId: string): Promise<PullPage> {
    const { request, shape, condition, context } = reading;
    const filters = windowOf(request, shape.object.type.modifiedProperty);
    const found = new PageRecords(reading);
    let lastId = afterId;
    let isLast = false;
    for (let room = this.pageRecords; room > 0 && !isLast; room -= searchPageMax) {
      const page = await searchPage(
        this.sources.api,
        { shape, condition, filters, afterId: lastId, isInside: (row) => isInside(row, reading) },
        context,
      );
      found.add(page.rows);
      ({ lastId, isLast } = page);
    }
    const records = await found.all();
    if (!isLast) return { records, next: positionAt(request, lastId) };
    if (!this.isListingDue(request)) return { records, next: null };
    return this.archivedPage(reading, { after: '', records });
  }

  /** Short lists of archived records are read with every window, long ones less often. */
  private isListingDue(request: PullRequest): boolean {
    const listing = this.listings.get(keyOf(request));
    return !listing || this.now() - listing.at >= (listing.pages - 1) * pauseAPageMs;
  }

  private async archivedPage(
    reading: Reading,
    { after, records }: { after: string; records: CrmRecord[] },
  ): Promise<PullPage> {
    const { request, shape, condition, context } = reading;
    const key = keyOf(request);
    const page = await listPage(
      this.sources.api,
      {
        shape,
        properties: [...new Set([...shape.properties, ...condition.properties])],
        after,
        archived: true,
      },
      { ...context, operation: 'read deletions' },
    );
    const since = this.sinceOf(request);
    const inside = page.rows.filter(({ archivedAt = '', properties }) => {
      const at = instant(archivedAt);
      return at <= request.until && at >= since && condition.test(properties);
    });
    const all = [...records, ...(await shape.toRecords(inside, context))];
    const pages = (after === '' ? 0 : (this.begun.get(key) ?? 0)) + 1;
    this.begun.set(key, pages);
    if (page.after !== null) {
      return { records: all, next: positionAt(request, `${archivedMark}${page.after}`) };
    }
    this.listings.set(key, { at: this.now(), pages, until: request.until });
    return { records: all, next: null };
  }

  /**
   * From the window's beginning, or from the listing before where that is earlier; the first listing
   * of a process gives all, since what was listed before it is not known.
   */
  private sinceOf(request: PullRequest): string {
    const listing = this.listings.get(keyOf(request));
    if (!listing || request.from === null) return '';
    const before = Date.parse(listing.until) - archivedOverlapMs;
    return new Date(Math.min(before, Date.parse(request.from))).toISOString();
  }
}

interface Reading {
  request: PullRequest;
  shape: RecordShape;
  condition: Condition;
  context: ReadContext;
}

function windowOf({ from, until }: PullRequest, propertyName: string): SearchFilter[] {
  const high = String(Date.parse(until));
  if (from === null) return [{ propertyName, operator: 'LTE', value: high }];
  const low = String(Date.parse(from));
  return [{ propertyName, operator: 'BETWEEN', value: low, highValue: high }];
}

/** The index finds a row by an older instant than it has by now: it belongs to a later window. */
function isInside(row: Row, { request, shape }: Reading): boolean {
  const at = instant(row.properties[shape.object.type.modifiedProperty] ?? row.updatedAt);
  return at <= request.until && (request.from === null || at >= instant(request.from));
}

function positionAt(request: PullRequest, id: string): PullPosition {
  return { modifiedAt: request.from ?? new Date(0).toISOString(), id };
}

function keyOf({ object, where = '' }: PullRequest): string {
  return JSON.stringify([object, where]);
}
