/** What else a changed row makes dirty: facts reach the records whose decisions rest on them. */
import { type RawBuilder, sql } from 'kysely';
import type { Instant, ObjectName } from '../rules/types.ts';

/** Parts of the page statement; they may read `changed` (the new state) and `old`. */
export interface Dependants {
  /** Columns of the old row that the parts below compare. */
  compared: string[];
  /** Rows (object, id) to mark dirty. */
  marks: RawBuilder<unknown>;
  /** Further parts of the `with` clause, each with its leading comma. */
  alsoInsert: RawBuilder<unknown>;
}

/** The parts for an object's pages. */
export function dependants(object: ObjectName, connection: string, now: Instant): Dependants {
  switch (object) {
    case 'opportunity':
      return {
        compared: [...measures, 'stage_entered_at', 'created_at', 'first_seen_at'],
        marks: opportunityMarks(connection),
        alsoInsert: stageChanges(connection, now),
      };
    case 'partner':
      return {
        compared: identity,
        marks: partnerMarks(connection),
        alsoInsert: partnerTexts(connection),
      };
    case 'registration':
    case 'touch':
      return {
        compared: ['opportunity_id', 'partner_id'],
        marks: referenceMarks(connection),
        alsoInsert: sql``,
      };
    case 'account':
    case 'user':
      return {
        compared: [],
        marks: sql`select null as object, null as id where false`,
        alsoInsert: sql``,
      };
  }
}

/** What a partner's standing sums over the opportunities it is credited with. */
const measures = ['stage', 'is_closed', 'is_won', 'amount', 'currency', 'close_date', 'closed_at'];
/** What sentences, windows and thresholds of opportunities take from a partner. */
const identity = ['name', 'status', 'type', 'segment', 'region', 'named_by'];

function differs(columns: string[]): RawBuilder<unknown> {
  const pairs = [...columns, 'deleted_at'].map((column) =>
    column === 'deleted_at'
      ? sql`(old.deleted_at is not null) <> changed.deleted`
      : sql`${sql.ref(`old.${column}`)} is distinct from ${sql.ref(`changed.${column}`)}`,
  );
  return sql`(${sql.join(pairs, sql` or `)})`;
}

// The opportunity itself, and the partners its live attribution credits when a measure changed.
function opportunityMarks(connection: string): RawBuilder<unknown> {
  return sql`
    select 'opportunity' as object, id from changed
    union all
    select 'partner', a.partner_id
    from changed join old on old.id = changed.id
    join attribution a on a.connection = ${connection} and a.slot = 'live'
      and a.opportunity_id = changed.id
    where ${differs(measures)}`;
}

// The partner itself; when it is new or its identity changed, every opportunity that names it: by
// attribution, registration, touch, or one of its own partner fields. Those name it by its id, or
// by a text it holds, or held: whoever else holds that text is named, or no longer, as well.
function partnerMarks(connection: string): RawBuilder<unknown> {
  const naming: [table: string, partner: string, opportunity: string][] = [
    ['registration', 'partner_id', 'opportunity_id'],
    ['touch', 'partner_id', 'opportunity_id'],
    ['opportunity', 'referral_partner_id', 'id'],
    ['opportunity', 'origin_partner_id', 'id'],
    ['opportunity', 'partner_of_record_id', 'id'],
  ];
  const references = naming.map(
    ([table, partner, opportunity]) => sql`
      select 'opportunity', r.${sql.ref(opportunity)} from names
      join ${sql.table(table)} r on r.connection = ${connection}
        and r.${sql.ref(partner)} = names.name`,
  );
  return sql`
    with renamed as (
      select changed.id, changed.named_by, old.named_by as old_named_by from changed
      left join old on old.id = changed.id where changed.is_new or ${differs(identity)}),
    texts as (
      select unnest(named_by) as name from renamed
      union select unnest(old_named_by) from renamed),
    names as (select id as name from renamed union select name from texts)
    select 'partner' as object, id from changed
    union all
    select 'opportunity', a.opportunity_id from renamed
    join attribution a on a.connection = ${connection} and a.slot = 'live'
      and a.partner_id = renamed.id
    union all
    select 'partner', t.partner_id from texts
    join partner_text t on t.connection = ${connection} and t.name = texts.name
    union all ${sql.join(references, sql` union all `)}`;
}

// A registration or touch counts for the opportunity and the partner it names now, and for those
// it named before. A text stands for whoever holds it; one who comes later is new, and so dirty.
function referenceMarks(connection: string): RawBuilder<unknown> {
  return sql`
    with named as (
      select partner_id as name from changed
      union select old.partner_id from changed join old on old.id = changed.id)
    select 'opportunity' as object, opportunity_id as id from changed
    union all
    select 'opportunity', old.opportunity_id from changed join old on old.id = changed.id
    union all
    select 'partner', name from named where name not like '%=%'
    union all
    select 'partner', t.partner_id from named
    join partner_text t on t.connection = ${connection} and t.name = named.name
    where named.name like '%=%'`;
}

// By which texts a partner is found: those of its row, in a table of their own.
function partnerTexts(connection: string): RawBuilder<unknown> {
  return sql`,
    texts_gone as (
      delete from partner_text t using changed
      where t.connection = ${connection} and t.partner_id = changed.id
        and t.name <> all(coalesce(changed.named_by, '{}'))),
    texts_held as (
      insert into partner_text (connection, name, partner_id)
      select distinct ${connection}, held.name collate "C", changed.id collate "C"
      from changed cross join lateral unnest(changed.named_by) held(name)
      order by 2, 3
      on conflict do nothing)`;
}

// The first change seen of an opportunity also records the stage it left, or a later return to
// that stage could not be told from a first visit.
function stageChanges(connection: string, now: Instant): RawBuilder<unknown> {
  return sql`,
    moved as materialized (
      select changed.id, changed.stage,
        coalesce(changed.stage_entered_at, changed.modified_at) as at,
        old.stage as old_stage,
        coalesce(old.stage_entered_at, old.created_at, old.first_seen_at) as old_at
      from changed join old on old.id = changed.id
      where changed.stage is not null and old.stage is distinct from changed.stage),
    stages as (
      insert into stage_change (connection, opportunity_id, at, stage)
      select ${connection}, id, at, stage from moved
      union
      select ${connection}, m.id, least(m.old_at, m.at, ${now}::timestamptz), m.old_stage from moved m
      where m.old_stage is not null and not exists (
        select from stage_change s where s.connection = ${connection} and s.opportunity_id = m.id)
      on conflict do nothing)`;
}
