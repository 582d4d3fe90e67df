/**
 * Chooses how to find a query's rows: by ids, by an indexed value, along an index, or by a scan.
 */
import type { ObjectDef } from '../schema.ts';
import type { Bound } from '../sorted-index.ts';
import {
  createdDateSlot,
  idSlot,
  lastModifiedDateSlot,
  systemModstampSlot,
} from '../system-fields.ts';
import type { Table } from '../table.ts';
import type { Row } from '../values.ts';
import type { Filter } from './where.ts';

/** The order a query asks for, where an index can give it. */
export interface IndexOrder {
  slot: number;
  descending: boolean;
}

/** Candidate rows: a superset of the answer; `ordered` when they come in the order asked for. */
export interface Candidates {
  rows: Iterable<Row>;
  ordered: boolean;
}

const indexedSlots = [systemModstampSlot, createdDateSlot, lastModifiedDateSlot, idSlot];

/** More alternatives than this in a condition are not worth splitting: the scan decides. */
const branchesMax = 16;

/** Finds candidates for the filter (null: no condition). */
export function candidates(
  object: ObjectDef,
  table: Table,
  filter: Filter | null,
  order: IndexOrder | null,
): Candidates {
  const few = filter ? exactRows(object, table, filter) : null;
  if (few) return { rows: few, ordered: false };
  if (order) {
    const bounds = filter ? boundsOf(filter, order.slot) : none;
    const rows = table.sorted(order.slot).range(bounds.lower, bounds.upper, order.descending);
    return { rows, ordered: true };
  }
  for (const slot of filter ? indexedSlots : []) {
    const bounds = boundsOf(filter!, slot);
    if (bounds.lower === null && bounds.upper === null) continue;
    return { rows: table.sorted(slot).range(bounds.lower, bounds.upper), ordered: false };
  }
  return { rows: table.rows(), ordered: false };
}

/** Rows named by id or by an indexed value, the fewest of a conjunction; null if none are. */
function exactRows(object: ObjectDef, table: Table, filter: Filter): Row[] | null {
  if (filter.kind === 'not') return null;
  if (filter.kind === 'test') return testRows(table, filter);
  const parts = filter.children.map((child) => exactRows(object, table, child));
  if (filter.kind === 'or') {
    if (parts.some((part) => part === null)) return null;
    return [...new Set(parts.flat() as Row[])];
  }
  const found = parts.filter((part) => part !== null);
  return found.length === 0 ? null : found.reduce((a, b) => (a.length <= b.length ? a : b));
}

function testRows(table: Table, filter: Filter & { kind: 'test' }): Row[] | null {
  const { field, slot, operator, operands } = filter;
  if (!field || slot === null || (operator !== '=' && operator !== 'IN')) return null;
  const indexed =
    field.type === 'id' || field.type === 'reference' || field.externalId || field.unique;
  if (!indexed) return null;
  const values = operands.map((one) => ('value' in one ? one.value : null));
  if (values.some((value) => value === null)) return null;
  const found = new Set<Row>();
  for (const value of values) {
    const rows = slot === idSlot ? [table.get(String(value))] : table.matching(slot, String(value));
    for (const row of rows) if (row) found.add(row);
  }
  return [...found];
}

interface Bounds {
  lower: Bound | null;
  upper: Bound | null;
}

const none: Bounds = { lower: null, upper: null };

/** One conjunction's limits on (key, id). */
interface Branch {
  key: Limits;
  id: Limits;
}

interface Limits {
  low: string | null;
  lowIncluded: boolean;
  high: string | null;
  highIncluded: boolean;
}

const open: Limits = { low: null, lowIncluded: true, high: null, highIncluded: true };

/** The smallest range of (slot, Id) that holds every row the filter can accept. */
function boundsOf(filter: Filter, slot: number): Bounds {
  const branches = branchesOf(filter, slot).map(toBounds);
  return branches.reduce((a, b) => ({
    lower: a.lower && b.lower && lowest(a.lower, b.lower),
    upper: a.upper && b.upper && highest(a.upper, b.upper),
  }));
}

