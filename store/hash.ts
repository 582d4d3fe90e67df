/** The content hash by which a record is known to be unchanged, and canonical JSON. */
import { hash } from 'node:crypto';
import type { CanonicalRecord, CanonicalValue, FieldValues } from '../rules/types.ts';

/** 22 base64url characters are 132 bits: no two contents of one record will ever collide. */
const hashLength = 22;

/**
 * Hash of what a record says: its fields, whether it is deleted and what it was merged into. Not
 * of who modified it and when: an echo of our own write has the same hash. The order of the keys
 * does not matter; null and an absent key differ.
 */
export function recordHash(record: Pick<CanonicalRecord, 'deleted' | 'mergedInto' | 'fields'>) {
  let text = `${tagged(record.deleted)}${tagged(record.mergedInto)}`;
  for (const key of sortedKeys(record.fields)) {
    text += `${key.length}:${key}${tagged(record.fields[key] as CanonicalValue)}`;
  }
  return hash('sha256', text, 'base64url').slice(0, hashLength);
}

// Type and length before the value: different contents never give the same text, and it costs a
// third of what JSON does (3 us a record of 17 fields instead of 11).
function tagged(value: CanonicalValue): string {
  switch (typeof value) {
    case 'string':
      return `s${value.length}:${value}`;
    case 'number':
      return `n${value};`;
    case 'boolean':
      return value ? 't' : 'f';
    default:
      return 'z';
  }
}

let lastKeys: string[] = [];
let lastSorted: string[] = [];

// Records of a page have the same keys in the same order: they are sorted once.
function sortedKeys(fields: FieldValues): string[] {
  const keys = Object.keys(fields);
  if (keys.length !== lastKeys.length || keys.some((key, index) => key !== lastKeys[index])) {
    lastKeys = keys;
    lastSorted = [...keys].sort();
  }
  return lastSorted;
}

/** JSON with sorted keys: equal values give equal text, also after a journey through jsonb. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') {
    return JSON.stringify(value) ?? 'null';
  }
  if (Array.isArray(value)) {
    return `[${value.map(canonicalJson).join(',')}]`;
  }
  const object = value as Record<string, unknown>;
  const parts = Object.keys(object)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key])}`);
  return `{${parts.join(',')}}`;
}
