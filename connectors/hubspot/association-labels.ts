/**
 * Association labels as fields of a record: 'companies:Sourcing partner' is a reference, and
 * 'companies[]:Influencing partner' the ids of all that have the label, 'id;id' in ascending order.
 */
import type { FieldDescription } from '../connector.ts';
import type { HubSpotApi } from './api.ts';
import type { ObjectType } from './objects.ts';

/** One meaning of an association between two objects, in one direction. */
export interface LabelType {
  category: string;
  typeId: number;
  /** null: the plain association that every label comes with. */
  label: string | null;
}

/** A field that is an association: the object it leads to and the label that is meant. */
export interface AssociationField {
  to: string;
  /** '*': any association. */
  label: string;
  /** All records with the label instead of the first one. */
  isSet: boolean;
}

/** Objects whose associations are fields of other objects. */
export const targets = ['companies', 'deals'] as const;
/** Activities hang on records; nothing is decided by what hangs on them. */
const withoutLabels = new Set(['tasks', 'notes', 'meetings', 'calls', 'emails', 'owners']);

/** The parts of a field name that is an association, or null. */
export function associationField(name: string): AssociationField | null {
  const match = /^([A-Za-z]\w{0,79})(\[\])?:(\*|[^\s:;*][^:;*]{0,49})$/.exec(name);
  return match
    ? { to: match[1] ?? '', label: match[3] ?? '', isSet: match[2] !== undefined }
    : null;
}

/** The labels from an object to each target; an empty list where the two cannot be associated. */
export async function readLabels(
  api: HubSpotApi,
  from: ObjectType,
): Promise<Map<string, LabelType[]>> {
  const labels = new Map<string, LabelType[]>();
  if (withoutLabels.has(from.path)) return labels;
  for (const to of targets) labels.set(to, await labelsBetween(api, from, to));
  return labels;
}

/** The labels of one direction. */
export async function labelsBetween(
  api: HubSpotApi,
  from: ObjectType,
  to: string,
): Promise<LabelType[]> {
  const answer = await api.call<{ results?: LabelType[] }>({
    method: 'GET',
    path: `${api.paths.associations(from.path, to)}/labels`,
    operation: 'read association labels',
    object: from.name,
    priority: 3,
  });
  return answer.results ?? [];
}

/** Between the ids of a set. */
const separator = ';';

/** The ids of a set as one value; null where there are none. Always in the same order. */
export function idsText(ids: Iterable<string>): string | null {
  return [...new Set(ids)].sort().join(separator) || null;
}

/** The ids in a set's value. */
export function idsIn(text: string): string[] {
  return text.split(separator).filter((id) => id !== '');
}

/** The fields the labels make: two a label, for one record or all, and one for any association. */
export function labelFields(labels: Map<string, LabelType[]>): FieldDescription[] {
  return [...labels].flatMap(([to, types]) => {
    const named = types.flatMap((type) =>
      type.label === null ? [] : [labelField(to, type), labelField(`${to}[]`, type)],
    );
    return types.length === 0 ? [] : [...named, field(to, '*', false)];
  });
}

/** HubSpot's own labels ('Primary') are people's: writing one would change the customer. */
function labelField(to: string, { label, category }: LabelType): FieldDescription {
  return field(to, label ?? '', category === 'USER_DEFINED');
}

function field(to: string, label: string, writable: boolean): FieldDescription {
  return {
    name: `${to}:${label}`,
    label: label === '*' ? `Associated ${to}` : label,
    kind: 'reference',
    vendorType: 'association label',
    length: null,
    scale: null,
    picklist: null,
    restricted: false,
    readable: true,
    writable,
    externalId: false,
    unique: false,
    calculated: false,
    unstamped: true,
    referenceTo: [to.replace('[]', '')],
  };
}
