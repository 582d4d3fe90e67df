/** Keeps calls of one kind at a rate, in the order they were asked for. */
import { setTimeout as sleep } from 'node:timers/promises';

/** HubSpot counts a rolling second; a little more keeps a call that was quick on its way outside. */
const secondMs = 1_050;

/** At most so many calls begin within any second. */
export class Pace {
  private readonly callsPerSecond: number;
  private readonly begun: number[] = [];
  private last: Promise<void> = Promise.resolve();

  constructor(callsPerSecond: number) {
    this.callsPerSecond = callsPerSecond;
  }

  /** Waits until one more call may begin. */
  next(): Promise<void> {
    const turn = this.last.then(() => this.wait());
    this.last = turn;
    return turn;
  }

  private async wait(): Promise<void> {
    const oldest = this.begun[this.begun.length - this.callsPerSecond];
    const pauseMs = oldest === undefined ? 0 : oldest + secondMs - performance.now();
    if (pauseMs > 0) await sleep(pauseMs);
    this.begun.push(performance.now());
    if (this.begun.length > this.callsPerSecond) this.begun.shift();
  }
}
