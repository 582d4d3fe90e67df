/** Counts and remembers the API calls a sandbox answered, for tests of cost and order. */

/** One answered call. */
export interface LoggedCall {
  seq: number;
  at: string;
  tenantId: string | null;
  /** `GET /query`, `PATCH /composite/sobjects` ... */
  operation: string;
  path: string;
  status: number;
}

/** Calls kept by name; older ones are only counted. */
const keptMax = 10_000;

export class CallLog {
  #calls: LoggedCall[] = [];
  #counts = new Map<string, number>();
  #next = 1;

  add(call: Omit<LoggedCall, 'seq'>): void {
    this.#calls.push({ seq: this.#next, ...call });
    this.#next += 1;
    if (this.#calls.length > keptMax * 2) this.#calls = this.#calls.slice(-keptMax);
    this.#counts.set(call.operation, (this.#counts.get(call.operation) ?? 0) + 1);
  }

  calls(): readonly LoggedCall[] {
    return this.#calls.slice(-keptMax);
  }

  /** Calls by operation, and all of them. */
  counts(): { total: number; byOperation: Record<string, number> } {
    const total = [...this.#counts.values()].reduce((sum, n) => sum + n, 0);
    return { total, byOperation: Object.fromEntries(this.#counts) };
  }

  reset(): void {
    this.#calls = [];
    this.#counts.clear();
    this.#next = 1;
  }
}
