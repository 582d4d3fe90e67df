/**
 * The sandbox's own clock: every timestamp, deadline and Date header reads it, and tests move it.
 */

/** Wall time plus an offset, or a frozen instant. All instants are epoch milliseconds. */
export class Clock {
  #offsetMs: number;
  #frozenAt: number | null = null;

  constructor(offsetMs = 0) {
    this.#offsetMs = offsetMs;
  }

  now(): number {
    return this.#frozenAt ?? Date.now() + this.#offsetMs;
  }

  /** ISO 8601 in UTC with milliseconds. */
  iso(): string {
    return new Date(this.now()).toISOString();
  }

  get frozen(): boolean {
    return this.#frozenAt !== null;
  }

  /** Moves by so many milliseconds (may be negative); a frozen clock stays frozen, further on. */
  advance(ms: number): void {
    if (this.#frozenAt === null) this.#offsetMs += ms;
    else this.#frozenAt += ms;
  }

  /** Jumps to an instant; a running clock runs on from there. */
  set(at: number): void {
    if (this.#frozenAt === null) this.#offsetMs = at - Date.now();
    else this.#frozenAt = at;
  }

  freeze(at?: number): void {
    this.#frozenAt = at ?? this.now();
  }

  /** Lets a frozen clock run on from where it stands. */
  resume(): void {
    if (this.#frozenAt === null) return;
    this.#offsetMs = this.#frozenAt - Date.now();
    this.#frozenAt = null;
  }
}
