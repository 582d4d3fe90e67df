/** Reads by id and about an object: records, counts, deletions, and where merged records went. */
import type { CrmRecord, ReadRequest } from '../connector.ts';
import { ConnectorError } from '../errors.ts';
import type { SalesforceApi } from './api.ts';
import type { Describer } from './describe.ts';
import { joinParts, queryFirst, queryRows, selectParts } from './query.ts';
import { type Row, shapeOf } from './records.ts';
import {
  bracketed,
  chunkByLength,
  encodedLength,
  objectName,
  queryAddressMax,
  quote,
} from './soql.ts';

/** Ids get the larger part of an address: with few fields about 500 ids fit in one call. */
const fieldBytesBesideIds = 4_000;
/** One page of ids. */
const idsPerQueryMax = 2_000;
/** A merged record's survivor may itself be merged away; longer chains are a loop. */
const mergesFollowedMax = 10;
const minuteMs = 60_000;

/** What reading needs. */
export interface Reading {
  api: SalesforceApi;
  describer: Describer;
}

/** Records by id, deleted ones included; ids that do not exist are left out. */
export async function readByIds(
  { api, describer }: Reading,
  request: ReadRequest,
): Promise<CrmRecord[]> {
  const { object, priority, signal } = request;
  const ids = possibleIds(request.ids);
  if (ids.length === 0) return [];
  const shape = shapeOf(await describer.describe(object), request.fields);
  const context = {
    operation: 'read records',
    object,
    priority,
    ...(signal ? { signal } : {}),
  };
  const records: CrmRecord[] = [];
  const fieldBytes = Math.min(encodedLength(shape.select.join(',')), fieldBytesBesideIds);
  const condition = request.where ? `${bracketed(request.where, object)} AND ` : '';
  const room = queryAddressMax - fieldBytes - encodedLength(condition) - 200;
  for (const chunk of chunkByLength(ids.map(quote), room, idsPerQueryMax)) {
    const rest = ` FROM ${object} WHERE ${condition}Id IN (${chunk.join(',')})`;
    const rows: Row[][] = [];
    for (const part of selectParts(shape, encodedLength(rest) + 50)) {
      const soql = `SELECT ${part.join(',')}${rest}`;
      rows.push(await queryRows(api, 'queryAll', soql, context));
    }
    const [first = [], ...further] = rows;
    for (const row of joinParts(first, further)) records.push(shape.toRecord(row));
  }
  return records;
}

/** Live records under a condition: one call. */
export async function count(
  { api }: Pick<Reading, 'api'>,
  object: string,
  where?: string,
): Promise<number> {
  const condition = where ? ` WHERE ${bracketed(where, object)}` : '';
  const soql = `SELECT COUNT() FROM ${objectName(object)}${condition}`;
  const page = await queryFirst(api, 'query', soql, { operation: 'count', object, priority: 3 });
  return page.totalSize;
}

/**
 * Ids deleted in [from, until]. Salesforce cuts the bounds to minutes and wants more than one
 * between them, so a little more is asked and cut here. Throws 'rejected'
 * (INVALID_REPLICATION_DATE) for a window that starts before what the org still knows, at most 15
 * days back.
 */
export async function pullDeleted(
  { api }: Pick<Reading, 'api'>,
  object: string,
  window: { from: string; until: string },
): Promise<string[]> {
  const from = Date.parse(window.from);
  const until = Date.parse(window.until);
  const start = Math.floor(from / minuteMs) * minuteMs;
  const end = Math.max(Math.ceil(until / minuteMs) * minuteMs, start + 2 * minuteMs);
  const deleted = await deletedBetween(api, objectName(object), { start, end });
  const inside = deleted.filter(({ deletedDate }) => {
    const at = Date.parse(deletedDate.replace(/\+0000$/, 'Z'));
    return at >= from - (from % 1000) && at <= until;
  });
  return [...new Set(inside.map(({ id }) => id))];
}

