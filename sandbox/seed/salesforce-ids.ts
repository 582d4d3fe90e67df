/**
 * Record ids of the seeded company: stable from run to run, apart from those an org makes later.
 */

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SUFFIX = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
/**
 * Stands where a real org has its instance: seeded ids never meet those of an export or of the org
 * itself.
 */
const INSTANCE = 'HS';

/** Gives the n-th key of a prefix the n-th id; the same key always the same one. */
export class Ids {
  readonly #ids = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  of(prefix: string, key: string): string {
    const name = `${prefix} ${key}`;
    const known = this.#ids.get(name);
    if (known) return known;
    const n = (this.#counts.get(prefix) ?? 0) + 1;
    this.#counts.set(prefix, n);
    const id = salesforceId(prefix, n);
    this.#ids.set(name, id);
    return id;
  }

  orNull(prefix: string, key: string | null): string | null {
    return key === null ? null : this.of(prefix, key);
  }
}

/**
 * 15 characters and the three that say which of them are capitals (Salesforce's 18-character
 * form).
 */
function salesforceId(prefix: string, n: number): string {
  let digits = '';
  for (let rest = n; rest > 0; rest = Math.floor(rest / 62)) digits = BASE62[rest % 62] + digits;
  const id = prefix + INSTANCE + digits.padStart(10, '0');
  const suffix = [0, 5, 10].map((from) => {
    const capitals = [...id.slice(from, from + 5)].map((c) => (c >= 'A' && c <= 'Z' ? 1 : 0));
    return SUFFIX[capitals.reduce<number>((bits, capital, i) => bits | (capital << i), 0)];
  });
  return id + suffix.join('');
}
