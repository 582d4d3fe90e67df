/** What a record is associated with: one card an object, each link with its labels. */
import { html } from 'hono/html';
import type { Link } from '../../hubspot/associations.ts';
import { linksOf } from '../../hubspot/links.ts';
import type { ObjectStore } from '../../hubspot/object-store.ts';
import type { Portal } from '../../hubspot/portal.ts';
import { type PropertyDef, valueIn } from '../../hubspot/property.ts';
import type { CrmRecord } from '../../hubspot/record.ts';
import type { Html } from '../html.ts';
import { linkTo, showText } from './format.ts';

/** Links shown of one object. */
const SHOWN = 25;
/** What is shown beside a record's name, by its object. */
const columns: Record<string, string[]> = {
  deal: ['dealstage', 'amount', 'partner_attribution_type'],
  company: ['partner_type', 'country'],
  task: ['hs_task_status', 'hs_timestamp', 'hubspot_owner_id', 'hs_task_body'],
  deal_registration: ['status', 'submitted_at'],
  partner_touch: ['kind', 'happened_at'],
  note: ['hs_note_body', 'hs_timestamp'],
};
/** Objects whose card is there even when it is empty. */
const always = ['company', 'task'];

/** The cards, companies and tasks first. */
export function associationCards(portal: Portal, store: ObjectStore, record: CrmRecord): Html[] {
  const names = [...always, ...portal.associations.partnersOf(store.type.name)];
  return [...new Set(names)].flatMap((name) => {
    const other = portal.stores.get(name);
    if (!other || other === store) return other ? sameObject(portal, store, record) : [];
    const links = linksOf(portal, { store, id: record.id }, other);
    if (links.length === 0 && !always.includes(name)) return [];
    return [card(portal, other, links)];
  });
}

function sameObject(portal: Portal, store: ObjectStore, record: CrmRecord): Html[] {
  const links = linksOf(portal, { store, id: record.id }, store);
  return links.length === 0 ? [] : [card(portal, store, links)];
}

function card(portal: Portal, other: ObjectStore, links: Link[]): Html {
  const defs = (columns[other.type.name] ?? []).flatMap((name) => other.properties.get(name) ?? []);
  const id = `related-${other.type.name}`;
  const shown = links.slice(0, SHOWN);
  return html`<section class="card related" aria-labelledby="${id}">
<h2 id="${id}">${other.type.labels.plural} <span class="count">${links.length}</span></h2>
${
  links.length === 0
    ? html`<p class="nothing">None.</p>`
    : html`<div class="scroll"><table>
<caption class="hidden">Associated ${other.type.labels.plural}</caption>
<thead><tr><th scope="col">Name</th><th scope="col">Labels</th>${defs.map(
        (def) => html`<th scope="col">${def.label}</th>`,
      )}</tr></thead>
<tbody>${shown.map((link) => row(portal, other, { link, defs }))}</tbody>
</table></div>`
}
${links.length > SHOWN ? html`<p class="more">The first ${SHOWN} of ${links.length}.</p>` : ''}
</section>`;
}

function row(
  portal: Portal,
  other: ObjectStore,
  { link, defs }: { link: Link; defs: PropertyDef[] },
): Html {
  const record = other.live(String(link.to))!;
  const labels = link.types.flatMap(({ label }) => label ?? []);
  return html`<tr><td data-label="Name">${linkTo(portal, other, record)}</td>
<td data-label="Labels">${labels.join(', ')}</td>
${defs.map(
  (def) =>
    html`<td data-label="${def.label}">${showText(portal, other, def, valueIn(record, def))}</td>`,
)}</tr>`;
}
