/**
 * Loads a Salesforce data export: a folder of CSV files, one an object, with API names as columns.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset, DatasetField, DatasetObject, DatasetRow } from '../dataset.ts';
import { standardObject } from '../salesforce/metadata.ts';
import type { ObjectDef } from '../salesforce/schema.ts';
import { currencyObjects, setupObjects } from '../salesforce/setup-objects.ts';
import { salesObjects } from '../salesforce/standard-objects.ts';
import { type ExpectedField, withExpected } from './expected.ts';
import { inferField, labelOf } from './infer-field.ts';
import type { ExportProblem } from './problems.ts';
import { type ExportTable, readTable } from './read-table.ts';
import { daysBetween, readValue } from './read-value.ts';

export type { ExpectedField } from './expected.ts';
export type { ExportProblem } from './problems.ts';

/**
 * The good rows of an export as a dataset, and the rest as problems with file, line and column. A
 * row
 * with one bad value is left out whole, as Salesforce would refuse it; blank cells are null.
 *
 * With `asOf`, all dates and datetimes move by the same number of whole days, so that this day
 * becomes
 * the day before `today` (calendar days, UTC). CloseDate may stay blank although an org requires
 * it:
 * exports of other systems leave it out, and a made-up date would be worse. Custom objects and
 * fields
 * are inferred; fields of `expect` that the files lack are there and blank. Throws an Error with a remedy where the folder or a date cannot be read.
 */
export async function loadExport(
  dir: string,
  options: { asOf?: string; today: string; expect?: readonly ExpectedField[] },
): Promise<{ dataset: Dataset; problems: ExportProblem[] }> {
  const { asOf, today } = options;
  const shiftDays = asOf === undefined ? 0 : daysBetween(asOf, today) - 1;
  const problems: ExportProblem[] = [];
  const tables = await readTables(dir, problems);
  const standard = standardObjects();
  const objectsByPrefix = prefixes(tables, standard);
  const checked = tables.map((table) => withOwnPrefix(table, objectsByPrefix, problems));
  const objects = checked.map((table) =>
    toObject(table, { standard, objectsByPrefix, shiftDays, problems }),
  );
  reportMissingTargets(checked, objects, problems);
  const complete = withExpected(objects, options.expect ?? [], { standard, problems });
  problems.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
  return { dataset: { today, objects: complete }, problems };
}

async function readTables(dir: string, problems: ExportProblem[]): Promise<ExportTable[]> {
  const names = await readdir(dir).catch((cause: unknown) => {
    throw new Error(`The export folder ${dir} cannot be read. Check the path.`, { cause });
  });
  const files = names.filter((name) => /\.csv$/i.test(name)).sort();
  if (files.length === 0) {
    const expected = 'It should hold files such as Opportunity.csv and Account.csv';
    throw new Error(`The export folder ${dir} has no CSV files. ${expected}.`);
  }
  const known = standardObjects();
  const tables: ExportTable[] = [];
  for (const file of files) {
    const object = file.slice(0, -'.csv'.length);
    if (!known.has(object) && !/^[A-Za-z][A-Za-z0-9_]*__c$/.test(object)) {
      const problem = `"${object}" is no object of this sandbox, nor a custom one. Not loaded.`;
      problems.push({ file, line: 1, problem });
      continue;
    }
    const table = readTable({ file, object, bytes: await readFile(join(dir, file)) }, problems);
    if (table) tables.push(table);
  }
  return tables;
}

function standardObjects(): Map<string, ObjectDef> {
  const sources = [...salesObjects, ...setupObjects, ...currencyObjects];
  return new Map(sources.map((source) => [source.name, standardObject(source)]));
}

/**
 * Objects by key prefix: the standard ones, and custom ones by the prefix most of their ids have.
 */
function prefixes(tables: ExportTable[], standard: Map<string, ObjectDef>): Map<string, string> {
  const byPrefix = new Map([...standard.values()].map((o) => [o.keyPrefix, o.name]));
  for (const { object, columns, rows } of tables) {
    if (standard.has(object)) continue;
    const counts = Object.groupBy(rows, (row) => row.values[columns.indexOf('Id')]!.slice(0, 3));
    const [most] = Object.entries(counts).sort(([, a], [, b]) => b!.length - a!.length);
    if (most && !byPrefix.has(most[0])) byPrefix.set(most[0], object);
  }
  return byPrefix;
}

