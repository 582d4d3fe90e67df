/** Runs a search: records whose texts have the words, of each object that was asked for. */

import type { Actor, Org } from '../org.ts';
import type { ObjectDef } from '../schema.ts';
import { runQuery } from '../soql/run.ts';
import type { Row } from '../values.ts';
import { type Returning, recordsMax, type Scope, type Search } from './parse.ts';
import { matches, wantedBy } from './words.ts';

/** Types of fields whose texts are searched. */
const texts = new Set(['string', 'textarea', 'email', 'phone', 'url', 'picklist', 'multipicklist']);

/** The JSON texts of what was found, object by object. Throws ApiError. */
export function runSearch(
  org: Org,
  search: Search,
  call: { actor: Actor; version: string },
): string[] {
  const wanted = wantedBy(search.term);
  const returning = search.returning ?? everything(org);
  const found: string[] = [];
  for (const one of returning) {
    const soql = `SELECT ${one.fields} FROM ${one.object}${one.rest}`;
    const result = runQuery(org, org.access, { soql, all: false, ...call });
    const slots = slotsOf(org, result.object, search.scope, call.actor);
    let taken = 0;
    for (const [i, row] of (result.rows as Row[]).entries()) {
      if (taken >= one.limit || found.length >= search.limit) break;
      if (!matches(wanted, textsOf(row, slots))) continue;
      found.push(result.json(i));
      taken += 1;
    }
  }
  return found;
}

/** Every object people keep records in. */
function everything(org: Org): Returning[] {
  return [...org.objects.values()]
    .filter(({ writable }) => writable)
    .map(({ name }) => ({ object: name, fields: 'Id', rest: '', limit: recordsMax }));
}

function slotsOf(org: Org, object: ObjectDef, scope: Scope, actor: Actor): number[] {
  return object.fields
    .filter((field) => texts.has(field.type) && org.access.canRead(object, field, actor))
    .filter(({ type, nameField }) => {
      if (scope === 'all') return true;
      return scope === 'name' ? nameField : type === scope;
    })
    .map(({ slot }) => slot);
}

function textsOf(row: Row, slots: number[]): string[] {
  return slots.flatMap((slot) => (typeof row[slot] === 'string' ? [row[slot]] : []));
}
