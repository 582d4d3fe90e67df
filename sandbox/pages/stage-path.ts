/**
 * The path of an opportunity's stages, with two small forms: change the stage, change the owner.
 */
import { html } from 'hono/html';
import type { Org } from '../salesforce/org.ts';
import type { PageRecord } from './format.ts';
import type { Html } from './html.ts';
import type { PageContext } from './page-context.ts';
import { option } from './shell.ts';

/**
 * Stages in their order; only the two closed ones are shown as one end unless the deal is there.
 */
export function stagePath(page: PageContext, record: PageRecord): Html {
  const stages = stagesOf(page.org);
  const at = stages.findIndex((stage) => stage.name === record['StageName']);
  return html`<section class="card path" aria-label="Path">
<ol class="steps">${stages.map((stage, i) => {
    const here = i === at;
    const done = i < at && !stage.closed;
    const kind = here ? 'here' : done ? 'done' : '';
    return html`<li class="${kind}" ${here ? html`aria-current="step"` : ''}>${stage.name}</li>`;
  })}</ol>
<div class="quick">
${quickForm(record, {
  field: 'StageName',
  label: 'Stage',
  button: 'Change stage',
  options: stages.map((stage) =>
    option(stage.name, stage.name, stage.name === record['StageName']),
  ),
})}
${quickForm(record, {
  field: 'OwnerId',
  label: 'Owner',
  button: 'Change owner',
  options: page.users
    .filter((user) => user.active || user.id === record['OwnerId'])
    .map((user) => option(user.id, user.name, user.id === record['OwnerId'])),
})}
</div>
</section>`;
}

/** Active stages by their sort order. */
export function stagesOf(org: Org): { name: string; closed: boolean }[] {
  const stage = org.describe('OpportunityStage');
  const slot = (name: string) => stage.field(name)!.slot;
  return [...org.table(stage).rows()]
    .filter((row) => row[1] !== true && row[slot('IsActive')] !== false)
    .sort((a, b) => Number(a[slot('SortOrder')]) - Number(b[slot('SortOrder')]))
    .map((row) => ({
      name: String(row[slot('ApiName')]),
      closed: row[slot('IsClosed')] === true,
    }));
}

function quickForm(
  record: PageRecord,
  of: { field: string; label: string; button: string; options: Html[] },
): Html {
  return html`<form method="post" action="/lightning/r/Opportunity/${record['Id']}/edit">
<input type="hidden" name="_fields" value="${of.field}">
<input type="hidden" name="_seen" value="${record['SystemModstamp']}">
<label for="quick-${of.field}">${of.label}</label>
<select id="quick-${of.field}" name="${of.field}">${of.options}</select>
<button type="submit">${of.button}</button>
</form>`;
}
