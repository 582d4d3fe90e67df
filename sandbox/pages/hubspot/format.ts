/** Property values as people read them: labels of options, owners and stages, dates, numbers. */
import { html } from 'hono/html';
import type { ObjectStore } from '../../hubspot/object-store.ts';
import type { Portal } from '../../hubspot/portal.ts';
import { type PropertyDef, valueIn } from '../../hubspot/property.ts';
import type { CrmRecord } from '../../hubspot/record.ts';
import type { Html } from '../html.ts';
import { nameOf, recordPath } from './page.ts';

/** A value as text; an empty one as a dash. */
export function showText(
  portal: Portal,
  store: ObjectStore,
  def: PropertyDef,
  value: string | null,
): string {
  if (value === null || value === '') return '–';
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
    if (value.endsWith('T00:00:00.000Z')) return value.slice(0, 10);
    return value.replace('T', ' ').replace(/:\d\d\.\d{3}Z$/, ' UTC');
  }
  if (def.type === 'enumeration') {
    const labels = value.split(';').map((one) => labelOf(def, one));
    return labels.join(', ');
  }
  return value;
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
  const text = showText(portal, store, def, valueIn(record, def));
  const value = def.name === 'hs_object_id' ? html`<code>${text}</code>` : text;
  return html`<div><dt title="${def.name}">${def.label}</dt><dd>${value}</dd></div>`;
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
