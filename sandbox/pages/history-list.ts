/** Field history as CRM users know it: when, which field, who, from, to. */
import { html } from 'hono/html';
import type { FieldChange, Org } from '../salesforce/org.ts';
import { type PageRecord, recordLink, showTime, showValue } from './format.ts';
import type { Html } from './html.ts';
import { labelOf } from './table.ts';

/** Changes shown; older ones are in the write log of the control plane. */
const SHOWN = 40;
/** Fields that change with every write, or only repeat another one. */
const NOISE = new Set([
  'Id',
  'IsDeleted',
  'SystemModstamp',
  'LastModifiedDate',
  'LastModifiedById',
  'CreatedDate',
  'CreatedById',
  'ExpectedRevenue',
  'FiscalYear',
  'FiscalQuarter',
  'Fiscal',
  'ForecastCategory',
  'LastStageChangeDate',
]);

/** What was changed since the data was loaded, newest first. */
export function historyList(org: Org, object: string, record: PageRecord): Html {
  const changes = org.history(object, String(record['Id'])).filter((one) => !NOISE.has(one.field));
  const shown = changes.slice(0, SHOWN);
  return html`<section class="card related" aria-labelledby="history">
<h2 id="history">Field history <span class="count">${changes.length}</span></h2>
${
  shown.length === 0
    ? html`<p class="nothing">No field has been changed since the data was loaded.</p>`
    : html`<div class="scroll"><table>
<caption class="hidden">Changes of fields, newest first</caption>
<thead><tr><th scope="col">Date</th><th scope="col">Field</th><th scope="col">User</th>
<th scope="col">Original value</th><th scope="col">New value</th></tr></thead>
<tbody>${shown.map((change) => historyRow(org, object, { change, record }))}</tbody>
</table></div>`
}
${
  changes.length > shown.length
    ? html`<p class="more">The newest ${shown.length} of ${changes.length} changes.</p>`
    : ''
}
</section>`;
}

function historyRow(
  org: Org,
  object: string,
  of: { change: FieldChange; record: PageRecord },
): Html {
  const { change, record } = of;
  const field = org.describe(object).field(change.field);
  const show = (value: FieldChange['from']) =>
    field ? showValue(org, field, { value, record }) : String(value ?? '');
  return html`<tr><td data-label="Date">${showTime(change.at)}</td>
<td data-label="Field">${field ? labelOf(field.label) : change.field}</td>
<td data-label="User">${recordLink(org, change.by)}</td>
<td data-label="Original value">${show(change.from)}</td>
<td data-label="New value">${show(change.to)}</td></tr>`;
}
