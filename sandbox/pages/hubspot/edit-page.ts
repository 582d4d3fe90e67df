/** The form on which a record's properties are edited by hand. */
import { html } from 'hono/html';
import type { ObjectStore } from '../../hubspot/object-store.ts';
import { type PropertyDef, valueIn } from '../../hubspot/property.ts';
import type { CrmRecord } from '../../hubspot/record.ts';
import type { Html } from '../html.ts';
import { option } from '../shell.ts';
import { titleOf } from './format.ts';
import { nameOf, type PortalPage, portalShell, recordPath } from './page.ts';

/** Properties people can set. */
export function editable(store: ObjectStore): PropertyDef[] {
  return store.properties
    .stored()
    .filter((def) => !def.archived && !def.hidden && !def.readOnlyValue && !def.calculated);
}

/** The form, with what was typed and what was wrong with it. */
export function hubspotEditPage(
  page: PortalPage,
  of: {
    store: ObjectStore;
    record: CrmRecord;
    typed: Record<string, string>;
    errors: string[];
  },
): Html {
  const { portal } = page;
  const { store, record, typed, errors } = of;
  const title = `Edit ${titleOf(store, record)}`;
  const path = recordPath(portal, store, record.id);
  const defs = editable(store);
  const body = html`${
    errors.length === 0
      ? ''
      : html`<div class="notice failed" role="alert">${errors.map(
          (one) => html`<p>${one}</p>`,
        )}</div>`
  }
<header class="record-head"><div><p class="kind">Edit</p>
<h1>${titleOf(store, record)}</h1></div></header>
<form class="card edit" method="post" action="${path}/edit">
<input type="hidden" name="_fields" value="${defs.map(({ name }) => name).join(',')}">
<input type="hidden" name="_seen" value="${record.updatedAt}">
<div class="inputs">${defs.map((def) => {
    const value = typed[def.name] ?? valueIn(record, def) ?? '';
    return html`<div class="input"><label for="f-${def.name}">${def.label}</label>${control(
      page,
      store,
      def,
      value,
    )}</div>`;
  })}</div>
<p class="buttons"><button class="primary" type="submit">Save</button>
<a class="button" href="${path}">Cancel</a></p>
</form>`;
  return portalShell(page, { title, tab: store.type.name, body });
}

function control(page: PortalPage, store: ObjectStore, def: PropertyDef, value: string): Html {
  const id = `f-${def.name}`;
  const choices = choicesOf(page, store, def);
  if (choices) {
    const known = choices.some(([one]) => one === value);
    const all = known || value === '' ? choices : [...choices, [value, value] as const];
    return html`<select id="${id}" name="${def.name}">${option('', '–', value === '')}${all.map(
      ([one, label]) => option(one, label, one === value),
    )}</select>`;
  }
  if (def.fieldType === 'textarea' || def.fieldType === 'html') {
    return html`<textarea id="${id}" name="${def.name}">${value}</textarea>`;
  }
  return html`<input id="${id}" name="${def.name}" value="${value}">`;
}

/** Value and label of each choice; null for properties that are typed. */
function choicesOf(
  { portal }: PortalPage,
  store: ObjectStore,
  def: PropertyDef,
): (readonly [string, string])[] | null {
  if (def.referencedObjectType === 'OWNER') {
    return [...portal.owners.values()].map((owner) => [owner.id, nameOf(owner)] as const);
  }
  const pipelines = portal.pipelines.of(store.type.name);
  if (pipelines && ['pipeline', 'hs_pipeline'].includes(def.name)) {
    return [...pipelines.values()].map(({ id, label }) => [id, label] as const);
  }
  if (pipelines && ['dealstage', 'hs_pipeline_stage'].includes(def.name)) {
    return portal.pipelines.stagesOf(store.type.name).map(({ id, label }) => [id, label] as const);
  }
  if (def.type === 'bool') return [['true', 'Yes'] as const, ['false', 'No'] as const];
  if (def.type !== 'enumeration' || def.externalOptions || def.fieldType === 'checkbox')
    return null;
  return def.options.map(({ value, label }) => [value, label] as const);
}
