/** Fields somebody will ask for although an export lacks them: there, and blank on every record. */
import type { DatasetField, DatasetObject, FieldType } from '../dataset.ts';
import type { ObjectDef } from '../salesforce/schema.ts';
import { labelOf } from './infer-field.ts';
import type { ExportProblem } from './problems.ts';

/** A field by its API name; `to` is the object a reference points to. */
export interface ExpectedField {
  object: string;
  field: string;
  kind: 'id' | 'text' | 'boolean' | 'integer' | 'decimal' | 'percent' | 'date' | 'datetime';
  to: string | null;
}

/**
 * The objects with what is missing added. Each addition is a problem of its file: what a mapping
 * reads from it is empty, which may be a column left out by mistake.
 */
export function withExpected(
  objects: DatasetObject[],
  expected: readonly ExpectedField[],
  { standard, problems }: { standard: Map<string, ObjectDef>; problems: ExportProblem[] },
): DatasetObject[] {
  const all = new Map(objects.map((object) => [object.name, object]));
  const said = new Set(problems.map(({ file, column }) => `${file} ${column}`));
  for (const { object: name, field, kind, to } of expected) {
    const own = standard.get(name);
    const known = all.get(name);
    const object = known ?? { name, label: own?.label ?? labelOf(name), fields: [], rows: [] };
    all.set(name, object);
    if (!known && !own) {
      const problem = `There is no such file, and a mapping reads ${name}: it has no records.`;
      problems.push({ file: `${name}.csv`, line: 1, problem });
    }
    if (systemFields.has(field) || object.fields.some((each) => each.name === field)) continue;
    if (!own?.field(field)) object.fields.push(emptyField(field, kind, to));
    if (object.rows.length === 0 || said.has(`${name}.csv ${field}`)) continue;
    const problem = `The file has no column ${field}, which a mapping reads: it stays blank on every record.`;
    problems.push({ file: `${name}.csv`, line: 1, column: field, problem });
    said.add(`${name}.csv ${field}`);
  }
  return [...all.values()];
}

/** Every object has these, custom ones too; whether a deal is closed and won its stage says. */
const systemFields = new Set(
  'Id IsDeleted Name OwnerId CreatedDate CreatedById LastModifiedDate LastModifiedById SystemModstamp IsClosed IsWon'.split(
    ' ',
  ),
);

const types: Record<ExpectedField['kind'], FieldType> = {
  id: 'reference',
  text: 'string',
  boolean: 'boolean',
  integer: 'int',
  decimal: 'currency',
  percent: 'percent',
  date: 'date',
  datetime: 'datetime',
};

function emptyField(name: string, kind: ExpectedField['kind'], to: string | null): DatasetField {
  const base = { name, label: labelOf(name) };
  switch (kind) {
    case 'id':
      return to === null
        ? { ...base, type: 'string', length: 18 }
        : { ...base, type: 'reference', referenceTo: [to] };
    case 'text':
      return { ...base, type: 'string', length: 255 };
    case 'decimal':
    case 'percent':
      return { ...base, type: types[kind], precision: 18, scale: 2 };
    default:
      return { ...base, type: types[kind] };
  }
}
