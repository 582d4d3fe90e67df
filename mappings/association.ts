/** Fields of a mapping that are associations: 'companies:Sourcing partner', 'companies[]:*'. */

/** The object such a field leads to; null for a field that is no association. */
export function associatedObject(crmField: string | null): string | null {
  return /^(\w+)(\[\])?:/.exec(crmField ?? '')?.[1] ?? null;
}
