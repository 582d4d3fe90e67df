/** A connection's share of its CRM account's calls, leased from the account's row in the store. */
import type { CallBudget, CallPriority, UsageReading } from '../connectors/budget.ts';
import { ConnectorError } from '../connectors/errors.ts';
import type { CrmName } from '../rules/types.ts';
import type { AccountBudgetLimits, Store } from '../store/types.ts';

/** Calls leased at a time: fewer store round trips, and no more than a tenth of a second's worth. */
const leaseSize = 10;
/** A lease is for the one-second slice it was given in. */
const sliceMs = 1_000;
/** Of a vendor's rolling window this much is kept for calls that come at once, in percent. */
const atOncePercent = 5;
/** And this much for calls that arrive later than they were allowed. */
const latePercent = 3;
/** Rates until the vendor names its own: Salesforce has none, HubSpot's lowest is 100 in 10 s. */
const rates = {
  salesforce: { callsPerSecond: 100 },
  hubspot: paced({ calls: 100, perMs: 10_000 }),
} as const;

/** Whose calls, and how much of the day is ours. */
export interface BudgetOptions {
  store: Store;
  crm: CrmName;
  connection: string;
  /** Share of the account's daily calls, and of that what only alerts may use; basis points. */
  dailyShareBasisPoints: number;
  reservedBasisPoints: number;
}

/** The budget, and the way to tell it the account once the CRM has named it. */
export interface AccountBudget extends CallBudget {
  bind(accountId: string): void;
}

/** A budget over the store's account row. */
export function accountBudget(options: BudgetOptions): AccountBudget {
  const { store, crm } = options;
  // Until the CRM has named the account, its first calls count under the connection's name.
  let accountId = `connection:${options.connection}`;
  let left = 0;
  let leftUntil = 0;
  let leasing: Promise<void> | null = null;
  let limits: AccountBudgetLimits = {
    dailyCalls: null,
    reservedForAlerts: 0,
    ...rates[crm],
  };
  let observed: Promise<void> = Promise.resolve();

  async function lease(calls: number, priority: CallPriority): Promise<void> {
    for (;;) {
      const want = Math.max(calls, leaseSize);
      const now = new Date();
      const answer = await store.leaseCalls(accountId, want, priority, limits, now.toISOString());
      if (answer.exhausted) {
        throw exhausted(crm, options.connection);
      }
      if (answer.granted >= calls) {
        left = answer.granted;
        leftUntil = now.getTime() + sliceMs;
        return;
      }
      const retryAt =
        answer.retryAt === null ? now.getTime() + sliceMs : Date.parse(answer.retryAt);
      await new Promise((done) => setTimeout(done, Math.max(10, retryAt - Date.now())));
    }
  }

  return {
    bind(id) {
      accountId = id;
      left = 0;
    },
    async take(calls, priority) {
      while (left < calls || Date.now() >= leftUntil) {
        if (leasing !== null) {
          // One lease at a time, or one would throw away what another got. Of a refusal each asker
          // hears by its own priority.
          await leasing.catch(() => undefined);
          continue;
        }
        leasing = lease(calls, priority).finally(() => {
          leasing = null;
        });
        await leasing;
        break; // However long the store took: what was asked for is ours.
      }
      left -= calls;
    },
    observe(reading: UsageReading) {
      if (reading.dailyLimit !== null) {
        limits = { ...limits, ...dailyLimits(options, reading.dailyLimit) };
      }
      if (reading.burst) {
        limits = { ...limits, ...paced(reading.burst) };
      }
      // Written in order and never in the way of a call; a lost reading is corrected by the next.
      observed = observed
        .then(() =>
          store.observeUsage(
            accountId,
            reading.dailyUsed,
            reading.dailyLimit,
            new Date().toISOString(),
          ),
        )
        .catch(() => undefined);
    },
  };
}

/**
 * A tier's or an app's own rate, 190 calls in 10 s for one: 9 at once and 17.6 a second after them,
 * so that no window of 10 s, wherever it begins, holds more than the 190 (and 92 % of them in the
 * long run). 5 are left for calls that were late on their way, by a busy machine or the network,
 * and arrive in the window after theirs (measured: 2 with 100,000 deals).
 */
export function paced({ calls, perMs }: { calls: number; perMs: number }) {
  const atOnce = Math.max(1, Math.floor((calls * atOncePercent) / 100));
  const late = Math.floor((calls * latePercent) / 100);
  const steady = Math.max(1, calls - atOnce - late);
  return { callsPerSecond: (steady * 1_000) / perMs, callsAtOnce: atOnce };
}

/** The mapping's share of an account's daily calls, and of that what only alerts may use. */
export function dailyLimits(
  options: Pick<BudgetOptions, 'dailyShareBasisPoints' | 'reservedBasisPoints'>,
  dailyLimit: number,
): Pick<AccountBudgetLimits, 'dailyCalls' | 'reservedForAlerts'> {
  const dailyCalls = Math.floor((dailyLimit * options.dailyShareBasisPoints) / 10_000);
  const reservedForAlerts = Math.floor((dailyCalls * options.reservedBasisPoints) / 10_000);
  return { dailyCalls, reservedForAlerts };
}

function exhausted(crm: CrmName, connection: string): ConnectorError {
  return new ConnectorError(
    'quota-exhausted',
    { crm, operation: 'budget' },
    `The day's share of API calls of ${connection} is used up. It goes on by itself when the ` +
      'CRM\'s day turns; raise "sync.daily_calls" in the mapping to allow more.',
  );
}
