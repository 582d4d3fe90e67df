/** Splits of credit in basis points that sum exactly to the pool (domain.md section 6, case 22). */

/** One taker of a split; `weight` is a whole number of at least 0. */
export interface Share {
  key: string;
  weight: number;
}

/** One whole pool: 100.00 %. */
export const wholePool = 10_000;

/**
 * Splits `total` basis points by weight with the largest remainder; equal remainders go to the
 * smaller key first, so the order of the shares never matters. All weights 0: equal parts.
 */
export function splitBasisPoints(shares: readonly Share[], total = wholePool): Map<string, number> {
  const sorted = [...shares].sort((a, b) => compare(a.key, b.key));
  const sum = sorted.reduce((s, share) => s + share.weight, 0);
  const weighted = sum > 0 ? sorted : sorted.map((share) => ({ ...share, weight: 1 }));
  const whole = sum > 0 ? sum : sorted.length;
  const parts = weighted.map(({ key, weight }) => ({
    key,
    points: Math.floor((total * weight) / whole),
    rest: (total * weight) % whole,
  }));
  let left = total - parts.reduce((s, part) => s + part.points, 0);
  for (const part of [...parts].sort((a, b) => b.rest - a.rest || compare(a.key, b.key))) {
    if (left <= 0) {
      break;
    }
    part.points += 1;
    left -= 1;
  }
  return new Map(parts.map((part) => [part.key, part.points]));
}

/** What is wrong with a split made by a person or a file, as a sentence; null when it is exact. */
export function splitProblem(pool: string, basisPoints: readonly number[]): string | null {
  if (basisPoints.some((points) => !Number.isInteger(points) || points < 0)) {
    return `The ${pool} pool holds a share that is not a whole number of basis points.`;
  }
  const sum = basisPoints.reduce((s, points) => s + points, 0);
  if (sum === wholePool) {
    return null;
  }
  return `The ${pool} pool sums to ${(sum / 100).toFixed(2)} %; it must sum to 100.00 %.`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
