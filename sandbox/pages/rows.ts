/** Picks, searches, sorts and pages rows of an object for lists and related lists. */
import type { Org } from '../salesforce/org.ts';
import type { Row, Value } from '../salesforce/values.ts';
import type { PageRecord } from './format.ts';

/** Rows a list shows at once. */
export const PAGE_ROWS = 50;

/** The org's calendar day, UTC. */
export function todayOf(org: Org): string {
  return org.clock.iso().slice(0, 10);
}

/** A page of rows as records; `page` counts from 1 and is brought into range. */
export function pageOf(
  org: Org,
  object: string,
  given: { rows: Row[]; sort: string; page: number; size: number },
): { records: PageRecord[]; page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(given.rows.length / given.size));
  const page = Math.min(Math.max(1, given.page), pages);
  const sorted = sortRows(org, object, given.rows, given.sort);
  const slice = sorted.slice((page - 1) * given.size, page * given.size);
  return { records: slice.map((row) => org.get(object, String(row[0]))!), page, pages };
}

/** Rows whose name holds the words, or whose id they are. */
export function searchRows(org: Org, object: string, rows: Row[], words: string): Row[] {
  const wanted = words.trim().toLowerCase();
  if (wanted === '') return rows;
  const name = org.describe(object).nameField?.slot ?? 0;
  return rows.filter((row) => {
    const id = String(row[0]).toLowerCase();
    return (
      String(row[name] ?? '')
        .toLowerCase()
        .includes(wanted) || id.startsWith(wanted)
    );
  });
}

/** By one field, blank values last, ids deciding between equals. */
function sortRows(org: Org, object: string, rows: Row[], sort: string): Row[] {
  const descending = sort.startsWith('-');
  const field = org.describe(object).field(descending ? sort.slice(1) : sort);
  if (!field) return rows;
  const direction = descending ? -1 : 1;
  const nameOf = names(org, field.type === 'reference');
  const keyed = rows.map((row) => ({ row, key: nameOf(row[field.slot] ?? null) }));
  keyed.sort((a, b) => {
    if (a.key === b.key) return String(a.row[0]) < String(b.row[0]) ? -1 : 1;
    if (a.key === null) return 1;
    if (b.key === null) return -1;
    return (a.key < b.key ? -1 : 1) * direction;
  });
  return keyed.map(({ row }) => row);
}

/** Look-ups sort by the name people see, text without regard to case. */
function names(org: Org, reference: boolean): (value: Value) => Value {
  const known = new Map<Value, Value>();
  return (value) => {
    if (typeof value !== 'string') return value;
    if (!reference) return value.toLowerCase();
    if (!known.has(value)) {
      const object = org.objectOfId(value);
      const row = object && org.table(object).get(value);
      const name = row?.[object?.nameField?.slot ?? 0] ?? value;
      known.set(value, String(name).toLowerCase());
    }
    return known.get(value)!;
  };
}
