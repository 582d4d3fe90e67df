/**
 * The one source of chance in the sample company: a small seeded generator, so that one number
 * gives one company.
 */

/** Draws of one named stream; adding draws to one stream leaves the others as they were. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** An integer in [from, to], both included. */
  int(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** One key of the table, by its weight. */
  weighted<T extends string>(weights: Record<T, number>): T;
  /**
   * A log-normal draw with this median; `spread` 1 puts two thirds within median/e ... median*e.
   */
  logNormal(median: number, spread: number): number;
}

/**
 * A stream of the seed: mulberry32 (public domain, Tommy Ettinger) over a hash of seed and name.
 */
export function random(seed: number, stream: string): Random {
  let state = hash(`${seed}/${stream}`);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    int: (from, to) => from + Math.floor(next() * (to - from + 1)),
    chance: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)]!,
    weighted: (weights) => weighted(weights, next()),
    logNormal: (median, spread) => median * Math.exp(spread * normal(next(), next())),
  };
}

/** FNV-1a, 32 bits: spreads neighbouring seeds over the whole state space. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (const char of text) h = Math.imul(h ^ char.codePointAt(0)!, 0x01000193);
  return h >>> 0;
}

function weighted<T extends string>(weights: Record<T, number>, draw: number): T {
  const entries = Object.entries(weights) as [T, number][];
  let left = draw * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [key, weight] of entries) {
    left -= weight;
    if (left < 0) return key;
  }
  return entries.at(-1)![0];
}

/** Box-Muller; `1 - u` because the logarithm of zero has no value. */
function normal(u: number, v: number): number {
  return Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v);
}
