/** Estimates the CRM's clock from the `Date` headers of its responses. */

/** What one response showed: the `Date` header's second and when we sent and received, in ms. */
export interface ClockReading {
  dateMs: number;
  sentAt: number;
  receivedAt: number;
}

/**
 * A `Date` header is cut to the second and taken somewhere between sending and receiving, so a
 * response says only that the offset lies in an interval. Intervals of several responses are cut
 * with each other, which soon leaves milliseconds; an empty cut means that a clock was moved, and
 * the newest response alone counts.
 */
export class ClockEstimate {
  private low = Number.NEGATIVE_INFINITY;
  private high = Number.POSITIVE_INFINITY;
  private lastReadAt = Number.NEGATIVE_INFINITY;

  /** Takes one response into account. */
  observe({ dateMs, sentAt, receivedAt }: ClockReading): void {
    const low = dateMs - receivedAt;
    const high = dateMs + 1000 - sentAt;
    const cutLow = Math.max(this.low, low);
    const cutHigh = Math.min(this.high, high);
    const agrees = cutLow <= cutHigh;
    this.low = agrees ? cutLow : low;
    this.high = agrees ? cutHigh : high;
    this.lastReadAt = receivedAt;
  }

  /** The likeliest offset (CRM minus ours), 0 before the first response. */
  offsetMs(): number {
    return this.lastReadAt === Number.NEGATIVE_INFINITY
      ? 0
      : Math.round((this.low + this.high) / 2);
  }

  /**
   * The latest the CRM's clock can stand at. Windows end here: a row stamped just now is inside,
   * and a window that ends a moment early would leave it to the next run.
   */
  latestMs(oursMs: number): number {
    const offset = this.lastReadAt === Number.NEGATIVE_INFINITY ? 0 : this.high;
    return Math.round(oursMs + offset);
  }

  /** How long ago the last response was read. */
  ageMs(oursMs: number): number {
    return oursMs - this.lastReadAt;
  }
}