/** Old id -> survivor, by MasterRecordId of the deleted row, through chains of merges. */
export async function resolveIdentity(
  { api, describer }: Reading,
  object: string,
  ids: string[],
): Promise<Map<string, string>> {
  const { description } = await describer.describe(object);
  const survivors = new Map<string, string>();
  if (!description.fields.has('MasterRecordId')) return survivors;
  const masters = new Map<string, { master: string | null; deleted: boolean }>();
  let asked = possibleIds(ids);
  for (let step = 0; asked.length > 0 && step < mergesFollowedMax; step += 1) {
    const rows = await mastersOf(api, object, asked);
    for (const { Id, MasterRecordId, IsDeleted } of rows) {
      masters.set(shortId(Id), { master: MasterRecordId ?? null, deleted: IsDeleted === true });
    }
    const next = rows.flatMap((row) => (row.MasterRecordId ? [row.MasterRecordId] : []));
    asked = [...new Set(next)].filter((id) => !masters.has(shortId(id)));
  }
  for (const id of possibleIds(ids)) {
    const survivor = followed(masters, id);
    if (survivor) survivors.set(id, survivor);
  }
  return survivors;
}

interface DeletedRecord {
  id: string;
  deletedDate: string;
}

async function deletedBetween(
  api: SalesforceApi,
  object: string,
  { start, end }: { start: number; end: number },
): Promise<DeletedRecord[]> {
  const iso = (ms: number) => encodeURIComponent(new Date(ms).toISOString().replace('.000', ''));
  try {
    const answer = await api.call<{ deletedRecords?: DeletedRecord[] }>({
      method: 'GET',
      path: `/sobjects/${object}/deleted/?start=${iso(start)}&end=${iso(end)}`,
      operation: 'read deletions',
      object,
      priority: 3,
    });
    return answer.deletedRecords ?? [];
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.call.code !== 'EXCEEDED_ID_LIMIT') throw error;
    // 600,000 ids at most in one answer: halve the window, down to the two minutes it needs.
    const middle = start + Math.round((end - start) / 2 / minuteMs) * minuteMs;
    if (middle - start < 2 * minuteMs || end - middle < 2 * minuteMs) throw error;
    const early = await deletedBetween(api, object, { start, end: middle });
    return early.concat(await deletedBetween(api, object, { start: middle, end }));
  }
}

interface MasterRow {
  Id: string;
  MasterRecordId?: string | null;
  IsDeleted?: boolean;
}

async function mastersOf(api: SalesforceApi, object: string, ids: string[]): Promise<MasterRow[]> {
  const select = `SELECT Id,MasterRecordId,IsDeleted FROM ${object} WHERE Id IN `;
  const room = queryAddressMax - encodedLength(select) - 50;
  const rows: MasterRow[] = [];
  for (const chunk of chunkByLength(ids.map(quote), room, idsPerQueryMax)) {
    const context = { operation: 'follow merges', object, priority: 3 as const };
    const soql = `${select}(${chunk.join(',')})`;
    for (const row of await queryRows(api, 'queryAll', soql, context)) {
      rows.push(row as unknown as MasterRow);
    }
  }
  return rows;
}

/** The live record at the end of a chain; null when it lives itself or all of it is gone. */
function followed(
  masters: Map<string, { master: string | null; deleted: boolean }>,
  id: string,
): string | null {
  let current = masters.get(shortId(id));
  let survivor: string | null = null;
  for (let step = 0; current?.master && step < mergesFollowedMax; step += 1) {
    survivor = current.master;
    current = masters.get(shortId(survivor));
  }
  return current && !current.deleted ? survivor : null;
}

/** Only what can be an id is asked for: anything else cannot exist in an org. */
function possibleIds(ids: string[]): string[] {
  return [...new Set(ids)].filter((id) => /^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$/.test(id));
}

/** The 15 characters that identify a record; the other three only guard against case. */
function shortId(id: string): string {
  return id.slice(0, 15);
}
