/** A sandbox org with a platform's objects beside the small company, and a mapping that reads them. */

import type { ObjectName } from '../../rules/types.ts';
import type { Dataset, DatasetField, DatasetRow } from '../../sandbox/dataset.ts';
import { makeId } from '../../sandbox/salesforce/ids.ts';
import { id, type SmallCompany, smallCompany } from '../support/small-company.ts';
import { connection, day, type World, withWorld } from '../support/world.ts';

/** An object of a platform, or fields it adds to one the org has. */
export interface PlatformObject {
  name: string;
  fields: DatasetField[];
  rows?: DatasetRow[];
}

export interface Platform {
  /** Presets beside `salesforce`. */
  presets: string[];
  objects: PlatformObject[];
  /** Lines of the policy's `touches`. */
  touches?: Record<string, string>;
  company?: SmallCompany;
  /** Objects the org does not have although the small company does. */
  without?: string[];
}

/** Id of the n-th record of a platform's object, told apart by a letter. */
export const platformId = (letter: string, n: number) => makeId(`a${letter}0`, 1_000_000 + n);
/** An instant so many days ago, as the CRM writes it. */
export const ago = (days: number) => new Date(Date.now() - days * day).toISOString();
export const dateAgo = (days: number) => ago(days).slice(0, 10);

export const text = (name: string): DatasetField => ({
  name,
  label: name,
  type: 'string',
  length: 80,
});
export const moment = (name: string): DatasetField => ({ name, label: name, type: 'datetime' });
export const date = (name: string): DatasetField => ({ name, label: name, type: 'date' });
export const lookup = (name: string, to: string): DatasetField => ({
  name,
  label: name,
  type: 'reference',
  referenceTo: [to],
});
export const picklist = (name: string, values: string[]): DatasetField => ({
  name,
  label: name,
  type: 'picklist',
  picklist: values,
  restricted: true,
});
/** When a record was made. */
export const stamps = (days: number): DatasetRow => ({
  CreatedDate: ago(days),
  LastModifiedDate: ago(days),
  SystemModstamp: ago(days),
});

/** Runs `work` in a world whose mapping extends the platform's presets. */
export async function withPlatform(
  platform: Platform,
  work: (world: World) => Promise<void>,
): Promise<void> {
  await withWorld(datasetOf(platform), async (world) => {
    const names = ['salesforce', ...platform.presets].join(', ');
    world.edit('sandbox-salesforce.yaml', 'extends: salesforce', `extends: [${names}]`);
    for (const [kind, meaning] of Object.entries(platform.touches ?? {})) {
      world.edit('policies/sandbox.yaml', '  other_touches:', touchLine(kind, meaning));
    }
    await work(world);
  });
}

const touchLine = (kind: string, meaning: string) => `    ${kind}: ${meaning}\n  other_touches:`;

function datasetOf({ objects, company, without = [] }: Platform): Dataset {
  const base = smallCompany(company ?? { opportunities: [{ n: 1 }] });
  const known = base.objects.filter(({ name }) => !without.includes(name));
  for (const { name, fields, rows = [] } of objects) {
    const present = known.find((object) => object.name === name);
    if (present === undefined) {
      known.push({ name, label: name, fields, rows });
    } else {
      known[known.indexOf(present)] = {
        ...present,
        fields: [...present.fields, ...fields],
        rows: [...present.rows, ...rows],
      };
    }
  }
  return { ...base, objects: known };
}

/** `validate --online`: the problems and notes the command would print. */
export async function validated(world: World): Promise<{ problems: string[]; notes: string[] }> {
  const commandId = `validate-${Math.random()}`;
  const command = { id: commandId, kind: 'validate', connection, actor: 'test' } as const;
  await world.store.saveCommand({ ...command, createdAt: new Date().toISOString(), args: {} });
  await world.activity('checkMapping', { connection, commandId });
  return (await world.store.command(commandId))!.result as never;
}

/** Canonical fields of mirrored records, by id. */
export async function mirrored(world: World, object: ObjectName, ids: string[]) {
  const rows = await world.store.mirror(connection, object, ids);
  return Object.fromEntries(rows.map((row) => [row.id, row.fields]));
}

/** Type, partner and rule of an opportunity's attribution, as written on the record. */
export function attribution(world: World, n: number) {
  const row = world.look('Opportunity', id.opportunity(n));
  return {
    type: row['Partner_Attribution_Type__c'],
    partner: row['Sourcing_Partner__c'],
    rule: String(row['Partner_Attribution_Rule__c']).split('@')[0],
    reason: String(row['Partner_Attribution_Reason__c']),
  };
}
