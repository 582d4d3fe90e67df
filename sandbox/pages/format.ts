/** Shows stored values as people read them: money, dates, look-ups as links, ticks. */
import { html } from 'hono/html';
import type { FieldDef } from '../salesforce/field-def.ts';
import type { Org } from '../salesforce/org.ts';
import type { Value } from '../salesforce/values.ts';
import type { Html } from './html.ts';

/** A record as Org.get gives it. */
export type PageRecord = Record<string, Value>;

/** The value of a field of a record; an empty one is a dash. */
export function showField(org: Org, field: FieldDef, record: PageRecord): Html {
  return showValue(org, field, { value: record[field.name] ?? null, record });
}

/** A value apart from its record's present one (an old value of the history, for one). */
export function showValue(
  org: Org,
  field: FieldDef,
  shown: { value: Value; record: PageRecord },
): Html {
  const { value, record } = shown;
  if (value === null || value === '') return html`<span class="empty">–</span>`;
  switch (field.type) {
    case 'boolean':
      return value === true
        ? html`<span class="tick yes"><span aria-hidden="true">✓</span> Yes</span>`
        : html`<span class="tick no">No</span>`;
    case 'currency':
      return html`<span class="number">${money(value, record['CurrencyIsoCode'])}</span>`;
    case 'percent':
      return html`<span class="number">${value}%</span>`;
    case 'int':
    case 'double':
      return html`<span class="number">${plainNumber(value, field.scale)}</span>`;
    case 'date':
      return html`<time class="day" datetime="${value}">${dateText(String(value))}</time>`;
    case 'datetime':
      return showTime(String(value));
    case 'id':
    case 'reference':
      return recordLink(org, String(value));
    case 'url':
      return webLink(String(value));
    default:
      return html`<span class="text">${value}</span>`;
  }
}

/** A stored datetime as '13 Oct 2026, 09:30 UTC'. */
export function showTime(stored: string): Html {
  const day = dateText(stored.slice(0, 10));
  const hour = html`<span class="day">${stored.slice(11, 16)} UTC</span>`;
  const instant = `${stored.slice(0, 19)}Z`;
  return html`<time datetime="${instant}"><span class="day">${day},</span> ${hour}</time>`;
}

/** A link to a record by its name; the id alone where the record is not in the org. */
export function recordLink(org: Org, id: string): Html {
  const name = recordName(org, id);
  if (name === null) return html`<span class="text" title="not in this org">${id}</span>`;
  return html`<a href="/lightning/r/${org.objectOfId(id)!.name}/${id}/view">${name}</a>`;
}

/** What a record is called; null where there is none. Deleted ones say so. */
export function recordName(org: Org, id: string): string | null {
  const object = org.objectOfId(id);
  const row = object && org.row(object, id);
  if (!object || !row) return null;
  const name = object.nameField && row[object.nameField.slot];
  const text = name === null || name === undefined || name === '' ? id : String(name);
  return row[1] === true ? `${text} (deleted)` : text;
}

/** '2026-10-13' as '13 Oct 2026'. */
export function dateText(day: string): string {
  const at = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return day;
  const format = { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' } as const;
  return at.toLocaleDateString('en-GB', format);
}

/** 'USD 12,450.00'; the number alone where the org has one currency. */
export function money(value: Value, currency: Value | undefined): string {
  const digits = currency === 'JPY' ? 0 : 2;
  const format = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const number = Number(value).toLocaleString('en-GB', format);
  return typeof currency === 'string' ? `${currency} ${number}` : number;
}

function plainNumber(value: Value, scale: number): string {
  return Number(value).toLocaleString('en-GB', { maximumFractionDigits: scale });
}

/** Only web addresses become links: a value may be anything, `javascript:` too. */
function webLink(value: string): Html {
  const safe = URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
  if (!safe) return html`<span class="text">${value}</span>`;
  return html`<a href="${value}" rel="noopener noreferrer">${value}</a>`;
}
