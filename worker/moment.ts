/** How much time has passed in this process, at most and at least, whatever its clocks went through. */

/** One instant by both clocks. */
export interface Moment {
  /** Goes on while a machine sleeps, and jumps when it is set. */
  wall: number;
  /** Never jumps; on some systems it stands still while the machine sleeps. */
  steady: number;
}

/** Now. */
export function moment(): Moment {
  return { wall: Date.now(), steady: performance.now() };
}

/** Ms from one to the other, rather too many: for a right that ends. */
export function longest(from: Moment, to: Moment): number {
  return Math.max(to.wall - from.wall, to.steady - from.steady);
}

/** Ms from one to the other, rather too few: for another's death. */
export function shortest(from: Moment, to: Moment): number {
  return Math.min(to.wall - from.wall, to.steady - from.steady);
}
