/** The edit form of a record: plain fields, errors beside them in words. */
import { html } from 'hono/html';
import type { FieldDef } from '../salesforce/field-def.ts';
import type { Org } from '../salesforce/org.ts';
import type { Value } from '../salesforce/values.ts';
import { type PageRecord, recordName } from './format.ts';
import type { Html } from './html.ts';
import { layoutOf } from './layouts.ts';
import type { PageContext } from './page-context.ts';
import { option, shell } from './shell.ts';
import { labelOf } from './table.ts';

/** What was typed and what is wrong with it; a fresh form has neither. */
export interface FormState {
  typed: Record<string, string>;
  /** By API name; '' for errors of the whole record. */
  errors: Record<string, string[]>;
}

/** The fields the acting user may change, in the order of the page. */
export function editableFields(page: PageContext, object: string): FieldDef[] {
  const { org, actor } = page;
  const definition = org.describe(object);
  const layout = layoutOf(org, object);
  const mayEdit = (field: FieldDef) => org.access.canEdit(definition, field, actor);
  return [...layout.details, ...layout.sync].filter(
    (field) => field.updateable && !field.calculated && mayEdit(field),
  );
}

/** The form, filled from the record or from what was typed before. */
export function editPage(
  page: PageContext,
  of: { object: string; record: PageRecord; state: FormState },
): Html {
  const { object, record, state } = of;
  const id = String(record['Id']);
  const name = recordName(page.org, id) ?? id;
  const fields = editableFields(page, object);
  const top = [
    ...(state.errors[''] ?? []),
    ...Object.entries(state.errors)
      .filter(([field]) => field !== '' && !fields.some((one) => one.name === field))
      .flatMap(([, messages]) => messages),
  ];
  const failed = Object.keys(state.errors).length > 0;
  const body = html`<header class="record-head"><div><p class="kind">Edit ${
    page.org.describe(object).label
  }</p><h1>${name}</h1></div></header>
${
  failed
    ? html`<div class="notice failed" role="alert"><p>The record was not saved.</p>${top.map(
        (message) => html`<p>${message}</p>`,
      )}</div>`
    : ''
}
<form class="card edit" method="post" action="/lightning/r/${object}/${id}/edit">
<input type="hidden" name="_fields" value="${fields.map((field) => field.name).join(',')}">
<input type="hidden" name="_seen" value="${record['SystemModstamp']}">
<div class="inputs">${fields.map((field) => labelled(page, { field, record, state }))}</div>
<p class="buttons"><button class="primary" type="submit">Save</button>
<a class="button" href="/lightning/r/${object}/${id}/view">Cancel</a></p>
</form>`;
  return shell(page, { title: `Edit ${name}`, tab: object, body });
}

interface Cell {
  field: FieldDef;
  record: PageRecord;
  state: FormState;
}

function labelled(page: PageContext, cell: Cell): Html {
  const { field, state } = cell;
  const messages = state.errors[field.name] ?? [];
  const wide = field.type === 'textarea' ? 'wide' : '';
  return html`<div class="input ${wide} ${messages.length > 0 ? 'wrong' : ''}">
<label for="f-${field.name}">${labelOf(field.label)}${
    field.required ? html` <abbr title="required">*</abbr>` : ''
  }</label>
${control(page, cell)}
${messages.map((message) => html`<p class="error" id="e-${field.name}">${message}</p>`)}
</div>`;
}

function control(page: PageContext, { field, record, state }: Cell): Html {
  const value = state.typed[field.name] ?? formText(page.org, field, record[field.name] ?? null);
  const wrong = state.errors[field.name]
    ? html`aria-invalid="true" aria-describedby="e-${field.name}"`
    : '';
  const common = html`id="f-${field.name}" name="${field.name}" ${wrong}`;
  switch (field.type) {
    case 'boolean':
      return html`<input type="checkbox" value="true" ${common}
        ${value === 'true' ? 'checked' : ''}>`;
    case 'picklist':
      return html`<select ${common}>${choices(field, value)}</select>`;
    case 'textarea':
      return html`<textarea rows="4" ${common}>${value}</textarea>`;
    case 'date':
      return html`<input type="date" ${common} value="${value}">`;
    case 'datetime':
      return html`<input type="datetime-local" step="1" ${common} value="${value}">`;
    case 'reference':
      return field.referenceTo.includes('User') && field.referenceTo.length === 1
        ? html`<select ${common}>${people(page, field, value)}</select>`
        : html`<input type="text" ${common} value="${value}" placeholder="Name or id">`;
    default: {
      const numeric = ['currency', 'percent', 'int', 'double'].includes(field.type);
      const keys = numeric ? html`inputmode="decimal"` : '';
      return html`<input type="text" ${keys} ${common} value="${value}">`;
    }
  }
}

/**
 * A stored value as the form shows it: look-ups by name (users by id), datetimes without zone
 * (UTC).
 */
export function formText(org: Org, field: FieldDef, value: Value): string {
  if (value === null) return field.type === 'boolean' ? 'false' : '';
  if (field.type === 'datetime') return String(value).slice(0, 19);
  if (field.type !== 'reference' || field.referenceTo.includes('User')) return String(value);
  return recordName(org, String(value)) ?? String(value);
}

function choices(field: FieldDef, value: string): Html[] {
  const values = field.picklist ?? [];
  const all = value === '' || values.includes(value) ? values : [value, ...values];
  const none = field.required ? [] : [option('', '--None--', value === '')];
  return [...none, ...all.map((one) => option(one, one, one === value))];
}

function people(page: PageContext, field: FieldDef, value: string): Html[] {
  const users = page.users.filter((user) => user.active || user.id === value);
  const none = field.required ? [] : [option('', '--None--', value === '')];
  return [...none, ...users.map((user) => option(user.id, user.name, user.id === value))];
}
