/**
 * Salesforce record ids: 15 case-sensitive characters, or 18 with a suffix that carries the case.
 */

const suffixAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idPattern = /^[a-zA-Z0-9]{15}(?:[a-zA-Z0-5]{3})?$/;

/** Ids made by the sandbox carry this pod, so that they never meet ids of a loaded export. */
const pod = '5g';

/**
 * The 18-character form of a 15- or 18-character id (its case repaired), or null if it is no id.
 */
export function toId18(id: string): string | null {
  if (!idPattern.test(id)) return null;
  if (id.length === 15) return id + caseSuffix(id);
  const suffix = id.slice(15).toUpperCase();
  return caseSuffix(id) === suffix ? id.slice(0, 15) + suffix : repairCase(id, suffix);
}

/** The n-th id the sandbox gives to an object, 18 characters. */
export function makeId(keyPrefix: string, n: number): string {
  let digits = '';
  for (let rest = n; rest > 0; rest = Math.floor(rest / 62)) digits = base62[rest % 62] + digits;
  const id15 = keyPrefix + pod + digits.padStart(10, '0');
  return id15 + caseSuffix(id15);
}

/**
 * Key prefixes for custom objects in the order Salesforce hands them out: a00, a01 ... a0Z, a10.
 */
export function customKeyPrefix(n: number): string {
  return 'a' + base62[Math.floor(n / 62) % 62] + base62[n % 62];
}

function caseSuffix(id: string): string {
  let suffix = '';
  for (let chunk = 0; chunk < 15; chunk += 5) {
    let bits = 0;
    for (let i = 0; i < 5; i += 1) {
      const code = id.charCodeAt(chunk + i);
      if (code >= 65 && code <= 90) bits |= 1 << i;
    }
    suffix += suffixAlphabet[bits];
  }
  return suffix;
}

function repairCase(id: string, suffix: string): string {
  let repaired = '';
  for (let i = 0; i < 15; i += 1) {
    const bits = suffixAlphabet.indexOf(suffix[Math.floor(i / 5)]!);
    const character = id[i]!;
    repaired += bits & (1 << (i % 5)) ? character.toUpperCase() : character.toLowerCase();
  }
  return repaired + suffix;
}
