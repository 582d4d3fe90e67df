/** The stages of a deal's pipeline, and two small forms: change the stage, change the owner. */
import { html } from 'hono/html';
import type { ObjectStore } from '../../hubspot/object-store.ts';
import { valueIn } from '../../hubspot/property.ts';
import type { CrmRecord } from '../../hubspot/record.ts';
import type { Html } from '../html.ts';
import { option } from '../shell.ts';
import { nameOf, type PortalPage, recordPath } from './page.ts';

/** Stages in their order; the present one is marked. */
export function stageBar(page: PortalPage, store: ObjectStore, record: CrmRecord): Html {
  const { portal } = page;
  const value = (name: string) => valueIn(record, store.properties.get(name)!) ?? '';
  const pipeline = portal.pipelines.of('deal')?.get(value('pipeline'));
  const stages = (pipeline?.stages ?? []).toSorted((a, b) => a.displayOrder - b.displayOrder);
  const at = stages.findIndex(({ id }) => id === value('dealstage'));
  const owners = [...portal.owners.values()].filter(
    ({ archived, id }) => !archived || id === value('hubspot_owner_id'),
  );
  const form = (name: string, label: string, options: Html[]) => html`<form method="post"
  action="${recordPath(portal, store, record.id)}/edit">
<input type="hidden" name="_fields" value="${name}">
<input type="hidden" name="_seen" value="${record.updatedAt}">
<label for="quick-${name}">${label}</label>
<select id="quick-${name}" name="${name}">${options}</select>
<button type="submit">Change ${label.toLowerCase()}</button>
</form>`;
  return html`<section class="card path" aria-label="Stages">
<ol class="steps">${stages.map((stage, i) => {
    const closed = stage.metadata['isClosed'] === 'true';
    const kind = i === at ? 'here' : i < at && !closed ? 'done' : '';
    return html`<li class="${kind}" ${i === at ? html`aria-current="step"` : ''}>${
      stage.label
    }</li>`;
  })}</ol>
<div class="quick">
${form(
  'dealstage',
  'Stage',
  stages.map(({ id, label }) => option(id, label, id === value('dealstage'))),
)}
${form(
  'hubspot_owner_id',
  'Owner',
  owners.map((owner) => option(owner.id, nameOf(owner), owner.id === value('hubspot_owner_id'))),
)}
</div>
</section>`;
}
