/** What of a record must change: desired values against those the CRM holds. */
import type { CanonicalValue, FieldValues } from './types.ts';

/** One field that must change, with the value it replaces. */
export interface ChangedField {
  value: CanonicalValue;
  before: CanonicalValue;
}

/**
 * The owned fields whose desired value differs from the mirrored one, both in canonical form.
 * A field the decision says nothing of is left alone; one the mirror lacks counts as empty.
 */
export function diffFields(
  desired: FieldValues,
  mirrored: FieldValues,
  ownedKeys: Iterable<string>,
): Record<string, ChangedField> {
  const changed: Record<string, ChangedField> = {};
  for (const key of ownedKeys) {
    const value = desired[key];
    const before = mirrored[key] ?? null;
    if (value !== undefined && value !== before) {
      changed[key] = { value, before };
    }
  }
  return changed;
}

/** Empty and "not ticked" say the same of a box: HubSpot keeps both, nobody has to mind which. */
export function saysTheSame(a: CanonicalValue, b: CanonicalValue): boolean {
  return a === b || ((a ?? false) === false && (b ?? false) === false);
}
