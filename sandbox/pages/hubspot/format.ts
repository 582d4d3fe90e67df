/** Property values as people read them: labels of options, owners and stages, dates, numbers. */
import { html } from 'hono/html';
import type { ObjectStore } from '../../hubspot/object-store.ts';
import type { Portal } from '../../hubspot/portal.ts';
import { type PropertyDef, valueIn } from '../../hubspot/property.ts';
import type { CrmRecord } from '../../hubspot/record.ts';
import { dateText, money } from '../format.ts';
import type { Html } from '../html.ts';
import { nameOf, recordPath } from './page.ts';

/** A value as text, as the Salesforce pages show it; an empty one as a dash. */
export function showText(
  portal: Portal,
  store: ObjectStore,
  def: PropertyDef,
  value: string | null,
): string {
  if (value === null || value === '') return '–';
  if (def.type === 'date') return dateText(value.slice(0, 10));
  if (def.type === 'number' && isMoney(def)) return money(value, null);
  if (def.referencedObjectType === 'OWNER') {
    const owner = portal.owners.get(value);
    return owner ? nameOf(owner) : value;
  }
  if (def.name === 'dealstage' || def.name === 'hs_pipeline_stage') {
    return portal.pipelines.stage(store.type.name, value)?.label ?? value;
  }
  if (def.name === 'pipeline' || def.name === 'hs_pipeline') {
    return portal.pipelines.of(store.type.name)?.get(value)?.label ?? value;
  }
  if (def.type === 'bool') return value === 'true' ? 'Yes' : 'No';
  if (def.type === 'datetime') {
    // Days kept as instants (a close date) are midnight UTC.
    if (value.endsWith('T00:00:00.000Z')) return dateText(value.slice(0, 10));
    return timeText(value);
  }
  if (def.type === 'enumeration') {
    const labels = value.split(';').map((one) => labelOf(def, one));
    return labels.join(', ');
  }
  return value;
}

/** An instant as '13 Oct 2026, 09:30 UTC'. */
export function timeText(iso: string): string {
  return `${dateText(iso.slice(0, 10))}, ${iso.slice(11, 16)} UTC`;
}

/** HubSpot's own amounts, and properties an admin shows as money. */
function isMoney({ name }: PropertyDef): boolean {
  return /(^|_)amount(_|$)|revenue/.test(name);
}

function labelOf(def: PropertyDef, value: string): string {
  return def.options.find((option) => option.value === value)?.label ?? value;
}

/** One property of a record, for a list of definitions. */
export function showPair(
  portal: Portal,
  store: ObjectStore,
  record: CrmRecord,
  def: PropertyDef,
): Html {
  const text = withCurrency(showText(portal, store, def, valueIn(record, def)), store, {
    record,
    def,
  });
  const value = def.name === 'hs_object_id' ? html`<code>${text}</code>` : text;
  return html`<div><dt title="${def.name}">${def.label}</dt><dd>${value}</dd></div>`;
}

/** An amount with its deal's currency, where the account has several. */
function withCurrency(
  text: string,
  store: ObjectStore,
  { record, def }: { record: CrmRecord; def: PropertyDef },
): string {
  const currency = store.properties.get('deal_currency_code');
  const code = currency && def.type === 'number' && isMoney(def) && valueIn(record, currency);
  return code && text !== '–' ? `${code} ${text}` : text;
}

/** What a record is called; its id where it has no name. */
export function titleOf(store: ObjectStore, record: CrmRecord): string {
  const def = store.properties.get(store.type.primaryDisplayProperty);
  return (def && valueIn(record, def)) || record.id;
}

/** A link to a record. */
export function linkTo(portal: Portal, store: ObjectStore, record: CrmRecord): Html {
  return html`<a href="${recordPath(portal, store, record.id)}">${titleOf(store, record)}</a>`;
}
