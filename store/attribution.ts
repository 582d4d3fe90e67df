/** Who is credited on which opportunity: rows behind tier standing, counts and reports. */
import { sql } from 'kysely';
import type { AttributionType, PartnerCredit } from '../rules/types.ts';
import { type Db, recordset, type Trx } from './database.ts';
import type { CreditRow, DecisionSlot } from './types.ts';

/** Replaces the credits of these opportunities in a slot. */
export async function replaceAttribution(
  trx: Trx,
  connection: string,
  slot: DecisionSlot,
  opportunities: { opportunityId: string; type: AttributionType; credits: PartnerCredit[] }[],
): Promise<void> {
  if (opportunities.length === 0) {
    return;
  }
  const ids = opportunities.map((o) => o.opportunityId);
  await sql`delete from attribution where connection = ${connection} and slot = ${slot}
    and opportunity_id = any(${ids})`.execute(trx);
  const rows = opportunities.flatMap(({ opportunityId, type, credits }) =>
    credits.map((credit) => ({
      opportunity_id: opportunityId,
      partner_id: credit.partnerId,
      role: credit.role,
      pool: credit.pool,
      basis_points: credit.basisPoints,
      attribution_type: type,
    })),
  );
  if (rows.length > 0) {
    const names = 'opportunity_id, partner_id, role, pool, basis_points, attribution_type';
    const columns =
      'opportunity_id text, partner_id text, role text, pool text, basis_points integer, ' +
      'attribution_type text';
    await sql`
      insert into attribution (connection, slot, ${sql.raw(names)})
      select ${connection}, ${slot}, ${sql.raw(names)} from ${recordset(rows, columns)}`.execute(
      trx,
    );
  }
}

/**
 * Credits of partners with what their opportunities are worth. Deleted opportunities are left
 * out, and disputed ones until the dispute is decided.
 */
export async function credits(
  db: Db,
  connection: string,
  slot: DecisionSlot,
  partnerIds: string[],
): Promise<CreditRow[]> {
  if (partnerIds.length === 0) {
    return [];
  }
  const { rows } = await sql<CreditRow>`
    select a.partner_id as "partnerId", a.opportunity_id as "opportunityId", a.role, a.pool,
      a.basis_points as "basisPoints", a.attribution_type as "attributionType",
      o.amount, o.currency, o.close_date as "closeDate", o.closed_at as "closedAt",
      coalesce(o.is_closed, false) as "isClosed", coalesce(o.is_won, false) as "isWon"
    from attribution a
    join opportunity o on o.connection = a.connection and o.id = a.opportunity_id
    where a.connection = ${connection} and a.slot = ${slot}
      and a.partner_id = any(${partnerIds}) and o.deleted_at is null
      and not exists (select from dispute d where d.connection = a.connection
        and d.object = 'opportunity' and d.record_id = a.opportunity_id
        and d.kind = 'attribution' and d.closed_at is null)
    order by a.partner_id, a.opportunity_id, a.role, a.pool`.execute(db);
  return rows;
}

/** Live opportunities by attribution type. */
export async function attributionCounts(
  db: Db,
  connection: string,
  slot: DecisionSlot,
): Promise<Partial<Record<AttributionType, number>>> {
  const { rows } = await sql<{ type: AttributionType; n: number }>`
    select d.fields->>'attribution_type' as type, count(*)::int as n from decision d
    join opportunity o on o.connection = d.connection and o.id = d.record_id
    where d.connection = ${connection} and d.slot = ${slot} and d.object = 'opportunity'
      and d.kind = 'attribution' and o.deleted_at is null
      and d.fields->>'attribution_type' is not null
    group by 1`.execute(db);
  return Object.fromEntries(rows.map(({ type, n }) => [type, n]));
}

/** Live opportunities that are stale. */
export async function staleCount(db: Db, connection: string, slot: DecisionSlot): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from decision d
    join opportunity o on o.connection = d.connection and o.id = d.record_id
    where d.connection = ${connection} and d.slot = ${slot} and d.object = 'opportunity'
      and d.kind = 'stale' and o.deleted_at is null and (d.fields->>'stale')::boolean`.execute(db);
  return rows[0]?.n ?? 0;
}
