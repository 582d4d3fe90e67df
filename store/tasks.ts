/** Our tasks by what was written of them: what they say, and which run made or changed them. */
import { sql } from 'kysely';
import type { FieldValues } from '../rules/types.ts';
import type { Db, Trx } from './database.ts';
import type { ChangedTask, FieldChange } from './types.ts';

/** What each task says by the ledger's sum; tasks that were never written are left out. */
export async function writtenTasks(
  db: Db | Trx,
  connection: string,
  keys: readonly string[],
): Promise<Map<string, FieldValues>> {
  const tasks = new Map<string, FieldValues>();
  if (keys.length === 0) {
    return tasks;
  }
  const { rows } = await sql<{ key: string; fields: Record<string, FieldChange> }>`
    select record_id as key, fields from write where connection = ${connection}
      and object = 'task' and record_id = any(${[...keys]}) and state = 'written'
    order by seq`.execute(db);
  for (const { key, fields } of rows) {
    const known = tasks.get(key) ?? {};
    for (const [field, { value }] of Object.entries(fields)) {
      known[field] = value;
    }
    tasks.set(key, known);
  }
  return tasks;
}

/** Keys of tasks that this run alone made and whose last written status is open. */
export async function tasksMadeBy(db: Db, connection: string, runId: string): Promise<string[]> {
  const { rows } = await sql<{ key: string }>`
    select distinct w.record_id as key from write w
    where w.written_run_id = ${runId} and w.connection = ${connection} and w.state = 'written'
      and w.object = 'task' and w.fields ? 'subject'
      and not exists (select from write o where o.connection = w.connection
        and o.object = 'task' and o.record_id = w.record_id and o.state = 'written'
        and o.written_run_id <> ${runId})
    order by 1`.execute(db);
  return rows.map(({ key }) => key);
}

/** Tasks whose words this run changed and that are not its own alone, by key. */
export async function tasksChangedBy(
  db: Db,
  connection: string,
  runId: string,
): Promise<ChangedTask[]> {
  interface Found {
    key: string;
    steps: Record<string, FieldChange>[];
  }
  const { rows } = await sql<Found>`
    select w.record_id as key, jsonb_agg(w.fields order by w.seq) as steps from write w
    where w.written_run_id = ${runId} and w.connection = ${connection} and w.state = 'written'
      and w.object = 'task' and w.fields ?| array['subject', 'body', 'owner', 'due_on']
      and exists (select from write o where o.connection = w.connection
        and o.object = 'task' and o.record_id = w.record_id and o.state = 'written'
        and o.written_run_id <> ${runId})
    group by w.record_id order by w.record_id`.execute(db);
  return rows.map(({ key, steps }) => {
    const fields: Record<string, FieldChange> = {};
    for (const [field, change] of steps.flatMap((step) => Object.entries(step))) {
      const known = fields[field];
      fields[field] = { value: change.value, before: known ? known.before : change.before };
    }
    return { key, fields };
  });
}
