/** Which kinds of CRM fields a canonical kind fits, for reading and for writing. */
import type { CanonicalKind, FieldLike } from './types.ts';

type Kind = FieldLike['kind'];

const textual: Kind[] = ['text', 'picklist', 'multipicklist', 'id', 'reference'];

/** CRM kinds a canonical kind can be read from. */
export const readableFrom: Record<CanonicalKind, Kind[]> = {
  id: ['reference', 'id', 'text'],
  ids: ['reference', 'text'],
  text: [...textual, 'decimal', 'percent', 'boolean', 'date', 'datetime'],
  boolean: ['boolean'],
  integer: ['decimal', 'text'],
  decimal: ['decimal', 'text'],
  percent: ['percent', 'decimal'],
  date: ['date'],
  datetime: ['datetime', 'date'],
};

/** CRM kinds a canonical kind can be written to. */
export const writableTo: Record<CanonicalKind, Kind[]> = {
  id: ['reference', 'text'],
  ids: ['reference', 'text'],
  text: ['text', 'picklist'],
  boolean: ['boolean'],
  integer: ['decimal'],
  decimal: ['decimal'],
  percent: ['percent', 'decimal'],
  date: ['date'],
  datetime: ['datetime'],
};

/** In words: 'text, picklist or id'. */
export function wanted(kinds: Kind[]): string {
  const names = [...kinds];
  const last = names.pop()!;
  return names.length === 0 ? last : `${names.join(', ')} or ${last}`;
}
