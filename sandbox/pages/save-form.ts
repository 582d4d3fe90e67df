/** Takes a posted edit form to Org.update, and its refusals back into words beside the fields. */
import type { FieldDef } from '../salesforce/field-def.ts';
import { toId18 } from '../salesforce/ids.ts';
import type { Org } from '../salesforce/org.ts';
import { editableFields, type FormState, formText } from './edit-page.ts';
import type { PageRecord } from './format.ts';
import type { PageContext } from './page-context.ts';

/**
 * Posted values by name; `_fields` names the fields the form had, `_seen` the record's stamp then.
 */
export type Posted = Record<string, string>;

/** Saved, nothing to save, or the form again with its errors. */
export type Saved = { changed: string[] } | { state: FormState };

/**
 * Updates what the form changed, as the acting user. A record someone else has changed since the
 * form
 * was opened is not overwritten.
 */
export function saveForm(
  page: PageContext,
  of: { object: string; record: PageRecord; posted: Posted },
): Saved {
  const { org } = page;
  const { object, record, posted } = of;
  const named = (posted['_fields'] ?? '').split(',');
  const editable = editableFields(page, object);
  const fields = editable.filter((field) => named.includes(field.name));
  const hidden = named.filter((name) => name && !editable.some((field) => field.name === name));
  const typed = Object.fromEntries(fields.map((field) => [field.name, typedText(field, posted)]));
  const fail = (errors: FormState['errors']): Saved => ({ state: { typed, errors } });
  if (hidden.length > 0) return fail({ '': [notEditable(page, hidden)] });
  if (posted['_seen'] && posted['_seen'] !== record['SystemModstamp']) {
    const message = 'This record was changed by someone else while you were editing it. ';
    return fail({
      '': [`${message}What is shown as yours was not saved; compare and save again.`],
    });
  }
  const changed = fields.filter(
    (field) => typed[field.name] !== formText(org, field, record[field.name] ?? null),
  );
  if (changed.length === 0) return { changed: [] };
  const update: Record<string, unknown> = { Id: record['Id'] };
  const errors: FormState['errors'] = {};
  for (const field of changed) {
    const value = storable(org, field, typed[field.name]!);
    if ('problem' in value) errors[field.name] = [value.problem];
    else update[field.name] = value.text;
  }
  if (Object.keys(errors).length > 0) return fail(errors);
  const [result] = org.update(object, [update], page.actor, { source: 'text' });
  if (result?.success) return { changed: changed.map((field) => field.label) };
  for (const error of result?.errors ?? []) {
    const at = error.fields[0] ?? '';
    errors[at] = [...(errors[at] ?? []), inWords(error.message)];
  }
  return fail(errors);
}

/** An unticked box is not posted at all; everything else is, as text. */
function typedText(field: FieldDef, posted: Posted): string {
  const given = posted[field.name];
  if (field.type === 'boolean') return given === 'true' ? 'true' : 'false';
  return (given ?? '').replaceAll('\r\n', '\n').trim();
}

function storable(org: Org, field: FieldDef, text: string): { text: string } | { problem: string } {
  if (text === '') return { text };
  if (field.type === 'datetime') {
    return { text: text.length === 16 ? `${text}:00Z` : `${text}Z` };
  }
  return field.type === 'reference' ? findRecord(org, field, text) : { text };
}

/** A look-up is typed as an id or as a name that only one live record has. */
function findRecord(
  org: Org,
  field: FieldDef,
  text: string,
): { text: string } | { problem: string } {
  const id = toId18(text);
  if (id !== null && org.objectOfId(id)) return { text: id };
  const targets = field.referenceTo.filter((name) => org.findObject(name));
  const found = targets.flatMap((name) => {
    const object = org.describe(name);
    const slot = object.nameField?.slot;
    if (slot === undefined) return [];
    return org
      .table(object)
      .matching(slot, text)
      .filter((row) => row[1] !== true);
  });
  if (found.length === 1) return { text: String(found[0]![0]) };
  const what = targets.join(' or ') || 'record';
  return {
    problem:
      found.length === 0
        ? `There is no ${what} called "${text}".`
        : `${found.length} records are called "${text}". Paste the id of the one you mean.`,
  };
}

function notEditable(page: PageContext, names: string[]): string {
  const user = page.users.find((one) => one.id === page.actor.userId)?.name ?? 'This user';
  return `${user} may not edit ${names.join(', ')}. Act as another user, or grant the permission.`;
}

/** Salesforce puts the field's label first; the form shows it above already. */
function inWords(message: string): string {
  const text = message.replace(
    /^[^:]{1,80}: (?=bad value|data value|value |id value|invalid )/,
    '',
  );
  return text.charAt(0).toUpperCase() + text.slice(1);
}
