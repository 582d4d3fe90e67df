/**
 * A HubSpot record's page: highlights, stages, why, properties, associations with their labels,
 * tasks, history.
 */
import { html } from 'hono/html';
import type { ObjectStore } from '../../hubspot/object-store.ts';
import type { Portal } from '../../hubspot/portal.ts';
import { type PropertyDef, valueIn } from '../../hubspot/property.ts';
import type { CrmRecord } from '../../hubspot/record.ts';
import type { Html } from '../html.ts';
import { tone } from '../reason-panel.ts';
import { associationCards } from './association-cards.ts';
import { showPair, showText, titleOf } from './format.ts';
import { type PortalPage, portalShell, recordPath } from './page.ts';
import { propertyHistory } from './property-history.ts';
import { stageBar } from './stage-bar.ts';

/** What a form said on the way back here. */
export interface Notice {
  kind: 'saved' | 'failed';
  messages: string[];
}

/** The group the engine's properties are in, and what it is called. */
const syncGroup = /^partner_?sync$/i;
const highlighted: Record<string, string[]> = {
  deal: ['amount', 'closedate', 'hubspot_owner_id', 'partner_attribution_type'],
  company: ['is_partner', 'partner_type', 'partner_status', 'partner_tier', 'hubspot_owner_id'],
};

/** The page of a record (archived ones say so). */
export function hubspotRecordPage(
  page: PortalPage,
  of: { store: ObjectStore; record: CrmRecord; notice: Notice | null },
): Html {
  const { portal } = page;
  const { store, record, notice } = of;
  const title = titleOf(store, record);
  const named = (name: string) => store.properties.get(name) ?? [];
  const highlights = (highlighted[store.type.name] ?? []).flatMap(named);
  const body = html`${noticeBox(notice)}${archivedBox(record)}
<header class="record-head">
<div><p class="kind">${store.type.labels.singular}</p><h1>${title}</h1></div>
${
  record.archivedAt === null
    ? html`<a class="button" href="${recordPath(portal, store, record.id)}/edit">Edit</a>`
    : ''
}
<dl class="highlights">${highlights.map((def) => showPair(portal, store, record, def))}</dl>
</header>
${store.type.name === 'deal' && record.archivedAt === null ? stageBar(page, store, record) : ''}
<div class="columns">
<div class="main-column">
${reason(portal, store, record)}
${properties(portal, store, record)}
</div>
<div class="side-column">
${associationCards(portal, store, record)}
${propertyHistory(portal, store, record)}
</div>
</div>`;
  return portalShell(page, { title, tab: store.type.name, body });
}

function noticeBox(notice: Notice | null): Html | string {
  if (!notice) return '';
  const role = notice.kind === 'failed' ? 'alert' : 'status';
  return html`<div class="notice ${notice.kind}" role="${role}">${notice.messages.map(
    (message) => html`<p>${message}</p>`,
  )}</div>`;
}

function archivedBox(record: CrmRecord): Html | string {
  if (record.archivedAt === null) return '';
  return html`<div class="notice failed" role="status"><p>This record is archived.</p></div>`;
}

/** The engine's sentence, where it has written one. */
function reason(portal: Portal, store: ObjectStore, record: CrmRecord): Html | string {
  const def = store.properties.get('partner_attribution_reason');
  const text = def && valueIn(record, def);
  if (!def || !text) return '';
  const names = ['partner_attribution_type', 'partner_attribution_status'];
  const facts = names.flatMap((name) => {
    const one = store.properties.get(name);
    const value = one && valueIn(record, one);
    return one && value ? showText(portal, store, one, value) : [];
  });
  const rule = store.properties.get('partner_attribution_rule');
  return html`<section class="card reason" aria-labelledby="reason">
<h2 id="reason" class="hidden">Why</h2>
<p class="badges">${facts.map((fact) => html`<span class="badge ${tone(fact)}">${fact}</span>`)}</p>
<p class="sentence">${text}</p>
${rule ? html`<dl class="small">${showPair(portal, store, record, rule)}</dl>` : ''}
</section>`;
}

/** One card a property group; what is empty in the engine's folds away. */
function properties(portal: Portal, store: ObjectStore, record: CrmRecord): Html[] {
  const stored = store.properties.stored().filter((def) => !def.archived && !def.hidden);
  const groups = [...store.properties.groups.values()].sort(
    (a, b) => Number(isSync(b.name)) - Number(isSync(a.name)),
  );
  const system = store.properties.all().filter((def) => systemNames.includes(def.name));
  return [
    ...groups.flatMap(({ name, label }) => {
      const own = stored.filter((def) => def.groupName === name);
      return own.length === 0 ? [] : [card(portal, store, { label, own, record })];
    }),
    card(portal, store, { label: 'Record information', own: system, record }),
  ];
}

const systemNames = [
  'hs_object_id',
  'hs_createdate',
  'hs_lastmodifieddate',
  'hs_merged_object_ids',
  'hs_v2_date_entered_current_stage',
];
const isSync = (name: string) => syncGroup.test(name);

function card(
  portal: Portal,
  store: ObjectStore,
  { label, own, record }: { label: string; own: PropertyDef[]; record: CrmRecord },
): Html {
  const filled = own.filter((def) => valueIn(record, def) !== null);
  const empty = own.filter((def) => !filled.includes(def));
  const id = `group-${label.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
  const list = (defs: PropertyDef[]) =>
    html`<dl class="fields">${defs.map((def) => showPair(portal, store, record, def))}</dl>`;
  return html`<section class="card" aria-labelledby="${id}">
<h2 id="${id}">${label}</h2>
${list(filled)}
${
  empty.length === 0
    ? ''
    : html`<details><summary>Empty properties (${empty.length})</summary>${list(empty)}</details>`
}
</section>`;
}
