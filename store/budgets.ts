/** The call budget of a CRM account, shared by all workers through one row; and currency rates. */
import { sql } from 'kysely';
import type { FxRate, Instant } from '../rules/types.ts';
import { type Db, inTransaction, recordset } from './database.ts';
import type { AccountBudgetLimits } from './types.ts';

/** The bucket as it stands in the store. */
interface Bucket {
  tokens: number;
  refilled_at: Instant;
  day: string;
  /** Calls we leased this day (UTC). */
  used: number;
  /** Calls of all clients and the account's limit, as the vendor reported, plus ours since. */
  account_used: number | null;
  account_limit: number | null;
}

/**
 * Leases up to `want` calls. A token bucket holds a second's calls, or those at once, so that
 * workers together never burst above the rate. Our own calls a day stay within `dailyCalls`, less the
 * reserve unless the priority is 1; so do the account's reported ones within its limit. Clocks of
 * workers may differ: time never runs backwards here.
 */
export async function leaseCalls(
  db: Db,
  accountId: string,
  want: number,
  priority: number,
  limits: AccountBudgetLimits,
  now: Instant,
): Promise<{ granted: number; retryAt: Instant | null; exhausted: boolean }> {
  return inTransaction(db, async (trx) => {
    await sql`
      insert into account_budget (account_id, tokens, refilled_at, day, used)
      values (${accountId}, ${burst(limits)}, ${now}::timestamptz, ${now.slice(0, 10)}::date, 0)
      on conflict do nothing`.execute(trx);
    const { rows } = await sql<Bucket>`
      select tokens, refilled_at, day, used, account_used, account_limit
      from account_budget where account_id = ${accountId} for update`.execute(trx);
    const bucket = refilled(newDay(rows[0]!, now), limits, now);

    const left = leftToday(bucket, limits, priority);
    const granted = Math.max(0, Math.min(want, left, Math.floor(bucket.tokens)));
    await sql`
      update account_budget set tokens = ${bucket.tokens - granted},
        refilled_at = ${bucket.refilled_at}::timestamptz, day = ${bucket.day}::date,
        used = ${bucket.used + granted},
        account_used = ${bucket.account_used === null ? null : bucket.account_used + granted}
      where account_id = ${accountId}`.execute(trx);
    if (granted > 0) {
      return { granted, retryAt: null, exhausted: false };
    }
    const exhausted = left <= 0;
    return {
      granted: 0,
      retryAt: exhausted ? nextDay(bucket) : nextToken(bucket, limits),
      exhausted,
    };
  });
}

/** Calls an ordinary read may still make this UTC day; null: nothing limits them. */
export async function callsLeft(
  db: Db,
  accountId: string,
  limits: Pick<AccountBudgetLimits, 'dailyCalls' | 'reservedForAlerts'>,
  now: Instant,
): Promise<number | null> {
  const { rows } = await sql<Bucket>`
    select tokens, refilled_at, day, used, account_used, account_limit
    from account_budget where account_id = ${accountId}`.execute(db);
  const unused = { used: 0, account_used: null, account_limit: null };
  const bucket = rows[0] ? newDay(rows[0], now) : unused;
  const left = leftToday(bucket, limits, ordinary);
  return Number.isFinite(left) ? Math.max(0, left) : null;
}

/** A priority that may not use what is kept for alerts. */
const ordinary = 3;

/** Takes over what the vendor said of the account: calls of all its clients, and its limit. */
export async function observeUsage(
  db: Db,
  accountId: string,
  dailyUsed: number | null,
  dailyLimit: number | null,
  now: Instant,
): Promise<void> {
  await sql`
    insert into account_budget (account_id, tokens, refilled_at, day, used, account_used,
      account_limit)
    values (${accountId}, 0, ${now}::timestamptz, ${now.slice(0, 10)}::date, 0,
      ${dailyUsed}, ${dailyLimit})
    on conflict (account_id) do update set
      account_used = coalesce(excluded.account_used, account_budget.account_used),
      account_limit = coalesce(excluded.account_limit, account_budget.account_limit)`.execute(db);
}

/** Replaces a connection's rates. */
export async function saveRates(
  db: Db,
  connection: string,
  rates: FxRate[],
  at: Instant,
): Promise<void> {
  await inTransaction(db, async (trx) => {
    await trx.deleteFrom('fx_rate').where('connection', '=', connection).execute();
    if (rates.length > 0) {
      const rows = rates.map(({ currency, rate, validFrom }) => ({
        currency,
        rate,
        valid_from: validFrom,
      }));
      await sql`
        insert into fx_rate (connection, currency, valid_from, rate, saved_at)
        select ${connection}, currency, valid_from, rate, ${at}::timestamptz
        from ${recordset(rows, 'currency text, valid_from date, rate numeric')}`.execute(trx);
    }
  });
}

/** Rates by currency, oldest first. */
export async function rates(db: Db, connection: string): Promise<FxRate[]> {
  const rows = await db
    .selectFrom('fx_rate')
    .selectAll()
    .where('connection', '=', connection)
    .orderBy('currency')
    .orderBy('valid_from')
    .execute();
  return rows.map(({ currency, rate, valid_from }) => ({ currency, rate, validFrom: valid_from }));
}

/** A second's calls unless said, and at least one: a rate below one a second lets one through. */
function burst({ callsPerSecond, callsAtOnce = callsPerSecond }: AccountBudgetLimits): number {
  return Math.max(1, callsAtOnce);
}

function newDay(bucket: Bucket, now: Instant): Bucket {
  const today = now.slice(0, 10);
  return today > bucket.day
    ? { ...bucket, day: today, used: 0, account_used: bucket.account_used === null ? null : 0 }
    : bucket;
}

function refilled(bucket: Bucket, limits: AccountBudgetLimits, now: Instant): Bucket {
  const seconds = (Date.parse(now) - Date.parse(bucket.refilled_at)) / 1000;
  if (seconds <= 0) {
    return { ...bucket, tokens: Math.min(bucket.tokens, burst(limits)) };
  }
  const tokens = Math.min(burst(limits), bucket.tokens + seconds * limits.callsPerSecond);
  return { ...bucket, tokens, refilled_at: now };
}

function leftToday(
  bucket: Pick<Bucket, 'used' | 'account_used' | 'account_limit'>,
  limits: Pick<AccountBudgetLimits, 'dailyCalls' | 'reservedForAlerts'>,
  priority: number,
): number {
  const reserve = priority === 1 ? 0 : limits.reservedForAlerts;
  const ours = limits.dailyCalls === null ? Infinity : limits.dailyCalls - reserve - bucket.used;
  const theirs =
    bucket.account_limit === null || bucket.account_used === null
      ? Infinity
      : bucket.account_limit - reserve - bucket.account_used;
  return Math.min(ours, theirs);
}

function nextDay(bucket: Bucket): Instant {
  return new Date(Date.parse(`${bucket.day}T00:00:00Z`) + 86_400_000).toISOString();
}

function nextToken(bucket: Bucket, limits: AccountBudgetLimits): Instant {
  const wait = Math.ceil(((1 - bucket.tokens) / limits.callsPerSecond) * 1000);
  return new Date(Date.parse(bucket.refilled_at) + Math.max(1, wait)).toISOString();
}
