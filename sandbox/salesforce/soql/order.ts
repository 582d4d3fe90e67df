/** ORDER BY: which index can serve it, and the comparison where none can. */
import type { OrderByClause } from '@jetstreamapp/soql-parser-js';
import type { ObjectDef } from '../schema.ts';
import {
  createdDateSlot,
  idSlot,
  lastModifiedDateSlot,
  systemModstampSlot,
} from '../system-fields.ts';
import type { Row, Value } from '../values.ts';
import { invalidField } from './parse.ts';
import { type Path, type QueryContext, resolvePath } from './path.ts';
import type { IndexOrder } from './plan.ts';
import { filterableLengthMax } from './where.ts';

/** One sort key. Nulls come first unless told otherwise, in both directions. */
export interface SortKey {
  path: Path;
  descending: boolean;
  nullsLast: boolean;
}

/** Resolves the clauses. Throws ApiError INVALID_FIELD for a field that cannot be sorted. */
export function sortKeys(
  context: QueryContext,
  object: ObjectDef,
  clauses: OrderByClause[],
): SortKey[] {
  return clauses.map((clause) => {
    const name = 'field' in clause ? clause.field : String(clause.fn.parameters?.[0] ?? '');
    const path = resolvePath(context, object, name.split('.'));
    const { field } = path;
    const long = field.type === 'textarea' && field.length > filterableLengthMax;
    if (long || field.type === 'multipicklist') {
      throw invalidField(
        context.soql,
        field.name,
        `field '${field.name}' can not be sorted in a query call`,
      );
    }
    return {
      path,
      descending: clause.order === 'DESC',
      nullsLast: clause.nulls === 'LAST',
    };
  });
}

/**
 * The index that gives this order: (SystemModstamp [, Id]), CreatedDate, LastModifiedDate or Id.
 */
export function indexOrder(keys: SortKey[]): IndexOrder | null {
  const [first, second, ...rest] = keys;
  if (!first || rest.length > 0 || first.path.slot === null) return null;
  const { slot } = first.path;
  if (![systemModstampSlot, createdDateSlot, lastModifiedDateSlot, idSlot].includes(slot)) {
    return null;
  }
  if (second && (second.path.slot !== idSlot || second.descending !== first.descending))
    return null;
  return { slot, descending: first.descending };
}

/** Compares rows by the keys, text without regard to case, ties by Id. */
export function comparator(keys: SortKey[]): (a: Row, b: Row) => number {
  return (a, b) => {
    for (const { path, descending, nullsLast } of keys) {
      const order = compareValues(path.read(a), path.read(b), { descending, nullsLast });
      if (order !== 0) return order;
    }
    return String(a[0]) < String(b[0]) ? -1 : 1;
  };
}

/** Compares two values of one type. */
export function compareValues(
  a: Value,
  b: Value,
  how: { descending: boolean; nullsLast: boolean },
): number {
  if (a === b) return 0;
  if (a === null) return how.nullsLast ? 1 : -1;
  if (b === null) return how.nullsLast ? -1 : 1;
  const [left, right] = [folded(a), folded(b)];
  if (left === right) return 0;
  return left < right === how.descending ? 1 : -1;
}

function folded(value: Value): string | number | boolean {
  return typeof value === 'string' ? value.toLowerCase() : value!;
}
