/** Canonical values as people read them, by the catalogue's own description of the field. */
import { engineField } from '../mappings/field-set.ts';
import type { CanonicalValue } from '../rules/types.ts';

/** Empty is a dash, true and false are words, basis points a percentage, a partner its name. */
export function shownValue(
  field: { object: string; key: string },
  value: CanonicalValue,
  names: Readonly<Record<string, string>> = {},
): string {
  if (value === null || value === '') {
    return '—';
  }
  if (typeof value === 'boolean') {
    return value ? 'Yes' : 'No';
  }
  const type = engineField(field.object, field.key)?.salesforce.type;
  if (type === 'Percent' && typeof value === 'number') {
    return `${value / 100} %`;
  }
  if (type === 'Lookup' && typeof value === 'string') {
    const name = names[value];
    return name === undefined ? value : `${name} (${value})`;
  }
  return String(value);
}
