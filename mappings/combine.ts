/** Presets beside each other (`extends: [a, b]`) as one tree, and where they differ. */
import { isDeepStrictEqual } from 'node:util';
import { type Located, plain } from './located.ts';

/** One key that two presets state differently; `later` is what counts. */
export interface Difference {
  path: string[];
  earlier: Located;
  later: Located;
}

/**
 * `later` beside `earlier`: keys of both are kept, sources of one list are joined, and where both
 * state a key differently the later value wins and `tell` hears of it. A source of another object,
 * or another field for the same key, takes the place of the earlier one as a whole: half of each
 * would be neither.
 */
export function combine(
  earlier: Located,
  later: Located,
  tell: (difference: Difference) => void,
  path: string[] = [],
): Located {
  if (isSourceList(path) && earlier.type === 'list' && later.type === 'list') {
    return { ...later, items: joined(earlier.items, later.items) };
  }
  if (earlier.type !== 'map' || later.type !== 'map' || isAnother(earlier, later)) {
    if (!isDeepStrictEqual(plain(earlier), plain(later))) {
      tell({ path, earlier, later });
    }
    return later;
  }
  const entries = new Map(earlier.entries);
  for (const [name, value] of later.entries) {
    const below = entries.get(name);
    if (name === 'extends' && path.length === 0) {
      continue;
    }
    if (below === undefined) {
      entries.set(name, value);
    } else if (value.type === 'scalar' && value.value === null) {
      tell({ path: [...path, name], earlier: below, later: value });
      entries.delete(name);
    } else {
      const keyAt = value.keyAt === undefined ? {} : { keyAt: value.keyAt };
      entries.set(name, { ...combine(below, value, tell, [...path, name]), ...keyAt });
    }
  }
  return { ...later, entries };
}

/** Lists of sources: each preset brings its own. */
function isSourceList(path: string[]): boolean {
  return path.join('.') === 'read.touch';
}

/** A preset that is reached twice brings its sources once. */
function joined(earlier: Located[], later: Located[]): Located[] {
  const known = earlier.map(plain);
  return [
    ...earlier,
    ...later.filter((item) => !known.some((one) => isDeepStrictEqual(one, plain(item)))),
  ];
}

/** Maps that name what they are about, and name different things. */
function isAnother(
  earlier: Extract<Located, { type: 'map' }>,
  later: Extract<Located, { type: 'map' }>,
): boolean {
  const about = ['object', 'field', 'constant'];
  const names = (one: Extract<Located, { type: 'map' }>) =>
    about.map((name) => {
      const value = one.entries.get(name);
      return value?.type === 'scalar' ? value.value : null;
    });
  const after = names(later);
  // One that names nothing says more about the earlier one: a table of values, a condition.
  return after.some((name) => name !== null) && !isDeepStrictEqual(names(earlier), after);
}
