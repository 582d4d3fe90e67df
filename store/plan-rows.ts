/** The rows of a plan: each field it would change, old and new, with its reason. */
import { sql } from 'kysely';
import type { Decision, WritableObject } from '../rules/types.ts';
import { type Db, recordset, type Trx } from './database.ts';
import type { Fields } from './outbox-merge.ts';
import type { PlanRow } from './types.ts';

const columns =
  'record_id text, object text, field text, record_name text, old jsonb, new jsonb, ' +
  'kind text, reason text, rule text, input_hash text, money_moved numeric';
const names = columns.replace(/ (text|jsonb|numeric)/g, '');

/** Replaces the plan's rows of these decisions: a repeated batch leaves nothing of its first try. */
export async function storePlanRows(
  trx: Trx,
  plan: string,
  decisions: Pick<Decision, 'object' | 'id' | 'kind'>[],
  rows: Omit<PlanRow, 'plan'>[],
): Promise<void> {
  if (decisions.length > 0) {
    await sql`
      delete from plan_row p
      using ${recordset(decisions, 'object text, id text, kind text')}
      where p.plan = ${plan} and p.object = input.object and p.record_id = input.id
        and p.kind = input.kind`.execute(trx);
  }
  if (rows.length === 0) {
    return;
  }
  const stored = rows.map((row) => ({
    record_id: row.recordId,
    object: row.object,
    field: row.field,
    record_name: row.recordName,
    old: row.old,
    new: row.new,
    kind: row.kind,
    reason: row.reason,
    rule: row.rule,
    input_hash: row.inputHash,
    money_moved: row.moneyMoved,
  }));
  await sql`
    insert into plan_row (plan, ${sql.raw(names)})
    select ${plan}, ${sql.raw(names)} from ${recordset(stored, columns)}
    on conflict (plan, record_id, object, field) do update set
      record_name = excluded.record_name, old = excluded.old, new = excluded.new,
      kind = excluded.kind, reason = excluded.reason, rule = excluded.rule,
      input_hash = excluded.input_hash, money_moved = excluded.money_moved`.execute(trx);
}

/** A page of rows in (record, object, field) order; `next` is handed back as `after`. */
export async function planRows(
  db: Db,
  plan: string,
  page: { limit: number; after?: string; object?: WritableObject },
): Promise<{ rows: PlanRow[]; next: string | null }> {
  const [id, object, field] = page.after === undefined ? ['', '', ''] : JSON.parse(page.after);
  const { rows } = await sql<PlanRow>`
    select plan, object, record_id as "recordId", record_name as "recordName", field, old, new,
      kind, reason, rule, input_hash as "inputHash", money_moved as "moneyMoved"
    from plan_row
    where plan = ${plan} and (record_id, object, field) > (${id}, ${object}, ${field})
      ${page.object ? sql`and object = ${page.object}` : sql``}
    order by plan_row.record_id, object, field limit ${page.limit}`.execute(db);
  const last = rows.at(-1);
  const full = rows.length === page.limit && last !== undefined;
  return {
    rows,
    next: full ? JSON.stringify([last.recordId, last.object, last.field]) : null,
  };
}

/** A planned record: all its fields, and the input hash of each decision behind them. */
export interface PlanRecord {
  object: WritableObject;
  recordId: string;
  fields: Fields;
  inputHash: Record<string, string>;
  kinds: string[];
}

/** Distinct records in record id order after `after`. */
export async function planRecords(
  db: Db,
  plan: string,
  limit: number,
  after: string | null,
): Promise<PlanRecord[]> {
  const { rows } = await sql<PlanRecord>`
    select object, record_id as "recordId",
      jsonb_object_agg(field, jsonb_build_object('value', new, 'before', old)) as fields,
      jsonb_object_agg(kind, input_hash) as "inputHash", jsonb_agg(distinct kind) as kinds
    from plan_row where plan = ${plan} and record_id > ${after ?? ''}
    group by record_id, object order by record_id, object limit ${limit}`.execute(db);
  return rows;
}
