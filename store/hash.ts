/** Canonical JSON and the content hash by which a record is known to be unchanged. */
import { hash } from 'node:crypto';
import type { CanonicalRecord } from '../rules/types.ts';

/** 22 base64url characters are 132 bits: no two contents of one record will ever collide. */
const hashLength = 22;

/**
 * Hash of what a record says: its fields, whether it is deleted and what it was merged into. Not
 * of who modified it and when: an echo of our own write has the same hash. Keys are sorted.
 */
export function recordHash(record: Pick<CanonicalRecord, 'deleted' | 'mergedInto' | 'fields'>) {
  const text = canonicalJson([record.deleted, record.mergedInto, record.fields]);
  return hash('sha256', text, 'base64url').slice(0, hashLength);
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
