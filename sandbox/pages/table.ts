/** A table of records: list views and related lists. */
import { html } from 'hono/html';
import type { Org } from '../salesforce/org.ts';
import { type PageRecord, recordLink, showField } from './format.ts';
import type { Html } from './html.ts';

/** Rows of records; the name (or, without one, the first column) links to the record. */
export function recordTable(
  org: Org,
  object: string,
  given: {
    columns: string[];
    records: PageRecord[];
    caption: string;
    heads?: (column: string) => Html;
  },
): Html {
  const definition = org.describe(object);
  const fields = given.columns.map((column) => definition.field(column)!);
  const numeric = (type: string) => ['currency', 'percent', 'int', 'double'].includes(type);
  return html`<div class="scroll"><table>
<caption class="hidden">${given.caption}</caption>
<thead><tr>${fields.map(
    (field) =>
      html`<th scope="col" class="${numeric(field.type) ? 'right' : ''}">${
        given.heads?.(field.name) ?? labelOf(field.label)
      }</th>`,
  )}</tr></thead>
<tbody>
${given.records.map(
  (record) =>
    html`<tr>${fields.map((field) => {
      const cell = field.nameField
        ? recordLink(org, String(record['Id']))
        : showField(org, field, record);
      const align = numeric(field.type) ? 'right' : '';
      return html`<td class="${align}" data-label="${labelOf(field.label)}">${cell}</td>`;
    })}</tr>`,
)}
</tbody>
</table></div>`;
}

/** 'Account ID' is read as 'Account', 'Account Name' of a table's own name column as it is. */
export function labelOf(label: string): string {
  return label.replace(/ ID$/, '');
}
