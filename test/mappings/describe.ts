/** Field descriptions for tests, as a connector gives them. */
import type { FieldLike, ObjectLike } from '../../mappings/types.ts';

/** A field with everything allowed. */
export function field(
  name: string,
  kind: FieldLike['kind'],
  more: Partial<FieldLike> = {},
): FieldLike {
  return {
    name,
    label: name,
    kind,
    vendorType: kind,
    length: null,
    scale: null,
    picklist: null,
    restricted: false,
    readable: true,
    writable: true,
    externalId: false,
    unique: false,
    calculated: false,
    referenceTo: [],
    ...more,
  };
}

/** An object of those fields. */
export function object(name: string, fields: FieldLike[]): ObjectLike {
  const map = new Map(fields.map((one) => [one.name, one]));
  return { name, label: name, creatable: true, updatable: true, fields: map };
}
