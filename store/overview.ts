/** What a connection's opportunities come to as a whole, and a few of them that show it. */
import { sql } from 'kysely';
import type { Db } from './database.ts';
import type { ExampleDecision, PipelineRow } from './types.ts';

/** Live opportunities by state and currency, with what is blank on them. */
export async function pipelineCounts(db: Db, connection: string): Promise<PipelineRow[]> {
  const { rows } = await sql<PipelineRow>`
    select case when is_won then 'won' when is_closed then 'lost' else 'open' end as state,
      currency, count(*)::int as opportunities, coalesce(sum(amount), 0)::text as amount,
      (count(*) - count(amount))::int as "withoutAmount",
      (count(*) - count(account_id))::int as "withoutAccount",
      (count(*) - count(close_date))::int as "withoutCloseDate"
    from opportunity where connection = ${connection} and deleted_at is null
    group by 1, 2 order by 1, 2`.execute(db);
  return rows;
}

/**
 * One example of each kind of thing that is decided, the most telling kinds first: sourced, stale,
 * direct with what would have changed it, then one a further rule. Of each kind the one with the
 * largest amount, written ones and those in the corporate currency first; no opportunity twice. Where kinds are few, one kind twice.
 */
export async function exampleDecisions(
  db: Db,
  connection: string,
  limit: number,
): Promise<ExampleDecision[]> {
  const { rows } = await sql<ExampleDecision & { shows: string }>`
    with shown as (
      select d.record_id, d.kind, d.rule, d.reason, d.counterfactual, o.amount,
        case
          when d.kind = 'stale' then '2 stale'
          when d.fields->>'attribution_type' = 'Sourced' then '1 sourced'
          when d.fields->>'attribution_type' = 'Direct' and d.counterfactual is not null
            then '3 direct'
          else '4 ' || d.rule end as shows,
        exists (select from write w where w.connection = d.connection and w.object = d.object
          and w.record_id = d.record_id and w.state = 'written') as written,
        coalesce(o.currency = c.corporate_currency, true) as corporate
      from decision d
      left join connection c on c.name = d.connection
      join opportunity o on o.connection = d.connection and o.id = d.record_id
      where d.connection = ${connection} and d.slot = 'live' and d.object = 'opportunity'
        and o.deleted_at is null and (d.kind = 'attribution'
          or (d.kind = 'stale' and (d.fields->>'stale')::boolean))),
    ranked as (
      select *, row_number() over (partition by shows
        order by written desc, corporate desc, amount desc nulls last, record_id) as place from shown)
    select 'opportunity' as object, record_id as id, kind, rule, reason, counterfactual, shows
    from ranked where place <= ${limit} order by shows, place`.execute(db);
  return oneOfEach(rows, limit);
}

/** One of each kind; where that is too few, more of the most telling ones. */
function oneOfEach(
  rows: (ExampleDecision & { shows: string })[],
  limit: number,
): ExampleDecision[] {
  const taken = new Map<string, ExampleDecision & { shows: string }>();
  for (const again of [false, true]) {
    for (const row of rows) {
      const known = [...taken.values()].some(({ shows }) => shows === row.shows);
      if ((again || !known) && !taken.has(row.id) && taken.size < limit) {
        taken.set(row.id, row);
      }
    }
  }
  return [...taken.values()].map(({ shows: _, ...example }) => example);
}