/** The rows whose id is one of this object: another prefix is a row of another file. */
function withOwnPrefix(
  table: ExportTable,
  objectsByPrefix: ReadonlyMap<string, string>,
  problems: ExportProblem[],
): ExportTable {
  const { file, object, columns } = table;
  const own = [...objectsByPrefix].find(([, name]) => name === object)?.[0];
  const at = columns.indexOf('Id');
  const rows = table.rows.filter(({ line, values }) => {
    const id = values[at]!;
    if (own === undefined || id.startsWith(own)) return true;
    const problem = `The id ${id} does not begin with ${own}, as ids of ${object} do. Not loaded.`;
    problems.push({ file, line, column: 'Id', problem });
    return false;
  });
  return { ...table, rows };
}

interface Reading {
  standard: Map<string, ObjectDef>;
  objectsByPrefix: ReadonlyMap<string, string>;
  shiftDays: number;
  problems: ExportProblem[];
}

function toObject(table: ExportTable, reading: Reading): DatasetObject {
  const { file, object, columns } = table;
  const standard = reading.standard.get(object);
  const fields = columns.map((name, i) => {
    const values = table.rows.map((row) => row.values[i]!.trim()).filter((v) => v !== '');
    const kind = systemField(name) ?? { objectsByPrefix: reading.objectsByPrefix, standard };
    return 'type' in kind ? kind : inferField({ name, values, ...kind });
  });
  const rows: DatasetRow[] = [];
  for (const { line, values } of table.rows) {
    const row = toRow({ file, line, values, fields }, reading);
    if (row) rows.push(row);
  }
  return { name: object, label: standard?.label ?? labelOf(object), fields, rows };
}

/** The fields every object has are the same on custom ones. */
function systemField(name: string): DatasetField | null {
  if (name === 'Id') return { name, label: 'Record ID', type: 'id' };
  if (name === 'IsDeleted') return { name, label: 'Deleted', type: 'boolean' };
  if (/^(SystemModstamp|CreatedDate|LastModifiedDate)$/.test(name)) {
    return { name, label: labelOf(name), type: 'datetime' };
  }
  if (/^(CreatedById|LastModifiedById|OwnerId)$/.test(name)) {
    return { name, label: labelOf(name), type: 'reference', referenceTo: ['User'] };
  }
  return null;
}

function toRow(
  given: { file: string; line: number; values: string[]; fields: DatasetField[] },
  { shiftDays, problems }: Reading,
): DatasetRow | null {
  const row: DatasetRow = {};
  let good = true;
  given.fields.forEach((field, i) => {
    const text = given.values[i]!;
    const read = readValue(field, text, shiftDays);
    if ('value' in read) {
      row[field.name] = read.value;
      return;
    }
    good = false;
    const problem = `"${text.slice(0, 60)}" ${read.problem}. The row is not loaded.`;
    problems.push({ file: given.file, line: given.line, column: field.name, problem });
  });
  return good ? row : null;
}

/**
 * Look-ups to records that should be in the export and are not. The value is kept: it is no guess.
 */
function reportMissingTargets(
  tables: ExportTable[],
  objects: DatasetObject[],
  problems: ExportProblem[],
): void {
  const idsOf = new Map(objects.map((o) => [o.name, new Set(o.rows.map((row) => row['Id']))]));
  const lines = new Map(
    tables.map((t) => {
      const at = t.columns.indexOf('Id');
      return [t.object, new Map(t.rows.map((row) => [row.values[at], row.line]))];
    }),
  );
  for (const { name, fields, rows } of objects) {
    for (const field of fields.filter((f) => f.type === 'reference')) {
      const targets = (field.referenceTo ?? []).map((target) => idsOf.get(target));
      if (targets.length === 0 || targets.includes(undefined)) continue;
      for (const row of rows) {
        const id = row[field.name];
        if (typeof id !== 'string' || targets.some((ids) => ids!.has(id))) continue;
        const line = lines.get(name)!.get(String(row['Id'])) ?? 1;
        const problem = `${id} is not among the loaded ${field.referenceTo!.join(' or ')} records.`;
        problems.push({ file: `${name}.csv`, line, column: field.name, problem });
      }
    }
  }
}
