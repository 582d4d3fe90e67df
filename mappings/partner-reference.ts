/** A partner that a text names: how both its texts stand in canonical fields. */
import type { NamedByKey, PartnerReference } from '../rules/types.ts';

/** The canonical key of the text a partner is named by, of a field of its record. */
export function namedByKey(crmField: string): NamedByKey {
  return `named_by:${crmField}`;
}

/** The field behind such a key; null for every other key. */
export function namedByField(key: string): string | null {
  return key.startsWith('named_by:') ? key.slice('named_by:'.length) : null;
}

/** Stands for the partner whose `crmField` holds the text. */
export function partnerReference(crmField: string, text: string): PartnerReference {
  return `${crmField}=${text}`;
}
