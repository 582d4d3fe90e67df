/** Reads a whole object by its list, in pages of about two thousand records, from any of its pages. */
import type { BackfillPage, PullRequest } from '../connector.ts';
import { conditionOf } from './condition.ts';
import { listPage } from './list.ts';
import { PageRecords } from './page-records.ts';
import { type ReadContext, type Sources, shapeOf } from './records.ts';

/** One page; `resume` is the list's own cursor, which does not expire. */
export async function backfill(
  sources: Sources,
  { request, pageRecords }: { request: PullRequest; pageRecords: number },
  resume: string | null,
): Promise<BackfillPage> {
  const object = await sources.describer.describe(request.object);
  const condition = conditionOf(object, request.where);
  const shape = await shapeOf(sources, object, request.fields);
  const { priority, signal } = request;
  const context: ReadContext = {
    operation: 'read the whole object',
    priority,
    ...(signal ? { signal } : {}),
  };
  const properties = [...new Set([...shape.properties, ...condition.properties])];
  const found = new PageRecords({ shape, condition, context });
  let read = 0;
  let after: string | null = resume ?? '';
  do {
    const page = await listPage(
      sources.api,
      { shape, properties, after, archived: false },
      context,
    );
    found.add(page.rows);
    read += page.rows.length;
    after = page.after;
  } while (after !== null && read < pageRecords);
  return { records: await found.all(), resume: after };
}
