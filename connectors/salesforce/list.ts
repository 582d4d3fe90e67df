/** Lists the live records of a span of creation: ids, stamps and the few fields to compare. */
import type { CrmRecord, ListRequest } from '../connector.ts';
import { instant } from './pull.ts';
import { joinParts, queryRows, selectParts } from './query.ts';
import type { Reading } from './read.ts';
import { type Row, shapeOf } from './records.ts';
import { bracketed, encodedLength } from './soql.ts';

/**
 * One query, in pages of 2,000 ('query' leaves deleted rows out); no order is asked for, which
 * spares the org a sort. Fields too many for one address take a further query a part; rows that a
 * part does not have any more are left out by the join and found on their next read.
 * Throws 'malformed-response' when a page is missing rows, 'not-found' for an unknown object.
 */
export async function listCreated(
  { api, describer }: Reading,
  request: ListRequest,
): Promise<CrmRecord[]> {
  const { object, where, createdFrom, createdBefore, priority, signal } = request;
  const shape = shapeOf(await describer.describe(object), request.fields);
  const conditions = [
    ...(where ? [bracketed(where, object)] : []),
    ...(createdFrom ? [`CreatedDate >= ${instant(createdFrom)}`] : []),
    ...(createdBefore ? [`CreatedDate < ${instant(createdBefore)}`] : []),
  ];
  const rest = ` FROM ${object}${conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''}`;
  const context = { operation: 'list records', object, priority, ...(signal ? { signal } : {}) };
  const parts: Row[][] = [];
  for (const part of selectParts(shape, encodedLength(rest) + 50)) {
    parts.push(await queryRows(api, 'query', `SELECT ${part.join(',')}${rest}`, context));
  }
  const [first = [], ...further] = parts;
  return joinParts(first, further).map(shape.toRecord);
}
