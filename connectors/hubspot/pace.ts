/** Keeps calls of one kind below a rate, whatever the network does to the time between them. */
import { setTimeout as sleep } from 'node:timers/promises';

/** The second HubSpot counts, and a little for clocks that tick unlike (0.5 ms at worst, by NTP). */
const secondMs = 1_002;

/**
 * At most so many calls within any second as HubSpot sees them. When it counts a call is known only
 * to lie before its answer, so a place is free again a second after the answer: at 80 ms a call
 * that is 92 % of the rate, and never more than all of it.
 */
export class Pace {
  /** When each idle place may be used again, soonest first. */
  private readonly idle: number[];
  private readonly waiting: ((readyAt: number) => void)[] = [];

  constructor(callsPerSecond: number) {
    this.idle = Array.from({ length: callsPerSecond }, () => 0);
  }

  /** Makes a call as soon as one more may be made, in the order asked. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    const readyAt =
      this.idle.shift() ?? (await new Promise<number>((take) => this.waiting.push(take)));
    for (let left = readyAt - performance.now(); left > 0; left = readyAt - performance.now()) {
      await sleep(left); // A timer may be early by a part of a millisecond.
    }
    try {
      return await call();
    } finally {
      const again = performance.now() + secondMs;
      const next = this.waiting.shift();
      if (next) next(again);
      else this.idle.push(again);
    }
  }
}
