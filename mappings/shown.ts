/** Canonical values as people read them, by the catalogue's own description of the field. */

import type { CanonicalValue } from '../rules/types.ts';
import { engineField } from './field-set.ts';

/** What a value alone does not tell. */
export interface ShownBeside {
  /** Partners' names by id. */
  names?: Readonly<Record<string, string>>;
  /** The currency of the record's own amounts; null where it is not known. */
  currency?: string | null;
  /** The currency of sums over records. */
  corporate?: string | null;
}

/**
 * Empty is a dash, true and false are words, basis points a percentage, a partner its name, money
 * has its currency, days and instants are written as the reasons write them.
 */
export function shownValue(
  field: { object: string; key: string },
  value: CanonicalValue,
  beside: ShownBeside = {},
): string {
  if (value === null || value === '') {
    return '—';
  }
  if (typeof value === 'boolean') {
    return value ? 'Yes' : 'No';
  }
  const { salesforce, kind } = engineField(field.object, field.key) ?? {};
  const type = kind === 'ids' ? 'Lookup' : salesforce?.type;
  switch (type) {
    case 'Percent':
      return typeof value === 'number' ? `${value / 100} %` : value;
    case 'Lookup':
      return String(value)
        .split(';')
        .map((id) => named(id, beside.names?.[id]))
        .join(', ');
    case 'Currency':
      return money(String(value), currencyOf(field.object, beside));
    case 'Number':
      return field.key.endsWith('_corp')
        ? money(String(value), beside.corporate ?? null)
        : grouped(String(value));
    case 'Date':
      return day(String(value));
    case 'DateTime':
      return when(String(value));
    default:
      return String(value);
  }
}

function named(id: string, name: string | undefined): string {
  return name === undefined ? id : `${name} (${id})`;
}

/** Sums on a partner are in the corporate currency, amounts of an opportunity in its own. */
function currencyOf(object: string, { currency, corporate }: ShownBeside): string | null {
  return (object === 'opportunity' ? currency : null) ?? corporate ?? null;
}

/** ('12321483.4', 'USD') -> 'USD 12,321,483.40'. Text for text: no float comes between. */
export function money(amount: string, currency: string | null): string {
  const cents = /^(-?\d+)(?:\.(\d*))?$/.exec(amount);
  const text =
    cents === null ? amount : grouped(`${cents[1]}.${(cents[2] ?? '').padEnd(centDigits, '0')}`);
  return currency === null ? text : `${currency} ${text}`;
}

/** Money is shown with its cents, so that amounts stand below each other. */
const centDigits = 2;

/** '-1234567.5' -> '-1,234,567.5'; what is no number stays as it is. */
export function grouped(number: string): string {
  const parts = /^(-?)(\d+)(\.\d+)?$/.exec(number);
  if (parts === null) {
    return number;
  }
  const [, sign, whole = '', fraction = ''] = parts;
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${fraction}`;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** '2026-03-03T09:14:00.000Z' -> '3 Mar 2026 09:14Z', as in reasons; null -> a dash. */
export function when(instant: string | null): string {
  if (instant === null) {
    return '—';
  }
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) {
    return instant;
  }
  const utc = at.toISOString();
  return `${day(utc.slice(0, 10))} ${utc.slice(11, 16)}Z`;
}

/** '2026-03-03' -> '3 Mar 2026'; what is no calendar day stays as it is. */
export function day(date: string): string {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date);
  return parts === null ? date : `${Number(parts[3])} ${months[Number(parts[2]) - 1]} ${parts[1]}`;
}
