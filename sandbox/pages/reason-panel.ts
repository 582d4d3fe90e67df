/**
 * The panel that says why: the engine's decision and its one sentence, where nobody can miss it.
 */
import { html } from 'hono/html';
import type { Org } from '../salesforce/org.ts';
import { type PageRecord, showField } from './format.ts';
import type { Html } from './html.ts';
import type { RecordLayout } from './layouts.ts';
import { labelOf } from './table.ts';

/** Nothing for objects without a reason; a quiet line while nothing has been decided. */
export function reasonPanel(org: Org, layout: RecordLayout, record: PageRecord): Html | string {
  const { reason } = layout;
  if (!reason) return '';
  const sentence = record[reason.sentence.name];
  const badges = reason.badges.filter((field) => (record[field.name] ?? null) !== null);
  const small = reason.small.filter((field) => (record[field.name] ?? null) !== null);
  if (typeof sentence !== 'string' && badges.length === 0) {
    return html`<section class="card reason quiet" aria-label="Why">
<p>Partner Sync has not decided anything about this record yet.</p></section>`;
  }
  return html`<section class="card reason" aria-labelledby="why">
<h2 id="why" class="hidden">Why</h2>
<p class="badges">${badges.map(
    (field) =>
      html`<span class="badge ${tone(record[field.name])}" title="${labelOf(field.label)}">${
        record[field.name]
      }</span>`,
  )}</p>
${typeof sentence === 'string' ? html`<p class="sentence">${sentence}</p>` : ''}
<dl class="small">${small.map(
    (field) =>
      html`<div><dt>${labelOf(field.label)}</dt><dd>${showField(org, field, record)}</dd></div>`,
  )}</dl>
</section>`;
}

/** The colour of a badge; its words carry the meaning alone. */
export function tone(value: PageRecord[string] | undefined): string {
  switch (value) {
    case 'Sourced':
    case 'Confirmed':
    case 'Stable':
      return 'good';
    case 'Pending Review':
    case 'Provisional':
    case 'At Risk':
    case 'Grace':
      return 'wait';
    case 'Disputed':
    case 'Demotion Notice':
      return 'bad';
    default:
      return 'plain';
  }
}