/** The filter as alternatives, so that `ts > x OR (ts = x AND Id > y)` begins at (x, y). */
function branchesOf(filter: Filter, slot: number): Branch[] {
  if (filter.kind === 'not') return [{ key: open, id: open }];
  if (filter.kind === 'test') return [testBranch(filter, slot)];
  const parts = filter.children.map((child) => branchesOf(child, slot));
  if (filter.kind === 'or') {
    const all = parts.flat();
    return all.length <= branchesMax ? all : [{ key: open, id: open }];
  }
  let product: Branch[] = [{ key: open, id: open }];
  for (const part of parts) {
    if (product.length * part.length > branchesMax) continue;
    product = product.flatMap((a) =>
      part.map((b) => ({ key: meet(a.key, b.key), id: meet(a.id, b.id) })),
    );
  }
  return product;
}

function testBranch(filter: Filter & { kind: 'test' }, slot: number): Branch {
  const limits = limitsOf(filter);
  if (filter.slot === slot) return { key: limits, id: open };
  if (filter.slot === idSlot) return { key: open, id: limits };
  return { key: open, id: open };
}

function limitsOf({ operator, operands, field }: Filter & { kind: 'test' }): Limits {
  const [first] = operands;
  if (operands.length !== 1 || !first) return open;
  if ('days' in first) return dayLimits(operator, first.days, field?.type === 'datetime');
  if (typeof first.value !== 'string') return open;
  const { value } = first;
  switch (operator) {
    case '=':
      return { low: value, lowIncluded: true, high: value, highIncluded: true };
    case '>':
      return { ...open, low: value, lowIncluded: false };
    case '>=':
      return { ...open, low: value };
    case '<':
      return { ...open, high: value, highIncluded: false };
    case '<=':
      return { ...open, high: value };
    default:
      return open;
  }
}

/** Day ranges cut datetimes at midnight; stored datetimes sort after their bare day. */
function dayLimits(
  operator: string,
  days: { from: string; to: string },
  isDatetime: boolean,
): Limits {
  if (!isDatetime) return open;
  const from = { low: days.from, lowIncluded: true };
  const until = { high: days.to, highIncluded: false };
  if (operator === '=') return { ...from, ...until };
  if (operator === '>=') return { ...open, ...from };
  if (operator === '>') return { ...open, low: days.to };
  if (operator === '<=') return { ...open, ...until };
  return operator === '<' ? { ...open, high: days.from, highIncluded: false } : open;
}

function meet(a: Limits, b: Limits): Limits {
  const aLow =
    b.low === null || (a.low !== null && (a.low > b.low || (a.low === b.low && !a.lowIncluded)));
  const aHigh =
    b.high === null ||
    (a.high !== null && (a.high < b.high || (a.high === b.high && !a.highIncluded)));
  return {
    low: aLow ? a.low : b.low,
    lowIncluded: aLow ? a.lowIncluded : b.lowIncluded,
    high: aHigh ? a.high : b.high,
    highIncluded: aHigh ? a.highIncluded : b.highIncluded,
  };
}

/** Rows of the lowest key must also be within the id limits, so the range starts at both. */
function toBounds({ key, id }: Branch): Bounds {
  return { lower: toLower(key, id), upper: toUpper(key, id) };
}

function toLower(key: Limits, id: Limits): Bound | null {
  if (key.low === null) return null;
  if (!key.lowIncluded || id.low === null) return { key: key.low, inclusive: key.lowIncluded };
  return { key: key.low, id: id.low, inclusive: id.lowIncluded };
}

function toUpper(key: Limits, id: Limits): Bound | null {
  if (key.high === null) return null;
  if (!key.highIncluded || id.high === null) return { key: key.high, inclusive: key.highIncluded };
  return { key: key.high, id: id.high, inclusive: id.highIncluded };
}

/** The place of a lower bound within its key: before all ids, after all, or at one. */
function lowerPlace(bound: Bound): string {
  return bound.id ?? (bound.inclusive ? '' : '~');
}

function upperPlace(bound: Bound): string {
  return bound.id ?? (bound.inclusive ? '~' : '');
}

function lowest(a: Bound, b: Bound): Bound {
  if (a.key !== b.key) return a.key < b.key ? a : b;
  if (lowerPlace(a) === lowerPlace(b)) return a.inclusive ? a : b;
  return lowerPlace(a) < lowerPlace(b) ? a : b;
}

function highest(a: Bound, b: Bound): Bound {
  if (a.key !== b.key) return a.key > b.key ? a : b;
  if (upperPlace(a) === upperPlace(b)) return a.inclusive ? a : b;
  return upperPlace(a) > upperPlace(b) ? a : b;
}
