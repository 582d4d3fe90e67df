/** A record's property history: when, which property, who, from, to. */
import { html } from 'hono/html';
import type { ObjectStore } from '../../hubspot/object-store.ts';
import type { Portal } from '../../hubspot/portal.ts';
import type { PropertyDef } from '../../hubspot/property.ts';
import type { Author, CrmRecord } from '../../hubspot/record.ts';
import type { Html } from '../html.ts';
import { showText, timeText } from './format.ts';
import { nameOf } from './page.ts';

const SHOWN = 40;

interface Change {
  at: number;
  def: PropertyDef;
  author: Author;
  from: string | null;
  to: string | null;
}

/** Newest first; the first version of a record is its creation, not a change. */
export function propertyHistory(portal: Portal, store: ObjectStore, record: CrmRecord): Html {
  const changes = changesOf(store, record);
  return html`<section class="card related" aria-labelledby="history">
<h2 id="history">Property history <span class="count">${changes.length}</span></h2>
${
  changes.length === 0
    ? html`<p class="nothing">No property has been changed.</p>`
    : html`<div class="scroll"><table>
<caption class="hidden">Changes of properties, newest first</caption>
<thead><tr><th scope="col">Date</th><th scope="col">Property</th><th scope="col">Source</th>
<th scope="col">Original value</th><th scope="col">New value</th></tr></thead>
<tbody>${changes.slice(0, SHOWN).map((change) => row(portal, store, change))}</tbody>
</table></div>`
}
</section>`;
}

function changesOf(store: ObjectStore, record: CrmRecord): Change[] {
  const defs = store.properties.stored();
  const changes: Change[] = [];
  for (let now = record; now.previous; now = now.previous) {
    for (const def of defs) {
      const from = now.previous.values[def.slot] ?? null;
      const to = now.values[def.slot] ?? null;
      if (from !== to) changes.push({ at: now.writtenAt, def, author: now.author, from, to });
    }
  }
  return changes;
}

function row(portal: Portal, store: ObjectStore, { at, def, author, from, to }: Change): Html {
  return html`<tr><td data-label="Date">${timeText(new Date(at).toISOString())}</td>
<td data-label="Property">${def.label}</td>
<td data-label="Source">${sourceOf(portal, author)}</td>
<td data-label="Original value">${showText(portal, store, def, from)}</td>
<td data-label="New value">${showText(portal, store, def, to)}</td></tr>`;
}

function sourceOf(portal: Portal, { sourceType, sourceId, userId }: Author): string {
  const owner = [...portal.owners.values()].find((one) => one.userId === userId);
  if (sourceType === 'API' || sourceType === 'INTEGRATION') {
    return `${sourceType === 'API' ? 'Private app' : 'Integration'} ${sourceId ?? ''}`;
  }
  if (owner) return nameOf(owner);
  return sourceType === 'CRM_UI' ? 'Administrator' : sourceType;
}
