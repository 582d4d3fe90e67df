/**
 * A record's page: highlights, path of stages, the reason, details, Partner Sync, related lists,
 * history.
 */
import { html } from 'hono/html';
import type { FieldDef } from '../salesforce/field-def.ts';
import type { Org } from '../salesforce/org.ts';
import { type PageRecord, recordLink, recordName, showField } from './format.ts';
import { historyList } from './history-list.ts';
import type { Html } from './html.ts';
import { layoutOf, type RecordLayout } from './layouts.ts';
import type { PageContext } from './page-context.ts';
import { reasonPanel } from './reason-panel.ts';
import { relatedLists } from './related-lists.ts';
import { shell } from './shell.ts';
import { stagePath } from './stage-path.ts';
import { labelOf } from './table.ts';

/** What a form said on the way back here. */
export interface Notice {
  kind: 'saved' | 'failed';
  messages: string[];
}

/** The page of a record that exists (deleted ones say so). */
export function recordPage(
  page: PageContext,
  of: { object: string; record: PageRecord; notice: Notice | null },
): Html {
  const { org } = page;
  const { object, record, notice } = of;
  const id = String(record['Id']);
  const layout = layoutOf(org, object);
  const title = recordName(org, id) ?? id;
  const body = html`${noticeBox(notice)}${deletedBox(org, record)}
<header class="record-head">
<div><p class="kind">${org.describe(object).label}</p><h1>${title}</h1></div>
${editButton(object, record)}
<dl class="highlights">${layout.highlights.map((field) => pair(org, field, record))}</dl>
</header>
${object === 'Opportunity' && record['IsDeleted'] !== true ? stagePath(page, record) : ''}
<div class="columns">
<div class="main-column">
${reasonPanel(org, layout, record)}
${fieldSection(org, { title: 'Details', fields: layout.details, record })}
${layout.sync.length > 0 ? syncSection(org, layout, record) : ''}
${systemSection(org, record)}
</div>
<div class="side-column">
${relatedLists(org, object, id)}
${historyList(org, object, record)}
</div>
</div>`;
  return shell(page, { title, tab: object, body });
}

function editButton(object: string, record: PageRecord): Html | string {
  if (record['IsDeleted'] === true) return '';
  return html`<a class="button" href="/lightning/r/${object}/${record['Id']}/edit">Edit</a>`;
}

function noticeBox(notice: Notice | null): Html | string {
  if (!notice) return '';
  const role = notice.kind === 'failed' ? 'alert' : 'status';
  return html`<div class="notice ${notice.kind}" role="${role}">${notice.messages.map(
    (message) => html`<p>${message}</p>`,
  )}</div>`;
}

function deletedBox(org: Org, record: PageRecord): Html | string {
  if (record['IsDeleted'] !== true) return '';
  const master = record['MasterRecordId'];
  return html`<div class="notice failed" role="status"><p>${
    typeof master === 'string'
      ? html`This record was merged into ${recordLink(org, master)}.`
      : 'This record is in the recycle bin.'
  }</p></div>`;
}

function fieldSection(
  org: Org,
  of: { title: string; fields: FieldDef[]; record: PageRecord },
): Html {
  const name = of.title.toLowerCase().replaceAll(' ', '-');
  return html`<section class="card" aria-labelledby="section-${name}">
<h2 id="section-${name}">${of.title}</h2>
<dl class="fields">${of.fields.map((field) => pair(org, field, of.record))}</dl>
</section>`;
}

/** Fields with a value first read; what is empty folds away, for there may be forty of them. */
function syncSection(org: Org, layout: RecordLayout, record: PageRecord): Html {
  const filled = layout.sync.filter((field) => (record[field.name] ?? null) !== null);
  const empty = layout.sync.filter((field) => !filled.includes(field));
  return html`<section class="card" aria-labelledby="section-partner-sync">
<h2 id="section-partner-sync">Partner Sync</h2>
<dl class="fields">${filled.map((field) => pair(org, field, record))}</dl>
${
  empty.length === 0
    ? ''
    : html`<details><summary>Empty fields (${empty.length})</summary>
<dl class="fields">${empty.map((field) => pair(org, field, record))}</dl></details>`
}
</section>`;
}

function systemSection(org: Org, record: PageRecord): Html {
  const fields = ['CreatedById', 'CreatedDate', 'LastModifiedById', 'LastModifiedDate'];
  const object = org.objectOfId(String(record['Id']))!;
  const shown = [...fields, 'SystemModstamp', 'Id'].flatMap((name) => object.field(name) ?? []);
  return fieldSection(org, { title: 'System information', fields: shown, record });
}

function pair(org: Org, field: FieldDef, record: PageRecord): Html {
  const value =
    field.name === 'Id' ? html`<code>${record['Id']}</code>` : showField(org, field, record);
  return html`<div><dt title="${field.name}">${labelOf(field.label)}</dt><dd>${value}</dd></div>`;
}
