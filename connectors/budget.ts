/** The call budget of a CRM account, as a connector sees it; the store keeps the account's row. */

/** 1 alerts and approvals, 2 webhooks, 3 incremental, 5 backfill (design.md section 5). */
export type CallPriority = 1 | 2 | 3 | 5;

/** What the CRM's headers said of the account's limits. */
export interface UsageReading {
  /** Calls used and allowed in the CRM's present day; null where it does not say. */
  dailyUsed: number | null;
  dailyLimit: number | null;
  /** Calls the CRM takes in so many milliseconds, where it says so. */
  burst?: { calls: number; perMs: number };
}

/** Asked before every call that counts against the account's limits. */
export interface CallBudget {
  /** Waits until `calls` may be made. Throws ConnectorError 'quota-exhausted' past our share. */
  take(calls: number, priority: CallPriority): Promise<void>;
  /** Corrects the row by what the vendor reported. */
  observe(reading: UsageReading): void;
}
