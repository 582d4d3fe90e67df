/** Records that change under an engine's hands: stamps, formulas, edits, deletions, merges. */
import { z } from 'zod';
import type { RecordInput } from '../salesforce/dml/save.ts';
import type { SaveResult } from '../salesforce/errors.ts';
import type { ObjectDef } from '../salesforce/schema.ts';
import { lastModifiedDateSlot, systemModstampSlot } from '../salesforce/system-fields.ts';
import { parseDatetime, type Row, type Value } from '../salesforce/values.ts';
import { type Change, type ChangeScene, change } from './change.ts';

const text = z.string().min(1);
const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** Which records: by id, by a SOQL condition, or so many drawn from the seed (all without it). */
const which = {
  object: text,
  ids: z.array(text).optional(),
  where: text.optional(),
  rows: z.int().min(1).optional(),
};
const pickSchema = z.object(which);
type Pick = z.infer<typeof pickSchema>;

/** More than one page: rows that share an instant must be told apart by their id. */
const equalRowsDefault = 2_500;

/** The changes by name. */
export const recordChanges: Record<string, Change> = {
  'modstamp-bumped': change({
    about: 'SystemModstamp moves to now and nothing else changes (a mass recalculation)',
    source: 'crm-apis.md, Clock / commit skew; Object Reference, System Fields',
    params: z.strictObject(which),
    make: (scene, params) =>
      rewrite(scene, params, (row) => {
        row[systemModstampSlot] = scene.org.stamp();
      }),
  }),
  'timestamps-equal': change({
    about: 'more than a page of rows have one and the same SystemModstamp (a mass update)',
    source: 'supaglue #532; crm-apis.md, Clock / commit skew',
    params: z.strictObject({
      ...which,
      rows: which.rows.default(equalRowsDefault),
      at: text.optional(),
    }),
    make: (scene, params) => {
      const stamp = params.at === undefined ? scene.org.stamp() : parseDatetime(params.at);
      if (stamp === null) throw new Error(`at: ${params.at} is no instant.`);
      return rewrite(scene, params, (row) => {
        row[systemModstampSlot] = stamp;
        row[lastModifiedDateSlot] = stamp;
      });
    },
  }),
  'formula-changed': change({
    about: 'a calculated field has another value, and no timestamp moves',
    source: 'crm-apis.md, Clock / commit skew: formula fields change without SystemModstamp',
    params: z.strictObject({ ...which, field: text, value }),
    make: (scene, params) => {
      const field = fieldOf(scene.org.object(params.object), params.field);
      if (!field.calculated) throw new Error(`${params.field} is not a calculated field.`);
      return rewrite(scene, params, (row) => {
        row[field.slot] = params.value;
      });
    },
  }),
  'row-changed': change({
    about: 'somebody (or a flow: "as" a user) sets fields of records',
    source: 'object-sync #137: a record changes while its page is processed',
    params: z.strictObject({ ...which, values: z.record(text, value), as: text.optional() }),
    make: (scene, params) => {
      const { org } = scene;
      const actor = params.as ? { userId: params.as, via: 'control', system: true } : org.admin;
      const records = idsOf(scene, params).map((Id): RecordInput => ({ Id, ...params.values }));
      return must(org.update(params.object, records, actor));
    },
  }),
  'rows-deleted': change({
    about: 'records go into the recycle bin',
    source: 'airbyte #19838; connectors #3487',
    params: z.strictObject({ ...which, rows: which.rows.default(1) }),
    make: (scene, params) =>
      must(scene.org.delete(params.object, idsOf(scene, params), scene.org.admin)),
  }),
  'rows-undeleted': change({
    about: 'records come back out of the recycle bin',
    source: 'SOAP API, undelete()',
    params: z.strictObject({ ids: z.array(text) }),
    make: ({ org }, params) => must(org.undelete(params.ids, org.admin)),
  }),
  'ids-merged': change({
    about: 'one record is merged into another: children move, the old id leads to the survivor',
    source: 'SOAP API, merge(); object-sync #197',
    params: z.strictObject({
      object: z.enum(['Account', 'Contact', 'Lead']).default('Account'),
      masterId: text.optional(),
      duplicateIds: z.array(text).min(1).max(2).optional(),
      where: text.optional(),
    }),
    make: mergeTwo,
  }),
  'quota-nearly-used': change({
    about: 'the day has only "left" calls left',
    source: 'REST API, Limits; Sforce-Limit-Info',
    params: z.strictObject({ left: z.int().min(0).default(10) }),
    make: ({ org }, { left }) => {
      const day = org.clock.iso().slice(0, 10);
      org.dailyCalls = { ...org.dailyCalls, day, used: Math.max(0, org.dailyCalls.max - left) };
      return org.dailyCalls;
    },
  }),
};

function mergeTwo(
  scene: ChangeScene,
  params: { object: string; masterId?: string; duplicateIds?: string[]; where?: string },
): unknown {
  const { object, where } = params;
  const drawn = () => idsOf(scene, { object, ...(where ? { where } : {}), rows: 3 });
  const masterId = params.masterId ?? drawn()[0];
  const duplicateIds =
    params.duplicateIds ??
    drawn()
      .filter((id) => id !== masterId)
      .slice(0, 1);
  if (!masterId || duplicateIds.length === 0) throw new Error(`There are no two ${object}s.`);
  must([scene.org.merge(object, { masterId, duplicateIds }, scene.org.admin)]);
  return { masterId, duplicateIds };
}

/** Changes rows as Salesforce itself does: no save, no log, no other stamp. */
function rewrite(
  scene: ChangeScene,
  pick: Pick,
  set: (row: (Value | undefined)[]) => void,
): { ids: string[] } {
  const { org } = scene;
  const object = org.object(pick.object);
  const ids = idsOf(scene, pick);
  for (const id of ids) {
    const row: Row | undefined = org.row(object, id);
    if (!row) throw new Error(`${pick.object} ${id} is not there.`);
    const after = [...row];
    set(after);
    org.put(object, after);
  }
  return { ids };
}

/** The live records a change is about, in order of their ids. */
function idsOf({ org, random }: ChangeScene, { object, ids, where, rows }: Pick): string[] {
  if (ids) return ids;
  const condition = where === undefined ? '' : ` WHERE ${where}`;
  const found = org.query(`SELECT Id FROM ${object}${condition} ORDER BY Id`);
  const all = found.map((record) => String(record['Id']));
  if (rows === undefined || rows >= all.length) return all;
  const drawn = new Set<string>();
  while (drawn.size < rows) drawn.add(random.pick(all));
  return [...drawn].sort();
}

function must(results: SaveResult[]): { ids: (string | undefined)[] } {
  const failed = results.find((result) => !result.success);
  if (failed) {
    const { statusCode = '', message = '' } = failed.errors[0] ?? {};
    throw new Error(`The org refused: ${statusCode}: ${message}`);
  }
  return { ids: results.map(({ id }) => id) };
}

function fieldOf(object: ObjectDef, name: string) {
  const field = object.field(name);
  if (!field) throw new Error(`${object.name} has no field ${name}.`);
  return field;
}
