/** What became of a run's rows, counted in the transaction that stores it: a kill loses neither. */
import { sql } from 'kysely';
import { type Trx, toJson } from './database.ts';
import type { RunCounts, Settlement } from './types.ts';
import type { StoredWrite } from './write-rows.ts';

/** A claimed row and its result. */
export interface Settled {
  row: StoredWrite;
  result: Settlement;
}

/** Adds them to the run's counts. Each row is to be given once: when its result is stored. */
export async function countSettled(trx: Trx, runId: string, settled: Settled[]): Promise<void> {
  const counts = countsOf(settled);
  if (Object.keys(counts).length === 0) {
    return;
  }
  await sql`
    insert into run_step (run_id, step, counts) values (${runId}, 'write', ${toJson(counts)}::jsonb)
    on conflict (run_id, step) do update set counts = (
      select jsonb_object_agg(key, total) from (
        select key, sum(value::numeric) as total from (
          select * from jsonb_each_text(run_step.counts)
          union all select * from jsonb_each_text(excluded.counts)) both_counts
        group by key) sums)`.execute(trx);
}

function countsOf(settled: Settled[]): RunCounts {
  const counts: RunCounts = {};
  const add = (name: string, n: number) => {
    counts[name] = (counts[name] ?? 0) + n;
  };
  for (const { row, result } of settled) {
    if (result.outcome === 'written') {
      add(row.object === 'task' ? 'tasks' : 'written', 1);
      if (row.object !== 'task') {
        add('fields', Object.keys(row.fields).length);
      }
    } else if (result.outcome !== 'released') {
      add(result.outcome, 1);
    }
  }
  return counts;
}
